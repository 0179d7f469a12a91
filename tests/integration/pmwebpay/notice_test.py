"""WebPay's notices: a payment is settled by one with a right signature, for its own amount, once."""

import os
import signal
import subprocess
import unittest
import urllib.parse

from shop import BOUGHT, ShopCase, notice_body


class Settled(ShopCase):
    def settled(self, payment=None, transaction=BOUGHT):
        state = self.state(payment)
        self.assertEqual((state["status"], state["externalid"]), ("4", str(transaction)))
        self.assertEqual(float(state["balance"]), 50.01)

    def test_a_notice_settles_the_payment(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        self.settled()
        self.assertEqual(self.problems(), [])
        self.assertEqual(self.remembered("settled"), [str(BOUGHT)])

    def test_whatever_is_repeated_settles_it_once(self):
        order = self.order()
        for _ in range(4):
            self.assertEqual(self.notice(order), 200)
        self.settled()
        self.assertEqual(len(self.calls("payment.setpaid")), 1)
        self.assertEqual(self.problems(), [])

    def test_it_is_recognised_without_the_file_too(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        for name in os.listdir(f"{self.root}/var/pmwebpay"):
            os.unlink(f"{self.root}/var/pmwebpay/{name}")
        self.assertEqual(self.notice(order), 200)
        self.assertEqual((len(self.calls("payment.setpaid")), self.problems()), (1, []))

    def test_two_notices_at_once_settle_it_once(self):
        order = self.order()
        self.fault("payment.setpaid", "slow", ms=300)
        bodies = [notice_body(order) for _ in range(6)]
        running = [(self.begin_notice(body), body) for body in bodies]
        for process, body in running:
            process.stdin.write(body)
            process.stdin.flush()
        for process, _ in running:
            self.assertEqual(self.ended(process).status, 200)
        self.settled()
        self.assertEqual(len(self.calls("payment.setpaid")), 1)

    def test_an_older_attempt_may_be_the_one_that_is_paid(self):
        first, second = self.order(), self.order()
        self.assertNotEqual(first, second)
        self.assertEqual(self.notice(first), 200)
        self.settled()

    def test_money_that_came_twice_is_told(self):
        first, second = self.order(), self.order()
        self.assertEqual(self.notice(first), 200)
        for _ in range(2):
            self.assertEqual(self.notice(second, transaction_id=111), 200)
        self.settled()
        self.assertEqual(len(self.problems()), 1)
        self.assertIn("another transaction", str(self.problems()))
        self.assertIn("ещё раз", str(self.problems()))

    def test_the_notice_may_be_there_before_the_client(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.comes_back(order, BOUGHT).status, 302)
        self.settled()

    def test_a_new_payment_is_settled_too(self):
        """As if the panel had forgotten that it is being paid."""
        order = self.order()
        subprocess.run([f"{self.root}/sbin/mgrctl", "-m", "billmgr", "payment.setnopay", f"elid={self.payment}"], check=True,
                       capture_output=True)
        self.assertEqual(self.notice(order), 200)
        self.settled()

    def test_what_is_settled_by_hand_is_not_settled_again(self):
        order = self.order()
        subprocess.run([f"{self.root}/sbin/mgrctl", "-m", "billmgr", "payment.setpaid", f"elid={self.payment}"], check=True,
                       capture_output=True)
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(float(self.state()["balance"]), 50.01)
        self.assertEqual(len(self.problems()), 1)


class OnAStrictPanel(Settled):
    """One that refuses each step of a payment that has ended."""
    panel_settings = {"payment_steps": "forward"}


class NotWebPays(ShopCase):
    def nothing_happened(self):
        self.assertEqual(self.state()["status"], "2")
        self.assertEqual(self.calls("payment.setpaid"), [])

    def test_without_the_key_nothing_is_done(self):
        order = self.order()
        self.assertEqual(self.notice(order, key="another key"), 403)
        self.assertEqual(self.notice(order, key=""), 403)
        for field, value in {"amount": "0.01", "currency_id": "RUB", "transaction_id": "1", "payment_type": "4",
                             "batch_timestamp": "1", "order_id": "1", "rrn": "", "payment_method": "test"}.items():
            self.assertEqual(self.notice(order, forged={field: value}), 403, field)
        self.nothing_happened()
        self.assertEqual(self.problems(), [])

    def test_a_notice_of_one_payment_does_not_pay_another(self):
        cheap = self.bill("1.00")
        order, other = self.order(), self.order(cheap)
        self.assertEqual(self.notice(other, amount="1.00", forged={"site_order_id": order}), 403)
        # Signed by whoever knows the key, for an order that was never made here.
        made_up = order.replace(f"bm{self.payment}-", f"bm{cheap}-")
        self.assertEqual(self.notice(made_up, amount="1.00"), 200)
        self.assertEqual(self.state(cheap)["status"], "2")
        self.nothing_happened()
        self.assertIn("not made here", str(self.problems()))

    def test_what_is_no_notice_is_not_read(self):
        order = self.order()
        whole = notice_body(order)
        for body, status in ((b"", 413), (b"a=b", 400), (whole + b"&amount=50.01", 400),
                             (whole.replace(b"transaction_id=", b"transaction="), 400), (b"\x00\xff" * 50, 400),
                             (b"x" * 70000, 413), (b"<xml/>", 400)):
            self.assertEqual(self.ended(self.begin_notice(body), body).status, status, body[:60])
        cut = self.begin("cgi/webpayresult", REQUEST_METHOD="POST", CONTENT_LENGTH=str(len(whole) + 10))
        self.assertEqual(self.ended(cut, whole).status, 400)
        self.nothing_happened()

    def test_orders_of_others_name_nothing_of_ours(self):
        self.order()
        before = len(self.calls())
        for order in ("ORDER-12345678", str(self.payment), f"bm{self.payment}", "bm1-x-y", "../../etc/passwd"):
            self.assertEqual(self.notice(order), 404, order)
        self.assertEqual(len(self.calls()), before)
        self.assertEqual(self.notice(f"bm999-01234567-{'0' * 24}"), 404)
        self.assertFalse(os.path.exists(f"{self.root}/var/pmwebpay/999.lock"))
        self.nothing_happened()


class NotAsExpected(ShopCase):
    def kept(self, told=1):
        self.assertEqual(self.state()["status"], "2")
        self.assertEqual(self.calls("payment.setpaid"), [])
        self.assertEqual(len(self.problems()), told)

    def test_another_amount_or_currency_is_told_once(self):
        order = self.order()
        for _ in range(2):
            self.assertEqual(self.notice(order, amount="50.00"), 200)
        self.kept()
        self.assertIn("another amount", str(self.problems()))
        self.assertEqual(self.notice(order, transaction_id=5, currency_id="RUB"), 200)
        self.assertIn("50.00 BYN", str(self.problems()), "what was told before is not lost")
        self.assertIn("transaction 5, 50.01 RUB", str(self.problems()))

    def test_the_right_one_settles_it_after_that(self):
        order = self.order()
        self.assertEqual(self.notice(order, amount="50.00"), 200)
        self.assertEqual(self.notice(order, transaction_id=5, amount="50.0100"), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_a_refusal_leaves_it_waiting(self):
        order = self.order()
        for kind in (2, 8, 12):
            self.assertEqual(self.notice(order, payment_type=kind), 200)
        self.kept(told=0)
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_a_refund_is_told_and_changes_nothing(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        for kind in (5, 7, 9, 11):
            self.assertEqual(self.notice(order, payment_type=kind), 200)
        self.assertEqual(self.state()["status"], "4")
        self.assertIn("gave money back", str(self.problems()))
        self.assertEqual(len(self.calls("payment.setpaid")), 1)
        self.assertEqual({c["func"] for c in self.calls()} & {"payment.setcanceled", "payment.setnopay", "payment.delete"}, set())

    def test_what_was_given_back_is_not_settled_again(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.notice(order, payment_type=5), 200)
        self.sql(f"UPDATE payment SET status = 2 WHERE id = {self.payment}")
        self.assertEqual(self.notice(order), 200)
        self.assertEqual((self.state()["status"], len(self.calls("payment.setpaid"))), ("2", 1))

    def test_a_settled_one_that_the_staff_reset_is_told(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        self.sql(f"UPDATE payment SET status = 2 WHERE id = {self.payment}")
        self.assertEqual(self.notice(order), 200)
        self.assertEqual((self.state()["status"], len(self.calls("payment.setpaid"))), ("2", 1))
        self.assertIn("unpaid again", str(self.problems()))

    def test_a_refusal_is_not_cut_into_a_payment(self):
        """Its client has it sent to himself: the address is not signed."""
        order = self.order()
        self.assertEqual(self.notice(order, transaction_id=98765, payment_type=4, rrn="2555444333222"), 200)
        self.kept()
        self.assertIn("bank reference", str(self.problems()))
        self.assertEqual(self.remembered("hint"), ["98765"], "WebPay itself is asked about it")

    def test_money_for_a_payment_that_is_gone_is_told_once(self):
        order = self.order()
        self.sql(f"DELETE FROM payment WHERE id = {self.payment}")
        self.assertEqual([self.notice(order), self.notice(order)], [404, 404])
        self.assertEqual(len(self.problems()), 1)
        self.assertIn("does not have any more", str(self.problems()))

    def test_in_the_panels_maintenance_it_is_asked_for_again(self):
        order = self.order()
        self.write("etc/billmgr.DoNothing", "")
        self.assertEqual((self.notice(order), self.pay_page().status), (503, 503))
        os.unlink(f"{self.root}/etc/billmgr.DoNothing")
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_what_is_not_known_is_told_and_changes_nothing(self):
        order = self.order()
        for kind in (10, 23, 99):
            self.assertEqual(self.notice(order, payment_type=kind), 200)
        self.assertEqual(self.state()["status"], "2")
        self.assertIn("does not know", str(self.problems()))

    def test_money_for_a_cancelled_payment_is_told(self):
        order = self.order()
        subprocess.run([f"{self.root}/sbin/mgrctl", "-m", "billmgr", "payment.setcanceled", f"elid={self.payment}"], check=True,
                       capture_output=True)
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.state()["status"], "9")
        self.assertEqual(len(self.problems()), 1)

    def test_money_of_the_test_environment_is_none(self):
        """The method was set to it when the form was shown, and is not any more."""
        test = self.tool("add-paymethod", "pmwebpay", "BYN", "wsb_storeid=1", "secret_key=k", "test=on")["paymethod"]
        payment = self.bill(method=test)
        order = self.order(payment)
        self.sql(f"UPDATE paymethod SET xmlparams = replace(xmlparams, '<test>on</test>', '') WHERE id = {test}")
        self.assertEqual(self.notice(order, key="k"), 200)
        self.assertEqual(self.state(payment)["status"], "2")
        self.assertIn("test environment", str(self.problems()))

    def test_a_new_key_still_knows_the_orders_of_the_old_one(self):
        order = self.order()
        self.sql(f"UPDATE paymethod SET xmlparams = replace(xmlparams, 'the secret key of the shop', 'new') WHERE id = {self.method}")
        self.assertEqual(self.notice(order), 403)
        self.assertEqual(self.notice(order, key="new"), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_while_nobody_can_be_told_it_is_asked_for_again(self):
        order = self.order()
        self.fault("problems.register", "error", times=1)
        self.assertEqual(self.notice(order, amount="1.00"), 503)
        self.assertEqual(self.notice(order, amount="1.00"), 200)
        self.kept()

    def sql(self, text):
        import sqlite3
        with sqlite3.connect(f"{self.root}/panel.db") as database:
            database.execute(text)


class Trouble(ShopCase):
    def test_while_the_panel_is_away_it_is_asked_for_again(self):
        order = self.order()
        for kind in ("unreachable", "garbage", "cut"):
            self.fault("payment.info", kind)
            self.assertEqual(self.notice(order), 503, kind)
            self.tool("no-faults")
        self.assertEqual(self.state()["status"], "2")
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_an_answer_that_is_lost_is_no_second_payment(self):
        for kind in ("lost", "cut"):
            payment = self.bill()
            order = self.order(payment)
            self.fault("payment.setpaid", kind, times=1)
            self.assertEqual(self.notice(order), 200, kind)
            self.assertEqual(self.state(payment)["status"], "4")
            self.assertEqual(self.notice(order), 200)
        self.assertEqual(len(self.calls("payment.setpaid")), 2)
        self.assertEqual(float(self.state()["balance"]), 100.02)

    def test_a_try_whose_end_nobody_saw_is_waited_for(self):
        order = self.order()
        self.fault("payment.setpaid", "unreachable", times=1)
        self.assertEqual(self.notice(order), 503)
        self.assertEqual(self.notice(order), 503)
        self.assertEqual(len(self.calls("payment.setpaid")), 1)
        self.age("paying_since", 120)
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_a_refusal_of_the_panel_is_told_and_tried_again(self):
        order = self.order()
        self.fault("payment.setpaid", "error", times=2, exit=1)
        self.assertEqual([self.notice(order), self.notice(order)], [503, 503])
        self.assertEqual(len(self.problems()), 1)
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(self.state()["status"], "4")

    def test_killed_in_the_middle_it_is_paid_once(self):
        order = self.order()
        self.fault("payment.setpaid", "slow", ms=700, times=1)
        body = notice_body(order)
        process = self.begin_notice(body)
        process.stdin.write(body)
        process.stdin.close()
        self.wait(lambda: self.remembered("paying") and self.children(process.pid))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()
        first = self.notice(order)
        self.assertIn(first, (503, 200))
        self.wait(lambda: self.state()["status"] == "4")
        self.assertEqual(self.notice(order), 200)
        self.assertEqual(len(self.calls("payment.setpaid")), 1)
        self.assertEqual((float(self.state()["balance"]), self.problems()), (50.01, []))

    @staticmethod
    def children(pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return file.read().split()

    def test_without_a_place_for_the_file_nothing_is_paid(self):
        order = self.order()
        os.makedirs(f"{self.root}/var/pmwebpay/{self.payment}.new/x")
        self.assertEqual(self.notice(order), 503)
        self.assertEqual(self.calls("payment.setpaid"), [])

    def wait(self, condition):
        import time
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)


class Log(ShopCase):
    def test_it_names_the_payment_and_the_transaction_and_no_card(self):
        order = self.order()
        self.notice(order)
        log = self.log("pmwebpay")
        self.assertIn(f"payment {self.payment}, transaction {BOUGHT}: the panel has it as paid", log)
        self.assertNotIn("4111", log + urllib.parse.quote(str(self.memory())))


if __name__ == "__main__":
    unittest.main()
