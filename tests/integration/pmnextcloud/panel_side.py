"""What the tests of the panel's programs share: a folder like the panel's, a control socket, runs.

Every run checks what must hold in every case: exactly one well-formed document on the standard
output, nothing on standard error, exit code 0, or 1 with an error document (for the add-on always 0).
"""

import json
import os
import socket
import subprocess
import tempfile
import threading
import unittest
import xml.etree.ElementTree as ElementTree

MODULE = os.environ["BN_MODULE"]
PAGE = os.environ["BN_PAGE"]
PATIENCE = 60


class Controller:
    """Answers on a Unix socket. `reply` is called with each request; what it returns is the answer: an
    object gets "v" and "ok", bytes are sent as they are, a function is called with the connection."""

    def __init__(self, path, reply):
        self.path = path
        self.reply = reply
        self.requests = []
        self.maintenance = []  # what each says of the panel's switch
        self.waits = []
        self.failures = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._closing.is_set():
                connection.close()
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            connection.settimeout(PATIENCE)
            try:
                line = b""
                while not line.endswith(b"\n"):
                    got = connection.recv(65536)
                    if not got:
                        break
                    line += got
                request = json.loads(line)
                assert request.pop("v") == 1, "version"
                assert line.count(b"\n") == 1, "one line"
                self.waits.append(request.pop("wait_ms"))
                self.maintenance.append(request.pop("maintenance"))
                self.requests.append(request)
                reply = self.reply(request)
                if callable(reply):
                    reply(connection)
                elif isinstance(reply, bytes):
                    connection.sendall(reply)
                else:
                    connection.sendall(json.dumps({"v": 1, "ok": True, **reply}).encode() + b"\n")
            except OSError:
                pass  # the client left
            except Exception as failure:  # noqa: BLE001 - shown by close()
                self.failures.append(failure)

    def close(self):
        self._closing.set()
        try:
            with socket.socket(socket.AF_UNIX) as wake:
                wake.connect(self.path)
        except OSError:
            pass
        self._thread.join(PATIENCE)
        self._listener.close()
        if self.failures:
            raise self.failures[0]


def error(type_, what="It is so.", remedy="Do that.", **params):
    body = {"v": 1, "ok": False, "error": {"type": type_, "what": what, "remedy": remedy, "params": params}}
    return json.dumps(body).encode() + b"\n"


class Ran:
    def __init__(self, code, document):
        self.code = code
        self.document = document
        self.doc = ElementTree.fromstring(document)

    @property
    def error(self):
        return self.doc.find("error")

    @property
    def error_type(self):
        return None if self.error is None else self.error.get("type")

    @property
    def message(self):
        return self.error.findtext("msg")

    def param(self, name):
        return self.error.find(f"param[@name='{name}']").text


class PanelCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bn-module-")
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.mkdir(f"{self.root}/etc")
        os.mkdir(f"{self.root}/var")
        self.socket = f"{self.root}/control.sock"
        self.controller = None
        self.settings()

    def settings(self, text="wait = 15s"):
        with open(f"{self.root}/etc/pmnextcloud.conf", "w", encoding="utf-8") as file:
            file.write(f"socket = {self.socket}\n{text}\n")

    def controller_says(self, reply):
        if self.controller:
            self.controller.close()
            os.unlink(self.socket)
        answer = reply if callable(reply) else (lambda request: reply)
        self.controller = Controller(self.socket, answer)
        self.addCleanup(self._close, self.controller)
        return self.controller

    def _close(self, controller):
        if controller is self.controller:
            controller.close()

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "BN_PANEL_ROOT": self.root,
                **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}

    def run_module(self, *args, stdin=b"", program=None):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        run = subprocess.run([program or MODULE, *args], input=stdin, capture_output=True, timeout=PATIENCE,
                             env=self.environment(), check=False)
        return self.checked(run, (0, 1))

    def run_page(self, func, level=29, environment=None, **params):
        variables = {f"PARAM_{k}": str(v) for k, v in params.items()}
        variables |= {"PARAM_func": func, "AUTH_USER": "boss"} | (environment or {})
        if level is not None:
            variables["AUTH_LEVEL"] = str(level)
        run = subprocess.run([PAGE], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                             env=self.environment() | variables, check=False)
        return self.checked(run, (0,))

    def checked(self, run, codes):
        self.assertEqual(run.stderr, b"")
        self.assertIn(run.returncode, codes, run.stdout)
        ran = Ran(run.returncode, run.stdout)
        self.assertIn(ran.doc.tag, ("doc", "messages"))
        if len(codes) > 1:
            self.assertEqual(ran.code == 1, ran.error is not None, run.stdout)
        if ran.error is not None:
            self.assertTrue(ran.message, run.stdout)
            self.assertNotIn("__", ran.message.replace(self.root, ""))  # a random name may have it
        return ran

    def log(self, name="pmnextcloud"):
        try:
            with open(f"{self.root}/var/{name}.log", encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""
