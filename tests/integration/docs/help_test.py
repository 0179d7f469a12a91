"""Every example of every verb's --help runs, and every command in the comments of deploy: what they name
(service 4711, server 3, /mnt/backup) is there, and a question is answered. Where an example cannot end
with 0 here, it is in the table below with its exit code and why; the table names nothing else."""

import os
import re
import shlex
import subprocess
import unittest

import clean_host
import stages
import texts

SOURCE = clean_host.SOURCE
BIN = os.environ["BN_BIN"]

# The panel's services and server get the numbers that the examples name.
NUMBERS = "".join(
    f"UPDATE {table} SET {column} = {new} WHERE {column} = {old};"
    for old, new in ((101, 4711), (102, 1001), (103, 1002))
    for table, column in (("item", "id"), ("item", "parent"), ("itemparam", "item"), ("itemcryptedparam", "item"),
                          ("runningoperation", "item"), ("itemstat", "item"))
) + "".join(f"UPDATE {table} SET {column} = 3 WHERE {column} = 1;" for table, column in (
    ("processingmodule", "id"), ("processingparam", "processingmodule"), ("processingcryptedparam", "processingmodule"),
    ("processingmodule2pricelist", "processingmodule"), ("item", "processingmodule")))

# What wants the service to be stopped comes last.
STOPPED = re.compile(r"bill-nextcloud (adopt (?!--plan)|apply|restore|compact|rotate-key|mask|verify --(rebuild|accept))|systemctl stop")
# What goes on until it is told to end.
ENDLESS = re.compile(r"--follow\b|(^| )-f\b|\bwatch |\bserve\b")
# What asks: it is answered on a terminal.
ASKS = re.compile(r"bill-nextcloud (adopt (?!--plan)|apply|restore|compact|rotate-key|mask|accept-readings)\b(?!.*--yes)")

# Beginning of an example: its exit code here, and why.
OTHERWISE = {
    "bill-nextcloud approve 9f86d081884c7d65": (1, "nothing waits under that checksum"),
    "bill-nextcloud undelete 4711": (1, "service 4711 is not closed"),
    "bill-nextcloud replay 4711": (1, "nothing of it is parked"),
    "bill-nextcloud replay --code": (1, "nothing is parked"),
    "bill-nextcloud replay --all": (1, "nothing is parked"),
    "bill-nextcloud events --why 1042": (1, "there is no such event"),
    "bill-nextcloud verify --anchor 1042:9f86d081": (1, "no head of this store"),
    "bill-nextcloud mask 4711": (1, "its account is ours"),
}
DENIED = ("[option", "was not expected", "unknown option", "Run with --help")  # never, whatever the exit code


def otherwise(command):
    fitting = [name for name in OTHERWISE if command.startswith(name)]
    return max(fitting, key=len) if fitting else None


@unittest.skipUnless(clean_host.possible(), "needs root and namespaces")
class Help(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.panel = clean_host.Panel()
        cls.env = dict(os.environ, LC_ALL="C.UTF-8")

    @classmethod
    def tearDownClass(cls):
        cls.panel.close()

    def help_of(self, *words):
        return subprocess.run([BIN, *words, "--help"], capture_output=True, text=True, check=True, env=self.env).stdout

    def test_every_example_runs(self):
        found = {verb: texts.examples(self.help_of(verb)) for verb in texts.verbs(self.help_of())}
        self.assertEqual([verb for verb, lines in found.items() if not lines], [], "without examples")
        prepare = [*stages.PANEL_HOST, *stages.INSTALL,
                   "sed -i 's/^policy = .*/policy = \"create-only\"/' /etc/bill-nextcloud/config.toml",
                   *stages.EVENTS["served"], "cd /mnt/archive", "bill-nextcloud backup /mnt/backup/events-2026-11-27.db",
                   "cp -p /mnt/backup/events-2026-11-27.db /mnt/backup/events.db"]
        commands = list(prepare)
        examples = {}

        def add(line):
            if "serve" in line.split():
                commands.append("systemctl stop bill-nextcloud")
            examples[len(commands)] = line
            if ENDLESS.search(line):
                line = f"timeout 3 {line}"
            elif ASKS.search(line):
                line = f"echo yes | script -qec {shlex.quote(line)} /dev/null"
            commands.append(line)
            if "serve" in line.split():
                commands.append("systemctl start bill-nextcloud")

        lines = [line for verb in found for line in found[verb]]
        for line in lines:
            if not STOPPED.search(line) or "plan --out" in line:
                add(line)
        commands.append("systemctl stop bill-nextcloud")
        for line in lines:
            if STOPPED.search(line) and "plan --out" not in line:
                add(line)
        allowed = [clean_host.allowed_codes(c) if i not in examples else " ".join(map(str, range(256)))
                   for i, c in enumerate(commands)]
        self.panel.renew(NUMBERS)
        done = clean_host.run(self.panel, commands, allowed=allowed)
        used = set()
        for i, command in enumerate(commands):
            code, output = done.codes[i], done.outputs[i]
            with self.subTest(command=command.strip()):
                if i not in examples:
                    self.assertIn(str(code), allowed[i].split(), output)
                    continue
                self.assertFalse([word for word in DENIED if word in output], output)
                command = examples[i]
                name = otherwise(command)
                if ENDLESS.search(command):
                    self.assertEqual(code, 124, f"it did not go on: {output}")
                elif name is None:
                    self.assertIn(str(code), clean_host.allowed_codes(command).split(), output)
                else:
                    used.add(name)
                    wanted, why = OTHERWISE[name]
                    self.assertEqual(code, wanted, f"{why}: {output}")
        self.assertEqual(sorted(name for name in set(OTHERWISE) - used if any(line.startswith(name) for line in lines)), [],
                         "it ends otherwise no more")

    def test_the_commands_in_comments_of_deploy_run(self):
        for file in sorted(str(f.relative_to(SOURCE)) for f in (SOURCE / "deploy").rglob("*.service")):
            commands = texts.comment_commands(SOURCE, file)
            self.assertTrue(commands, file)
            before = [c for c in stages.set_up(SOURCE) if not re.match(r"systemd-|runuser|systemctl|bill-nextcloud|sed", c)]
            # The program alone, then what the comment says; the configuration last, when there is a user.
            first, rest = before[:2], before[2:]
            first = [*first, "rm -f /usr/lib/systemd/system/bill-nextcloud.service /usr/lib/*.d/bill-nextcloud.conf"]
            commands = [*first, *commands[:-1], *rest, commands[-1]]
            self.panel.renew()
            done = clean_host.run(self.panel, commands)
            for command, code, output in zip(commands, done.codes, done.outputs):
                self.assertEqual(code, 0, f"{file}: {command}\n{output}")


if __name__ == "__main__":
    unittest.main()
