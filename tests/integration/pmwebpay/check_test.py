"""checkpay: what becomes of payments that no notice settled."""

import os
import unittest

from shop import API_PASSWORD, BOUGHT, KEY, ShopCase, error

HALF_AN_HOUR = 30 * 60


class Check(ShopCase):
    def looked_up(self, order, **changed):
        return {"found": True, "transaction_id": str(BOUGHT), "batch_timestamp": "1790000000", "currency_id": "BYN",
                "amount": "50.01", "payment_method": "cc", "payment_type": "1", "order_id": "123456", "rrn": "5",
                "order_num": order, "signature_ok": True, "said": ""} | changed

    def begun(self):
        """A payment whose client came back, and whose notice was lost."""
        order = self.order()
        self.comes_back(order, BOUGHT)
        return order

    def check(self):
        ran = self.run_command("checkpay")
        self.assertEqual(ran.code, 0)

    def kept(self, problems=0):
        self.assertEqual(self.state()["status"], "2")
        self.assertEqual(len(self.problems()), problems)

    def asked(self, controller):
        return [r for r in controller.requests if r["verb"] == "payment.transaction"]

    def test_a_lost_notice_is_made_good(self):
        order = self.begun()
        controller = self.controller_says(self.looked_up(order))
        self.check()
        self.assertEqual((self.state()["status"], self.state()["externalid"]), ("4", str(BOUGHT)))
        self.assertEqual(self.asked(controller), [
            {"verb": "payment.transaction", "test": False, "login": "anna", "password": API_PASSWORD, "secret": KEY,
             "transaction": str(BOUGHT)}])
        self.check()
        self.assertEqual(self.notice(order), 200)
        self.assertEqual((len(self.calls("payment.setpaid")), len(self.asked(controller)), self.problems()), (1, 1, []))

    def test_a_transaction_of_another_order_pays_nothing(self):
        """A client who names what another payment was paid with."""
        other = self.order(self.bill())
        self.begun()
        for order in (other, "ORDER-1", "bm"):
            self.controller_says(self.looked_up(order))
            self.check()
            self.kept()

    def test_where_webpay_names_no_order_a_person_compares(self):
        self.begun()
        self.controller_says(self.looked_up(""))
        self.check()
        self.check()
        self.kept(problems=1)
        self.assertIn("for which order", str(self.problems()))

    def test_what_is_not_known_changes_nothing(self):
        order = self.begun()
        for answer in (self.looked_up(order, found=None), self.looked_up(order, found=False), {}, error("controller_busy"),
                       self.looked_up(order, signature_ok=False), self.looked_up(order, signature_ok=None),
                       self.looked_up(order, transaction_id="1"), self.looked_up(order, payment_type=""), b"garbage\n",
                       self.looked_up(order, payment_type="2")):
            self.controller_says(answer)
            self.check()
            self.kept()
        self.assertEqual(self.remembered("hint"), [], "WebPay refused it, and signed that")

    def test_another_amount_is_told(self):
        order = self.begun()
        self.controller_says(self.looked_up(order, amount="1.00"))
        self.check()
        self.check()
        self.kept(problems=1)

    def test_without_a_word_the_staff_is_told_once_and_nothing_is_cancelled(self):
        self.order()
        self.check()
        self.kept()
        self.age("begun", HALF_AN_HOUR - 60)
        self.check()
        self.kept()
        self.age("begun", 60)
        for _ in range(3):
            self.check()
        self.kept(problems=1)
        self.age("begun", 300 * 24 * 3600)
        self.check()
        self.kept(problems=1)
        self.assertEqual({c["func"] for c in self.calls()},
                         {"whoami", "payment.info", "payment.setinpay", "problems.register"})

    def test_a_late_notice_settles_it_still(self):
        order = self.order()
        self.age("begun", 20 * 24 * 3600)
        self.check()
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_money_for_a_cancelled_payment_is_found_without_its_notice(self):
        order = self.begun()
        self.sql(f"UPDATE payment SET status = 9 WHERE id = {self.payment}")
        self.controller_says(error("controller_busy"))
        self.check()
        self.assertEqual(self.remembered("settled"), [])
        self.controller_says(self.looked_up(order))
        self.check()
        self.assertEqual((self.state()["status"], len(self.problems())), ("9", 1))
        self.check()
        self.assertEqual(self.remembered("settled"), ["-"])

    def test_a_new_attempt_is_looked_up_and_told_anew(self):
        self.order()
        self.age("begun", 36 * 24 * 3600)
        self.check()
        self.assertEqual(self.remembered("settled"), ["-"], "told, and long ago")
        order = self.begun()
        self.assertEqual((self.remembered("settled"), self.remembered("told")), ([], []))
        self.controller_says(self.looked_up(order))
        self.check()
        self.assertEqual(self.state()["status"], "4")

    def test_what_a_notice_said_is_looked_up_and_not_called_silence(self):
        order = self.order()
        self.fault("payment.setpaid", "unreachable", times=1)
        self.assertEqual(self.notice(order), 503)
        self.assertEqual(self.pay_page().status, 409, "he is not sent to pay twice")
        controller = self.controller_says(error("controller_busy"))
        self.age("begun", HALF_AN_HOUR)
        self.check()
        self.assertEqual([r["transaction"] for r in self.asked(controller)], [str(BOUGHT)])
        self.assertIn("took the money", str(self.problems()))
        self.controller_says(self.looked_up(order))
        self.age("paying_since", 120)
        self.check()
        self.assertEqual(self.state()["status"], "4")

    def sql(self, text):
        import sqlite3
        with sqlite3.connect(f"{self.root}/panel.db") as database:
            database.execute(text)

    def test_an_ended_payment_is_left(self):
        order = self.begun()
        self.assertEqual(self.notice(order), 200)
        before = len(self.calls())
        self.check()
        self.assertEqual(len(self.calls()), before)

    def test_the_file_of_a_settled_one_goes_when_no_notice_can_come(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        self.age("begun", 59 * 24 * 3600)
        self.check()
        self.assertTrue(self.memory())
        self.age("begun", 2 * 24 * 3600)
        self.check()
        self.assertEqual(os.listdir(f"{self.root}/var/pmwebpay"), [])
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(len(self.calls("payment.setpaid")), 1)

    def test_while_the_panel_is_away_nothing_is_concluded(self):
        self.order()
        self.fault("payment.info", "unreachable")
        self.check()
        self.tool("no-faults")
        self.assertEqual(self.remembered("settled"), [])
        self.kept()

    def test_in_the_panels_maintenance_nothing_is_done(self):
        order = self.begun()
        controller = self.controller_says(self.looked_up(order))
        self.write("etc/billmgr.DoNothing", "")
        self.check()
        self.kept()
        self.assertEqual(self.asked(controller), [])


class WithoutALogin(ShopCase):
    settings_of_method = {"api_username": "", "api_password": ""}

    def test_nothing_is_looked_up(self):
        order = self.order()
        self.comes_back(order, BOUGHT)
        controller = self.controller_says({"found": True})
        self.run_command("checkpay")
        self.assertEqual([r for r in controller.requests if r["verb"] == "payment.transaction"], [])
        self.assertEqual(self.state()["status"], "2")


if __name__ == "__main__":
    unittest.main()
