"""What the screens say is so: what is not known is not called nothing, what would be done is shown
under `observe`, and a saved plan is about what it was asked about."""

import json
import os
import unittest

from stage import Stage, wait_until


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
            s.ctl("fault", kind="server-error", endpoint="user.set_quota", times="1000")
            s.apply("--item", "101")
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


class Scope(unittest.TestCase):
    def test_a_saved_plan_of_one_item_is_applied_as_such(self):
        with Stage() as s:
            saved = s.path("a.plan")
            self.assertEqual(s.run("plan", "--item", "101", "--out", saved).returncode, 2)
            shown = s.run("show", saved)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertIn("services 101", shown.stdout)
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


class Asides(unittest.TestCase):
    """What is said beside the screens is in the reader's language, too."""

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
            self.assertRegex(" ".join(item.split()), "клиент 0 -> 1, открыта до нас - -> да")
            self.assertIn("(оператор ", s.run("events", env=env).stdout)
            self.assertNotRegex(s.run("events", env=env).stdout, "client|operator|opened")
            s.sql("DROP TABLE itemparam")
            self.assertRegex(s.run("plan", env=env).stderr, "сохранённые логины: нет такой таблицы: itemparam")
            os.remove(s.path("events.db"))
            self.assertRegex(" ".join(s.run("status", env=env).stdout.split()), "записано было [0-9]+ событи")
            with open(s.config, "w", encoding="utf-8") as file:
                file.write('[panel]\nsqlite = "/x"\nfoo = 1\n[defaults]\npolicy = "all"\n')
            faults = s.run("plan", env=env).stderr
            for said in ("не читается /x", "неизвестный ключ foo", "нужно одно из"):
                self.assertIn(said, faults)

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


if __name__ == "__main__":
    unittest.main()
