"""What the tests of the payment module share: a panel's double with a payment method, a client with a
payment, the module and its pages as the panel and its web server start them, and notices as WebPay
signs them.

Every run checks what must hold in every case: the pages end with exit code 0 and write nothing to
standard error, and no secret stands in an argument, a log, a file or an answer.
"""

import hashlib
import html.parser
import json
import os
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.environ["BN_SOURCE"], "tests/integration/pmnextcloud"))

from panel_side import PATIENCE, PanelCase, error  # noqa: E402, F401 (for the tests)

PROGRAM = os.environ["BN_PAYMENTS"]
TOOLS = os.path.join(os.environ["BN_FAKES"], "panel")
KEY = "the secret key of the shop"
API_PASSWORD = "the-api-password"
BOUGHT = 987654


class Form(html.parser.HTMLParser):
    """What a page has: its language, its title, its form, its links."""

    def __init__(self, text):
        super().__init__()
        self.language = self.action = self.method = None
        self.fields, self.links, self.tags = {}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        self.tags.append(tag)
        if tag == "html":
            self.language = at.get("lang")
        if tag == "form":
            self.action, self.method = at["action"], at["method"]
        if tag == "input":
            self.fields[at["name"]] = at["value"]
        if tag == "a":
            self.links.append(at["href"])


class Reply:
    def __init__(self, out):
        head, _, self.body = out.decode().partition("\r\n\r\n")
        self.headers = dict(line.split(": ", 1) for line in head.split("\r\n"))
        self.status = int(self.headers["Status"].split()[0])
        self.page = Form(self.body) if "html" in self.headers["Content-Type"] else None


class ShopCase(PanelCase):
    settings_of_method = {}

    def setUp(self):
        super().setUp()
        self.write("panel.json", json.dumps({"sqlite": "panel.db", **getattr(self, "panel_settings", {})}))
        self.tool("create")
        for place in ("paymethods/pmwebpay", "cgi/webpaypayment", "cgi/webpayresult"):
            os.makedirs(os.path.dirname(f"{self.root}/{place}"), exist_ok=True)
            os.symlink(PROGRAM, f"{self.root}/{place}")
        fields = {"wsb_storeid": "11111111", "wsb_store": "Shop", "secret_key": KEY, "api_username": "anna",
                  "api_password": API_PASSWORD, **self.settings_of_method}
        self.method = self.tool("add-paymethod", "pmwebpay", "BYN", *[f"{k}={v}" for k, v in fields.items()])["paymethod"]
        self.client = self.tool("add-client", "anna@example.com", "Anna")["client"]
        self.session = self.tool("log-in", self.client)["session"]
        self.payment = self.bill()
        self.outputs = []
        self.sessions = [self.session]
        self.addCleanup(self.no_secret_anywhere)

    # ---- the panel

    def write(self, name, text):
        with open(f"{self.root}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def tool(self, *args):
        done = subprocess.run([os.path.join(TOOLS, "fake-panel"), self.root, *map(str, args)], text=True,
                              capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def bill(self, amount="50.01", client=None, method=None):
        return self.tool("bill", client or self.client, method or self.method, amount)["payment"]

    def state(self, payment=None):
        return self.tool("show-payment", payment or self.payment)

    def calls(self, function=None):
        try:
            with open(f"{self.root}/calls.log", encoding="utf-8") as file:
                all_ = [json.loads(line) for line in file]
        except FileNotFoundError:
            return []
        return [c for c in all_ if function is None or c["func"] == function]

    def fault(self, function, kind, **more):
        self.tool("fault", json.dumps({"function": function, "kind": kind, **more}))

    def problems(self):
        return self.tool("problems")

    # ---- the module and its pages

    def begin(self, place, **variables):
        return subprocess.Popen([f"{self.root}/{place}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.environment() | variables)

    def ended(self, process, body=b""):
        out, err = process.communicate(body, timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (0, b""), out)
        self.outputs.append(out)
        return Reply(out)

    def pay_page(self, payment=None, session=None, language="en", query=None):
        cookies = f"billmgrses5={self.session if session is None else session}; billmgrlang5=dragon:{language}"
        return self.ended(self.begin("cgi/webpaypayment", REQUEST_METHOD="GET", HTTP_COOKIE=cookies,
                                     QUERY_STRING=query or f"elid={payment or self.payment}"))

    def comes_back(self, order, transaction):
        query = urllib.parse.urlencode({"wsb_order_num": order, "wsb_tid": transaction})
        return self.ended(self.begin("cgi/webpayresult", REQUEST_METHOD="GET", QUERY_STRING=query))

    def begin_notice(self, body):
        return self.begin("cgi/webpayresult", REQUEST_METHOD="POST", CONTENT_LENGTH=str(len(body)),
                          CONTENT_TYPE="application/x-www-form-urlencoded")

    def notice(self, order, **changed):
        body = notice_body(order, **changed)
        return self.ended(self.begin_notice(body), body).status

    def order(self, payment=None):
        """The client opens the form: the order number in it."""
        reply = self.pay_page(payment)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.page.fields["wsb_order_num"]

    def run_command(self, command, stdin=b"", *options):
        return self.run_module("--command", command, *options, stdin=stdin, program=f"{self.root}/paymethods/pmwebpay")

    # ---- what it remembers

    def memory(self, payment=None):
        try:
            with open(f"{self.root}/var/pmwebpay/{payment or self.payment}", encoding="utf-8") as file:
                return [tuple(line.rstrip("\n").split(" ", 1)) for line in file]
        except FileNotFoundError:
            return []

    def remembered(self, name, payment=None):
        return [value for key, value in self.memory(payment) if key == name]

    def age(self, name, seconds, payment=None):
        """As if what stands there had been so much earlier."""
        lines = [(k, str(int(v) - seconds) if k == name else v) for k, v in self.memory(payment)]
        self.write(f"var/pmwebpay/{payment or self.payment}", "".join(f"{k} {v}\n" for k, v in lines))

    def no_secret_anywhere(self):
        if not os.path.isdir(self.root):
            return
        texts = {"an answer": out.decode() for out in self.outputs}
        for folder, _, names in os.walk(f"{self.root}/var"):
            for name in names:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    texts[name] = file.read()
        texts["argv"] = json.dumps([call["argv"] for call in self.calls()])
        md5 = hashlib.md5(API_PASSWORD.encode()).hexdigest()
        for where, text in texts.items():
            for secret in [KEY, urllib.parse.quote(KEY), API_PASSWORD, md5, *self.sessions]:
                self.assertNotIn(secret, text, where)


def notice_body(order, **changed):
    """As WebPay posts it. `key` signs it; `forged` changes a field after that."""
    key = changed.pop("key", KEY)
    forged = changed.pop("forged", {})
    fields = {"batch_timestamp": str(int(time.time())), "currency_id": "BYN", "amount": "50.01", "payment_method": "cc",
              "order_id": "123456", "site_order_id": order, "transaction_id": str(BOUGHT), "payment_type": "1",
              "rrn": "555444333222"} | {k: str(v) for k, v in changed.items()}
    fields["wsb_signature"] = hashlib.md5(("".join(fields.values()) + key).encode()).hexdigest()
    return urllib.parse.urlencode(fields | {"card": "4111xxxxxxxx1111"} | forged).encode()


def form_signature(fields, key=KEY):
    names = ("wsb_seed", "wsb_storeid", "wsb_order_num", "wsb_test", "wsb_currency_id", "wsb_total")
    return hashlib.sha1(("".join(fields[n] for n in names) + key).encode()).hexdigest()


