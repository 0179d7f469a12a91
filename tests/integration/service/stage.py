"""A stage for tests of the real program: a sample panel, a sample cloud over HTTPS, a configuration.

Everything lives in a temporary folder and dies with the stage. Nothing here sleeps blindly: waits
poll a condition with a deadline.
"""

import json
import os
import pty
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

BIN = os.environ["BN_BIN"]
FAKES = os.environ["BN_FAKES"]
PASSWORD = "Stage-Admin-Pass-77"
# Sanitizer builds on a busy machine are slow; a wait ends as soon as its condition holds.
PATIENCE = float(os.environ.get("BN_PATIENCE", "60"))


def wait_until(condition, what, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience:.0f} s: {what}")
        time.sleep(0.05)


HELD_PORTS = []


def free_port():
    """A port that is ours until this process ends: bound, never listened on. A program that is told
    to listen there may (both sides reuse the address); nobody is given it by chance, and until then
    a caller is refused."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    HELD_PORTS.append(held)
    return held.getsockname()[1]


def get(url, timeout=10):
    """Status and body of a page, whatever the status."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


class AtATerminal(unittest.TestCase):
    def terminal(self):
        """A terminal for a program to ask on; what is typed goes to the first of the two."""
        ours, its = pty.openpty()
        for end in (ours, its):
            self.addCleanup(os.close, end)
        return ours, its


class Stage:
    def __init__(self, policy="sync", accounts=0, profile="25", cloud_args=(), service=None,
                 groups="start,pro,staff", panel=True):
        self._temp = tempfile.TemporaryDirectory(prefix="bn-stage-")
        self.dir = self._temp.name
        self.processes = []
        self.listen = f"127.0.0.1:{free_port()}"
        # What a program that is killed leaves behind goes with the stage.
        self.env = dict(os.environ, LC_ALL="C.UTF-8", STAGE_PASSWORD=PASSWORD,
                        SAMPLE_PANEL_PASSWORD=PASSWORD, NO_COLOR="1", TMPDIR=self.dir)
        self.env.pop("BILL_NEXTCLOUD_CONFIG", None)
        self._start_cloud(accounts, profile, groups, cloud_args)
        if panel:
            self.panel("create", "cloud-1", self.url, "admin", "-")
        self.config = self.path("config.toml")
        self.write_config(policy, service or {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        self._temp.cleanup()

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="backslashreplace") as file:
            return file.read()

    def _start_cloud(self, accounts, profile, groups, cloud_args):
        out = open(self.path("cloud.log"), "w", encoding="utf-8")
        process = subprocess.Popen(
            [os.path.join(FAKES, "cloud", "fake-cloud"), "--profile", profile, "--accounts",
             str(accounts), "--groups", groups, "--admin-password-env", "STAGE_PASSWORD",
             "--ca-out", self.path("ca.pem"), "--control-out", self.path("control.url"),
             "--url-out", self.path("cloud.url"), *cloud_args],
            stdout=out, stderr=out, env=self.env)
        out.close()
        self.processes.append(process)
        self.cloud_process = process
        wait_until(lambda: os.path.exists(self.path("cloud.url")) and self.read("cloud.url"),
                   "the sample cloud")
        self.url = self.read("cloud.url").strip()
        self.control_url = self.read("control.url").strip()

    def write_config(self, policy="sync", service=None, extra="", panel=None, server=""):
        settings = {"interval": '"1h"', "jitter": '"0s"', "operations_poll": '"200ms"',
                    "backoff_first": '"1s"', "doubt_grace": '"0s"'}
        settings.update(service or {})
        lines = "\n".join(f"{key} = {value}" for key, value in settings.items())
        panel = panel or f'sqlite = "{self.path("panel.db")}"'
        policy_line = f'policy = "{policy}"' if policy else ""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"""
[panel]
{panel}
[store]
path = "{self.path('events.db')}"
key_file = "{self.path('seal.key')}"
anchor = "{self.path('anchor')}"
[service]
{lines}
[http]
listen = "{self.listen}"
[defaults]
{policy_line}
ca_file = "{self.path('ca.pem')}"
{server}
{extra}
""")

    # ---- the program

    def run(self, *args, stdin=subprocess.DEVNULL, timeout=None, env=None, **kwargs):
        verb, rest = args[0], args[1:]
        return subprocess.run(
            [BIN, verb, "--config", self.config, *rest], stdin=stdin, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env or self.env,
            timeout=timeout or 2 * PATIENCE, check=False, **kwargs)

    def plan(self, *args):
        done = self.run("plan", "--json", *args)
        return done.returncode, (json.loads(done.stdout) if done.stdout else None), done.stderr

    def apply(self, *args):
        return self.run("apply", "--yes", *args)

    def events(self, *args):
        done = self.run("events", "--json", "--limit", "100000", *args)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def kinds(self, *args):
        return [event["kind"] for event in self.events(*args)]

    def serve(self, env=None, ready=True):
        log = open(self.path("serve.log"), "a", encoding="utf-8")
        process = subprocess.Popen([BIN, "serve", "--config", self.config], stdout=log, stderr=log,
                                   env=env or self.env)
        log.close()
        self.processes.append(process)
        if ready:
            wait_until(lambda: process.poll() is not None or self.page("/readyz")[0] == 200,
                       "readiness of the service")
            assert process.poll() is None, self.read("serve.log")
        return process

    def stop(self, process, with_signal=signal.SIGTERM):
        process.send_signal(with_signal)
        return process.wait(timeout=PATIENCE)

    def page(self, path):
        return get(f"http://{self.listen}{path}")

    def metric(self, name, **labels):
        """The value of one series, or None."""
        for line in self.page("/metrics")[1].splitlines():
            if line.startswith(name + "{") or line.startswith(name + " "):
                if all(f'{key}="{value}"' in line for key, value in labels.items()):
                    return float(line.rsplit(" ", 1)[1])
        return None

    # ---- the two sides

    def panel(self, *args):
        done = subprocess.run(
            [os.path.join(FAKES, "panel", "sample-panel"), self.path("panel.db"), *map(str, args)],
            text=True, capture_output=True, env=self.env, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sql(self, statement):
        """A change behind the panel's back."""
        subprocess.run(["sqlite3", self.path("panel.db"), ".timeout 5000", statement], check=True,
                       stdout=subprocess.DEVNULL)

    def order(self, client, tariff):
        return int(self.panel("order", client, tariff).split()[-1])

    def tariff(self, name):
        """The id of a tariff of the sample panel."""
        for line in self.panel("list").splitlines():
            words = line.split(maxsplit=1)
            if len(words) == 2 and words[1] == name and words[0].isdigit():
                return int(words[0])
        raise AssertionError(f"no tariff {name}")

    def ctl(self, verb, **fields):
        query = urllib.parse.urlencode(fields)
        return get(f"{self.control_url}/{verb}?{query}")

    def user(self, login):
        status, body = self.ctl("user", user=login)
        return json.loads(body) if status == 200 else None

    def writes(self):
        """Every write that the cloud saw, with the instant effects of `ctl` left out."""
        return self.ctl("writes")[1].splitlines()
