"""A shop: the client orders a service, pays at WebPay with his browser, WebPay's notice comes to the
panel, the service opens, and the client's login works. Each step also fails, is repeated, is forged."""

import html.parser
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.environ["BN_SOURCE"], "tests/integration/panel_life"))

from life_stage import FAKES, LifeStage, mariadb_test, wait_until  # noqa: E402
from stage import get  # noqa: E402

PAYMENTS = os.environ["BN_PAYMENTS"]
KEY = "Secret-Key-Of-Shop-57"
API_PASSWORD = "Api-Pass-Of-Shop-91"
STORE = "11111111"


class PanelWeb:
    """The panel's web server, as far as it starts pages of payment modules."""

    def __init__(self, mgr, env):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.page(b"")

            def do_POST(self):
                self.page(self.rfile.read(int(self.headers["Content-Length"])))

            def page(self, body):
                path, _, query = self.path.partition("?")
                variables = {"REQUEST_METHOD": self.command, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(body)),
                             "HTTP_COOKIE": self.headers.get("Cookie", "")}
                program = os.path.join(mgr, "cgi", os.path.basename(path))
                ran = subprocess.run([program], input=body, capture_output=True, env=env | variables, timeout=60, check=False)
                head, _, text = ran.stdout.partition(b"\r\n\r\n")
                headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
                self.send_response(int(headers.pop("Status").split()[0]))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Form(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.fields, self.action = {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if tag == "input":
            self.fields[at["name"]] = at["value"]
        if tag == "form":
            self.action = at["action"]


class Shop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = mariadb_test.MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.db.close()

    def setUp(self):
        self.stage = self.enterContext(LifeStage(self.db))
        s = self.stage
        self.start_webpay()
        with open(s.config, "a", encoding="utf-8") as file:
            file.write(f'[webpay]\ngateway = "{self.gateway}"\nca_file = "{s.path("webpay.pem")}"\n')
        for place in ("paymethods/pmwebpay", "cgi/webpaypayment", "cgi/webpayresult"):
            os.makedirs(os.path.dirname(os.path.join(s.mgr, place)), exist_ok=True)
            os.symlink(PAYMENTS, os.path.join(s.mgr, place))
        self.web = PanelWeb(s.mgr, s.env | {"BN_PANEL_ROOT": s.mgr})
        self.addCleanup(self.web.close)
        self.method = s.tool("add-paymethod", "pmwebpay", "BYN", f"wsb_storeid={STORE}", f"secret_key={KEY}", "test=on",
                             "api_username=shop-api", f"api_password={API_PASSWORD}")["paymethod"]
        self.session = s.tool("log-in", s.client)["session"]
        s.start_service()
        s.start_runner()

    def start_webpay(self):
        s = self.stage
        with open(s.path("webpay.log"), "w", encoding="utf-8") as out:
            process = subprocess.Popen(
                [os.path.join(FAKES, "webpay", "fake-webpay"), "--store-id", STORE, "--api-login", "shop-api",
                 "--ca-out", s.path("webpay.pem"), "--control-out", s.path("webpay.control"),
                 "--url-out", s.path("webpay.url")], stdout=out, stderr=out,
                env=dict(s.env, SAMPLE_WEBPAY_SECRET_KEY=KEY, SAMPLE_WEBPAY_API_PASSWORD=API_PASSWORD))
        s.processes.append(process)
        wait_until(lambda: os.path.exists(s.path("webpay.url")) and s.read("webpay.url"), "the sample WebPay")
        self.gateway = s.read("webpay.url").strip()
        self.hands = s.read("webpay.control").strip()

    def lay_hands(self, verb, **fields):
        status, body = get(f"{self.hands}/{verb}?{urllib.parse.urlencode(fields)}")
        self.assertEqual(status, 200, body)
        return json.loads(body)

    # ---- the client

    def ordered(self, amount="10.00"):
        """A service in the cart, and the payment for it."""
        s = self.stage
        item = s.tool("order", s.client, s.small)["item"]
        payment = s.tool("bill", s.client, self.method, amount, item)["payment"]
        self.db.sql(f"UPDATE payment SET xmlparams = REPLACE(xmlparams, 'https://billing.example.com:1500', '{self.web.url}') "
                    f"WHERE id = {payment}", s.name)
        return item, payment

    def goes_to_webpay(self, payment):
        """The form in the client's browser, sent to WebPay's page: the order's number."""
        request = urllib.request.Request(f"{self.web.url}/mancgi/webpaypayment?elid={payment}",
                                         headers={"Cookie": f"billmgrses5={self.session}; billmgrlang5=dragon:ru"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            form = Form(answer.read().decode())
        self.assertEqual(form.action, "https://securesandbox.webpay.by/")
        trusting = ssl.create_default_context(cafile=self.stage.path("webpay.pem"))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
        opener.open(self.gateway + "/", urllib.parse.urlencode(form.fields).encode(), timeout=60).close()
        return form.fields["wsb_order_num"]

    def comes_back(self, order, transaction):
        query = urllib.parse.urlencode({"wsb_order_num": order, "wsb_tid": transaction})

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(
                f"{self.web.url}/mancgi/webpayresult?{query}", timeout=60)
        except urllib.error.HTTPError as answer:
            return answer.headers["Location"]
        return None

    def status(self, payment):
        return self.stage.tool("show-payment", payment)["status"]

    def served(self, item):
        """The ordered service is open, and the client's login works."""
        row = self.stage.wait_settled(item)
        self.assertEqual(row["status"], "2", row)
        self.assertTrue(self.stage.login_works(f"user_{item}", row["crypted"]["userpassword"]))

    def notices(self):
        return self.lay_hands("notices")

    def taken(self):
        wait_until(lambda: all(n["taken"] for n in self.notices()), "all notices to be taken")

    def checkpay(self):
        done = subprocess.run([os.path.join(self.stage.mgr, "paymethods/pmwebpay"), "--command", "checkpay"],
                              env=self.stage.env | {"BN_PANEL_ROOT": self.stage.mgr}, capture_output=True, timeout=120, check=True)
        self.assertIn(b"<ok/>", done.stdout)

    # ---- what is shown

    def test_from_the_order_to_the_login(self):
        item, payment = self.ordered()
        order = self.goes_to_webpay(payment)
        self.assertEqual(self.status(payment), "2")
        transaction = self.lay_hands("pay", order=order, copies=3)["transaction"]
        wait_until(lambda: self.status(payment) == "4", "the payment to be settled")
        self.served(item)
        self.taken()
        self.assertIn("payment.success", self.comes_back(order, transaction))
        self.assertEqual([c["answer"] for c in self.stage.calls(function="payment.setpaid")], ["ok"])
        self.assertEqual(self.stage.tool("show-payment", payment)["externalid"], transaction)

    def test_a_forged_notice_opens_nothing(self):
        item, payment = self.ordered()
        order = self.goes_to_webpay(payment)
        self.lay_hands("pay", order=order, signature="wrong")
        self.lay_hands("pay", order=order, amount="0.01")
        self.lay_hands("pay", order=order, type="2")
        wait_until(lambda: len(self.notices()) == 3 and all(n["tries"] >= 2 or n["taken"] for n in self.notices()),
                   "the notices to be answered")
        self.assertEqual([n["taken"] for n in self.notices()], [False, True, True])
        self.assertEqual(self.status(payment), "2")
        self.assertEqual(self.stage.show(item)["status"], "1")
        self.lay_hands("pay", order=order)
        wait_until(lambda: self.status(payment) == "4", "the payment to be settled")
        self.served(item)

    def test_a_panel_that_is_away_gets_it_later(self):
        item, payment = self.ordered()
        order = self.goes_to_webpay(payment)
        self.stage.tool("away")
        self.lay_hands("pay", order=order)
        wait_until(lambda: self.notices()[0]["tries"] >= 2, "two tries")
        self.assertFalse(self.notices()[0]["taken"])
        self.stage.tool("back")
        self.taken()
        self.served(item)

    def test_a_lost_notice_is_looked_up(self):
        item, payment = self.ordered()
        order = self.goes_to_webpay(payment)
        transaction = self.lay_hands("pay", order=order, copies=0)["transaction"]
        self.checkpay()
        self.assertEqual(self.status(payment), "2")
        self.assertIn("payment.pending", self.comes_back(order, transaction))
        for kind in ("drop", "server-error", "garbage"):
            self.lay_hands("fault", kind=kind)
            self.checkpay()
            self.assertEqual(self.status(payment), "2", kind)
        self.checkpay()
        self.assertEqual(self.status(payment), "4")
        self.served(item)

    def test_nobody_pays_with_the_transaction_of_another(self):
        item, payment = self.ordered()
        other_item, other = self.ordered()
        order, other_order = self.goes_to_webpay(payment), self.goes_to_webpay(other)
        transaction = self.lay_hands("pay", order=order, copies=0)["transaction"]
        self.comes_back(other_order, transaction)
        self.checkpay()
        self.assertEqual((self.status(payment), self.status(other)), ("2", "2"))
        self.assertEqual(self.stage.show(other_item)["status"], "1")
        self.comes_back(order, transaction)
        self.checkpay()
        self.assertEqual((self.status(payment), self.status(other)), ("4", "2"))
        self.served(item)

    def test_without_a_controller_the_money_is_not_lost(self):
        item, payment = self.ordered()
        order = self.goes_to_webpay(payment)
        self.stage.kill_service()
        self.lay_hands("pay", order=order)
        wait_until(lambda: self.status(payment) == "4", "the payment to be settled")
        self.taken()
        self.stage.start_service()
        self.served(item)


if __name__ == "__main__":
    unittest.main()
