"""What the screens say is so: what is not known is not called nothing, what would be done is shown
under `observe`, and a saved plan is about what it was asked about."""

import json
import os
import re
import subprocess
import unittest

from stage import BIN, Stage, wait_until


def server_of(stage):
    return str(stage.plan()[1]["servers"][0]["server"])


class NotKnown(unittest.TestCase):
    def test_a_cloud_in_maintenance_is_not_known(self):
        with Stage() as s:
            s.ctl("maintenance", on="1")
            code, plan, errors = s.plan()
            self.assertEqual(code, 3)
            self.assertEqual(plan["servers"], [])
            self.assertEqual(len(plan["unknown"]), 1, plan)
            self.assertIn("maintenance", plan["unknown"][0]["what"])
            self.assertIn("maintenance", errors)
            text = s.run("plan")
            self.assertEqual(text.returncode, 3)
            self.assertIn("not known", text.stdout)
            self.assertIn("maintenance", text.stdout)
            self.assertNotIn("Nothing to do", text.stdout)
            item = s.run("item", "101")
            self.assertEqual(item.returncode, 3, item.stderr)
            self.assertIn("Drift: not known", item.stdout)
            self.assertNotIn("as it was sold", item.stdout)
            document = json.loads(s.run("item", "--json", "101").stdout)
            self.assertIsNone(document["drift"])
            self.assertIn("maintenance", document["unknown"])
            check = s.run("check")
            self.assertNotIn("logged in as ,", check.stdout)
            self.assertIn("not known", check.stdout)
            self.assertEqual(check.returncode, 3, check.stdout)
            self.assertEqual(s.apply().returncode, 3)
            self.assertEqual(s.writes(), [])

    def test_check_says_that_a_host_has_no_time_zones(self):
        with Stage() as s:
            said = "this host has no time zones"
            self.assertNotIn(said, s.run("check").stdout)
            self.assertIn(said, s.run("check", env=dict(s.env, TZDIR="/nowhere")).stdout)

    def test_the_service_says_since_when_it_is_not_known(self):
        with Stage(service={"interval": '"1s"', "backoff_first": '"1s"'}) as s:
            s.apply()
            s.serve()
            number = server_of(s)
            self.assertEqual(s.metric("bill_nextcloud_server_unknown", server=number), 0)
            self.assertEqual(s.run("status").returncode, 0, s.run("status").stdout)
            s.ctl("maintenance", on="1")
            wait_until(lambda: s.metric("bill_nextcloud_server_unknown", server=number) == 1,
                       "that it is not known")
            wait_until(lambda: s.run("status").returncode == 3, "that status says so")
            self.assertIn("not known how it is now", s.run("status").stdout)
            self.assertIn("maintenance", json.loads(s.run("status", "--json").stdout)["servers"][0]["unknown"])

    def test_a_filter_that_matches_nothing_is_an_error(self):
        with Stage() as s:
            for args in (("--server", "9"), ("--item", "9999"), ("--item", "101", "--item", "9999")):
                for verb in (("plan",), ("apply", "--yes")):
                    done = s.run(*verb, *args)
                    self.assertEqual(done.returncode, 1, (verb, args))
                    self.assertIn("9999" if "--item" in args else "server 9", done.stderr)
                    self.assertNotIn("Nothing to do", done.stdout)
            self.assertEqual(s.writes(), [])

    def test_what_is_switched_off_is_said_and_not_known_when_asked_for(self):
        with Stage(accounts=0) as s:
            number = server_of(s)
            s.write_config(server=f"[server.{number}]\nenabled = false\n")
            whole = s.run("plan")
            self.assertIn("switched off", whole.stdout)
            self.assertEqual(whole.returncode, 0, "on purpose")
            self.assertIn("No server was looked at.", whole.stdout)
            self.assertIn("servers switched off: 1", whole.stdout)
            self.assertNotIn("not known", whole.stdout)
            for args in (("--server", number), ("--item", "101")):
                done = s.run("plan", *args)
                self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                self.assertIn("switched off", done.stdout)

    def test_a_server_that_is_off_is_not_unknown_for_ever(self):
        with Stage(service={"interval": '"1s"'}) as s:
            number = server_of(s)
            s.ctl("maintenance", on="1")
            s.apply()
            s.write_config(service={"interval": '"1s"'}, server=f"[server.{number}]\nenabled = false\n")
            s.serve()
            self.assertEqual(s.metric("bill_nextcloud_server_unknown", server=number), 0)
            self.assertEqual(s.run("status").returncode, 0, s.run("status").stdout)

    def test_a_service_without_a_usable_login_is_named_and_not_known(self):
        with Stage() as s:
            order = s.order(1, 1)
            s.panel("pay", order)
            s.sql(f"INSERT INTO itemparam (id, item, intname, value) SELECT MAX(id) + 1, {order}, 'username', 'bad/login' FROM itemparam")
            plan = s.run("plan", "--item", str(order))
            self.assertIn("1 held", plan.stdout)
            self.assertIn("bad/login", plan.stdout)
            item = s.run("item", str(order))
            self.assertEqual(item.returncode, 3, item.stdout)
            self.assertIn("Drift: not known", item.stdout)
            self.assertNotIn("absent", item.stdout)

    def test_what_is_left_is_not_known_where_it_could_not_be_read_again(self):
        with Stage() as s:
            s.apply()
            s.panel("tariff", 101, 3)
            s.ctl("fault", kind="server-error", user="user_101", times="1000")
            done = s.apply()
            self.assertNotIn("0 actions left", done.stdout)
            self.assertIn("What is left to do is not known", done.stdout)
            self.assertIn(done.returncode, (1, 3))
            end = json.loads(s.apply("--json").stdout.splitlines()[-1])
            self.assertIsNone(end["left"])
            self.assertNotEqual(end["unknown"], [])

    def test_an_account_whose_last_call_is_in_doubt_is_not_known(self):
        with Stage() as s:
            s.apply()
            s.panel("tariff", 101, 3)
            s.ctl("fault", kind="server-error", user="user_101", times="1000")
            s.apply()
            s.ctl("clear-faults")
            code, plan, _ = s.plan()
            self.assertEqual([h["hold"]["code"] for h in plan["servers"][0]["held"] if h["hold"]["item"] == 101], ["in-doubt"])
            self.assertEqual(code, 3)
            self.assertEqual([one["items"] for one in plan["unknown"]], [[101]])
            text = s.run("plan").stdout
            self.assertNotIn("Nothing to do.\n", text)
            self.assertEqual(s.run("item", "101").returncode, 3)

    def test_what_is_held_for_its_row_is_not_compared(self):
        with Stage() as s:
            s.apply()
            s.sql("UPDATE item SET status = 77 WHERE id = 101")
            item = s.run("item", "101")
            self.assertEqual(item.returncode, 3, item.stdout)
            self.assertIn("Drift: not known: nothing is compared while it is held", " ".join(item.stdout.split()))
            self.assertNotIn("nothing yet", item.stdout)
            self.assertIsNone(json.loads(s.run("item", "--json", "101").stdout)["drift"])

    def test_a_paused_item_is_compared_and_counted_as_held(self):
        with Stage() as s:
            s.apply()
            s.panel("tariff", 101, 3)
            self.assertEqual(s.run("pause", "--item", "101", "--reason", "files are moved").returncode, 0)
            code, plan, _ = s.plan()
            self.assertEqual(code, 2)
            held = [h for h in plan["servers"][0]["held"] if h["hold"]["item"] == 101]
            self.assertEqual({h["hold"]["code"] for h in held}, {"paused"})
            self.assertIn("set-quota", [h["action"]["kind"] for h in held])
            item = s.run("item", "101").stdout
            self.assertRegex(item, "Drift: .*quota")
            self.assertIn("files are moved", item)
            self.assertRegex(" ".join(item.split()), r"paused since .* by \S+: files are moved")

    def test_status_asks_by_the_control_socket_where_there_is_no_page(self):
        with Stage() as s:
            socket = s.path("control.sock")
            s.write_config(extra=f'[control]\nsocket = "{socket}"\n')
            with open(s.config, encoding="utf-8") as file:
                text = file.read()
            with open(s.config, "w", encoding="utf-8") as file:
                file.write(text.replace(f'listen = "{s.listen}"', 'listen = ""'))
            s.serve(ready=False)
            wait_until(lambda: os.path.exists(socket), "the control socket")
            wait_until(lambda: "runs on" in s.run("status").stdout, "the service's own word")


def flat(text):
    return " ".join(text.split())


class Status(unittest.TestCase):
    """`status` says what holds the work up, and how to end that."""

    def test_accounts_that_are_gone_at_once_are_a_doubt_with_a_way_out(self):
        with Stage() as s:
            s.apply()
            for user in range(101, 109):
                if s.user(f"user_{user}"):
                    s.ctl("delete", user=f"user_{user}")
            held = s.plan()[1]["counts"]["held"]
            self.assertGreater(held, 1)
            check = s.run("check")
            self.assertIn("gone from the cloud at once", flat(check.stdout))
            self.assertIn("accept-readings 1", check.stdout)
            self.assertEqual(check.returncode, 3, check.stdout)
            s.apply()
            for serving in (False, True):
                if serving:
                    s.serve()
                status = s.run("status").stdout
                self.assertRegex(flat(status), "not believed: Of .* gone from the cloud at once")
                self.assertIn("bill-nextcloud accept-readings 1", status)
                self.assertIn(f"held: {held}", status)
                document = json.loads(s.run("status", "--json").stdout)["servers"][0]
                self.assertEqual(document["held"], held)
                self.assertIn("gone", document["cloud_doubt"])
            codes = {reason["code"]: reason["held"] for reason in document["reasons"]}
            self.assertIn("incomplete-snapshot", codes)
            self.assertIn("не принято на веру", s.run("status", env=dict(s.env, LC_ALL="ru_RU.UTF-8")).stdout)

    def test_a_server_that_is_switched_off_in_the_panel_is_said_so(self):
        with Stage() as s:
            socket = s.path("control.sock")
            s.write_config(extra=f'[control]\nsocket = "{socket}"\n')
            s.apply()
            s.sql("UPDATE processingmodule SET active = 'off'")
            s.serve()
            status = flat(s.run("status").stdout)
            self.assertIn("the server is switched off in the panel, and not looked at", status)
            self.assertIn("drift: not known", status)
            refresh = s.run("refresh")
            self.assertEqual(refresh.returncode, 3, refresh.stdout)
            self.assertIn("No server was looked at", refresh.stdout)
            self.assertIn("switched off in the panel", refresh.stderr)
            check = flat(s.run("check").stdout)
            self.assertNotIn("not all of it is understood", check)

    def test_a_panel_without_our_module_ends_nothing_and_is_not_known(self):
        with Stage() as s:
            s.apply()
            s.write_config(panel=f'sqlite = "{s.path("panel.db")}"\nmodule = "pmnextclud"')
            before = s.kinds()
            self.assertEqual(s.apply().returncode, 3)
            self.assertNotIn("item.holds_cleared", s.kinds()[len(before):])
            status = s.run("status")
            self.assertEqual(status.returncode, 3, status.stdout)
            self.assertIn("the panel has no processing module of ours", flat(status.stdout))
            self.assertNotIn("drift: none", status.stdout)
            self.assertIn("not read whole: 1", s.run("events").stdout)
            s.serve(ready=False)
            wait_until(lambda: "runs on" in s.run("status").stdout, "the service's own word")
            served = s.run("status")
            self.assertEqual(served.returncode, 3, served.stdout)
            self.assertNotIn("drift: none", served.stdout)

    def test_a_store_in_doubt_is_not_called_empty(self):
        with Stage() as s:
            s.apply()
            os.remove(s.path("events.db"))
            self.assertEqual(s.run("status").returncode, 3)
            replay = s.run("replay")
            self.assertEqual(replay.returncode, 3, replay.stdout)
            self.assertNotIn("Nothing is parked", replay.stdout)
            self.assertTrue(json.loads(s.run("replay", "--json").stdout)["doubts"])
            self.assertIn("[store.lost]", s.run("resume", "--all").stderr)
            item = s.run("item", "101", "--offline")
            self.assertEqual(item.returncode, 1, item.stdout)
            self.assertIn("[store.lost]", item.stderr)
            self.assertNotIn("no service of ours", item.stderr)

    def test_a_pause_is_said_in_the_readers_language_and_time(self):
        with Stage() as s:
            s.apply()
            s.run("pause", "--server", "1")
            status = s.run("status", env=dict(s.env, LC_ALL="ru_RU.UTF-8", TZ="Europe/Moscow")).stdout
            self.assertNotRegex(status, "since|[0-9]Z ")
            self.assertRegex(flat(status), r"приостановлен с [0-9-]+ [0-9:]+ \+03:00")

    def test_a_moved_cloud_is_a_fault_of_check(self):
        with Stage() as s:
            s.apply()
            s.sql("UPDATE processingparam SET value = 'https://127.0.0.1:9/' WHERE intname = 'base_url'")
            check = s.run("check")
            self.assertEqual(check.returncode, 1, check.stdout)
            self.assertIn("accept-address 1", check.stdout)
            self.assertNotIn("Nothing stops a pass", check.stdout)

    def test_a_cloud_in_maintenance_is_not_asked_for_its_cookies(self):
        with Stage() as s:
            s.apply()
            s.ctl("maintenance", on="1")
            self.assertNotIn("Set-Cookie", s.run("check").stdout)
            adopt = s.run("adopt", "--plan")
            self.assertEqual(adopt.returncode, 3, adopt.stdout)
            self.assertIn("Not everything is known", adopt.stdout)
            self.assertNotIn("To adopt 0", adopt.stdout)


class Scope(unittest.TestCase):
    def test_a_saved_plan_of_one_item_is_applied_as_such(self):
        with Stage() as s:
            saved = s.path("a.plan")
            self.assertEqual(s.run("plan", "--item", "101", "--out", saved).returncode, 2)
            shown = s.run("show", saved)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertIn("Only of service 101.", shown.stdout)
            self.assertIn("create", shown.stdout)
            self.assertEqual(json.loads(s.run("show", saved, "--json").stdout)["scope"]["items"], [101])
            other = s.apply(saved, "--item", "102")
            self.assertEqual(other.returncode, 1)
            self.assertIn("stands in the file", other.stderr)
            done = s.apply(saved)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertTrue(s.user("user_101"))
            self.assertIsNone(s.user("user_102"))

    def test_a_refusal_is_short_and_counted(self):
        with Stage() as s:
            saved = s.path("a.plan")
            s.run("plan", "--out", saved)
            for _ in range(30):
                s.panel("pay", s.order(1, 1))
            done = s.apply(saved)
            self.assertEqual(done.returncode, 1)
            self.assertIn("30 to do now that were not", done.stderr)
            self.assertIn("… and 20 more", done.stderr)
            self.assertLess(len((done.stdout + done.stderr).splitlines()), 20)
            self.assertEqual(s.writes(), [])


    def test_a_search_for_events_that_finds_nothing_says_so(self):
        with Stage() as s:
            s.apply()
            for args in (("--server", "9"), ("--item", "9999"), ("--since", "2100-01-01")):
                done = s.run("events", *args)
                self.assertEqual((done.returncode, done.stdout), (0, ""), args)
                self.assertIn("no event is of what was asked for", done.stderr)
            crossed = s.run("events", "--since", "2h", "--until", "3h")
            self.assertEqual(crossed.returncode, 1)
            self.assertIn("is before --since", crossed.stderr)


class Asides(unittest.TestCase):
    """What is said beside the screens is in the reader's language, too."""

    def test_a_full_or_closed_standard_error_is_no_crash(self):
        with Stage() as s:
            for args, code in ((("item", "9999"), 1), (("apply", "--yes"), 1)):
                with open("/dev/full", "w", encoding="utf-8") as full:
                    done = subprocess.run([BIN, args[0], "--config", s.config, *args[1:]], check=False,
                                          stdin=subprocess.DEVNULL, env=s.env, stderr=full,
                                          stdout=full if args[0] == "apply" else subprocess.DEVNULL)
                self.assertEqual(done.returncode, code, args)
            closed = subprocess.run(["sh", "-c", '"$0" item --config "$1" 9999 >&- 2>&-', BIN, s.config],
                                    check=False, env=s.env, stdin=subprocess.DEVNULL)
            self.assertEqual(closed.returncode, 1)

    def test_faults_of_a_configuration_are_lines_of_their_own(self):
        with Stage() as s:
            with open(s.config, "a", encoding="utf-8") as file:
                file.write("[nonsense]\nfoo = 1\n[other]\nbar = 2\n")
            for verb in ("status", "doctor"):
                self.assertNotIn("\\x0a", s.run(verb, cwd=s.dir).stderr)

    def test_a_refusal_is_russian(self):
        with Stage() as s:
            saved = s.path("a.plan")
            env = dict(s.env, LC_ALL="ru_RU.UTF-8")
            self.assertIn("сохранено", s.run("plan", "--out", saved, env=env).stderr.lower())
            for _ in range(12):
                s.panel("pay", s.order(1, 1))
            refused = s.run("apply", "--yes", saved, env=env).stderr
            for line in refused.splitlines():
                self.assertRegex(line, "[а-яё]{3}", refused)
            self.assertIn("появилось действий 12, отпало 0", refused)
            s.ctl("maintenance", on="1")
            unread = s.run("plan", "--json", env=env).stderr
            self.assertRegex(unread, "^ошибка: сервер 1 .*обслуживания")

    def test_no_english_word_is_left_in_a_russian_screen(self):
        with Stage() as s:
            env = dict(s.env, LC_ALL="ru_RU.UTF-8")
            s.apply()
            item = s.run("item", "101", env=env).stdout
            self.assertIn("наша (создана нами)", item)
            self.assertRegex(" ".join(item.split()), "клиент 1, открыта до нас да")
            self.assertIn("(оператор ", s.run("events", env=env).stdout)
            self.assertNotRegex(s.run("events", env=env).stdout, "client|operator|opened")
            s.sql("DROP TABLE itemparam")
            self.assertRegex(s.run("plan", env=env).stderr, "сохранённые логины: нет такой таблицы: itemparam")
            os.remove(s.path("events.db"))
            self.assertRegex(" ".join(s.run("status", env=env).stdout.split()), "записано было [0-9]+ событи")
            with open(s.config, "w", encoding="utf-8") as file:
                file.write('[panel]\nsqlite = "/x"\nfoo = 1\n[defaults]\npolicy = "all"\n')
            faults = s.run("plan", env=env).stderr
            for said in ("не читается /x", "неизвестный ключ foo", "ожидается другое — одно из"):
                self.assertIn(said, faults)

    def test_what_waits_for_an_approval_is_said_in_the_readers_language(self):
        with Stage() as s:
            env = dict(s.env, LC_ALL="ru_RU.UTF-8", COLUMNS="300")
            s.apply()
            for item in range(101, 107):
                s.panel("suspend", item)
            plan = s.run("plan", env=env)
            why = "отключения: 6, а за последние час было 0; разрешено 5 (наших учётных записей: "
            self.assertIn("! ЖДЁТ одобрения: " + why, plan.stdout)
            self.assertIn("остановлено: сервер 1 (cloud-1): " + why, plan.stderr)
            self.assertIn("Ждёт одобрения: " + why.replace("(", "\\(")[:30], s.run("plan", "--format", "md", env=env).stdout)
            self.assertEqual(s.run("plan").stderr.splitlines()[0].count("cloud-1"), 1)
            applied = s.run("apply", "--yes", env=env)
            self.assertNotRegex(applied.stdout + applied.stderr, "(?m)^20|disables|the plan is")
            self.assertRegex(s.run("events", env=env).stdout, "сервер 1 +план [0-9a-f]+ остановлен: " + why.replace("(", "[(]"))
            self.assertIn("ждёт одобрения: " + why, s.run("status", env=env).stdout)

    def test_a_faulty_address_of_a_server_is_said_in_the_readers_language(self):
        with Stage() as s:
            env = dict(s.env, LC_ALL="ru_RU.UTF-8", COLUMNS="300")
            for address, why in (("ftp://x y", "не адрес: 'ftp://x y'"), ("", "пуст")):
                s.sql(f"UPDATE processingparam SET value = '{address}' WHERE intname = 'base_url'")
                check = s.run("check", env=env).stdout
                self.assertEqual(check.count(f"параметр base_url {why}"), 1, check)
                self.assertNotRegex(check, "is not|is empty|correct base_url")
                self.assertNotIn(" , ", s.run("check").stdout, "an address that is not known")

    def test_what_a_bundle_holds_is_said_in_the_readers_language(self):
        with Stage() as s:
            done = s.run("doctor", s.path("d.txt"), env=dict(s.env, LC_ALL="ru_RU.UTF-8"))
            self.assertNotRegex(done.stdout, "version and|environment|newest|of the clouds")

    def test_a_plan_on_standard_output_names_no_file(self):
        with Stage() as s:
            self.assertNotIn("apply -`", s.run("plan", "--out", "-").stderr)

    def test_an_address_that_no_cloud_takes_is_said(self):
        with Stage() as s:
            self.assertFalse(json.loads(s.run("item", "101", "--json").stdout)["email_left_out"])
            s.sql("UPDATE user SET email = 'not-an-email'")
            self.assertIn("no cloud takes", " ".join(s.run("item", "101").stdout.split()))
            self.assertTrue(json.loads(s.run("item", "101", "--json").stdout)["email_left_out"])

    def test_a_policy_is_named_once(self):
        with Stage(policy="observe") as s:
            item = s.run("item", "101").stdout
            self.assertEqual(item.count("not allowed by the policy"), 1, item)
            self.assertNotIn("set-", item)

    def test_progress_is_said_once(self):
        with Stage() as s:
            s.apply()
            s.panel("suspend", 101)
            done = s.apply()
            self.assertEqual(done.stderr.count("1/1  100 %"), 1, done.stderr)

    def test_a_narrow_terminal_is_enough(self):
        with Stage() as s:
            for width in (40, 59):
                env = dict(s.env, LC_ALL="ru_RU.UTF-8", COLUMNS=str(width))
                for verb in (("plan",), ("apply", "--yes"), ("item", "101"), ("status",), ("events",), ("check",),
                             ("verify",), ("help",), ("help", "plan"), ("item", "9999"), ("plan", "--itm")):
                    done = s.run(*verb, env=env)
                    for line in (done.stdout + done.stderr).splitlines():
                        word = line.split(maxsplit=1)[1:] == [] or line.startswith("20")  # a line of the log
                        self.assertTrue(len(line) <= width or word, (verb, line))

    def test_a_question_is_no_part_of_the_documents(self):
        with Stage() as s:
            done = s.run("apply", "--json")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(len([json.loads(line) for line in done.stdout.splitlines()]), 1)
            self.assertIn("--yes", done.stderr)
            s.apply()
            lines = [json.loads(line) for line in s.run("apply", "--json").stdout.splitlines()]
            self.assertEqual([line.get("event", "plan") for line in lines], ["plan", "done"])


class Observe(unittest.TestCase):
    def test_observe_shows_the_plan_and_that_nothing_will_be_done(self):
        with Stage(policy="observe") as s:
            done = s.run("plan")
            self.assertEqual(done.returncode, 2)
            self.assertIn("observe: nothing will be done here", done.stdout)
            self.assertIn("would create", done.stdout)
            self.assertNotIn("Nothing to do", done.stdout)
            applied = s.apply("--json")
            self.assertEqual(applied.returncode, 2, "as the plan says")
            self.assertGreater(json.loads(applied.stdout.splitlines()[-1])["left"], 0)
            self.assertEqual(s.writes(), [])

    def test_adoptions_alone_are_something_to_do(self):
        with Stage() as s:
            s.apply()
            os.remove(s.path("events.db"))
            os.remove(s.path("anchor"))
            s.write_config(policy="observe")
            done = s.run("plan")
            self.assertRegex(done.stdout, r"to adopt|held", done.stdout)
            self.assertEqual(done.returncode, 2, done.stdout)


class Forms(unittest.TestCase):
    def test_apply_as_a_stream_of_documents(self):
        with Stage() as s:
            done = s.run("apply", "--yes", "--json")
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(lines[0]["format"], "bill-nextcloud-plan")
            self.assertEqual({line["format"] for line in lines[1:]}, {"bill-nextcloud-apply"})
            self.assertEqual(lines[-1]["event"], "done")
            self.assertEqual(lines[-1]["applied"], lines[0]["counts"]["actions"])
            self.assertEqual(lines[-1]["unknown"], [])
            self.assertIn("progress", [line["event"] for line in lines[1:]])

    def test_markdown_for_a_ticket(self):
        with Stage() as s:
            done = s.run("plan", "--format", "md")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("| create |", done.stdout)
            self.assertTrue(done.stdout.startswith("## Plan"))


class Told(unittest.TestCase):
    """What one verb says, another does not deny."""

    def test_an_account_that_a_lone_look_does_not_find_is_not_known(self):
        with Stage() as s:
            s.apply()
            s.ctl("delete", user="user_102")
            item = s.run("item", "102")
            self.assertEqual(item.returncode, 3, item.stdout)
            self.assertIn("Drift: not known", item.stdout)
            self.assertIsNone(json.loads(s.run("item", "102", "--json").stdout)["drift"])
            for verb in (("plan",), ("apply", "--yes")):
                done = s.run(*verb, "--item", "102")
                self.assertEqual(done.returncode, 3, done.stdout)
                self.assertNotIn("Nothing to do", done.stdout)

    def test_a_saved_plan_says_what_was_not_read(self):
        with Stage() as s:
            s.ctl("maintenance", on="1")
            self.assertEqual(s.run("plan", "--out", s.path("p")).returncode, 3)
            shown = s.run("show", s.path("p"))
            self.assertEqual(shown.returncode, 3, shown.stdout)
            self.assertIn("Not everything is known", shown.stdout)
            self.assertIn("maintenance", s.run("show", s.path("p"), "--format", "md").stdout)
            s.ctl("maintenance", on="0")
            self.assertEqual(s.run("plan", "--out", s.path("q")).returncode, 2)
            self.assertEqual(s.run("show", s.path("q")).returncode, 0)
            self.assertEqual(s.run("apply", "--yes", s.path("q")).returncode, 0)

    def test_one_date_of_a_deletion(self):
        with Stage() as s:
            s.apply()
            s.panel("close", 101)
            s.apply()
            s.write_config(service={"retention": '"3h"'})
            item = " ".join(s.run("item", "101").stdout.split())
            dates = set(re.findall(r"20\d\d-\d\d-\d\d \d\d:\d\d", item.split("What happens next:")[1].split("Last events")[0]))
            now = item.split("Last events")[0]  # behind it is what was said then
            dates |= set(re.findall(r"deletion not before (20\d\d-\d\d-\d\d \d\d:\d\d)", now))
            self.assertEqual(len(dates), 1, item)

    def test_a_service_with_another_configuration_is_named(self):
        with Stage() as s:
            extra = f'[control]\nsocket = "{s.path("control")}"'
            s.write_config(extra=extra)
            s.serve()
            self.assertNotIn("another configuration", s.run("plan").stdout + s.run("status").stderr)
            s.write_config(policy="observe", extra=extra)
            for verb in ("plan", "check", "status"):
                done = s.run(verb)
                self.assertIn("another configuration", done.stdout + done.stderr, verb)
            self.assertIn("another configuration", s.run("item", "101").stdout)
            self.assertEqual([one["code"] for one in json.loads(s.run("plan", "--json").stdout)["doubts"]], ["config"])

    def test_a_panel_without_services_is_a_fault(self):
        with Stage() as s:
            s.apply()
            s.sql("DELETE FROM item")
            check = s.run("check")
            self.assertEqual(check.returncode, 1, check.stdout)
            self.assertIn("the panel has no service at all", check.stdout)
            self.assertNotIn("Nothing stops a pass", check.stdout)

    def test_a_lost_store_disowns_nothing(self):
        with Stage() as s:
            s.apply()
            os.remove(s.path("events.db"))
            adopt = s.run("adopt", "--plan")
            self.assertEqual(adopt.returncode, 3, adopt.stdout)
            self.assertIn("event store is not to be trusted", adopt.stdout)
            self.assertIn("already ours not known", " ".join(adopt.stdout.split()))
            self.assertTrue(json.loads(s.run("adopt", "--plan", "--json").stdout)["doubts"])
            plan = s.run("plan")
            self.assertEqual(plan.returncode, 3, plan.stdout)
            self.assertNotIn("we did not create", plan.stdout)
            self.assertNotIn("emove that account", plan.stdout)
            item = s.run("item", "101").stdout
            self.assertIn("Ledger: not known", item)
            self.assertNotIn("No events so far", item)
            self.assertIn("[store.lost]", s.run("accept-readings", "1", "--yes").stderr)

    def test_accepting_what_nobody_doubted_is_not_called_clean(self):
        with Stage() as s:
            s.apply()
            s.ctl("maintenance", on="1")
            word = s.run("accept-readings", "1", "--yes")
            self.assertEqual(word.returncode, 3, word.stdout)
            self.assertIn("no doubt is on record", word.stdout)

    def test_a_key_that_cannot_be_used_is_no_spoilt_store(self):
        with Stage() as s:
            s.apply()
            item = s.order(1, 1)
            s.panel("pay", item)
            s.apply()
            os.chmod(s.path("seal.key"), 0o644)
            for verb in (("verify",), ("backup", s.path("copy.db"))):
                done = s.run(*verb)
                self.assertEqual(done.returncode, 1)
                self.assertIn("nothing is to be restored", done.stdout + done.stderr)
                self.assertNotIn("restore a backup", done.stdout + done.stderr)
            os.rename(s.path("seal.key"), s.path("away"))
            self.assertIn("nothing is to be restored", s.run("verify").stdout)
            password = s.run("item", str(item), "--show-password")
            self.assertEqual(password.returncode, 1)
            self.assertNotIn("no password is kept", password.stderr)
            os.rename(s.path("away"), s.path("seal.key"))
            os.chmod(s.path("seal.key"), 0o600)
            self.assertEqual(s.run("verify").returncode, 0)

    def test_an_anchor_is_whole_or_refused(self):
        with Stage() as s:
            s.apply()
            head = json.loads(s.run("verify", "--json").stdout)["head"]
            whole = f"{head['position']}:{head['hash']}"
            self.assertEqual(s.run("verify", "--anchor", whole).returncode, 0)
            self.assertEqual(s.run("verify", "--anchor", whole.upper()).returncode, 0)
            for wrong in (whole[:-1], whole + "0", f"{head['position']}:{head['hash'][:8]}", whole[:-1] + "g"):
                done = s.run("verify", "--anchor", wrong)
                self.assertEqual(done.returncode, 1)
                self.assertIn("is no anchor", done.stderr)
                self.assertNotIn("restore", done.stdout)

    def test_how_many_are_gone_is_not_only_who_would_be_made_anew(self):
        with Stage() as s:
            s.apply()
            for item in (101, 102, 103, 104, 105, 106):
                s.ctl("delete", user=f"user_{item}")
            s.sql("UPDATE item SET status = 77 WHERE id = 101")
            plan = s.run("plan").stdout
            self.assertRegex(" ".join(plan.split()), "6 are gone from the cloud at once")
            adopt = s.run("adopt", "--plan").stdout
            self.assertNotIn("would be made anew", adopt)

    def test_an_order_that_is_not_paid_is_no_drift(self):
        with Stage() as s:
            order = str(s.order(1, 1))
            item = s.run("item", order)
            self.assertEqual(item.returncode, 0, item.stdout + item.stderr)
            self.assertIn("ordered and not paid", item.stdout)


if __name__ == "__main__":
    unittest.main()
