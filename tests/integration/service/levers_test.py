"""What a person says while the service runs: real processes, the control socket, real HTTPS."""

import json
import os
import pwd
import subprocess
import unittest

from stage import BIN, AtATerminal, Stage, wait_until


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


class Levers(AtATerminal):
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
            self.assertNotIn("Closed; kept disabled until", " ".join(s.run("status").stdout.split()))
            shown = " ".join(s.run("item", str(item)).stdout.split())
            self.assertIn("; kept ", shown)
            self.assertNotIn("deletion not before", shown.split("What happens next")[0])
            other = ordered(s)
            wait_until(lambda: s.user(login)["enabled"], "the client is in again")
            self.assertTrue(s.user(f"user_{other}"))
            self.assertIn("item.retention_ending", s.kinds("--item", str(item)))
            self.say(s, "pause", "--item", str(item), "--reason", "a look at its files")
            self.assertEqual(self.say(s, "resume", "--item", str(item))["recorded"],
                             ["item.resumed"], "one word ends one thing")
            self.assertEqual(s.run("resume", "--item", str(item)).returncode, 1)
            self.assertTrue(s.user(login)["enabled"])
            self.assertEqual(self.say(s, "undelete", str(item), "--end")["recorded"],
                             ["item.kept_ended"])
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
            asked = s.events("--kind", "service.asked")
            self.assertEqual([one["event"]["reason"] for one in asked], ["by hand"])
            self.assertEqual(asked[0]["actor"], "operator")

    def test_a_service_is_told_to_look_and_what_failed_is_tried_again(self):
        with stage() as s:
            quiet(s)
            s.ctl("quota", user="user_101", value="1 GB")
            seen = self.say(s, "refresh", "--reason", "ticket 4711")
            self.assertEqual((seen["servers"], seen["differ"]), (1, 1))
            said = s.events("--kind", "service.asked")[-1]["event"]
            self.assertEqual((said["verb"], said["reason"]), ("refresh", "ticket 4711"))
            self.assertEqual(s.user("user_101")["quota"], "1 GB", "a look changes nothing")
            self.assertIn("Nothing is parked", s.run("replay").stdout)
            self.assertEqual(json.loads(s.run("replay", "--json").stdout), {"doubts": [], "parked": []})
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

    def staged(self, s):
        """Six suspensions behind the panel's back, one more than goes through: they wait."""
        service = s.serve()
        items = [ordered(s) for _ in range(6)]
        # Or a look at the last of them, late on a busy machine, would suspend it alone.
        self.assertEqual(s.stop(service), 0)
        s.sql(f"UPDATE item SET status = 3 WHERE id IN ({','.join(map(str, items))})")
        s.serve()
        wait_until(lambda: "plan.stopped" in s.kinds(), "the stop")
        plan = json.loads(s.run("plan", "--json").stdout)["servers"][0]
        self.assertIn("waits", s.run("plan").stdout.lower())
        return items, plan["checksum"]

    def enabled(self, s, items):
        return sum(s.user(f"user_{item}")["enabled"] for item in items)

    def test_what_waits_does_not_go_item_by_item_after_another_harm(self):
        with stage(service={"retention": '"1h"', "interval": '"10s"'}) as s:
            items, _ = self.staged(s)
            wait_until(lambda: "plan.stopped" in s.kinds(), "the stop")
            other = ordered(s)
            s.sql(f"UPDATE user SET email = 'other@example.org' WHERE account = "
                  f"(SELECT account FROM item WHERE id = {other})")
            wait_until(lambda: s.user(f"user_{other}")["email"] == "other@example.org", "its pass")
            self.assertIn("approve", s.run("status").stdout)
            for item in items:
                self.say(s, "refresh", "--item", str(item))
            self.assertEqual(self.enabled(s, items), 6)

    def test_an_approval_is_of_what_waits_now_or_of_nothing(self):
        with stage() as s:
            items, checksum = self.staged(s)
            seventh = ordered(s)
            s.sql(f"UPDATE item SET status = 3 WHERE id = {seventh}")
            moved = s.run("approve", checksum)
            self.assertEqual(moved.returncode, 1, moved.stdout)
            self.assertIn("nothing was changed", moved.stderr)
            # The seventh pays: nothing is armed that could go off now.
            s.sql(f"UPDATE item SET status = 2 WHERE id = {seventh}")
            self.say(s, "refresh")
            self.assertNotIn("plan.approved", s.kinds())
            self.assertEqual(self.say(s, "approve", checksum)["changed"], 2)
            wait_until(lambda: self.enabled(s, items) == 0, "what was approved")
            self.assertTrue(s.user(f"user_{seventh}")["enabled"])

    def test_an_item_whose_approval_was_given_says_so(self):
        with stage() as s:
            items, checksum = self.staged(s)
            item = str(items[0])
            self.assertIn("waits for an approval", s.run("item", item).stdout)
            for service in s.processes:
                if service.poll() is None and "serve" in service.args:
                    self.assertEqual(s.stop(service), 0)
            self.assertEqual(s.run("approve", checksum).returncode, 0)
            shown = s.run("item", item).stdout
            self.assertIn("approved: ", shown)
            self.assertNotIn("waits for an approval", shown)
            self.assertNotIn("approve exactly", shown)
            self.assertIsNotNone(json.loads(s.run("item", item, "--json").stdout)["approved_until"])
            status = json.loads(s.run("status", "--json").stdout)["servers"][0]
            self.assertNotIn("blast-radius", [hold["code"] for hold in status["holds"]])

    def test_an_approval_with_a_plan_that_moved_is_not_on_record(self):
        with stage() as s:
            items, checksum = self.staged(s)
            keyboard, terminal = self.terminal()
            with subprocess.Popen([BIN, "apply", "--config", s.config, "--approve", checksum],
                                  stdin=terminal, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=s.env) as asked:
                seen = ""
                while "yes" not in seen:
                    seen += asked.stdout.read(1)
                s.ctl("quota", user=f"user_{items[0]}", value="1 GB")
                os.write(keyboard, b"yes\n")
                _, errors = asked.communicate(timeout=60)
            self.assertEqual(asked.returncode, 1)
            self.assertIn("nothing of it was carried out", errors)
            self.assertNotIn("plan.approved", s.kinds())
            self.assertEqual(self.enabled(s, items), 6)

    def test_the_end_of_a_pause_is_looked_at_by_itself(self):
        with stage() as s:
            s.serve()
            item = ordered(s)
            self.say(s, "pause", "--server", "1", "--until", "4s", "--reason", "upgrade")
            shorter = s.run("pause", "--server", "1", "--until", "1s")
            self.assertEqual(shorter.returncode, 1)
            self.assertIn("for longer", shorter.stderr)
            s.panel("suspend", item)
            wait_until(lambda: not s.user(f"user_{item}")["enabled"], "what waited for its end")

    def test_missing_accounts_are_accepted_by_a_word_of_their_own(self):
        with stage() as s:
            quiet(s)
            logins = [login for login in ("user_101", "user_102", "user_103", "user_104")
                      if s.user(login)]
            for login in logins:
                s.ctl("delete", user=login)
            self.say(s, "refresh")
            for args in (("resume",), ("resume", "--all"), ("resume", "--server", "1")):
                done = s.run(*args)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertFalse(any(s.user(login) for login in logins))
            self.assertIn("accept-readings 1", s.run("resume", "--server", "1").stderr)
            listed = s.run("accept-readings", "1")
            self.assertEqual(listed.returncode, 1, "nobody to ask")
            for login in logins:
                self.assertIn(login, listed.stdout)
            self.assertIn("EMPTY", listed.stdout)
            said = self.say(s, "accept-readings", "1", "--yes", "--reason", "a drill")
            self.assertEqual(len(said["accepted"]["missing"]), len(logins))
            wait_until(lambda: all(s.user(login) for login in logins), "they are made anew")

    def test_what_a_window_denies_waits(self):
        with stage(server='windows = "deny destructive at * * * * * for 1d in Europe/Minsk"') as s:
            s.serve()
            item = ordered(s)
            s.panel("suspend", item)
            wait_until(lambda: "it is not the time for this" in s.run("plan").stdout.lower(),
                       "the hold")
            self.assertTrue(s.user(f"user_{item}")["enabled"])
            s.write_config(service={"retention": '"1h"'}, server='windows = "never"')
            self.assertIn("zones that this host knows", s.run("check").stdout)


if __name__ == "__main__":
    unittest.main()
