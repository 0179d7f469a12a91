"""What must not happen: one account billed as two services, strangers' space billed as our clients',
a panel that refuses told of it for ever."""

import concurrent.futures
import unittest

from life_stage import LifeCase, wait_until


class Guards(LifeCase):
    def stage(self, **settings):
        stage = super().stage(**settings)
        stage.start_service()
        return stage

    def account(self, s, *logins):
        for login in logins:
            s.ctl("create", user=login, email=f"{login}@example.com", group="start")

    def imports(self, s, search):
        """(services by login, reasons by login) of one run of the module's command."""
        code, doc = s.module("import", "--itemtype", "backupservice", "--searchstring", search)
        self.assertEqual(code, 0, "".join(doc.itertext()))
        return ({row.findtext("login"): row.findtext("service") for row in doc.findall("imported")},
                {row.findtext("login"): row.findtext("why") for row in doc.findall("skipped")})

    def named(self, s, login):
        done = self.db.sql(f"SELECT COUNT(*) FROM item WHERE name = '{login}'", s.name)
        return int(done.stdout.split()[1])

    def panel_calls(self, s, function):
        """The controller's own record of its calls."""
        return [event for event in s.events() if event["kind"] == "panel.called" and function in str(event)]

    def test_one_account_is_one_service(self):
        # No pass comes between: what the controller knows of the panel is as old as its start.
        s = self.stage(service={"interval": '"1h"'})
        self.account(s, "bob", "carol")
        self.assertEqual(list(self.imports(s, "bob BOB bob")[0]), ["bob"])
        imported, skipped = self.imports(s, "BOB bob")
        self.assertEqual(imported, {})
        self.assertIn("service", skipped["BOB"])
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(s.module, "import", "--itemtype", "backupservice", "--searchstring", "carol")
                    for _ in range(4)]
        self.assertIn(0, [run.result()[0] for run in runs])
        self.assertEqual((self.named(s, "bob"), self.named(s, "carol")), (1, 1))
        called = self.panel_calls(s, "processing.import.service")
        self.assertEqual(len(called), 2)
        self.assertEqual(s.module("get_server_config")[0], 0)
        self.assertEqual(len(self.panel_calls(s, "processing.setconfig")), 1)

    def test_import_without_an_answer_is_not_done_again(self):
        s = self.stage(service={"interval": '"1h"'})
        self.account(s, "bob", "carol")
        s.tool("fault", '{"function":"processing.import.service","kind":"lost","times":1}')
        imported, skipped = self.imports(s, "bob")
        self.assertEqual(imported, {})
        self.assertIn("look there before you try again", skipped["bob"])
        self.assertEqual(self.imports(s, "bob")[0], {})
        self.assertEqual(self.named(s, "bob"), 1)
        # Nor where the panel does not show it (yet).
        s.tool("fault", '{"function":"processing.import.service","kind":"unreachable","times":1}')
        self.assertEqual(self.imports(s, "carol")[0], {})
        imported, skipped = self.imports(s, "carol")
        self.assertEqual(imported, {})
        self.assertIn("a moment ago", skipped["carol"])
        self.assertEqual(len(s.calls(function="processing.import.service")), 2)

    def test_another_clouds_space_is_not_billed(self):
        s = self.stage()
        s.start_runner()
        item = s.opened()
        s.ctl("used", user=f"user_{item}", bytes=2 << 30)
        self.assertEqual(s.module("stat")[0], 0)
        rows = s.tool("stats")["itemstat"]
        self.assertEqual(float(rows[0]["value"]), 2)
        # The same number, another address; whose accounts are there is not known.
        s.ctl("used", user=f"user_{item}", bytes=7 << 30)
        elsewhere = s.url.replace("localhost", "127.0.0.1") if "localhost" in s.url else s.url + "/sub"
        self.db.sql(f"UPDATE processingparam SET value = '{elsewhere}' "
                    f"WHERE processingmodule = {s.server} AND intname = 'base_url'", s.name)

        def refused():
            code, doc = s.module("stat")
            return code == 1 and "".join(doc.itertext())

        why = wait_until(refused, "the refusal to measure")
        self.assertIn(elsewhere, why)
        before = s.tool("stats")["itemstat"]
        self.assertEqual(s.module("stat")[0], 1)
        self.assertEqual(s.tool("stats")["itemstat"], before)

    def test_refused_day_is_told_once_and_taken_later(self):
        s = self.stage()
        s.tool("fault", '{"function":"service.poststat","kind":"error","type":"missed","object":"stat"}')
        s.start_runner()
        s.opened()
        for _ in range(3):
            self.assertEqual(s.module("stat")[0], 0)
        self.assertEqual(len(s.calls(function="service.poststat")), 3, "asked for, so tried")
        self.assertEqual(len(self.panel_calls(s, "service.poststat")), 1)
        s.tool("no-faults")
        wait_until(lambda: s.tool("stats")["poststat"], "the day that was refused")


if __name__ == "__main__":
    unittest.main()
