"""The page "Nextcloud: drift": its list, its buttons, who may use it."""

import unittest

from panel_side import PanelCase, error

ROWS = [
    {"item": 10, "server": 3, "server_name": "cloud", "login": "anna", "fields": ["quota", "group"],
     "since": "2026-11-23T10:00:00Z", "state": "drift", "reason": "", "remedy": ""},
    {"item": 9, "server": 3, "server_name": "cloud", "login": "bob <b>", "fields": ["missing"],
     "since": "2026-11-22T10:00:00Z", "state": "held", "reason": "There is no group pro", "remedy": "Create it."},
    {"item": 100, "server": 4, "server_name": "other", "login": "carl", "fields": [],
     "since": "2026-11-21T10:00:00Z", "state": "paused", "reason": "A person paused it.", "remedy": "Resume it."},
]
SERVERS = [{"server": 3, "name": "cloud", "error": "", "last_success": "2026-11-23T10:00:00Z"}]
HELD = [{"item": 9, "login": "bob", "code": "missing_group", "what": "There is no group pro.", "remedy": "Create it."}]


class Maintenance(PanelCase):
    def test_the_switch_is_told_to_a_controller_elsewhere(self):
        controller = self.controller_says({})
        self.assertEqual(self.run_page("ncsync.maintenance").doc.findtext("maintenance"), "off")
        with open(f"{self.root}/etc/billmgr.DoNothing", "w", encoding="utf-8"):
            pass
        self.assertEqual(self.run_page("ncsync.maintenance").doc.findtext("maintenance"), "on")
        self.assertEqual(controller.requests, [], "nobody is asked")


class List(PanelCase):
    def column(self, ran, name):
        return [e.findtext(name) for e in ran.doc.findall("elem")]

    def test_rows(self):
        controller = self.controller_says({"rows": ROWS, "servers": SERVERS})
        ran = self.run_page("ncsync.drift", lang="en")
        self.assertEqual(controller.requests, [{"verb": "drift.list"}])
        self.assertEqual([c.tag for c in ran.doc.find("elem")],
                         ["id", "login", "server", "drift", "since", "state", "reason"])
        self.assertEqual(self.column(ran, "id"), ["10", "9", "100"])
        self.assertEqual(self.column(ran, "login"), ["anna", "bob <b>", "carl"])
        self.assertEqual(self.column(ran, "drift"), ["quota, group", "account missing", ""])
        self.assertEqual(self.column(ran, "reason")[1], "There is no group pro. Create it.")
        self.assertEqual(self.column(ran, "reason")[2], "A person paused it. Resume it.")
        self.assertEqual(ran.doc.findtext("p_elems"), "3")

    def test_russian_words(self):
        self.controller_says({"rows": ROWS, "servers": SERVERS})
        ran = self.run_page("ncsync.drift", lang="ru")
        self.assertEqual(self.column(ran, "drift"), ["квота, группа", "нет учётной записи", ""])
        self.assertEqual(self.column(ran, "state"), ["расхождение", "удержана", "приостановлена"])

    def test_times_are_the_hosts(self):
        rows = [dict(ROWS[2], reason="An operator paused this item since 2026-11-21T22:00:00.000Z: wait.")]
        self.controller_says({"rows": rows, "servers": SERVERS})
        ran = self.run_page("ncsync.drift", lang="ru", environment={"TZ": "MSK-3"})
        self.assertEqual(self.column(ran, "since"), ["2026-11-21 13:00:00 +03:00"])
        self.assertIn("2026-11-22 01:00:00 +03:00", self.column(ran, "reason")[0])

    def test_pages_and_order(self):
        self.controller_says({"rows": ROWS, "servers": SERVERS})
        ran = self.run_page("ncsync.drift", p_order="id", p_cnt=2, p_num=1)
        self.assertEqual(self.column(ran, "id"), ["9", "10"], "by value, not by digit")
        self.assertEqual(ran.doc.findtext("p_elems"), "3")
        self.assertEqual(self.column(self.run_page("ncsync.drift", p_order="id", p_cnt=2, p_num=2), "id"), ["100"])
        self.assertEqual(self.column(self.run_page("ncsync.drift", p_cnt=2, p_num=9), "id"), [])
        self.assertEqual(self.column(self.run_page("ncsync.drift", p_order="-since"), "id"), ["10", "9", "100"])
        self.assertEqual(self.column(self.run_page("ncsync.drift", p_order="+login"), "id"), ["10", "9", "100"])
        odd = self.run_page("ncsync.drift", p_cnt="x", p_num="-3", p_order="nothing")
        self.assertEqual(self.column(odd, "id"), ["10", "9", "100"])
        huge = self.run_page("ncsync.drift", p_cnt=4294967295, p_num=4294967295)
        self.assertEqual(self.column(huge, "id"), [])

    def test_a_cloud_that_cannot_be_read_is_a_row(self):
        broken = {"server": 4, "name": "other", "error": "The certificate has expired.", "last_success": "then"}
        self.controller_says({"rows": ROWS, "servers": [*SERVERS, broken]})
        ran = self.run_page("ncsync.drift", lang="ru")
        row = ran.doc.find("elem")
        self.assertEqual([c.text for c in row],
                         ["server 4", None, "other", None, "then", "облако недоступно", "The certificate has expired."])

    def test_odd_answers_are_an_empty_list(self):
        for reply in [{}, {"rows": 7, "servers": "x"}, {"rows": [1, None, []], "servers": [2]}]:
            self.controller_says(reply)
            self.assertEqual(self.run_page("ncsync.drift").doc.findtext("p_elems"), "0")


class Buttons(PanelCase):
    def test_refresh(self):
        controller = self.controller_says({"state": "done"})
        for elid in ["", "7, 9"]:
            self.assertIsNotNone(self.run_page("ncsync.drift.refresh", elid=elid).doc.find("ok"))
        self.run_page("ncsync.drift.refresh")
        self.assertEqual(controller.requests, [{"verb": "drift.refresh"}, {"verb": "drift.refresh", "items": [7, 9]},
                                               {"verb": "drift.refresh"}])

    def test_dry_run(self):
        actions = [{"item": 7, "login": "user_7", "kind": "set-quota", "before": "10 GiB", "after": "50 GiB",
                    "reason": "the tariff says so"}]
        controller = self.controller_says({"actions": actions, "held": HELD})
        ran = self.run_page("ncsync.drift.dryrun", elid="7", lang="en")
        self.assertEqual(controller.requests, [{"verb": "drift.plan", "items": [7]}])
        self.assertEqual(ran.doc.findtext("plan"), (
            "Would be done:\n  user_7 (service 7): change the quota: 10 GiB -> 50 GiB (the tariff says so)\n"
            "\nWould not be done:\n  bob (service 9): There is no group pro. Create it.\n"))
        self.assertEqual(ran.doc.findtext("login"), "user_7")
        russian = self.run_page("ncsync.drift.dryrun", elid="7", lang="ru")
        self.assertIn("изменить квоту: 10 ГиБ -> 50 ГиБ", russian.doc.findtext("plan"))
        self.run_page("ncsync.drift.dryrun")
        self.assertEqual(controller.requests[-1], {"verb": "drift.plan"})

    def test_dry_run_of_nothing_and_its_submit(self):
        controller = self.controller_says({"actions": [], "held": []})
        self.assertEqual(self.run_page("ncsync.drift.dryrun", elid="7").doc.findtext("plan"), "Nothing would be done.\n")
        self.assertIsNotNone(self.run_page("ncsync.drift.dryrun", elid="7", sok="ok").doc.find("ok"))
        self.assertEqual(len(controller.requests), 1)

    def test_apply(self):
        controller = self.controller_says({"done": 1, "failed": 0, "held": [], "state": "done"})
        self.assertIsNotNone(self.run_page("ncsync.drift.apply", elid="7").doc.find("ok"))
        self.assertEqual(controller.requests, [{"verb": "drift.apply", "items": [7], "actor": "boss"}])

    def test_apply_that_failed_or_did_nothing(self):
        self.controller_says({"done": 1, "failed": 2, "held": HELD, "state": "done"})
        ran = self.run_page("ncsync.drift.apply", elid="7", lang="en")
        self.assertEqual((ran.error_type, ran.param("failed"), ran.param("done")), ("apply_failed", "2", "1"))
        self.controller_says({"done": 0, "failed": 0, "held": HELD, "state": "done"})
        self.assertEqual(self.run_page("ncsync.drift.apply", elid="9").error_type, "missing_group")
        self.controller_says({"done": 1, "failed": 0, "held": HELD, "state": "done"})
        self.assertIsNotNone(self.run_page("ncsync.drift.apply", elid="7, 9").doc.find("ok"))
        self.controller_says({"done": 0, "failed": 0, "held": [], "state": "working"})
        self.assertIsNotNone(self.run_page("ncsync.drift.apply", elid="7").doc.find("ok"))

    def test_pause_and_resume(self):
        controller = self.controller_says({"changed": 2})
        for verb in ["pause", "resume"]:
            self.assertIsNotNone(self.run_page(f"ncsync.drift.{verb}", elid="7, 9").doc.find("ok"))
        self.assertEqual([(r["verb"], r["items"], r["actor"]) for r in controller.requests],
                         [("pause", [7, 9], "boss"), ("resume", [7, 9], "boss")])
        self.assertTrue(controller.requests[0]["reason"])

    def test_rows_that_cannot_be_chosen(self):
        controller = self.controller_says({})
        for func in ["apply", "pause", "resume"]:
            self.assertEqual(self.run_page(f"ncsync.drift.{func}").error_type, "option_missing")
        for elid in ["x", "7, server 4", "-1", "0", "7;8", "7 8", "99999999999"]:
            self.assertEqual(self.run_page("ncsync.drift.apply", elid=elid).error_type, "option_bad", elid)
        many = ",".join(["7"] * 10001)
        self.assertEqual(self.run_page("ncsync.drift.apply", elid=many).error_type, "option_bad")
        self.assertEqual(controller.requests, [])

    def test_an_error_of_the_controller(self):
        self.controller_says(error("store_error", "The disk is full."))
        for func in ["", ".refresh", ".dryrun", ".apply", ".pause", ".resume"]:
            ran = self.run_page("ncsync.drift" + func, elid="7", lang="ru")
            self.assertEqual(ran.error_type, "store_error")
            self.assertIn("Хранилище событий", ran.message)
        self.assertIn("The disk is full.", self.log("ncsync"))


class Rights(PanelCase):
    def test_only_administrators(self):
        controller = self.controller_says({"rows": [], "servers": [], "changed": 0, "state": "done"})
        for func in ["ncsync.drift", "ncsync.drift.refresh", "ncsync.drift.dryrun", "ncsync.drift.apply",
                     "ncsync.drift.pause", "ncsync.drift.resume", "ncsync.other"]:
            for level in [None, "", "x", 0, -30, 16, 24, 28]:
                self.assertEqual(self.run_page(func, level=level, elid="7").error_type, "not_allowed", (func, level))
        self.assertEqual(controller.requests, [])
        for level in [29, 30]:
            self.assertIsNone(self.run_page("ncsync.drift", level=level).error)

    def test_unknown_functions(self):
        for func in ["", "ncsync", "ncsync.drift.delete", "ncsync.drift\n"]:
            self.assertEqual(self.run_page(func).error_type, "unknown_command")

    def test_no_controller(self):
        self.assertEqual(self.run_page("ncsync.drift").error_type, "controller_down")


if __name__ == "__main__":
    unittest.main()
