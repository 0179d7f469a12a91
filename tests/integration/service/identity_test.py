"""A cloud is more than its address: the real service, and an empty installation in the place of the real one."""

import os
import pty
import subprocess
import unittest

from stage import BIN, PATIENCE, Stage, wait_until

OURS = "ocINSTANCEID"  # as the sample cloud shows it at first
OTHER = "ocother00000"
SOON = {"backoff_max": '"1s"'}  # what a person must mend is looked at again after that


class AnotherInstallation(unittest.TestCase):
    def quarantines(self, s):
        return [e["event"]["code"] for e in s.events() if e["kind"] == "server.quarantined"]

    def hear(self, terminal, until=None):
        """What the program says there, up to these words or to its end."""
        said = ""
        while until is None or until not in said:
            try:
                heard = os.read(terminal, 4096)
            except OSError:  # nobody is there any more
                break
            if not heard:
                break
            said += heard.decode()
        return said

    def test_an_empty_cloud_at_the_same_address_gets_nothing(self):
        with Stage(service=dict(SOON, interval='"1s"')) as s:
            self.assertEqual(s.apply().returncode, 0)
            service = s.serve()
            s.ctl("swap", instance=OTHER)
            s.ctl("reset-stats")
            passes = s.kinds().count("pass.completed")
            wait_until(lambda: "server.identity" in self.quarantines(s), "the notice")
            wait_until(lambda: s.kinds().count("pass.completed") > passes + 4, "more passes")
            self.assertEqual(s.writes(), [])
            self.assertIn(OTHER, s.page("/status.json")[1])
            self.assertIn(OURS, s.page("/status.json")[1])
            checked = s.run("check")
            self.assertEqual(checked.returncode, 1)
            self.assertIn("accept-cloud 1", checked.stdout)
            intended = s.kinds().count("action.intended")
            s.ctl("swap", instance=OURS)
            wait_until(lambda: s.kinds()[-1] == "pass.completed" and s.kinds().count("server.recovered"), "the way back")
            item = s.order(4, 1)
            s.panel("pay", item)
            wait_until(lambda: s.user(f"user_{item}"), "all goes on")
            self.assertEqual(s.kinds().count("action.intended"), intended + 1)
            self.assertEqual(s.stop(service), 0)
            self.assertEqual(s.run("check").returncode, 0)

    def test_an_order_between_two_full_passes_sees_it_before_it_writes(self):
        with Stage(service=dict(SOON, interval='"20s"')) as s:
            s.serve()
            wait_until(lambda: s.user("user_101"), "the first pass")
            self.assert_an_order_waits_for_ours(s)

    def assert_an_order_waits_for_ours(self, s):
        s.ctl("swap", instance=OTHER)
        s.ctl("reset-stats")
        item = s.order(4, 1)
        s.panel("pay", item)
        wait_until(lambda: "server.identity" in self.quarantines(s), "the notice")
        self.assertEqual(s.writes(), [])
        self.assertIsNone(s.user(f"user_{item}"))
        s.ctl("swap", instance=OURS)
        wait_until(lambda: s.user(f"user_{item}"), "the account of the order")

    def test_where_no_cookie_shows_it_our_own_files_do(self):
        for always in (True, False):
            with self.subTest(always=always), Stage(service=dict(SOON, interval='"20s"')) as s:
                s.ctl("cookies", **{"pass": 0 if always else 1})
                s.serve()
                wait_until(lambda: s.user("user_101"), "the first pass")
                s.ctl("cookies", **{"pass": 0})
                self.assert_an_order_waits_for_ours(s)

    def test_what_a_person_agreed_to_goes_to_the_cloud_that_he_saw(self):
        with Stage() as s:
            s.ctl("cookies", **{"pass": 0})
            self.assertEqual(s.apply().returncode, 0)
            item = s.order(4, 1)
            s.panel("pay", item)
            s.ctl("reset-stats")
            ours, theirs = pty.openpty()
            asked = subprocess.Popen([BIN, "apply", "--config", s.config], env=s.env,
                                     stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
            os.close(theirs)
            said = self.hear(ours, until="yes: ")
            s.ctl("swap", instance=OTHER)
            os.write(ours, b"yes\n")
            said += self.hear(ours)
            self.assertEqual(asked.wait(timeout=PATIENCE), 1, said)
            os.close(ours)
            self.assertIn(OTHER, said)
            self.assertEqual(s.writes(), [])
            s.ctl("swap", instance=OURS)
            self.assertEqual(s.apply().returncode, 0)
            self.assertTrue(s.user(f"user_{item}"))

    def test_a_restored_cloud_waits_for_a_person(self):
        with Stage() as s:
            self.assertEqual(s.apply().returncode, 0)
            s.ctl("delete", user="user_101")  # made since the backup
            s.ctl("fingerprint", value="2f50b0a6222d16f51c0bca590c960ed6")
            s.ctl("reset-stats")
            refused = s.apply()
            self.assertEqual(refused.returncode, 3)
            self.assertIn("restored from a backup", refused.stdout)
            self.assertIn("2f50b0a6222d", s.run("check").stdout)
            self.assertEqual(s.writes(), [])
            s.run("apply", "--accept-cloud", "1")  # no answer to its question
            self.assertIn("restored", s.apply().stdout)
            s.apply("--accept-cloud", "1")
            self.assertNotIn("restored", s.apply().stdout)

    def test_a_person_says_that_it_is_ours(self):
        with Stage() as s:
            self.assertEqual(s.apply().returncode, 0)
            s.ctl("swap", instance=OTHER)
            refused = s.apply()
            self.assertEqual(refused.returncode, 3)
            self.assertIn(OTHER, refused.stdout)
            self.assertEqual(s.plan()[0], 3)
            s.apply("--accept-cloud", "1")
            accepted = [e for e in s.events() if e["kind"] == "server.cloud_accepted"]
            self.assertEqual([(e["event"]["before"], e["event"]["after"]) for e in accepted], [(OURS, OTHER)])
            self.assertEqual(accepted[0]["actor"].split(":")[0], "operator")
            self.assertNotIn(OTHER, s.apply().stdout)


if __name__ == "__main__":
    unittest.main()
