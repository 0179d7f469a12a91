"""The controller on a host of its own: the panel's module and page reach it over TLS with a shared key; real processes."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import threading
import time
import unittest
import xml.etree.ElementTree as ElementTree

from mariadb import READER_PASSWORD, MariaDb
from stage import BIN, PATIENCE, Stage, free_port, wait_until

MODULE = os.environ["BN_MODULE"]
PAGE = os.environ["BN_PAGE"]
LINK = os.environ["BN_LINK"]
MANY = 200


def write_secret(path, text, mode=0o600):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


class OwnHost(Stage):
    """A stage whose service is heard over TCP, and a panel's folder that knows it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.port = free_port()
        self.port6 = free_port()
        self.places = [f"127.0.0.1:{self.port}", f"[::1]:{self.port6}"]
        self.key = secrets.token_hex(32)
        self.key_file = self.path("panel.key")
        write_secret(self.key_file, self.key + "\n")
        self.configure()
        self.root = self.path("panel")
        for folder in ("etc", "var", "libexec/bill-nextcloud"):
            os.makedirs(f"{self.root}/{folder}")
        os.symlink(LINK, f"{self.root}/libexec/bill-nextcloud/nclink")
        write_secret(f"{self.root}/etc/pmnextcloud.key", self.key + "\n")
        self.panel_asks(self.places[0])

    def configure(self, panel=None):
        self.write_config(panel=panel, extra=f'[control]\nsocket = "{self.path("control.sock")}"\n'
                          f'listen = "{" ".join(self.places)}"\nkey_file = "{self.key_file}"\n')

    def panel_asks(self, place, more=""):
        with open(f"{self.root}/etc/pmnextcloud.conf", "w", encoding="utf-8") as file:
            file.write(f"controller = {place}\nwait = 15s\ngrace = 45s\n{more}\n")

    def module(self, command, *args):
        done = subprocess.run([MODULE, "--command", command, "--lang", "en", *args], stdin=subprocess.DEVNULL,
                              capture_output=True, env=dict(self.env, BN_PANEL_ROOT=self.root),
                              timeout=2 * PATIENCE, check=False)
        assert done.stderr == b"", done.stderr
        return ElementTree.fromstring(done.stdout)

    def page_of_panel(self, func, **params):
        variables = {f"PARAM_{k}": str(v) for k, v in params.items()}
        env = dict(self.env, BN_PANEL_ROOT=self.root, PARAM_func=func, AUTH_LEVEL="30", AUTH_USER="boss", **variables)
        done = subprocess.run([PAGE], stdin=subprocess.DEVNULL, capture_output=True, env=env,
                              timeout=2 * PATIENCE, check=False)
        return ElementTree.fromstring(done.stdout)

    def ask(self, request, place=None, key_file=None, limit=60):
        """One line over TLS, and what came back."""
        done = subprocess.run([LINK, place or self.places[0], key_file or self.key_file, str(limit * 1000)],
                              input=(json.dumps({"v": 1, **request}) + "\n").encode(), capture_output=True,
                              env=self.env, timeout=2 * PATIENCE, check=False)
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    def openssl(self, text, *options, key=None, identity="bill-nextcloud", **more):
        """Another program's TLS: its input is left open, so that it waits for what comes back."""
        ours, theirs = socket.socketpair()
        ours.sendall(text)
        with ours, theirs:
            return subprocess.run(["openssl", "s_client", "-connect", self.places[0], "-quiet", "-verify_quiet",
                                   *(["-psk", key, "-psk_identity", identity] if key else []), *options],
                                  stdin=theirs, capture_output=True, timeout=2 * PATIENCE, check=False, **more)

    def said(self, verb):
        """A screen as one line, however it was wrapped."""
        done = self.run(verb)
        return " ".join((done.stdout + done.stderr).split())

    def turned_away(self):
        return self.metric("bill_nextcloud_control_turned_away_total")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def heard(self):
        self.serve()
        answer = self.ask({"verb": "ping"})
        assert answer["ok"], answer


class OverTls(unittest.TestCase):
    def test_an_order_of_a_panel_on_another_host_is_served(self):
        with OwnHost() as s:
            s.serve()
            for place in s.places:
                with self.subTest(place):
                    s.panel_asks(place)
                    item = s.order(4, 1)
                    s.panel("pay", item)
                    doc = s.module("open", "--item", str(item))
                    self.assertIsNotNone(doc.find("ok"), ElementTree.tostring(doc))
                    self.assertTrue(s.user(f"user_{item}"), "the account")
            ping = s.module("ping")
            version = subprocess.run([BIN, "version"], text=True, capture_output=True, env=s.env, check=True)
            self.assertIn(ping.findtext("version"), version.stdout)
            self.assertIn(f"heard on {' '.join(s.places)}", s.read("serve.log"))

    def test_the_panels_database_is_there_too(self):
        port = free_port()
        db = MariaDb(port)
        self.addCleanup(db.close)
        with OwnHost() as s:
            db.copy_from(s.path("panel.db"))
            os.unlink(s.path("panel.db"))
            write_secret(s.path("db.password"), READER_PASSWORD + "\n")
            s.configure(f'host = "127.0.0.1"\nport = {port}\nuser = "reader"\npassword_file = "{s.path("db.password")}"')
            s.serve()
            db.sql("UPDATE item SET status = 5, processingmodule = 1 WHERE id = 110;"
                   "INSERT INTO runningoperation (id, item, intname) VALUES (900, 110, 'open')", "billmgr")
            doc = s.module("open", "--item", "110")
            self.assertIsNotNone(doc.find("ok"), ElementTree.tostring(doc))
            self.assertTrue(s.user("user_110"), "the account")

    def test_a_service_that_goes_while_a_module_waits(self):
        with OwnHost() as s:
            for how in (signal.SIGKILL, signal.SIGTERM):
                with self.subTest(how.name):
                    service = s.serve()
                    s.ctl("fault", kind="delay", endpoint="user.create", delay_ms=20000, times=100)
                    item = s.order(4, 1)
                    s.panel("pay", item)
                    answers = []
                    module = threading.Thread(target=lambda: answers.append(s.module("open", "--item", str(item))))
                    module.start()
                    wait_until(lambda: "action.intended" in s.kinds("--item", str(item)), "the call")
                    s.stop(service, how)
                    module.join(PATIENCE)
                    self.assertFalse(module.is_alive(), "it does not wait for one that is gone")
                    error = answers[0].find("error")
                    if how == signal.SIGKILL:
                        self.assertEqual(error.get("type"), "controller_down")
                        self.assertIn("nothing is lost", error.find("param[@name='remedy']").text)
                    s.ctl("clear-faults")
                    again = s.serve()
                    doc = s.module("open", "--item", str(item))
                    self.assertIsNotNone(doc.find("ok"), ElementTree.tostring(doc))
                    self.assertTrue(s.user(f"user_{item}"), "the account")
                    s.stop(again)

    def test_the_key_is_nowhere_to_be_read(self):
        with OwnHost() as s:
            s.serve()
            self.assertTrue(s.ask({"verb": "ping"})["ok"])
            s.page_of_panel("ncsync.drift.pause", elid="101")
            self.assertEqual(s.run("doctor", s.path("bundle.txt")).returncode, 0)
            said = {verb: s.said(verb) for verb in ("status", "check", "preflight", "events")}
            said |= {page: s.page(page)[1] for page in ("/metrics", "/status.json")}
            said |= {name: s.read(name) for name in ("bundle.txt", "serve.log")}
            for where, text in said.items():
                self.assertTrue(text, where)
                self.assertNotIn(s.key, text, where)
            self.assertIn("key_file", s.read("bundle.txt"), "where it is may be known")

    def test_check_and_preflight_say_how_a_panel_on_another_host_fares(self):
        with OwnHost() as s:
            place, place6 = s.places
            report = s.said("preflight")
            self.assertIn(f"no controller that has the key answers on {place}", report)
            self.assertIn("nobody listens there", report)
            self.assertIn(f"a panel on another host is heard on {place} {place6}", s.said("check"))
            s.serve()
            for one in s.places:
                self.assertIn(f"a controller that has the key answers on {one}", s.said("preflight"))
            write_secret(s.key_file, secrets.token_hex(32))
            self.assertIn("has another key", s.said("preflight"), "it was not reloaded")
            write_secret(s.key_file, s.key)
            s.write_config(extra=f'[control]\nlisten = "{place}"\nkey_file = "{s.key_file}"\n')
            for verb in ("check", "preflight"):
                text = s.said(verb)
                self.assertIn("no control socket", text)
                for wrong in ("finds nobody to ask", "cannot reach the controller"):
                    self.assertNotIn(wrong, text)

    def test_events_name_the_panel_and_who_used_its_page(self):
        with OwnHost() as s:
            s.serve()
            doc = s.page_of_panel("ncsync.drift.pause", elid="101")
            self.assertIsNotNone(doc.find("ok"), ElementTree.tostring(doc))
            paused = [e for e in s.events() if e["kind"] == "item.paused"][-1]
            self.assertIn("panel 127.0.0.1 for boss", json.dumps(paused))
            self.assertIsNotNone(s.page_of_panel("ncsync.drift").find("p_elems"))

    def test_no_setting_of_the_hosts_openssl_matters(self):
        with OwnHost() as s:
            s.serve()
            with open(s.path("openssl.cnf"), "w", encoding="utf-8") as file:  # nothing can be done with this provider
                file.write("openssl_conf = c\n[c]\nproviders = p\n[p]\nnull = n\n[n]\nactivate = 1\n")
            s.env["OPENSSL_CONF"] = s.path("openssl.cnf")
            self.assertTrue(s.ask({"verb": "ping"})["ok"])

    def test_what_is_for_people_stays_on_the_controllers_own_host(self):
        words = [{"verb": verb} for verb in ("approve", "accept_panel", "accept_address", "accept_cloud", "undelete", "replay",
                                             "accept_readings", "plan.apply", "plan.progress", "status", "store_checked", "adopt")]
        words += [{"verb": "pause", "command": "everything"}, {"verb": "pause", "module": 1}, {"verb": "resume"},
                  {"verb": "resume", "items": [101], "module": 1}]
        with OwnHost() as s:
            s.serve()
            def said():  # a pass may end meanwhile
                return [kind for kind in s.kinds() if kind != "pass.completed"]
            before = said()
            for word in words:
                answer = s.ask({"reason": "x", "checksum": "1" * 16, "item": 101, **word})
                self.assertEqual(answer["error"]["type"], "not_allowed", word)
                self.assertIn("own host", answer["error"]["remedy"])
            self.assertEqual(said(), before, "nothing came of it")
            self.assertEqual(s.ask({"verb": "of another version"})["error"]["type"], "bad_request")
            self.assertEqual(s.metric("bill_nextcloud_control_requests_total", verb="approve", result="error"), 1)


class Keys(unittest.TestCase):
    def test_another_key_is_refused_and_said_once_a_minute_without_the_key(self):
        with OwnHost() as s:
            s.serve()
            other = secrets.token_hex(32)
            write_secret(f"{s.root}/etc/pmnextcloud.key", other)
            for _ in range(3):
                error = s.module("ping").find("error")
                self.assertEqual(error.get("type"), "not_allowed")
                self.assertIn(s.places[0], error.find("param[@name='what']").text)
                self.assertIn("panel-key", error.find("param[@name='remedy']").text)
            log = s.read("serve.log")
            self.assertEqual(log.count("127.0.0.1 was turned away at control.listen: its key is another one"), 1, log)
            self.assertNotIn(s.key, log)
            self.assertNotIn(other, log)
            self.assertEqual(s.turned_away(), 3)
            self.assertTrue(s.ask({"verb": "ping"})["ok"])

    def test_a_key_that_cannot_be_used_is_said_by_the_module(self):
        with OwnHost() as s:
            place = f"{s.root}/etc/pmnextcloud.key"
            for text, mode, said in (("short", 0o600, "64 hexadecimal digits"), (s.key, 0o644, "open to all users"),
                                     (None, 0, "there is no file")):
                os.unlink(place)
                if text:
                    write_secret(place, text, mode)
                error = s.module("ping").find("error")
                self.assertEqual(error.get("type"), "not_allowed")
                self.assertIn(said, error.find("param[@name='what']").text)
                self.assertIn(s.places[0], error.find("param[@name='what']").text)
                if text is None:
                    write_secret(place, s.key)

    def test_a_reload_takes_the_new_key_and_leaves_the_former_one_where_it_is_bad(self):
        with OwnHost() as s:
            service = s.serve()
            write_secret(s.key_file, "no key")
            service.send_signal(signal.SIGHUP)
            wait_until(lambda: "the configuration was not changed" in s.read("serve.log"), "the refusal")
            self.assertIsNotNone(s.module("ping").find("ok"), "the former key is in force")
            new = secrets.token_hex(32)
            write_secret(s.key_file, new)
            service.send_signal(signal.SIGHUP)
            wait_until(lambda: s.module("ping").find("error") is not None, "the former key is refused")
            write_secret(f"{s.root}/etc/pmnextcloud.key", new)
            self.assertIsNotNone(s.module("ping").find("ok"))

    def test_check_and_the_service_refuse_a_key_that_is_none(self):
        with OwnHost() as s:
            for text, mode, said in (("abc", 0o600, "is not 64 hexadecimal digits"), (s.key[:-1] + "g", 0o600, "64 hexadecimal"),
                                     (s.key, 0o604, "open to all users")):
                write_secret(s.key_file, text, mode)
                for verb in ("check", "serve"):
                    done = s.run(verb)
                    self.assertEqual(done.returncode, 1)
                    told = " ".join((done.stdout + done.stderr).split())
                    self.assertIn(said, told)
                    self.assertNotIn(text, told)

    def test_panel_key_makes_one_and_replaces_none_by_itself(self):
        with OwnHost() as s:
            os.unlink(s.key_file)
            done = s.run("panel-key")
            self.assertEqual(done.returncode, 0, done.stderr)
            key = s.read("panel.key")
            self.assertRegex(key, r"\A[0-9a-f]{64}\n\Z")
            self.assertEqual(os.stat(s.key_file).st_mode & 0o777, 0o600)
            self.assertNotIn(key.strip(), done.stdout)
            self.assertIn(f":{s.port} --key-file -", done.stdout)
            again = s.run("panel-key")
            self.assertEqual(again.returncode, 1)
            self.assertIn("--force", again.stderr)
            self.assertEqual(s.read("panel.key"), key)
            forced = s.run("panel-key", "--force", "--json")
            self.assertEqual(json.loads(forced.stdout), {"format": 1, "key_file": s.key_file, "configured": True})
            self.assertNotEqual(s.read("panel.key"), key)
            self.assertEqual([n for n in os.listdir(s.dir) if n.startswith("panel.key")], ["panel.key"])
            if os.geteuid() == 0:  # in a folder of the service's group it is for that group
                folder = s.path("etc")
                os.mkdir(folder)
                os.chown(folder, 0, 65534)
                s.write_config(extra=f'[control]\nlisten = "127.0.0.1:1"\nkey_file = "{folder}/panel.key"\n')
                self.assertEqual(s.run("panel-key").returncode, 0)
                made = os.stat(f"{folder}/panel.key")
                self.assertEqual((made.st_uid, made.st_gid, made.st_mode & 0o777), (0, 65534, 0o640))

    def test_panel_key_says_what_the_configuration_lacks(self):
        with OwnHost() as s:
            os.unlink(s.key_file)
            s.write_config(extra=f'[control]\nkey_file = "{s.key_file}"\n')
            done = s.run("panel-key")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('[control]\nlisten = "0.0.0.0:9449"\nkey_file = ' + json.dumps(s.key_file), done.stdout)
            missing = s.run("check")
            self.assertNotIn("control.listen", missing.stdout + missing.stderr)
            s.write_config(extra='[control]\nlisten = "127.0.0.1:1"\n')
            self.assertIn("control.listen needs control.key_file", s.run("check").stdout)


class Strangers(unittest.TestCase):
    def test_garbage_holds_nobody_up(self):
        with OwnHost() as s:
            s.heard()
            for bytes_ in (b"GET / HTTP/1.1\r\n\r\n", b'{"v":1,"verb":"ping"}\n', b"\x16\x03\x01\xff\xff" + os.urandom(3000),
                           os.urandom(20000), b"\x16\x03\x01"):
                with s.connect() as stranger:
                    stranger.sendall(bytes_)
                    stranger.shutdown(socket.SHUT_WR)
                    try:
                        while stranger.recv(4096):
                            pass
                    except ConnectionError:
                        pass
            self.assertTrue(s.ask({"verb": "ping"})["ok"])
            self.assertEqual(s.read("serve.log").count("was turned away at control.listen"), 1)

    def test_no_other_tls_gets_through(self):
        ping = b'{"v":1,"verb":"ping"}\n'
        with OwnHost() as s:
            s.heard()
            for name, done in (
                    ("an older version", s.openssl(ping, "-tls1_2", key=s.key)),
                    ("certificates", s.openssl(ping, "-tls1_3")),
                    ("another key", s.openssl(ping, "-tls1_3", key=secrets.token_hex(32))),
                    ("another name of the key", s.openssl(ping, "-tls1_3", key=s.key, identity="Client_identity")),
                    ("another suite", s.openssl(ping, "-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384", key=s.key))):
                with self.subTest(name):
                    self.assertNotEqual(done.returncode, 0, done)
                    self.assertNotIn(b'"v"', done.stdout)
            self.assertEqual(s.turned_away(), 5)
            self.assertIn(b'"ok":true', s.openssl(ping, "-tls1_3", key=s.key).stdout, "it is the standard's TLS")

    def test_who_has_the_key_and_does_not_end_its_line_is_not_waited_for(self):
        with OwnHost() as s:
            s.heard()
            begun = time.monotonic()
            for text in (b"", b'{"v":1,"verb":"pi', b"x" * (1 << 16)):
                with self.subTest(text[:20]):
                    self.assertIn(b'"bad_request"', s.openssl(text, "-tls1_3", key=s.key).stdout)
            self.assertLess(time.monotonic() - begun, 60 + PATIENCE)

    def test_who_says_nothing_keeps_nobody_out_and_does_not_hold_up_the_stop(self):
        with OwnHost() as s:
            service = s.serve()
            silent = [s.connect() for _ in range(100)]
            self.addCleanup(lambda: [one.close() for one in silent])
            self.assertTrue(s.ask({"verb": "ping"})["ok"], "it gets its turn")
            half = s.connect()
            half.sendall(b"\x16\x03\x01\x02\x00\x01")
            silent.append(half)
            begun = time.monotonic()
            self.assertEqual(s.stop(service), 0)
            self.assertLess(time.monotonic() - begun, 30, "long before service.stop_timeout")

    def test_two_hundred_modules_at_once_are_all_answered(self):
        with OwnHost() as s:
            s.serve()
            answers = []

            def one():
                answers.append(s.ask({"verb": "ping"}, limit=120))

            threads = [threading.Thread(target=one) for _ in range(MANY)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(3 * PATIENCE)
            self.assertEqual([a for a in answers if not a["ok"]], [])
            self.assertEqual(len(answers), MANY)
            self.assertEqual(s.metric("bill_nextcloud_control_requests_total", verb="ping", result="ok"), MANY)

    def test_a_request_that_is_too_long_is_told_so(self):
        with OwnHost() as s:
            s.serve()
            big = json.dumps({"v": 1, "verb": "ping", "search": "x" * (1 << 20)}).encode() + b"\n"
            done = subprocess.run([LINK, s.places[0], s.key_file, "60000"], input=big, capture_output=True, env=s.env,
                                  timeout=2 * PATIENCE, check=False)
            self.assertEqual(json.loads(done.stdout)["error"]["type"], "bad_request")

    def test_a_port_that_is_taken_is_an_error_at_the_start(self):
        with OwnHost() as s, socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            place = "127.0.0.1:%d" % other.getsockname()[1]
            s.write_config(extra=f'[control]\nlisten = "{place}"\nkey_file = "{s.key_file}"\n')
            done = s.run("serve")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, re.escape(f"cannot listen on {place}") + ".*correct control.listen")


if __name__ == "__main__":
    unittest.main()
