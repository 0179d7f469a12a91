"""The page that leads a client to WebPay, and the one that he comes back to."""

import os
import unittest

from shop import BOUGHT, ShopCase, form_signature


class PayPage(ShopCase):
    def test_it_is_a_signed_form_for_the_amount_of_the_payment(self):
        reply = self.pay_page()
        fields = reply.page.fields
        self.assertEqual((reply.status, reply.page.action, reply.page.method), (200, "https://payment.webpay.by/", "post"))
        self.assertEqual(fields["wsb_signature"], form_signature(fields))
        self.assertEqual((fields["wsb_total"], fields["wsb_invoice_item_price[0]"], fields["wsb_currency_id"]),
                         ("50.01", "50.01", "BYN"))
        self.assertEqual((fields["wsb_test"], fields["wsb_storeid"], fields["wsb_version"]), ("0", "11111111", "2"))
        self.assertEqual(fields["wsb_notify_url"], "https://billing.example.com:1500/mancgi/webpayresult")
        self.assertEqual(fields["wsb_return_url"], "https://billing.example.com:1500/mancgi/webpayresult")
        self.assertEqual(fields["wsb_cancel_return_url"],
                         f"https://billing.example.com:1500/billmgr?func=payment.fail&elid={self.payment}&module=pmwebpay")

    def test_the_panel_and_the_file_know_the_order_before_it_is_shown(self):
        order = self.order()
        self.assertEqual((self.state()["status"], self.state()["externalid"]), ("2", order))
        self.assertEqual(self.remembered("order"), [order])

    def test_each_attempt_has_a_number_of_its_own(self):
        orders = [self.order() for _ in range(3)]
        self.assertEqual(len(set(orders)), 3)
        self.assertTrue(all(len(order) <= 64 for order in orders))
        self.assertEqual(self.remembered("order"), orders)
        self.assertEqual(len(self.calls("payment.setinpay")), 1)

    def test_what_is_due_is_rounded_up(self):
        payment = self.bill("10.0001")
        self.assertEqual(self.pay_page(payment).page.fields["wsb_total"], "10.01")

    def test_it_needs_no_script_and_speaks_the_clients_language(self):
        for language, title in (("ru", "Оплата через WebPay"), ("en", "Payment through WebPay")):
            reply = self.pay_page(language=language)
            self.assertEqual(reply.page.language, language)
            self.assertIn(f"<title>{title}</title>", reply.body)
            self.assertIn("button", reply.page.tags)
            self.assertIn("h1", reply.page.tags)
            self.assertNotIn("script", reply.page.tags)
            self.assertIn("default-src 'none'", reply.headers["Content-Security-Policy"])
            self.assertEqual(reply.headers["Cache-Control"], "no-store")

    def test_nobody_sees_the_payment_of_another(self):
        other = self.tool("add-client", "boris@example.com", "Boris")["client"]
        session = self.tool("log-in", other)["session"]
        self.sessions.append(session)
        reply = self.pay_page(session=session)
        self.assertEqual(reply.status, 404)
        self.assertNotIn("form", reply.page.tags)
        self.assertEqual(reply.body, self.pay_page(session=session, payment=999).body)
        self.assertEqual(self.state()["status"], "1")

    def test_without_a_session_nothing_is_shown(self):
        for session in ("", "0123456789abcdef", "a b", "'; DROP"):
            reply = self.pay_page(session=session)
            self.assertEqual(reply.status, 403, session)
            self.assertNotIn("form", reply.page.tags)
        self.assertEqual(self.calls("payment.setinpay"), [])

    def test_a_number_that_is_none_is_no_payment(self):
        for query in ("elid=", "elid=0", "elid=-1", "elid=1%27", "x=1", "elid=1&elid=2", "elid=99999999999"):
            self.assertEqual(self.pay_page(query=query).status, 404, query)
        self.assertEqual(self.calls("payment.info"), [])

    def test_a_payment_of_another_method_is_not_ours(self):
        method = self.tool("add-paymethod", "pmother", "BYN", "wsb_storeid=1", "secret_key=x")["paymethod"]
        self.assertEqual(self.pay_page(self.bill(method=method)).status, 404)

    def test_what_is_ended_is_not_paid_again(self):
        for status, word in ((4, "paid already"), (7, "cannot be paid"), (9, "cannot be paid")):
            payment = self.bill()
            function = {4: "payment.setpaid", 7: "payment.setfraud", 9: "payment.setcanceled"}[status]
            self.mgrctl(function, elid=payment)
            reply = self.pay_page(payment)
            self.assertIn(word, reply.body)
            self.assertNotIn("form", reply.page.tags)

    def test_a_method_without_a_key_shows_no_form(self):
        method = self.tool("add-paymethod", "pmwebpay", "BYN", "wsb_storeid=1")["paymethod"]
        reply = self.pay_page(self.bill(method=method))
        self.assertEqual(reply.status, 500)
        self.assertNotIn("form", reply.page.tags)

    def test_while_the_panel_is_away_nobody_is_sent_to_pay(self):
        for function in ("whoami", "payment.info", "payment.setinpay"):
            for kind in ("unreachable", "garbage", "lost", "cut"):
                self.tool("no-faults")
                payment = self.bill()
                self.fault(function, kind)
                reply = self.pay_page(payment)
                self.assertEqual(reply.status, 503, (function, kind))
                self.assertNotIn("form", reply.page.tags)

    def test_without_a_place_for_the_file_nobody_is_sent_to_pay(self):
        self.write("var/pmwebpay", "a file in the folder's place")
        self.assertEqual(self.pay_page().status, 503)
        self.assertEqual(self.state()["status"], "1")

    def mgrctl(self, function, **params):
        import subprocess
        subprocess.run([f"{self.root}/sbin/mgrctl", "-m", "billmgr", function, *[f"{k}={v}" for k, v in params.items()]],
                       check=True, capture_output=True)


class TestShop(ShopCase):
    settings_of_method = {"test": "on"}

    def test_clients_go_to_the_test_environment_and_are_told(self):
        reply = self.pay_page()
        self.assertEqual((reply.page.action, reply.page.fields["wsb_test"]), ("https://securesandbox.webpay.by/", "1"))
        self.assertEqual(reply.page.fields["wsb_signature"], form_signature(reply.page.fields))
        self.assertIn("no money is taken", reply.body)


class ReturnPage(ShopCase):
    def test_it_proves_nothing_and_leaves_a_hint(self):
        order = self.order()
        reply = self.comes_back(order, BOUGHT)
        address = f"https://billing.example.com:1500/billmgr?func=payment.pending&elid={self.payment}&module=pmwebpay"
        self.assertEqual((reply.status, reply.headers["Location"]), (302, address))
        self.assertEqual(reply.page.links, [address])
        self.assertEqual(self.state()["status"], "2")
        self.assertEqual(self.remembered("hint"), [str(BOUGHT)])

    def test_after_the_notice_it_says_so(self):
        order = self.order()
        self.assertEqual(self.notice(order), 200)
        self.assertIn("payment.success", self.comes_back(order, BOUGHT).headers["Location"])

    def test_nobody_else_leaves_a_hint(self):
        order = self.order()
        wrong = order[:-1] + ("0" if order[-1] != "0" else "1")
        for number in (wrong, "ORDER-1", "", f"bm{self.payment}-01234567-{'0' * 24}", f"bm999-01234567-{'0' * 24}"):
            reply = self.comes_back(number, BOUGHT)
            self.assertEqual(reply.status, 404, number)
            self.assertNotIn("Location", reply.headers)
        self.assertEqual(self.remembered("hint"), [])
        self.assertEqual([n for n in os.listdir(f"{self.root}/var/pmwebpay") if n.startswith("999")], [])

    def test_hints_are_numbers_and_few(self):
        order = self.order()
        for transaction in ("abc", "", "1 2", "-1", "9" * 33, *range(1, 20), 1):
            self.assertEqual(self.comes_back(order, transaction).status, 302)
        self.assertEqual(self.remembered("hint"), [str(n) for n in (*range(11, 20), 1)], "the oldest are forgotten")

    def test_the_panel_is_not_asked(self):
        order = self.order()
        before = len(self.calls())
        self.comes_back(order, BOUGHT)
        self.comes_back(order + "x", BOUGHT)
        self.assertEqual(len(self.calls()), before)


if __name__ == "__main__":
    unittest.main()
