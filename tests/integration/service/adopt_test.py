"""`adopt`: services of an earlier module are taken over without one write to a cloud."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ["BN_SOURCE"], "tests/scenario/drop_in"))

from legacy import BROKEN, CLOSED, SOLD, LegacyStage, save_param  # noqa: E402
from stage import BIN, PASSWORD, AtATerminal, Stage  # noqa: E402


def with_service(s):
    with open(s.config, "a", encoding="utf-8") as config:
        config.write(f'[control]\nsocket = "{s.path("control")}"\n')
    s.serve()


def by_item(rows):
    return {row["item"]: row for row in rows}


class Plan(unittest.TestCase):
    def test_a_panel_in_order_is_all_adoptable_and_nothing_is_written(self):
        with LegacyStage(policy="observe") as s:
            s.ctl("forbid-writes")
            code, view, errors = s.adopt("--plan")
            self.assertEqual(code, 2, errors)
            server = view["servers"][0]
            self.assertEqual(sorted(by_item(server["adopt"])), sorted(SOLD))
            self.assertEqual([row["drift"] for row in server["adopt"]], [[]] * len(SOLD))
            for row in server["adopt"]:
                self.assertEqual(row["login"], f"user_{row['item']}")
                self.assertIn("username", row["evidence"])
            for empty in ("missing", "orphaned", "clashes"):
                self.assertEqual(server[empty], [], empty)
            self.assertEqual((server["already_ours"], server["to_open"]), (0, 0))
            self.assertIsNone(view["recorded"])
            self.assertEqual((s.violations(), s.writes()), (0, []))
            self.assertFalse(os.path.exists(s.path("events.db")), "nothing is recorded")

    def test_groups_that_nobody_knows_and_plain_credentials_are_told(self):
        with LegacyStage() as s:
            save_param(s, 103, "userpassword", "x")
            server = s.adopt("--plan")[1]["servers"][0]
            small, large = s.tariff("Cloud 10"), s.tariff("Cloud 50")
            told = {row["tariff"]: (row["stored"], row["group"], row["services"], row["members"], row["doubtful"])
                    for row in server["group_positions"]}
            self.assertEqual(told[int(large)], ("0", "pro", 3, 3, False))
            self.assertEqual(told[int(small)][:2], ("0", "start"))
            self.assertEqual(sum(row["members"] for row in server["group_positions"]), 9)
            self.assertTrue(server["plain_password"])
            self.assertEqual(server["plain_service_passwords"], 1)
            text = s.run("adopt", "--plan").stdout
            self.assertIn("choose it in the tariff", " ".join(text.split()))
            self.assertIn("without encryption", text)
            self.assertNotIn(PASSWORD, text)
            s.sql("DELETE FROM processingparam WHERE intname = 'nc_password'")
            s.sql("DELETE FROM itemparam WHERE intname = 'userpassword'")
            server = s.adopt("--plan")[1]["servers"][0]
            self.assertEqual((server["plain_password"], server["plain_service_passwords"]), (False, 0))

    def test_what_is_missing_orphaned_or_clashes_is_named_and_not_adopted(self):
        with LegacyStage() as s:
            s.ctl("delete", user="user_101")
            s.ctl("create", user="user_777", quota="1 GB")
            s.ctl("create", user=f"user_{CLOSED}", quota="1 GB")
            s.ctl("create", user="user_110", quota="1 GB")
            s.ctl("add-group", user="user_102", group="admin")
            s.sql("UPDATE itemparam SET value = 'user_103' WHERE item = 104 AND intname = 'username'")
            s.sql(f"UPDATE item SET status = 2 WHERE id = {BROKEN}")
            code, view, errors = s.adopt("--plan")
            self.assertEqual(code, 2, errors)
            server = view["servers"][0]
            self.assertEqual(sorted(by_item(server["adopt"])), [105, 106, 108, 111, 112])
            self.assertEqual(server["missing"], [{"item": 101, "login": "user_101", "held": False}])
            self.assertEqual({item: row["reason"] for item, row in by_item(server["orphaned"]).items()},
                             {104: "other-login", CLOSED: "closed", 110: "no-server",
                              777: "no-service"})
            self.assertTrue(by_item(server["orphaned"])[104]["has_files"])
            codes = {(row["item"], row["code"]) for row in server["clashes"]}
            self.assertEqual(codes, {(102, "protected"), (103, "login-clash"), (104, "login-clash"),
                                     (BROKEN, "no-disk")})
            self.assertTrue(all(row["remedy"] for row in server["clashes"]))
            text = s.run("adopt", "--plan").stdout
            for part in ("user_777", "Missing", "Orphaned", "Clashes", "pricelist"):
                self.assertIn(part, text)
            code, view, errors = s.adopt("--yes")
            self.assertEqual((code, view["recorded"]), (2, 5), errors)
            self.assertEqual(sorted(int(e["stream"].removeprefix("item-")) for e in s.events("--kind", "account.adopted")),
                             [105, 106, 108, 111, 112])
            self.assertEqual(s.writes(), [])

    def test_drift_is_told_beside_the_account(self):
        with LegacyStage() as s:
            s.ctl("quota", user="user_101", value="1 GB")
            s.ctl("remove-group", user="user_102", group="pro")
            rows = by_item(s.adopt("--plan")[1]["servers"][0]["adopt"])
            self.assertEqual((rows[101]["drift"], rows[102]["drift"]), (["quota"], []),
                             "nobody knows which group the tariff means")
            s.choose_groups()
            rows = by_item(s.adopt("--plan")[1]["servers"][0]["adopt"])
            self.assertEqual((rows[101]["drift"], rows[102]["drift"]), (["quota"], ["group"]))
            self.assertIn("quota 1, group 1", s.run("adopt", "--plan").stdout)

    def test_russian_and_an_unreachable_cloud(self):
        with LegacyStage() as s:
            text = s.run("adopt", "--plan", env=dict(s.env, LC_ALL="ru_RU.UTF-8")).stdout
            self.assertIn("Будет принято", text)
            s.cloud_process.terminate()
            s.cloud_process.wait()
            code, view, _ = s.adopt("--plan")
            self.assertEqual((code, view["servers"][0]["adopt"]), (3, []))
            self.assertTrue(view["servers"][0]["error"])

    def test_half_a_reading_of_the_cloud_proves_nothing(self):
        with LegacyStage(accounts=1200) as s:
            s.ctl("fault", kind="server-error", endpoint="users.details", skip="1", times="1000")
            code, view, _ = s.adopt("--plan")
            self.assertEqual((code, view["servers"][0]["missing"]), (3, []))
            self.assertIn("completely", view["servers"][0]["error"])

    def test_unknown_server(self):
        with LegacyStage() as s:
            done = s.run("adopt", "--plan", "--server", "77")
            self.assertEqual(done.returncode, 1)
            self.assertIn("server 77", done.stderr)


class Record(AtATerminal):
    def test_recorded_under_observe_once_and_only_real_drift_is_left(self):
        with LegacyStage(policy="observe") as s:
            s.ctl("forbid-writes")
            s.ctl("quota", user="user_105", value="1 GB")
            code, view, errors = s.adopt("--yes")
            self.assertEqual((code, view["recorded"]), (0, len(SOLD)), errors)
            adopted = s.events("--kind", "account.adopted")
            self.assertEqual(sorted(int(e["stream"].removeprefix("item-")) for e in adopted), sorted(SOLD))
            self.assertEqual({e["actor"] for e in adopted}, {"operator"})
            before = len(s.events())
            code, view, _ = s.adopt("--yes")
            self.assertEqual((code, view["recorded"]), (0, 0))
            self.assertEqual(view["servers"][0]["already_ours"], len(SOLD))
            self.assertEqual(len(s.events()), before, "the second time records nothing")
            code, plan, _ = s.plan()
            server = plan["servers"][0]
            self.assertEqual((code, server["actions"]), (2, []))
            self.assertEqual([(d["item"], d["fields"]) for d in server["drift"]], [(105, ["quota"])])
            self.assertEqual((s.violations(), s.writes()), (0, []))
            self.assertEqual(s.run("verify").returncode, 0)

    def test_asks_and_does_nothing_without_an_answer(self):
        with LegacyStage() as s:
            done = s.run("adopt")
            self.assertEqual(done.returncode, 1)
            self.assertIn("--yes", done.stderr)
            self.assertEqual(s.events(), [])

    def test_text_says_what_was_recorded_and_what_is_next(self):
        with LegacyStage() as s:
            done = s.run("adopt", "--yes")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"Recorded {len(SOLD)} accounts", done.stdout)
            self.assertIn("bill-nextcloud plan", done.stdout)

    def test_a_service_that_cannot_be_told_keeps_its_store(self):
        with LegacyStage(policy="observe") as s:
            s.serve()
            done = s.run("adopt", "--yes")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, "(?i)in use|lock|runs")
            self.assertEqual(s.kinds("--kind", "account.adopted"), [])

    def test_the_running_service_records_exactly_what_was_shown(self):
        with LegacyStage(policy="observe") as s:
            with_service(s)
            self.assertEqual(s.run("adopt", "--plan").returncode, 2)
            done = s.run("adopt")
            self.assertEqual(done.returncode, 1, "nobody said yes")
            self.assertEqual(s.kinds("--kind", "account.adopted"), [])
            code, view, errors = s.adopt("--yes", "--item", "105", "--reason", "ticket 77")
            self.assertEqual((code, view["recorded"]), (0, 1), errors)
            adopted = s.events("--kind", "account.adopted")
            self.assertEqual([e["stream"] for e in adopted], ["item-105"])
            self.assertIn("ticket 77", json.dumps(s.events("--kind", "service.asked")))
            code, view, errors = s.adopt("--yes")
            self.assertEqual((code, view["recorded"]), (0, len(SOLD) - 1), errors)
            self.assertEqual(len(s.events("--kind", "account.adopted")), len(SOLD))
            self.assertEqual(s.adopt("--yes")[1]["recorded"], 0, "once")
            self.assertEqual((s.violations(), s.writes()), (0, []))

    def test_the_running_service_records_nothing_when_it_sees_something_else(self):
        with LegacyStage(policy="observe") as s:
            with_service(s)
            keyboard, terminal = self.terminal()
            with subprocess.Popen([BIN, "adopt", "--config", s.config], stdin=terminal, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=s.env) as asked:
                seen = ""
                while "yes" not in seen:
                    seen += asked.stdout.read(1)
                s.ctl("delete", user="user_105")
                os.write(keyboard, b"yes\n")
                _, errors = asked.communicate(timeout=60)
            self.assertEqual(asked.returncode, 1)
            self.assertIn("adopt --plan", errors)
            self.assertEqual(s.kinds("--kind", "account.adopted"), [])

    def test_a_new_address_of_the_cloud_is_noticed_after_the_take_over(self):
        with LegacyStage(policy="observe") as s:
            self.assertEqual(s.adopt("--yes")[0], 0)
            s.sql("UPDATE processingparam SET value = value || '/other' WHERE intname = 'base_url'")
            done = s.run("plan")
            self.assertEqual(done.returncode, 3)
            self.assertIn("accept-address", done.stdout)


class PendingOpen(unittest.TestCase):
    """A username that was set before the first opening ended proves nothing."""

    def test_a_username_from_the_order_form_takes_nobodys_account(self):
        with Stage() as s:
            s.ctl("create", user="director", quota="3 GB", email="director@else.example")
            save_param(s, 111, "username", "director")
            server = by_item(self.clashes(s))
            self.assertEqual(server[111]["code"], "not-ours")
            self.assertIn("not known to be opened", server[111]["detail"])
            s.apply()
            s.panel("close", 111)
            s.apply()
            s.sql("DELETE FROM runningoperation WHERE item = 111")
            s.sql("UPDATE item SET status = 4 WHERE id = 111")
            s.apply()
            s.run("adopt", "--yes")
            stranger = s.user("director")
            self.assertTrue(stranger["enabled"])
            self.assertEqual((stranger["quota"], stranger["email"]), ("3 GB", "director@else.example"))
            self.assertFalse(any("director" in line for line in s.writes()))

    def test_an_account_that_we_opened_stays_ours_while_its_open_is_pending(self):
        with Stage() as s:
            self.assertEqual(s.apply().returncode, 0)
            save_param(s, 111, "username", "user_111")
            s.ctl("quota", user="user_111", value="1 GB")
            self.assertEqual(s.apply().returncode, 0)
            self.assertEqual(s.user("user_111")["quota"], "10 GB")

    def test_what_was_opened_before_the_first_reading_is_taken_over(self):
        with Stage() as s:
            s.ctl("create", user="user_111", quota="10 GB", group="start",
                  email="studio.lumen@example.net")
            save_param(s, 111, "username", "user_111")
            self.assertIn(111, by_item(self.clashes(s)))
            s.panel("finish", 111)
            self.assertNotIn(111, by_item(self.clashes(s)))
            s.run("adopt", "--yes")
            self.assertEqual(s.kinds("--item", "111"), ["item.sold_changed", "account.adopted"])

    @staticmethod
    def clashes(stage):
        return json.loads(stage.run("adopt", "--plan", "--json").stdout)["servers"][0]["clashes"]


class Usage(unittest.TestCase):
    def test_the_item_screen_shows_what_is_used(self):
        with LegacyStage() as s:
            self.assertIn("2.5 GiB of 10 GiB (25 %)", s.run("item", "101").stdout)
            item = json.loads(s.run("item", "101", "--json").stdout)
            self.assertEqual(item["actual"]["used"], 10 * 1024 ** 3 // 4)
            s.adopt("--yes")
            item = json.loads(s.run("item", "101", "--json").stdout)
            self.assertEqual(item["ledger"]["usage"], "unknown", "nothing was measured yet")
            self.assertNotIn("Usage", s.run("item", "101", "--offline").stdout)


if __name__ == "__main__":
    unittest.main()
