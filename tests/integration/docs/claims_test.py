"""What the texts claim of the program without a command beside it: how each JSON document begins, which
rights of the panel's database are needed. And that the stand-in for systemd fails where systemd does."""

import json
import re
import unittest

import clean_host
import stages
import texts

SOURCE = clean_host.SOURCE
# What each verb of docs/json.md is given here; those that want a stopped service come last.
ARGUMENTS = {
    "check": "", "preflight": "", "plan": "", "item": "101", "usage": "101", "status": "", "verify": "",
    "backup": "/mnt/backup/events.db", "events": "", "pause": "--item 101", "resume": "--item 101", "refresh": "", "replay": "",
    "accept-readings": "1", "accept-address": "1", "accept-cloud": "1", "adopt": "--plan", "version": "",
    "panel-key": "",
}
STOPPED = {"restore": "--yes /mnt/backup/events.db", "compact": "--yes --older-than 400d", "rotate-key": "--yes"}
# These need a store with what they change, which is more than their first member is worth.
ELSEWHERE = {"undelete", "approve", "mask"}
STATEMENT = ("INSERT INTO itemstat (item, statdate, param, value) VALUES (101, '2026-11-22', 'disk', 1) "
             "ON DUPLICATE KEY UPDATE value = VALUES(value)")
GRANT = "bill-nextcloud preflight --json | jq -r '.sections[].lines[].remedy' | grep -o 'GRANT INSERT.*'"


def rows_of_json_md():
    """{beginning: [verbs]} of the table in docs/json.md."""
    text = (SOURCE / "docs/json.md").read_text(encoding="utf-8").split("| It begins with")[1].split("\n\n")[0]
    return {row.split("|")[1].strip(): re.findall(r"`([\w-]+)`", row.split("|")[2])
            for row in text.splitlines()[2:]}


@unittest.skipUnless(clean_host.possible(), "needs root and namespaces")
class Claims(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.panel = clean_host.Panel()

    @classmethod
    def tearDownClass(cls):
        cls.panel.close()

    def done(self, commands, allowed=None, change=""):
        self.panel.renew(change)
        found = clean_host.run(self.panel, commands, allowed=allowed)
        for command, code, output in zip(commands, found.codes, found.outputs):
            self.assertIsNotNone(code, f"not reached: {command}")
            self.assertIn(str(code), (allowed[commands.index(command)] if allowed else
                                      clean_host.allowed_codes(command)).split(), f"$ {command}\n{output}")
        return found

    def test_json_begins_as_docs_say(self):
        rows = rows_of_json_md()
        verbs = [verb for row in rows.values() for verb in row]
        self.assertEqual(sorted(verbs), sorted(ARGUMENTS.keys() | STOPPED.keys() | ELSEWHERE))
        commands = [*stages.PANEL_HOST, *stages.INSTALL, "systemctl start bill-nextcloud"]
        first = len(commands)
        commands += [f"bill-nextcloud {verb} --json {words}" for verb, words in ARGUMENTS.items()]
        commands += ["systemctl stop bill-nextcloud"]
        commands += [f"bill-nextcloud {verb} --json {words}" for verb, words in STOPPED.items()]
        done = self.done(commands)
        for command, output in list(zip(commands, done.outputs))[first:]:
            if command.startswith("systemctl"):
                continue
            verb = command.split()[1]
            with self.subTest(verb):
                row = next(begin for begin, names in rows.items() if verb in names)
                text = output[output.index("{"):]
                members = list(json.JSONDecoder().raw_decode(text)[0].items())
                begin = re.findall(r"`(\w+)`", row)
                self.assertEqual([name for name, _ in members[:len(begin)]], begin)
                if "version" in begin:
                    self.assertEqual(members[:2], [("format", f"bill-nextcloud-{verb}"), ("version", 1)])
                elif "a line" in row:
                    for line in output.splitlines():
                        json.loads(line)
                elif begin:
                    self.assertEqual(members[0], ("format", 1))
                else:
                    self.assertEqual([name for name, _ in members], sorted(name for name, _ in members))

    def usage_rights(self, change, others=()):
        """The right that preflight asks for is enough, and it then says so."""
        commands = [*stages.set_up(SOURCE), GRANT + " >/mnt/grant", *others, "mysql -e \"$(cat /mnt/grant)\"", "cat /mnt/grant",
                    "bill-nextcloud preflight --json | jq -r '.sections[].lines[].what'"]
        # preflight ends with 1: it misses a panel's programs on this host. What it says of the table counts.
        return self.done(commands, change=change).outputs[-2:]

    def test_usage_needs_what_preflight_says_and_docs_repeat(self):
        as_reader = ("mysql -u bill_nextcloud -p$(cat /etc/bill-nextcloud/panel.password) billmgr -e \"" + STATEMENT + "\"")
        grant, after = self.usage_rights("", [f"{as_reader} # exit code 1"])
        self.assertIn("GRANT INSERT, UPDATE ON", grant)
        self.assertIn("may write usage", after)
        commands = [*stages.set_up(SOURCE), f"mysql -e \"$({GRANT})\"", as_reader, as_reader]
        self.done(commands)  # twice: the second is the update
        grant, after = self.usage_rights("ALTER TABLE itemstat DROP KEY item_day_param, ADD KEY (item)")
        self.assertIn("GRANT INSERT, DELETE ON", grant)
        self.assertIn("may write usage", after)
        docs = (SOURCE / "docs/install-billmanager.md").read_text(encoding="utf-8")
        self.assertIn("`INSERT, UPDATE` on `itemstat` (`INSERT, DELETE` where that table has no unique key", docs)

    def test_the_stand_in_fails_where_systemd_fails(self):
        unit = "/usr/lib/systemd/system/bill-nextcloud.service"
        before = [c for c in stages.set_up(SOURCE) if not re.match("systemctl|bill-nextcloud|sed|runuser", c)]
        start = "systemctl start bill-nextcloud"
        for change, said in (("userdel bill-nextcloud", "217/USER"),
                             (f"echo LoadCredential=billmgr.pem:/usr/local/mgr5/etc/billmgr.pem >>{unit}", "243/CREDENTIALS"),
                             (f"rm {unit}", "could not be found"),
                             ("rm /etc/bill-nextcloud/config.toml", "ended at once")):
            with self.subTest(said):
                commands = [*before, change, start]
                done = self.done(commands, allowed=["0"] * (len(commands) - 1) + ["1"])
                self.assertIn(said, done.outputs[-1])


if __name__ == "__main__":
    unittest.main()
