"""What must never happen: somebody else's account changed, a claim that is not so, a stop that hangs."""

import json
import sqlite3
import subprocess
import time
import unittest
from datetime import datetime, timezone

from stage import BIN, Stage, wait_until


class Safety(unittest.TestCase):
    def sql(self, stage, *statements):
        panel = sqlite3.connect(stage.path("panel.db"), isolation_level=None, timeout=20)
        for statement in statements:
            panel.execute(statement)
        panel.close()

    def save_login(self, stage, item, login):
        self.sql(stage, f"DELETE FROM itemparam WHERE item = {item} AND intname = 'username'",
                 "INSERT INTO itemparam (id, item, intname, value) SELECT COALESCE(MAX(id), 0) + 1, "
                 f"{item}, 'username', '{login}' FROM itemparam")

    def close(self, stage, item):
        stage.panel("close", item)
        stage.panel("finish", item)

    def closed(self, stage, item):
        """Its account is disabled; when its retention ends."""
        self.applied(stage)
        self.close(stage, item)
        self.applied(stage)
        return self.retention_of(stage, item)

    def retention_of(self, stage, item):
        shown = stage.run("item", str(item), "--json")
        return datetime.fromisoformat(json.loads(shown.stdout)["ledger"]["retained_until"])

    def outlast(self, moment):
        wait_until(lambda: datetime.now(timezone.utc) > moment, f"the clock to pass {moment}")

    def applied(self, stage, *args):
        done = stage.apply(*args)
        self.assertIn(done.returncode, (0, 2), done.stdout + done.stderr)

    def test_a_closed_item_alone_does_not_take_an_active_items_account(self):
        with Stage() as s:
            self.save_login(s, 101, "anna")
            self.save_login(s, 102, "anna")
            self.sql(s, "UPDATE item SET status = 4 WHERE id = 102",
                     "DELETE FROM runningoperation WHERE item = 102")
            s.ctl("create", user="anna")
            self.applied(s, "--item", "102")
            self.assertTrue(s.user("anna")["enabled"])
            self.assertEqual(s.writes(), [])

    def test_accounts_that_are_gone_at_once_wait_for_a_persons_word(self):
        with Stage() as s:
            self.applied(s)
            gone = [f"user_{item}" for item in (102, 103, 104, 105)]
            for login in gone:
                s.ctl("delete", user=login)
            self.applied(s)
            self.applied(s)
            self.assertEqual([s.user(login) for login in gone], [None] * 4)
            shown = " ".join(s.run("plan").stdout.split())
            self.assertIn("accept-readings 1", shown)
            word = s.run("accept-readings", "1", "--yes")
            self.assertEqual(word.returncode, 0, word.stderr)
            self.assertIn("Server 1: accepted", word.stdout)
            self.assertIn("operator", s.events("--kind", "server.resumed")[0]["actor"])
            self.applied(s)
            self.assertTrue(all(s.user(login) for login in gone))
            # The service that runs is told over its socket: it has the store for itself.
            s.write_config(extra=f'[control]\nsocket = "{s.path("control")}"')
            self.applied(s)
            service = s.serve()
            word = s.run("accept-readings", "1")
            self.assertEqual((word.returncode, word.stdout), (3, word.stdout), word.stderr)
            self.assertIn("no doubt is on record", word.stdout)
            word = s.run("resume", "--accept-panel")
            self.assertEqual(word.returncode, 0, word.stderr)
            self.assertIn("not older", word.stdout)
            self.assertEqual(s.stop(service), 0)
            self.assertIn("not older", s.run("resume", "--accept-panel").stdout)

    def test_a_stranger_with_the_login_of_a_removed_account_is_left_alone(self):
        with Stage(service={"retention": '"1s"'}) as s:
            retained_until = self.closed(s, 101)
            s.ctl("delete", user="user_101")
            s.ctl("quota", user="user_102", value="1 GB")
            self.applied(s)
            s.ctl("create", user="user_101", email="stranger@example.org")
            before = len(s.writes())
            self.outlast(retained_until)
            for _ in range(3):
                self.applied(s)
            self.assertTrue(s.user("user_101")["enabled"])
            self.assertEqual(s.writes()[before:], [])

    def test_who_was_given_the_name_of_a_closed_account_is_not_deleted(self):
        with Stage(service={"retention": '"1s"'}) as s:
            until = self.closed(s, 101)
            # Taken away and made again unseen: who works here has used it, and is shut out for now.
            s.ctl("delete", user="user_101")
            s.ctl("create", user="user_101", email="stranger@example.org")
            s.ctl("used", user="user_101", bytes=5)
            s.ctl("disable", user="user_101")
            self.outlast(until)
            told = s.apply()
            self.assertEqual(told.returncode, 1)
            self.assertIn("somebody has logged into the account user_101", told.stderr)
            for _ in range(3):
                self.applied(s)
            self.assertIsNotNone(s.user("user_101"))
            self.assertIn("used since it was closed", " ".join(s.run("item", "101").stdout.split()))
            self.assertIn("account.last_used", s.kinds("--item", "101"))

    def test_the_saved_username_is_no_evidence_after_our_own_delete(self):
        with Stage(service={"retention": '"1s"'}) as s:
            self.outlast(self.closed(s, 101))
            self.applied(s)
            self.assertIsNone(s.user("user_101"))
            s.ctl("create", user="user_101", email="stranger@example.org", quota="1 GB")
            self.sql(s, "UPDATE item SET status = 2 WHERE id = 101")
            self.applied(s)
            self.assertEqual(s.user("user_101")["email"], "stranger@example.org")
            self.assertEqual(s.user("user_101")["quota"], "1 GB")

    def test_a_closed_item_leaves_the_account_that_another_made_anew(self):
        with Stage() as s:
            self.applied(s)
            self.close(s, 101)
            self.applied(s)
            s.ctl("delete", user="user_101")
            item = s.order(2, 1)
            s.panel("pay", item)
            self.save_login(s, item, "user_101")
            for _ in range(3):
                self.applied(s)
                self.assertTrue(s.user("user_101")["enabled"])

    def test_half_a_reading_is_never_nothing_to_do(self):
        with Stage(accounts=700) as s:
            self.applied(s)
            s.ctl("fault", kind="server-error", endpoint="users.details", skip=1, times=100)
            done = s.run("plan")
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn("was not read completely", " ".join(done.stdout.split()))

    def test_what_waits_for_the_rate_limit_is_not_said_to_be_done(self):
        with Stage(profile="27", cloud_args=("--put-limit", "3/600")) as s:
            self.applied(s)
            for item in (101, 102, 103, 104, 105, 106):
                s.ctl("quota", user=f"user_{item}", value="1 GB")
            apply = subprocess.Popen([BIN, "apply", "--yes", "--config", s.config], env=s.env,
                                     text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            wait_until(lambda: "action.failed" in s.kinds(), "the spent budget")
            apply.terminate()
            out = apply.communicate(timeout=30)[0]
            self.assertIn("not begun 3. Read again: 3 actions left", out)
            self.assertEqual(apply.returncode, 2)

    def test_a_panel_without_our_module_is_an_error(self):
        with Stage() as s:
            self.sql(s, "DELETE FROM processingmodule")
            done = s.run("plan")
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertIn("no processing module of ours", done.stdout)

    def test_a_server_that_is_left_alone_is_not_attempted_nor_said_to_be(self):
        with Stage(service={"interval": '"1s"'}) as s:
            self.applied(s)
            s.serve()
            s.ctl("fault", kind="unauthorized", times=1000000)
            wait_until(lambda: "server.quarantined" in s.kinds(), "the quarantine")
            s.ctl("reset-stats")
            passes = s.kinds().count("pass.completed")
            wait_until(lambda: s.kinds().count("pass.completed") > passes + 3, "more passes")
            self.assertIn('"total":0', s.ctl("stats")[1])
            self.assertEqual(s.page("/status.json")[1].count("left alone"), 0)

    def test_sigterm_gives_up_a_reading_that_hangs(self):
        with Stage() as s:
            self.applied(s)
            service = s.serve()
            events = len(s.events())
            s.ctl("fault", kind="delay", endpoint="users.details", delay_ms=30000, times=100)
            s.ctl("reset-stats")
            s.write_config("sync", {"interval": '"2h"'})
            service.send_signal(1)  # SIGHUP: a full pass begins
            wait_until(lambda: "users.details" in s.ctl("stats")[1], "the reading")
            begun = time.monotonic()
            self.assertEqual(s.stop(service), 0, s.read("serve.log"))
            self.assertLess(time.monotonic() - begun, 10)
            new = [event["kind"] for event in s.events()[events:]]
            self.assertNotIn("server.quarantined", new)
            self.assertNotIn("action.intended", new)


class AnotherCloud(unittest.TestCase):
    def test_a_new_address_is_not_taken_for_the_same_cloud(self):
        with Stage() as s, Stage(panel=False) as other:
            self.assertEqual(s.apply().returncode, 0)
            for login in ("user_101", "user_102"):
                other.ctl("create", user=login, email="stranger@example.org", quota="1 GB")
            panel = sqlite3.connect(s.path("panel.db"), isolation_level=None, timeout=20)
            panel.execute("UPDATE processingparam SET value = ? WHERE intname = 'base_url'",
                          (other.url,))
            panel.close()
            s.write_config(server=f'[server.1]\nca_file = "{other.path("ca.pem")}"\n')
            done = s.apply()
            self.assertEqual(done.returncode, 3)
            self.assertIn("accept-address 1", " ".join(done.stdout.split()))
            self.assertEqual(other.writes(), [])
            accepted = s.run("apply", "--accept-address", "1")  # an operator looks
            self.assertIn("user_101", accepted.stdout)
            self.assertEqual(other.writes(), [])

    def test_an_emptied_panel_is_an_error(self):
        with Stage() as s:
            self.assertEqual(s.apply().returncode, 0)
            writes = s.writes()
            s.sql("PRAGMA foreign_keys = OFF; DELETE FROM runningoperation; DELETE FROM itemparam;"
                  " DELETE FROM item")
            self.assertEqual(s.plan()[0], 1)
            self.assertEqual(s.apply().returncode, 1)
            self.assertEqual(s.writes(), writes)


if __name__ == "__main__":
    unittest.main()
