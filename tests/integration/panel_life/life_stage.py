"""A whole provider: a panel on a real MariaDB with its runner of operations and its mgrctl, a cloud
over HTTPS, the controller as a service, and the panel's module between them. All of it real
processes in a temporary folder; nothing sleeps blindly.
"""

import base64
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.environ["BN_SOURCE"], "tests/integration/service"))

import mariadb_test  # noqa: E402  (its MariaDb)
from stage import FAKES, PASSWORD, Stage, wait_until  # noqa: E402

MODULE = os.environ["BN_MODULE"]
TOOLS = os.path.join(FAKES, "panel")
# What ends each operation; the panel's double answers the second one with an error.
COMPLETIONS = ("backupservice.open", "service.postsuspend", "service.postresume", "service.postclose",
               "service.postsetparam", "service.postprolong")


class LifeStage(Stage):
    """`panel_settings`: keys of the double's panel.json beside the database; `panel_lines`: TOML
    lines of the controller's section [panel]."""

    def __init__(self, database, service=None, panel_settings=None, panel_lines="", api_timeout="5s",
                 module_wait="10s", name="billmgr"):
        super().__init__(panel=False)
        self.db = database
        self.name = name  # of the database: each stage that runs beside another has its own
        self.panel_lines = panel_lines  # further keys of the controller's [panel]
        self.mgr = self.path("mgr")
        self.socket = self.path("c.sock")
        self.runner = None
        self.service = None
        os.makedirs(os.path.join(self.mgr, "etc"))
        os.makedirs(os.path.join(self.mgr, "var"))
        settings = {"socket": database.socket, "database": name, "pem": "etc/billmgr.pem",
                    "runner": {"poll_ms": 10, "retry_ms": 200}}
        settings.update(panel_settings or {})
        self.write(os.path.join(self.mgr, "panel.json"), json.dumps(settings))
        self.env["FAKE_PANEL_PASSWORD"] = PASSWORD
        self.fill()
        # A copy: the module finds the panel's folder by its own place.
        shutil.copy2(MODULE, os.path.join(self.mgr, "processing/pmnextcloud"))
        self.write(os.path.join(self.mgr, "etc/pmnextcloud.conf"), f"socket = {self.socket}\nwait = {module_wait}\n")
        self._service_settings = service or {}
        self._api_timeout = api_timeout
        self.configure()

    def configure(self, **service):
        """Writes the controller's file; read at its next start."""
        self.write_config(
            service={"interval": '"1s"', "backoff_max": '"2s"', **self._service_settings, **service},
            panel=f"""socket = "{self.db.socket}"
database = "{self.name}"
user = "root"
crypt_key = "{self.mgr}/etc/billmgr.pem"
api = "mgrctl"
mgrctl = "{self.mgr}/sbin/mgrctl"
api_timeout = "{self._api_timeout}"
{self.panel_lines}
""",
            extra=f'[control]\nsocket = "{self.socket}"\n')

    def fill(self):
        self.tool("create")
        self.server = self.tool("add-server", "cloud", self.url, "admin", "-", "crypted")["server"]
        self.small = self.tool("add-tariff", "small", 10, "start")["tariff"]
        self.large = self.tool("add-tariff", "large", 50, "pro")["tariff"]
        self.studio = self.tool("add-tariff", "studio", 50, "staff")["tariff"]
        self.client = self.tool("add-client", "anna@example.com", "Anna")["client"]

    def __exit__(self, *args):
        if args[0] is not None:
            self.tell()
        for process in (self.runner, self.service):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        super().__exit__(*args)

    def tell(self):
        """What a failed test leaves for the one who reads it."""
        for name in ("serve.log", "runner.log", "mgr/runs.log", "mgr/calls.log", "mgr/modules.log",
                     "mgr/var/pmnextcloud.log"):
            if os.path.exists(self.path(name)):
                print(f"---- the end of {name}\n" + "\n".join(self.read(name).splitlines()[-12:]),
                      file=sys.stderr)

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    # ---- the panel

    def tool(self, *args):
        done = subprocess.run([os.path.join(TOOLS, "fake-panel"), self.mgr, *map(str, args)], text=True,
                              capture_output=True, env=self.env, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start_runner(self):
        log = open(self.path("runner.log"), "a", encoding="utf-8")
        self.runner = subprocess.Popen([os.path.join(TOOLS, "fake-panel-runner"), self.mgr], stdout=log,
                                       stderr=log, env=self.env)
        log.close()

    def stop_runner(self, with_signal=signal.SIGTERM):
        self.runner.send_signal(with_signal)
        self.runner.wait(timeout=60)

    def module(self, command, *options, form="", server=None):
        """One run of the module as the panel does it for a form: exit code and document."""
        done = subprocess.run(
            [os.path.join(TOOLS, "fake-panel"), self.mgr, "module", str(server or self.server), command,
             *map(str, options)], input=form, text=True, capture_output=True, env=self.env, check=False)
        assert done.stdout, done.stderr
        return done.returncode, ElementTree.fromstring(done.stdout)

    def begin_module(self, *options):
        """The module as a process that is not waited for."""
        return subprocess.Popen([os.path.join(self.mgr, "processing/pmnextcloud"), *map(str, options)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=self.env)

    def opened(self, tariff=None, server=None):
        """A service of the client's, open: its number."""
        item = self.tool("order", self.client, tariff or self.small)["item"]
        self.tool("pay", item, server or self.server)
        row = self.wait_settled(item)
        assert row["status"] == "2", row
        return item

    def show(self, item):
        return self.tool("show", item)

    def lines(self, name):
        path = os.path.join(self.mgr, name)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def calls(self, item=None, function=None):
        """The calls of mgrctl, in order."""
        return [call for call in self.lines("calls.log")
                if (item is None or call["params"].get("elid") == str(item))
                and (function is None or call["func"] == function)]

    def runs(self):
        return self.lines("runs.log")

    def completions(self, item):
        """(function, how often it took effect) in the order of the first effect."""
        counts = {}
        for call in self.calls(item):
            if call["func"] in COMPLETIONS and call["answer"] == "ok":
                counts[call["func"]] = counts.get(call["func"], 0) + 1
        return list(counts.items())

    def settled(self, item):
        """Nothing pending at the panel any more: its row; else None."""
        row = self.show(item)
        return row if not row.get("operations") else None

    def wait_settled(self, item):
        return wait_until(lambda: self.settled(item), f"the end of the operations of item {item}")

    # ---- the cloud

    def login_works(self, login, password):
        """Whether the cloud lets this client in."""
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        request = urllib.request.Request(self.url + "/ocs/v1.php/cloud/user?format=json")
        token = base64.b64encode(f"{login}:{password}".encode()).decode()
        request.add_header("Authorization", "Basic " + token)
        request.add_header("OCS-APIRequest", "true")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False

    # ---- the controller

    def start_service(self):
        self.service = self.serve()
        return self.service

    def kill_service(self):
        self.stop(self.service, signal.SIGKILL)

    # ---- secrets

    def leaks(self, secrets):
        """Files in which a secret stands: the panel's own books, the seal and the database apart."""
        own = {"secrets.log", "billmgr.pem"}
        found = []
        for folder, _, names in os.walk(self.dir):
            for name in names:
                path = os.path.join(folder, name)
                if name in own or not os.path.isfile(path):
                    continue
                with open(path, "rb") as file:
                    content = file.read()
                found += [(path, secret) for secret in secrets if secret.encode() in content]
        dump = self.run("events", "--json", "--limit", "100000").stdout
        found += [("events", secret) for secret in secrets if secret in dump]
        return found


MariaDb = mariadb_test.MariaDb


class LifeCase(unittest.TestCase):
    """Stages on one database server for a class of tests."""

    @classmethod
    def setUpClass(cls):
        cls.db = MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.db.close()

    def stage(self, **settings):
        stage = LifeStage(self.db, **settings)
        self.enterContext(stage)
        return stage
