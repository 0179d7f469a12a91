"""A controller on another host that is away, silent, somebody else or no controller at all: the module ends in time with one
error document that names host and port, and what to do. What a controller of ours answers is in ../service/own_host_test.py."""

import contextlib
import json
import os
import secrets
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from panel_side import PATIENCE, PanelCase

LINK = os.environ["BN_LINK"]


def hold(listener, reply):
    """Serves whoever connects until the listener is closed."""
    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            reply(connection)

    threading.Thread(target=serve, daemon=True).start()


def until_gone(connection):
    while connection.recv(4096):
        pass


class Distant(PanelCase):
    def setUp(self):
        super().setUp()
        os.makedirs(f"{self.root}/libexec/bill-nextcloud")
        self.link = f"{self.root}/libexec/bill-nextcloud/nclink"
        os.symlink(LINK, self.link)
        self.key = secrets.token_hex(32)
        self.write_key(self.key)

    def write_key(self, text):
        path = f"{self.root}/etc/pmnextcloud.key"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)

    def asks(self, place, times="wait = 1s\ngrace = 20s"):
        self.place = place
        self.settings(f"controller = {place}\n{times}")

    def listener(self, host="127.0.0.1", backlog=64):
        listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=backlog)
        self.addCleanup(listener.close)
        port = listener.getsockname()[1]
        return listener, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def expect(self, type_, what, remedy):
        begun = time.monotonic()
        ran = self.run_module("--command", "open", "--item", "7", "--lang", "en")
        took = time.monotonic() - begun
        self.assertEqual(ran.error_type, type_, ran.document)
        self.assertEqual(ran.param("controller"), self.place)
        self.assertIn(self.place, ran.param("what"))
        self.assertIn(what, ran.param("what"))
        self.assertIn(remedy, ran.param("remedy"))
        self.assertNotIn(self.key, ran.document.decode() + self.log())
        russian = self.run_module("--command", "open", "--item", "7", "--lang", "ru")
        self.assertEqual(russian.error_type, type_)
        self.assertRegex(russian.param("what"), "[а-я]{4}")
        self.assertRegex(russian.param("remedy"), "[а-я]{4}")
        return took

    def test_nobody_listens(self):
        listener, place = self.listener()
        listener.close()
        self.asks(place)
        self.expect("controller_down", "nobody listens there", "control.listen")

    def test_a_name_that_is_none(self):
        self.asks("no-such-host.invalid:9449")
        self.expect("controller_down", "cannot be resolved", "IP address")

    def test_something_else_listens(self):
        for reply in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 100):
            listener, place = self.listener()

            def say(connection, reply=reply):
                connection.sendall(reply)
                until_gone(connection)

            hold(listener, say)
            self.asks(place)
            self.expect("bad_answer", "no controller that knows our key", "web server")

    def test_it_closes_at_once(self):
        listener, place = self.listener("::1")
        hold(listener, lambda connection: connection.recv(4096))
        self.asks(place)
        self.expect("controller_down", "before the handshake was over", "systemctl start")

    def test_a_web_server_with_a_certificate_is_told_nothing(self):
        folder = tempfile.TemporaryDirectory(prefix="bn-cert-")
        self.addCleanup(folder.cleanup)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder.name}/key", "-out",
                        f"{folder.name}/cert", "-days", "3", "-subj", "/CN=localhost"], check=True, capture_output=True)
        for newest in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{folder.name}/cert", f"{folder.name}/key")
            context.maximum_version = newest
            listener, place = self.listener()
            heard = []

            def talk(connection):
                with context.wrap_socket(connection, server_side=True) as tls:
                    heard.append(tls.recv(4096))

            hold(listener, talk)
            self.asks(place)
            self.expect("bad_answer", "no controller that knows our key", "not that of a web server")
            self.assertEqual([one for one in heard if one], [])

    def test_a_host_that_takes_the_connection_and_says_nothing(self):
        _, place = self.listener()
        self.asks(place, "wait = 500ms\ngrace = 500ms")
        self.assertLess(self.expect("controller_busy", "within 1000 ms", "bill-nextcloud status"), 10)

    def test_a_host_that_drops_what_is_sent(self):
        _, place = self.listener(backlog=0)
        host, port = place.split(":")
        waiting = []
        for _ in range(8):  # full: the kernel drops what else comes
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex((host, int(port)))
            waiting.append(one)
        self.addCleanup(lambda: [one.close() for one in waiting])
        self.asks(place, "wait = 500ms\ngrace = 500ms")
        self.assertLess(self.expect("controller_down", "the host is silent", "firewall"), 10)

    def test_a_handshake_that_trickles_ends_in_time(self):
        listener, place = self.listener()

        def trickle(connection):
            connection.recv(4096)
            while True:
                connection.sendall(b"\x16")
                time.sleep(0.1)

        hold(listener, trickle)
        self.asks(place, "wait = 500ms\ngrace = 500ms")
        begun = time.monotonic()
        ran = self.run_module("--command", "open", "--item", "7")
        self.assertIn(ran.error_type, ("controller_busy", "bad_answer"))
        self.assertLess(time.monotonic() - begun, 10)

    def test_the_program_that_speaks_tls_is_missing_or_silent(self):
        self.asks("127.0.0.1:1", "wait = 500ms\ngrace = 0s")
        os.unlink(self.link)
        self.expect("controller_down", "cannot be started", "deploy/billmanager/install")
        for text, type_, what in (("exec sleep 100", "controller_busy", "no answer"), ("exit 3", "controller_down", "without an answer"),
                                  ("echo hello", "bad_answer", "cannot be understood")):
            with open(self.link, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\n{text}\n")
            os.chmod(self.link, 0o755)
            ran = self.run_module("--command", "open", "--item", "7", "--lang", "en")
            self.assertEqual(ran.error_type, type_, text)
            self.assertIn(what, ran.param("what"))
            self.assertEqual(ran.param("controller"), self.place)

    def test_the_line_goes_by_the_standard_input_and_the_key_by_no_argument(self):
        os.unlink(self.link)
        with open(self.link, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\necho "$@" >{self.root}/arguments\nread line\necho "$line" >{self.root}/line\n'
                       'echo \'{"v":1,"ok":true,"state":"done"}\'\n')
        os.chmod(self.link, 0o755)
        self.asks("[::1]:9449", "wait = 1s\ngrace = 20s")
        self.assertEqual(self.run_module("--command", "open", "--item", "7").code, 0)
        with open(f"{self.root}/arguments", encoding="utf-8") as file:
            self.assertEqual(file.read().split(), ["[::1]:9449", f"{self.root}/etc/pmnextcloud.key", "21000"])
        with open(f"{self.root}/line", encoding="utf-8") as file:
            self.assertEqual(json.load(file)["verb"], "converge")

    def test_an_address_that_is_none_has_no_other_controller_asked(self):
        for place in ("10.0.0.2", "::1:9449", "10.0.0.2:", "10.0.0.2:99999"):
            with self.subTest(place):
                self.asks(place)
                self.expect("controller_down", "is no host:port", "correct `controller`")


if __name__ == "__main__":
    unittest.main()
