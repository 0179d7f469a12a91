"""Whose an account is, with the real program: what a client can type takes nothing from anybody."""

import json
import sqlite3
import time
import unittest

from stage import Stage


class Ownership(unittest.TestCase):
    def applied(self, stage, *args):
        done = stage.apply(*args)
        self.assertIn(done.returncode, (0, 2), done.stdout + done.stderr)

    def name(self, stage, item, login):
        stage.sql(f"DELETE FROM itemparam WHERE item = {item} AND intname = 'username'; "
                  "INSERT INTO itemparam (id, item, intname, value) SELECT COALESCE(MAX(id), 0) + 1, "
                  f"{item}, 'username', '{login}' FROM itemparam")

    def cell(self, stage, query):
        with sqlite3.connect(stage.path("panel.db"), timeout=20) as panel:
            return panel.execute(query).fetchone()[0]

    def email(self, stage, item):
        return self.cell(stage, "SELECT u.email FROM user u JOIN item i ON i.account = u.account "
                                f"WHERE i.id = {item} ORDER BY u.id LIMIT 1").lower()

    # By the client of this service.
    def order(self, stage, login, client=104, paid=True):
        account = self.cell(stage, f"SELECT account FROM item WHERE id = {client}")
        item = stage.order(account, stage.tariff("Cloud 10"))
        if paid:
            stage.panel("pay", item)
        self.name(stage, item, login)
        return item

    def holds(self, stage, item):
        shown = json.loads(stage.run("item", str(item), "--json").stdout)
        return [held["hold"]["code"] for held in shown["held"]]

    def test_a_cancelled_order_does_not_take_the_staffs_account(self):
        for policy in ("sync", "create-only", "upsert-only"):
            with Stage(policy=policy) as s:
                s.ctl("create", user="ceo", email="ceo@example.org")
                item = self.order(s, "ceo", paid=False)
                for status in (1, 4):
                    s.sql(f"UPDATE item SET status = {status}, processingmodule = "
                          f"(SELECT MIN(id) FROM processingmodule) WHERE id = {item}")
                    self.applied(s, "--item", str(item))
                    self.applied(s)
                self.assertTrue(s.user("ceo")["enabled"])
                self.assertEqual([w for w in s.writes() if "ceo" in w], [], policy)

    def test_an_opening_that_is_ended_by_hand_takes_nothing_but_a_persons_word_does(self):
        with Stage() as s:
            s.ctl("create", user="ceo", email="ceo@example.org")
            item = self.order(s, "ceo")
            self.applied(s)
            s.sql(f"DELETE FROM runningoperation WHERE item = {item}; "
                  f"UPDATE item SET status = 2, opendate = CURRENT_DATE WHERE id = {item}")
            self.applied(s)
            self.applied(s)
            self.assertEqual(self.holds(s, item), ["not-ours"])
            self.assertEqual([w for w in s.writes() if "ceo" in w], [])
            self.assertEqual(s.user("ceo")["email"], "ceo@example.org")
            plan = s.run("plan", "--item", str(item)).stdout
            self.assertIn(f"adopt --item {item}", " ".join(plan.split()))
            done = s.run("adopt", "--item", str(item), "--yes")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            adopted = s.events("--kind", "account.adopted", "--item", str(item))
            self.assertEqual(len(adopted), 1)
            self.assertIn("operator", adopted[0]["actor"])
            self.applied(s)
            self.assertEqual(s.user("ceo")["email"], self.email(s, 104))

    def test_a_foreign_order_of_the_login_freezes_nobody(self):
        with Stage() as s:
            self.applied(s)
            before = s.user("user_101")
            item = self.order(s, "USER_101")
            s.panel("suspend", 101)
            self.applied(s)
            self.assertFalse(s.user("user_101")["enabled"], "the owner's suspension is carried out")
            self.assertEqual(self.holds(s, item), ["login-clash"])
            self.assertEqual(s.user("user_101")["email"], before["email"])

    def test_a_closed_service_hands_its_files_over_to_the_clients_new_one(self):
        with Stage(service={"retention": '"1s"'}) as s:
            self.applied(s)
            s.panel("close", 101)
            s.panel("finish", 101)
            self.applied(s)
            self.assertFalse(s.user("user_101")["enabled"])
            item = self.order(s, "user_101", client=101)
            s.sql(f"DELETE FROM runningoperation WHERE item = {item}; "
                  f"UPDATE item SET status = 2, opendate = CURRENT_DATE WHERE id = {item}")
            for _ in range(3):
                self.applied(s)
            self.assertTrue(s.user("user_101")["enabled"])
            kinds = s.kinds("--item", "101") + s.kinds("--item", str(item))
            self.assertIn("account.handed_over", kinds)
            self.assertIn("account.adopted", kinds)
            self.assertFalse([w for w in s.writes() if w.startswith("user.delete ")])

    # As the panel makes orders (no module is chosen yet), of a module that is gone, and with a name as it was pasted.
    def test_a_clients_files_are_kept_for_a_service_that_can_have_none_yet(self):
        for module, login in (("NULL", "user_101"), ("777", "USER_101"), ("1", "user_101 ")):
            for status in (1, 2):
                with Stage(service={"retention": '"1s"'}) as s:
                    self.applied(s)
                    s.panel("close", 101)
                    s.panel("finish", 101)
                    self.applied(s)
                    item = self.order(s, login, client=101, paid=False)
                    s.sql(f"PRAGMA foreign_keys = OFF; UPDATE item SET status = {status}, processingmodule = {module}, "
                          f"opendate = CURRENT_DATE WHERE id = {item}")
                    for _ in range(3):
                        time.sleep(1.1)
                        self.applied(s)
                    self.assertTrue(s.user("user_101"), (module, login, status))
                    self.assertEqual(self.holds(s, 101), ["login-clash"])

    def test_a_second_module_for_a_known_cloud_takes_nothing(self):
        with Stage() as s:
            s.ctl("create", user="ceo", email="ceo@example.org")
            self.applied(s)
            s.sql("INSERT INTO processingmodule (id, name, module, active) SELECT 900, 'again', module, active "
                  "FROM processingmodule WHERE id = 1; "
                  + "".join(f"INSERT INTO {table} (id, processingmodule, intname, value) SELECT 9000 + id, 900, intname, "
                            f"value FROM {table} WHERE processingmodule = 1; "
                            for table in ("processingparam", "processingcryptedparam"))
                  + f"UPDATE processingparam SET value = '{s.url.replace('127.0.0.1', 'localhost')}' "
                    "WHERE processingmodule = 900 AND intname = 'base_url'; "
                    "INSERT INTO processingmodule2pricelist (processingmodule, pricelist) SELECT 900, pricelist "
                    "FROM processingmodule2pricelist WHERE processingmodule = 1")
            item = self.order(s, "CEO", paid=False)
            s.sql(f"UPDATE item SET status = 2, processingmodule = 900, opendate = CURRENT_DATE WHERE id = {item}")
            for _ in range(3):
                self.applied(s)
            self.assertEqual(self.holds(s, item), ["not-ours"])
            self.assertEqual([w for w in s.writes() if "ceo" in w.lower()], [])

    def test_a_number_that_is_used_again_gives_the_files_to_nobody_else(self):
        with Stage() as s:
            self.applied(s)
            before = s.user("user_101")
            other = self.order(s, "somebody", client=104)
            s.sql(f"UPDATE item SET account = (SELECT account FROM item WHERE id = {other}) WHERE id = 101")
            self.applied(s)
            self.applied(s)
            self.assertEqual(s.user("user_101"), before)
            self.assertEqual(self.holds(s, 101), ["other-client"])

    def test_two_modules_of_one_cloud_do_not_fight_over_a_login(self):
        with Stage(service={"retention": '"1s"'}) as s:
            self.applied(s)
            there = s.url.replace("127.0.0.1", "localhost")
            if there == s.url:
                there = s.url.replace("localhost", "127.0.0.1")
            s.sql("INSERT INTO processingmodule (id, name, module, active) SELECT 900, 'the same', module, active "
                  "FROM processingmodule ORDER BY id LIMIT 1; "
                  "INSERT INTO processingparam (id, processingmodule, intname, value) "
                  "SELECT 9000 + id, 900, intname, value FROM processingparam; "
                  "INSERT INTO processingcryptedparam (id, processingmodule, intname, value) "
                  "SELECT 9000 + id, 900, intname, value FROM processingcryptedparam; "
                  f"UPDATE processingparam SET value = '{there}' WHERE processingmodule = 900 AND intname = 'base_url'; "
                  "INSERT INTO processingmodule2pricelist (processingmodule, pricelist) "
                  "SELECT 900, pricelist FROM processingmodule2pricelist WHERE processingmodule <> 900")
            item = self.order(s, "user_101")
            s.sql(f"UPDATE item SET processingmodule = 900, status = 2, opendate = CURRENT_DATE WHERE id = {item}; "
                  f"DELETE FROM runningoperation WHERE item = {item}")
            s.panel("close", 101)
            s.panel("finish", 101)
            for _ in range(5):
                self.applied(s)
            self.assertEqual(self.holds(s, item), ["not-ours"])
            calls = [w.split()[0] for w in s.writes() if "user_101" in w]
            self.assertEqual(calls.count("user.delete"), 0, calls)
            self.assertEqual(calls.count("user.disable"), 1, calls)
            self.assertEqual(calls.count("user.enable"), 0, calls)


if __name__ == "__main__":
    unittest.main()
