"""What a person says while the service runs: real processes, the control socket, real HTTPS."""

import json
import os
import pwd
import unittest

from stage import Stage, wait_until


def stage(service=None, server=""):
    s = Stage()
    s.write_config(service=service or {"retention": '"1h"'}, server=server,
                   extra=f'[control]\nsocket = "{s.path("control")}"')
    return s


def ordered(s):
    """A paid service with its account."""
    item = s.order(2, 1)
    s.panel("pay", item)
    wait_until(lambda: s.user(f"user_{item}"), "the account")
    s.panel("finish", item)
    return item


def quiet(s):
    """A service whose first pass finds nothing to do, so that none follows for an hour."""
    assert s.apply().returncode == 0
    s.serve()


class Levers(unittest.TestCase):
    def say(self, s, *args):
        done = s.run(*args, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_pauses_hold_paid_orders_until_they_are_ended(self):
        with stage() as s:
            s.serve()
            item = ordered(s)
            login = f"user_{item}"
            for scope in (("--item", str(item)), ("--server", "1"), ("--all",)):
                said = self.say(s, "pause", *scope, "--reason", "files are moved", "--until", "8h")
                self.assertTrue(said["service_runs"])
                self.assertEqual(said["changed"], 1)
                s.panel("suspend", item)
                wait_until(lambda: json.loads(s.run("item", str(item), "--json").stdout) and
                           "paused" in s.run("item", str(item)).stdout, "the hold")
                self.assertTrue(s.user(login)["enabled"])
                self.assertEqual(self.say(s, "resume", *scope)["changed"], 1)
                wait_until(lambda: not s.user(login)["enabled"], "what waited")
                s.panel("finish", item)
                s.panel("resume", item)
                wait_until(lambda: s.user(login)["enabled"], "the resumption")
                s.panel("finish", item)
            for said in s.events("--kind", "item.paused"):
                self.assertEqual(said["actor"], "operator")
                self.assertIn(pwd.getpwuid(os.geteuid()).pw_name, said["actor_name"])
                self.assertEqual(said["event"]["reason"], "files are moved")
            self.assertEqual(s.run("pause").returncode, 1, "nothing named is not everything")
            self.assertEqual(s.run("pause", "--item", "424242").returncode, 1)
            self.assertEqual(s.kinds().count("service.paused"), 1)

    def test_a_closed_account_is_kept_by_a_persons_word_while_orders_come_in(self):
        with stage() as s:
            s.serve()
            item = ordered(s)
            login = f"user_{item}"
            self.assertIn("not closed", s.run("undelete", str(item)).stderr)
            s.panel("close", item)
            wait_until(lambda: not s.user(login)["enabled"], "the closing")
            s.panel("finish", item)
            self.say(s, "refresh")
            self.assertIn("not before", s.run("status").stdout)
            said = self.say(s, "undelete", str(item), "--reason", "the client called")
            self.assertEqual(said["recorded"], ["item.kept"])
            other = ordered(s)
            wait_until(lambda: s.user(login)["enabled"], "the client is in again")
            self.assertTrue(s.user(f"user_{other}"))
            self.assertIn("item.retention_ending", s.kinds("--item", str(item)))
            self.say(s, "resume", "--item", str(item))
            wait_until(lambda: not s.user(login)["enabled"], "it is closed anew")
            self.assertEqual(s.run("verify").returncode, 0)

    def test_apply_beside_the_service_does_what_was_shown_or_nothing(self):
        with stage() as s:
            quiet(s)
            before = s.user("user_101")["quota"]
            s.ctl("quota", user="user_101", value="1 GB")
            no = s.run("apply")
            self.assertEqual(no.returncode, 1, "nobody to ask")
            self.assertEqual(s.user("user_101")["quota"], "1 GB")
            done = s.apply("--reason", "by hand")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("Applied 1, failed 0, not begun 0", done.stdout)
            self.assertEqual(s.user("user_101")["quota"], before)
            intent = s.events("--item", "101", "--kind", "action.intended")[-1]
            self.assertEqual(intent["actor"], "operator")
            self.assertEqual(s.run("plan").returncode, 0)

    def test_a_service_is_told_to_look_and_what_failed_is_tried_again(self):
        with stage() as s:
            quiet(s)
            s.ctl("quota", user="user_101", value="1 GB")
            seen = self.say(s, "refresh")
            self.assertEqual((seen["servers"], seen["differ"]), (1, 1))
            self.assertEqual(s.user("user_101")["quota"], "1 GB", "a look changes nothing")
            self.assertIn("Nothing is parked", s.run("replay").stdout)
            self.assertEqual(json.loads(s.run("replay", "--json").stdout), {"parked": []})
            self.assertEqual(s.run("replay", "101").returncode, 1)

    def test_a_word_without_a_service_is_kept_for_the_next_one(self):
        with stage() as s:
            service = s.serve()
            item = ordered(s)
            self.assertEqual(s.stop(service), 0)
            said = self.say(s, "pause", "--server", "1", "--reason", "upgrade")
            self.assertFalse(said["service_runs"])
            self.assertEqual(s.run("refresh").returncode, 1)
            s.panel("suspend", item)
            s.serve()
            wait_until(lambda: "upgrade" in s.run("status").stdout, "the pause in status")
            wait_until(lambda: s.metric("bill_nextcloud_paused", server="1") == 1, "the metric")
            self.assertTrue(s.user(f"user_{item}")["enabled"])
            self.say(s, "resume", "--server", "1")
            wait_until(lambda: not s.user(f"user_{item}")["enabled"], "what waited")

    def test_what_a_window_denies_waits(self):
        with stage(server='windows = "deny destructive at * * * * * for 1d in Europe/Minsk"') as s:
            s.serve()
            item = ordered(s)
            s.panel("suspend", item)
            wait_until(lambda: "it is not the time for this" in s.run("plan").stdout.lower(),
                       "the hold")
            self.assertTrue(s.user(f"user_{item}")["enabled"])
            s.write_config(service={"retention": '"1h"'}, server='windows = "never"')
            self.assertIn("zones that this host knows", s.run("check").stderr)


if __name__ == "__main__":
    unittest.main()
