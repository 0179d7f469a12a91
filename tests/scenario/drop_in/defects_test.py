"""What the Python module does wrong, done right: one test for each defect that no other test shows.
docs/adopt.md lists them all."""

import json
import time
import unittest

from legacy import LegacyStage  # first: it finds the stage
from stage import Stage


def held_of(stage, item):
    return [h["hold"]["code"] for h in stage.plan()[1]["servers"][0]["held"]
            if h["hold"]["item"] == item]


class Existence(unittest.TestCase):
    def test_a_longer_login_of_the_same_beginning_is_another_account(self):
        """The Python module searches by part of the name: user_111 "exists" if user_1112 does."""
        with Stage() as s:
            for login in ("user_1112", "user_11", "my_user_111"):
                s.ctl("create", user=login, quota="1 GB")
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(s.user("user_111")["quota"], "10 GB")
            for login in ("user_1112", "user_11", "my_user_111"):
                self.assertEqual(s.user(login)["quota"], "1 GB")

    def test_a_strangers_login_is_held_and_never_deleted(self):
        """The Python module deletes the login when an opening fails, whosever it is."""
        with Stage() as s:
            s.ctl("create", user="user_111", quota="3 GB", email="somebody@else.example")
            s.ctl("used", user="user_111", bytes="1000000")
            for _ in range(2):
                s.apply()
            self.assertEqual(held_of(s, 111), ["not-ours"])
            self.assertEqual(s.user("user_111")["quota"], "3 GB")
            self.assertFalse(any("user_111" in line for line in s.writes()), s.writes())

    def test_the_opening_of_one_service_asks_for_its_account_only(self):
        """The Python module reads the cloud's users for every single opening."""
        with Stage(accounts=1000) as s:
            s.apply()
            s.panel("pay", 110)
            s.ctl("reset-stats")
            self.assertEqual(s.apply("--item", "110").returncode, 0)
            calls = json.loads(s.ctl("stats")[1])["calls"]
            self.assertNotIn("users.details", calls)
            self.assertNotIn("users.list", calls)
            self.assertTrue(s.user("user_110"))


class Opening(unittest.TestCase):
    def failed_create(self, stage, **fault):
        stage.ctl("fault", endpoint="user.create", user="user_111", **fault)
        stage.apply()

    def test_a_lost_answer_does_not_delete_the_account(self):
        with Stage() as s:
            self.failed_create(s, kind="drop", after="1")
            self.assertTrue(s.user("user_111"))
            self.assertEqual(s.apply().returncode, 0)
            self.assertEqual(s.plan()[0], 0)
            self.assertFalse(any(line.startswith("user.delete") for line in s.writes()))
            self.assertEqual(sum(line.startswith("user.create user_111") for line in s.writes()), 1)

    def test_an_error_in_the_middle_of_a_create_does_not_delete_the_account(self):
        """As when the account is made, and something after it in the same call fails."""
        with Stage() as s:
            self.failed_create(s, kind="server-error", after="1")
            self.assertTrue(s.user("user_111"))
            s.apply()
            self.assertEqual(s.plan()[0], 0)
            self.assertEqual(s.user("user_111")["groups"], ["start"])
            self.assertFalse(any(line.startswith("user.delete") for line in s.writes()))

    def test_a_group_that_is_not_there_holds_the_opening_before_any_call(self):
        with Stage(groups="pro,staff") as s:
            s.apply()
            self.assertEqual(held_of(s, 111), ["missing-group"])
            self.assertFalse(any("user_111" in line for line in s.writes()))

    def test_a_disk_add_on_that_is_paused_or_gone_is_a_hold_and_not_100_mib(self):
        with LegacyStage() as s:
            s.adopt("--yes")
            s.panel("pay", 110)
            small, large = s.tariff("Cloud 10"), s.tariff("Cloud 50")
            s.sql(f"UPDATE pricelist SET active = 'off' WHERE parent = {large}")
            s.sql(f"DELETE FROM pricelist WHERE parent = {small}")
            s.apply()
            self.assertIsNone(s.user("user_110"))
            self.assertEqual((s.user("user_101")["quota"], s.user("user_102")["quota"]),
                             ("10 GB", "50 GB"), "who has an account keeps what he has")
            self.assertEqual([held_of(s, item) for item in (101, 102, 110)], [["no-disk"]] * 3)
            self.assertEqual(s.writes(), [])


class Address(unittest.TestCase):
    def test_a_sub_path_counts(self):
        """The Python module drops the path of the server's address."""
        with Stage(cloud_args=("--path-prefix", "/office/nextcloud")) as s:
            if not s.url.endswith("/office/nextcloud"):
                self.assertNotIn("/office", s.url)
                s.sql(f"UPDATE processingparam SET value = '{s.url}/office/nextcloud' "
                      "WHERE intname = 'base_url'")
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertTrue(s.user("user_111"))

    def test_a_cloud_that_does_not_answer_is_given_up(self):
        """The Python module has no time-out: one silent cloud holds a process for ever."""
        with Stage() as s:
            s.write_config(server='[server.1]\ntimeout = "1s"\n')
            s.ctl("fault", kind="delay", endpoint="user.create", delay_ms="600000", times="1000")
            began = time.monotonic()
            done = s.apply()
            self.assertEqual(done.returncode, 1)
            self.assertLess(time.monotonic() - began, 90)
            s.ctl("clear-faults")
            done = s.apply()
            self.assertEqual(s.plan()[0], 0, done.stdout + done.stderr)


class Changes(unittest.TestCase):
    def test_a_failed_change_of_group_is_no_success_and_is_done_later(self):
        """The Python module logs it and reports success: the client pays for another tariff."""
        with LegacyStage() as s:
            s.choose_groups()
            s.adopt("--yes")
            s.panel("tariff", 103, s.tariff("Cloud 50"))
            s.ctl("fault", kind="server-error", endpoint="user.group_add", user="user_103", times="1000")
            done = s.apply()
            self.assertEqual(done.returncode, 1)
            self.assertIn("user_103", done.stderr)
            self.assertTrue(s.user("user_103"), "the account stays")
            s.ctl("clear-faults")
            wait = json.loads(s.run("item", "103", "--json").stdout)["ledger"]["next_attempt_at"]
            self.assertTrue(wait)
            self.settle(s)
            self.assertEqual(s.user("user_103")["groups"], ["pro"])

    def settle(self, stage):
        """The retry waits for its moment (a second in these tests)."""
        from stage import wait_until
        wait_until(lambda: stage.apply().returncode == 0 and stage.plan()[0] == 0, "the retry")

    def test_the_old_group_goes_although_the_panel_forgot_the_old_tariff(self):
        """The Python module takes it from lastpricelist, which may be NULL; we look at the cloud."""
        with LegacyStage() as s:
            s.choose_groups()
            s.adopt("--yes")
            s.sql(f"UPDATE item SET pricelist = {s.tariff('Cloud 50')}, lastpricelist = NULL "
                  "WHERE id = 103")
            self.assertEqual(s.apply().returncode, 0)
            self.assertEqual(s.user("user_103")["groups"], ["pro"])

    def test_closing_an_account_that_is_gone_succeeds(self):
        """The Python module fails for ever: the service cannot be deleted in the panel."""
        with LegacyStage() as s:
            s.adopt("--yes")
            s.ctl("delete", user="user_103")
            s.panel("close", 103)
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(s.plan()[0], 0)
            self.assertFalse(any("user_103" in line for line in s.writes()))
            # And its login, made anew by somebody else, is not ours.
            s.ctl("create", user="user_103", quota="1 GB")
            s.apply()
            self.assertTrue(s.user("user_103")["enabled"])

    def test_a_close_keeps_the_files_for_the_retention(self):
        with LegacyStage() as s:
            s.adopt("--yes")
            s.panel("close", 103)
            self.assertEqual(s.apply().returncode, 0)
            self.assertFalse(s.user("user_103")["enabled"])
            self.assertFalse(any(line.startswith("user.delete") for line in s.writes()))


if __name__ == "__main__":
    unittest.main()
