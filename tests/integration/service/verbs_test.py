"""The verbs, as an admin uses them: exit codes, screens, files, refusals."""

import json
import os
import re
import signal
import stat
import subprocess
import unittest

from stage import BIN, PASSWORD, Stage, wait_until


class Plan(unittest.TestCase):
    def test_plan_shows_what_would_be_done_and_writes_nothing(self):
        with Stage() as s:
            s.ctl("forbid-writes")
            code, plan, errors = s.plan()
            self.assertEqual(code, 2, errors)
            kinds = [a["kind"] for a in plan["servers"][0]["actions"]]
            self.assertIn("create", kinds)
            stats = json.loads(s.ctl("stats")[1])
            self.assertEqual(stats["violations"], 0)
            self.assertFalse(os.path.exists(s.path("events.db")), "a dry run records nothing")

    def test_plan_is_deterministic(self):
        with Stage() as s:
            first, second = s.plan()[1], s.plan()[1]
            for plan in (first, second):
                plan.pop("made_at", None)
            self.assertEqual(first, second)

    def test_plan_of_one_item_is_its_part_of_the_whole(self):
        with Stage() as s:
            whole = [a for a in s.plan()[1]["servers"][0]["actions"] if a["item"] == 103]
            part = s.plan("--item", "103")[1]["servers"][0]["actions"]
            self.assertTrue(part)
            self.assertEqual(part, whole)

    def test_broken_tariff_is_held_with_table_id_and_remedy(self):
        with Stage() as s:
            done = s.run("plan")
            self.assertIn("113", done.stdout)
            self.assertRegex(done.stdout, r"pricelist \d+")
            self.assertIsNone(s.user("user_113"))

    def test_no_terminal_no_colour(self):
        with Stage() as s:
            self.assertNotIn("\x1b[", s.run("plan").stdout)

    def test_russian_by_locale(self):
        with Stage() as s:
            done = s.run("plan", env=dict(s.env, LC_ALL="ru_RU.UTF-8"))
            self.assertRegex(done.stdout, "[а-яА-Я]{4}")
            self.assertNotIn("the item is", done.stdout)

    def test_russian_screens_are_russian(self):
        """A line of a screen that has words of English only, but for names and commands, was forgotten."""
        with Stage() as s:
            russian = dict(s.env, LC_ALL="ru_RU.UTF-8")
            english = re.compile(r"\b(?:the|is|are|was|and|not|of|with|for|no)\b")
            s.apply()
            s.run("pause", "--item", "101", "--reason", "warum")
            screens = {verb: s.run(*verb.split(), env=russian) for verb in
                       ("check", "plan", "events --limit 200", "verify", "item 101", "preflight", "adopt --plan", "usage 101")}
            for verb in ("check", "events --limit 200", "verify", "preflight"):
                lines = [line for line in screens[verb].stdout.splitlines() if english.search(re.sub(r"`[^`]*`", "", line))]
                self.assertEqual(lines, [], verb)
            for verb, done in screens.items():
                self.assertRegex(done.stdout + done.stderr, "[а-яА-Я]{4}", verb)

    def test_missing_policy_is_an_error_that_names_the_choices(self):
        with Stage(policy="") as s:
            done = s.run("plan")
            self.assertEqual(done.returncode, 1)
            self.assertIn("observe", done.stderr)

    def test_observe_shows_drift_and_can_not_write(self):
        with Stage(policy="observe") as s:
            s.ctl("forbid-writes")
            self.assertEqual(s.plan()[0], 2)
            s.apply()
            self.assertEqual(json.loads(s.ctl("stats")[1])["violations"], 0)


class Apply(unittest.TestCase):
    def test_apply_reaches_the_sold_state_and_a_second_plan_is_empty(self):
        with Stage(accounts=5) as s:
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(s.user("user_102")["quota"], "50 GB")
            self.assertEqual(s.user("user_106")["quota"], "75 GB")
            self.assertEqual(s.user("user_102")["groups"], ["pro"])
            self.assertEqual(s.user("user_111")["email"], "studio.lumen@example.net")
            self.assertEqual(s.user("user_112")["quota"], "2 GB")
            self.assertIsNone(s.user("user_110"), "ordered and not paid")
            self.assertTrue(s.user("acc000001")["enabled"], "not ours, not touched")
            code, plan, _ = s.plan()
            self.assertEqual((code, plan["servers"][0]["actions"]), (0, []))

    def test_apply_without_a_terminal_needs_yes(self):
        with Stage() as s:
            done = s.run("apply")
            self.assertEqual(done.returncode, 1)
            self.assertIn("--yes", done.stderr)
            self.assertEqual(s.writes(), [])

    def test_saved_plan_does_exactly_that(self):
        with Stage() as s:
            self.assertEqual(s.run("plan", "--out", s.path("a.plan")).returncode, 2)
            text = s.read("a.plan")
            self.assertNotIn(PASSWORD, text)
            self.assertEqual(stat.S_IMODE(os.stat(s.path("a.plan")).st_mode), 0o600)
            done = s.apply(s.path("a.plan"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(s.user("user_101"))

    def test_saved_plan_is_refused_when_the_world_moved(self):
        with Stage() as s:
            s.run("plan", "--out", s.path("a.plan"))
            s.ctl("create", user="user_101", quota="1 GB")
            done = s.apply(s.path("a.plan"))
            self.assertEqual(done.returncode, 1)
            self.assertIn("user_101", done.stderr)
            self.assertIsNone(s.user("user_102"), "nothing of it was done")

    def test_edited_plan_file_is_refused(self):
        with Stage() as s:
            s.run("plan", "--out", s.path("a.plan"))
            text = s.read("a.plan").replace("user_101", "user_999")
            with open(s.path("a.plan"), "w", encoding="utf-8") as file:
                file.write(text)
            done = s.apply(s.path("a.plan"))
            self.assertEqual(done.returncode, 1)
            self.assertEqual(s.writes(), [])

    def test_name_clash_holds_and_touches_nothing(self):
        with Stage() as s:
            s.ctl("create", user="user_111", quota="3 GB", email="somebody@else.example")
            s.apply()
            stranger = s.user("user_111")
            self.assertEqual((stranger["quota"], stranger["email"], stranger["groups"]),
                             ("3 GB", "somebody@else.example", []))
            held = [h for h in s.plan()[1]["servers"][0]["held"] if h["hold"]["item"] == 111]
            self.assertTrue(held)

    def test_dead_cloud_is_an_error_and_nothing_is_lost(self):
        with Stage() as s:
            s.cloud_process.terminate()
            s.cloud_process.wait()
            done = s.apply()
            self.assertEqual(done.returncode, 3)
            self.assertIn("not known", done.stdout)

    def test_maintenance_stops_the_server_and_says_so(self):
        with Stage() as s:
            s.ctl("maintenance", on="1")
            done = s.run("plan")
            self.assertEqual(done.returncode, 3)
            self.assertIn("maintenance", done.stdout)

    def test_untrusted_certificate_is_refused(self):
        with Stage() as s:
            s.write_config(server="[server.1]\nca_file = \"/etc/ssl/certs/ca-certificates.crt\"\n")
            done = s.run("plan")
            self.assertEqual(done.returncode, 3)
            self.assertRegex(done.stdout, "(?i)tls|certificate")

    def test_app_password_refusal_of_34_is_explained(self):
        # The sample panel's login works with the account password; 34 takes it.
        with Stage(profile="34") as s:
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Reading(unittest.TestCase):
    def test_check_finds_everything_in_order(self):
        with Stage(accounts=3) as s:
            s.ctl("forbid-writes")
            done = s.run("check")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for part in ("Nextcloud 25", "administrator", "TLS", "accounts"):
                self.assertIn(part, done.stdout)
            self.assertEqual(json.loads(s.ctl("stats")[1])["violations"], 0)
            self.assertTrue(json.loads(s.run("check", "--json").stdout))

    def test_check_names_a_wrong_password(self):
        with Stage() as s:
            s.env["SAMPLE_PANEL_PASSWORD"] = "wrong-wrong-wrong"
            s.panel("create", "cloud-1", s.url, "admin", "-")
            done = s.run("check")
            self.assertEqual(done.returncode, 1)
            self.assertNotIn("wrong-wrong-wrong", done.stdout + done.stderr)
            stats = json.loads(s.ctl("stats")[1])
            self.assertLess(stats["total"], 6, "one refused login is not tried again and again")

    def test_check_names_what_earlier_versions_did(self):
        def warnings(*args):
            lines = json.loads(s.run("check", "--json", *args).stdout)["sections"][1]["lines"]
            return [line["what"] for line in lines
                    if line["mark"] == "warn" and "is not there yet" not in line["what"]]

        with Stage() as s:
            self.assertEqual(s.apply().returncode, 0)
            self.assertIn("nothing that earlier versions did", s.run("check").stdout)
        with Stage() as s:
            store = s.path("events.db")
            golden = os.path.join(os.environ["BN_SOURCE"], "tests/golden/stores/former-rules.sql")
            with open(golden, encoding="utf-8") as file:
                subprocess.run(["sqlite3", store], stdin=file, check=True, stdout=subprocess.DEVNULL)
            os.chmod(store, 0o600)
            named = warnings()
            for part in ("item 902: adopted ceo on server 3", "the cloud's accounts shrank from 91 to",
                         "item 901: user_901 on server 3"):
                self.assertEqual(len([what for what in named if part in what]), 1, named)
            done = s.run("check")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("bill-nextcloud events --item 902", done.stdout)
            self.assertEqual(s.apply().returncode, 0)
            self.assertEqual(warnings(), named, "until a person says that he has looked")
            self.assertEqual(warnings("--since", "2026-11-01T00:00:00Z"), [])
            self.assertEqual(s.run("check", "--since", "soon").returncode, 1)
            self.assertEqual(s.run("verify").returncode, 0)

    def test_item_screen_and_events(self):
        with Stage() as s:
            s.apply()
            done = s.run("item", "101")
            self.assertEqual(done.returncode, 0, done.stderr)
            for part in ("user_101", "start", "10 GiB"):
                self.assertIn(part, done.stdout)
            self.assertEqual(json.loads(s.run("item", "101", "--json").stdout)["item"], 101)
            self.assertEqual(s.kinds("--item", "101"), [
                "item.sold_changed", "item.drift_observed", "action.intended", "action.succeeded",
                "account.created", "item.drift_cleared"])
            story = s.run("events", "--why", s.events("--item", "101")[-2]["id"]).stdout
            for part in ("what was sold", "differs: missing", "will do: create", "was made"):
                self.assertIn(part, story)
            self.assertEqual(s.run("item", "4242").returncode, 1)

    def test_password_of_a_created_account_works_and_is_sealed(self):
        with Stage() as s:
            s.apply()
            password = s.run("item", "111", "--show-password").stdout.strip()
            self.assertGreaterEqual(len(password), 12)
            for name in ("events.db", "events.db-wal"):
                if os.path.exists(s.path(name)):
                    with open(s.path(name), "rb") as file:
                        self.assertNotIn(password.encode(), file.read())
            answer = subprocess.run(
                ["curl", "-sS", "--noproxy", "*", "--cacert", s.path("ca.pem"), "-u",
                 f"user_111:{password}", "-H", "OCS-APIRequest: true",
                 f"{s.url}/ocs/v2.php/cloud/user?format=json"], text=True, capture_output=True,
                check=True).stdout
            self.assertIn('"id":"user_111"', answer)
            self.assertEqual(stat.S_IMODE(os.stat(s.path("seal.key")).st_mode), 0o600)

    def test_events_filters(self):
        with Stage() as s:
            s.apply()
            self.assertTrue(all(e["kind"] == "action.intended"
                                for e in s.events("--kind", "action.intended")))
            created = [e["event"] for e in s.events("--kind", "action.succeeded", "--item", "101")]
            self.assertEqual([(e["item"], e["kind"]) for e in created], [(101, "create")])
            self.assertEqual(s.events("--until", "1d"), [])
            self.assertTrue(s.events("--since", "1h"))
            wrong = s.run("events", "--kind", "nonsense")
            self.assertEqual(wrong.returncode, 1)
            self.assertIn("action.intended", wrong.stderr)

    def test_verify_sees_an_edit(self):
        with Stage() as s:
            s.apply()
            self.assertEqual(s.run("verify").returncode, 0)
            self.assertEqual(s.run("verify", "--rebuild").returncode, 0)
            subprocess.run(["sqlite3", s.path("events.db"),
                            "UPDATE events SET at_ms = at_ms + 1 WHERE position = 3"], check=True)
            done = s.run("verify")
            self.assertEqual(done.returncode, 1)
            self.assertIn("3", done.stdout)

    def test_help_and_wrong_options(self):
        for verb in ("check", "plan", "apply", "serve", "status", "events", "item", "verify"):
            done = subprocess.run([BIN, verb, "--help"], text=True, capture_output=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, verb)
            self.assertIn("Examples:", done.stdout)
        self.assertEqual(subprocess.run([BIN, "--version"], capture_output=True,
                                        check=False).returncode, 0)
        wrong = subprocess.run([BIN, "plan", "--nonsense"], capture_output=True, check=False)
        self.assertEqual(wrong.returncode, 1)

    def test_wrong_configuration_names_line_and_key(self):
        with Stage() as s:
            s.write_config(extra="[servise]\nintervall = 3\n")
            done = s.run("plan")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"config\.toml:\d+: .*servise")


class Usage(unittest.TestCase):
    def measured(self, s):
        """A service that has measured today."""
        s.apply()
        s.ctl("used", user="user_101", bytes=str(1 << 30))
        s.write_config(extra='[statistics]\ndaily = true\nat = "00:00"\n')
        process = s.serve()
        wait_until(lambda: "usage.measured" in s.kinds("--server", "1"), "a measurement")
        return process

    def test_usage_shows_a_month_while_the_service_runs_and_while_it_does_not(self):
        with Stage() as s:
            process = self.measured(s)
            running = s.run("usage", "101", "--json")
            self.assertEqual(running.returncode, 0, running.stderr)
            s.stop(process)
            stopped = s.run("usage", "101", "--json")
            self.assertEqual(stopped.returncode, 0, stopped.stderr)
            for done in (running, stopped):
                usage = json.loads(done.stdout)
                self.assertEqual(usage["format"], "bill-nextcloud-usage")
                self.assertEqual(usage["days"][-1]["used_bytes"], 1 << 30)
                self.assertEqual(usage["days"][-1]["billing"], "not-told")
                self.assertEqual(usage["forecast"]["full"], "not-known")
                self.assertEqual([day["used_bytes"] for day in usage["days"][:-1]],
                                 [None] * (len(usage["days"]) - 1))
            table = s.run("usage", "101", env=dict(s.env, LC_ALL="ru_RU.UTF-8"))
            self.assertRegex(table.stdout, r"\b1 ГиБ")
            self.assertRegex(table.stdout, "[а-яА-Я]{4}")
            lines = s.run("usage", "101", "--csv").stdout.splitlines()
            self.assertEqual(len(lines), 1 + len(json.loads(stopped.stdout)["days"]))

    def test_usage_of_what_is_not_ours_or_has_not_begun_is_an_error(self):
        with Stage() as s:
            s.apply()
            for arguments, word in ((("999999",), "no service of ours"),
                                    (("101", "--month", "2026-13"), "no month"),
                                    (("101", "--month", "2999-01"), "has not begun"),
                                    (("101", "--json", "--csv"), "one of them")):
                done = s.run("usage", *arguments)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(word, done.stderr)


class Interrupted(unittest.TestCase):
    def test_ctrl_c_ends_an_apply_in_order(self):
        with Stage() as s:
            s.ctl("latency", ms="300", endpoint="user.create")
            process = subprocess.Popen([BIN, "apply", "--yes", "--config", s.config],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=s.env)
            s.processes.append(process)
            wait_until(lambda: s.user("user_101") or s.user("user_102") or s.user("user_103"),
                       "the first account")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            self.assertEqual(s.run("verify").returncode, 0)
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(s.plan()[0], 0)


if __name__ == "__main__":
    unittest.main()
