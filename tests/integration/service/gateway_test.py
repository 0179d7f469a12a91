"""WebPay through the control socket: a login is tried, a transaction is looked at, and what a gateway
does wrong is nobody's trouble but the question's."""

import hashlib
import json
import os
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from stage import FAKES, Stage, free_port, get, wait_until

LOGIN = "shop-api"
API_PASSWORD = "Api-Pass-Of-Shop-91"
SECRET_KEY = "Secret-Key-Of-Shop-57"
STORE = "11111111"
LIMIT = 10  # seconds that an answer may take


class Gateway(unittest.TestCase):
    def setUp(self):
        self.stage = self.enterContext(Stage())
        self.socket = self.stage.path("c.sock")
        self.start_webpay()
        self.configure(f'gateway = "{self.url}"\nca_file = "{self.stage.path("webpay.pem")}"')
        self.stage.serve()

    def start_webpay(self):
        s = self.stage
        with open(s.path("webpay.log"), "w", encoding="utf-8") as out:
            process = subprocess.Popen(
                [os.path.join(FAKES, "webpay", "fake-webpay"), "--store-id", STORE, "--api-login", LOGIN,
                 "--ca-out", s.path("webpay.pem"), "--control-out", s.path("webpay.control"),
                 "--url-out", s.path("webpay.url")], stdout=out, stderr=out,
                env=dict(s.env, SAMPLE_WEBPAY_SECRET_KEY=SECRET_KEY, SAMPLE_WEBPAY_API_PASSWORD=API_PASSWORD))
        s.processes.append(process)
        wait_until(lambda: os.path.exists(s.path("webpay.url")) and s.read("webpay.url"), "the sample WebPay")
        self.url = s.read("webpay.url").strip()
        self.control = s.read("webpay.control").strip()

    def configure(self, webpay):
        self.stage.write_config(extra=f'[control]\nsocket = "{self.socket}"\n[webpay]\n{webpay}\n')

    def lay_hands(self, verb, **fields):
        status, body = get(f"{self.control}/{verb}?{urllib.parse.urlencode(fields)}")
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def ask(self, verb, **fields):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.socket)
            s.sendall(json.dumps({"v": 1, "verb": verb, **fields}).encode() + b"\n")
            with s.makefile(encoding="utf-8") as answer:
                return json.loads(answer.readline())

    def probe(self, login=LOGIN, password=API_PASSWORD, **fields):
        return self.ask("payment.probe", test=True, login=login, password=password, **fields)

    def transaction(self, number, secret=SECRET_KEY, login=LOGIN, password=API_PASSWORD):
        return self.ask("payment.transaction", test=True, login=login, password=password, transaction=number,
                        secret=secret)

    def pay(self, number, **how):
        """The transaction of an order that was placed and paid."""
        total = "21.90"
        signed = "".join(["7", STORE, number, "1", "BYN", total, SECRET_KEY])
        form = {"*scart": "", "wsb_version": "2", "wsb_storeid": STORE, "wsb_order_num": number, "wsb_test": "1",
                "wsb_currency_id": "BYN", "wsb_seed": "7", "wsb_invoice_item_name[0]": "20 GB",
                "wsb_invoice_item_quantity[0]": "1", "wsb_invoice_item_price[0]": total, "wsb_total": total,
                "wsb_signature": hashlib.sha1(signed.encode()).hexdigest()}
        trusting = ssl.create_default_context(cafile=self.stage.path("webpay.pem"))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=trusting))
        opener.open(self.url + "/", urllib.parse.urlencode(form).encode(), timeout=20).close()
        return self.lay_hands("pay", order=number, **how)["transaction"]

    def reconfigure(self, webpay):
        """Another gateway, by a new process: its questions of the last minute are forgotten."""
        self.stage.stop(self.stage.processes[-1])
        self.configure(webpay)
        self.stage.serve()

    def test_a_login_is_tried_and_nothing_is_claimed_that_was_not_said(self):
        told = self.probe()
        self.assertTrue(told["ok"], told)
        self.assertEqual((told["reached"], told["accepted"]), (True, None))
        self.assertIn("Transaction not found", told["said"])
        told = self.probe(password="wrong")
        self.assertEqual((told["reached"], told["accepted"]), (True, None))
        self.assertIn("Authorization failed", told["said"])
        self.assertEqual(self.lay_hands("calls"), ["0", "0"])
        for kind in ("server-error", "unauthorized", "garbage", "redirect", "huge", "drop"):
            self.lay_hands("fault", kind=kind)
            told = self.probe()
            self.assertEqual((told["ok"], told["reached"], told["accepted"]), (True, False, None), kind)
            self.assertTrue(told["said"], kind)

    def test_who_is_not_there_or_is_not_who_he_says_is_not_reached(self):
        self.reconfigure(f'gateway = "https://localhost:{free_port()}"')
        began = time.monotonic()
        told = self.probe()
        self.assertEqual((told["reached"], told["accepted"]), (False, None))
        self.assertIn("cannot reach", told["said"])
        self.assertLess(time.monotonic() - began, LIMIT)
        # The system's store does not know the authority of the sample: nothing is sent.
        self.reconfigure(f'gateway = "{self.url}"')
        told = self.probe()
        self.assertEqual((told["reached"], told["accepted"]), (False, None))
        self.assertRegex(told["said"], "(?i)certificate")
        self.assertEqual(self.lay_hands("calls"), [])

    def test_a_transaction_is_told_as_it_is(self):
        number = self.pay("P-1")
        told = self.transaction(number)
        self.assertEqual((told["found"], told["signature_ok"], told["outcome"]), (True, True, "paid"), told)
        self.assertEqual((told["transaction_id"], told["amount"], told["currency_id"], told["payment_type"]),
                         (number, "21.90", "BYN", "1"))
        for name in ("batch_timestamp", "payment_method", "order_id", "rrn"):
            self.assertTrue(told[name], name)
        other_key = self.transaction(number, secret="another")
        self.assertEqual((other_key["found"], other_key["signature_ok"]), (True, False))
        declined = self.transaction(self.pay("P-2", type="2"))
        self.assertEqual((declined["found"], declined["signature_ok"], declined["outcome"]), (True, True, "refused"))
        self.lay_hands("change", transaction=number, type="5")
        self.assertEqual(self.transaction(number)["outcome"], "refund")

    def test_what_is_not_known_is_never_called_missing(self):
        number = self.pay("P-1")
        not_known = {"unknown": self.transaction("999"), "login": self.transaction(number, password="wrong")}
        for kind in ("server-error", "unauthorized", "garbage", "redirect", "huge", "drop", "other", "echo"):
            self.lay_hands("fault", kind=kind)
            not_known[kind] = self.transaction(number)
        for kind, told in not_known.items():
            self.assertTrue(told["ok"], kind)
            self.assertIsNone(told["found"], kind)
            self.assertFalse(told["signature_ok"], kind)
            self.assertTrue(told["said"], kind)
            self.assertNotIn("amount", told, kind)
        self.lay_hands("fault", kind="forged")
        forged = self.transaction(number)
        self.assertEqual((forged["found"], forged["signature_ok"]), (True, False))
        self.assertTrue(self.transaction(number)["signature_ok"], "it goes on")

    def test_a_gateway_that_hangs_holds_up_nobody_else(self):
        self.lay_hands("fault", kind="hang", times=4)
        answers = {}

        def hang(login):
            began = time.monotonic()
            answers[login] = (self.probe(login=login), time.monotonic() - began)

        askers = [threading.Thread(target=hang, args=(f"shop-{i}",)) for i in range(4)]
        for asker in askers:
            asker.start()
        wait_until(lambda: len(self.lay_hands("calls")) == 4, "four questions on their way")
        for login in ("shop-0", "shop-9"):
            told = self.probe(login=login)
            self.assertEqual(told["error"]["type"], "controller_busy", told)
        began = time.monotonic()
        passes = self.stage.read("serve.log").count(" pass: ")
        item = self.stage.order(4, 1)
        self.stage.panel("pay", item)
        wait_until(lambda: self.stage.user(f"user_{item}"), "the account of the order")
        self.assertTrue(self.ask("ping")["ok"])
        self.assertGreater(self.stage.read("serve.log").count(" pass: "), passes)
        made = time.monotonic() - began
        hung = sum(asker.is_alive() for asker in askers)
        for asker in askers:
            asker.join()
        for told, took in answers.values():
            self.assertEqual((told["reached"], told["accepted"]), (False, None))
            self.assertIn("does not answer in time", told["said"])
            self.assertLess(took, LIMIT)
        # On a machine where an order takes longer than a question may, this says nothing.
        self.assertTrue(hung == 4 or made > LIMIT / 2, f"the order was done in {made:.1f} s, and {hung} still hung")

    def test_who_waits_less_hears_sooner_who_did_not_answer(self):
        self.lay_hands("fault", kind="hang")
        began = time.monotonic()
        told = self.probe(wait_ms=500)
        self.assertEqual((told["reached"], told["accepted"]), (False, None))
        self.assertIn("does not answer in time", told["said"])
        self.assertLess(time.monotonic() - began, 8)

    def test_nobody_storms_the_gateway(self):
        busy = 0
        for _ in range(70):
            told = self.probe()
            busy += not told["ok"] and told["error"]["type"] == "controller_busy"
        self.assertEqual(len(self.lay_hands("calls")), 60)
        self.assertEqual(busy, 10)

    def test_secrets_are_nowhere(self):
        number = self.pay("P-1")
        answers = [self.probe(), self.transaction(number)]
        for kind in ("echo", "garbage", "drop", "server-error"):
            self.lay_hands("fault", kind=kind, times=2)
            answers += [self.probe(), self.transaction(number)]
        answers.append(self.ask("payment.transaction", test=True, login=LOGIN, password=API_PASSWORD, transaction="x",
                                secret=SECRET_KEY))
        self.assertIn("********", json.dumps(answers), "the echo came through")
        answers.append(self.stage.page("/metrics")[1])
        answers.append(self.stage.page("/status.json")[1])
        self.stage.stop(self.stage.processes[-1])
        places = {"answers": json.dumps(answers).encode()}
        for folder, _, names in os.walk(self.stage.dir):
            for name in names:
                if not name.startswith("webpay.") and os.path.isfile(os.path.join(folder, name)):
                    with open(os.path.join(folder, name), "rb") as file:
                        places[name] = file.read()
        self.assertIn("serve.log", places)
        self.assertIn("events.db", places)
        for secret in (API_PASSWORD, SECRET_KEY, hashlib.md5(API_PASSWORD.encode()).hexdigest()):
            for place, text in places.items():
                self.assertNotIn(secret.encode(), text, place)


if __name__ == "__main__":
    unittest.main()
