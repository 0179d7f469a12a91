"""A controller that is away, silent, slow or mad: the module ends in time with one error document."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import time
import unittest

from panel_side import MODULE, PanelCase

OK = json.dumps({"v": 1, "ok": True, "state": "done"}).encode()


def until_gone(connection):
    """Waits until the client has left."""
    while connection.recv(4096):
        pass


class Broken(PanelCase):
    def setUp(self):
        super().setUp()
        self.settings("wait = 500ms\npage_wait = 500ms\ngrace = 500ms")

    def patient(self):
        """For answers that come, but may take their time on a busy machine."""
        self.settings("wait = 50s")

    def open(self):
        return self.run_module("--command", "open", "--item", "7", "--lang", "en")

    def expect(self, reply, type_):
        self.controller_says(lambda request: reply)
        ran = self.open()
        self.assertEqual(ran.error_type, type_)
        self.assertEqual(ran.param("socket"), self.socket)
        return ran

    def test_nobody_there(self):
        ran = self.open()
        self.assertEqual(ran.error_type, "controller_down")
        self.assertIn("there is no socket", ran.param("what"))
        self.assertIn("systemctl start bill-nextcloud", ran.param("remedy"))
        self.assertIn("controller_down", self.log())

    def test_a_socket_that_was_left_behind(self):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(self.socket)
        self.assertTrue(os.path.exists(self.socket))
        ran = self.open()
        self.assertEqual(ran.error_type, "controller_down")
        self.assertIn("nobody listens", ran.param("what"))

    def test_no_socket_but_something_else(self):
        with open(self.socket, "w", encoding="utf-8"):
            pass
        self.assertEqual(self.open().error_type, "controller_down")
        os.unlink(self.socket)
        os.mkdir(self.socket)
        self.assertEqual(self.open().error_type, "controller_down")
        os.rmdir(self.socket)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram:
            datagram.bind(self.socket)
            self.assertEqual(self.open().error_type, "controller_down")

    def test_a_path_that_no_socket_can_have_is_passed_over(self):
        self.settings("socket = /" + "x" * 200)
        self.assertEqual(self.open().param("socket"), self.socket)
        self.assertIn("107 bytes", self.log())

    @unittest.skipIf(os.geteuid() != 0, "needs root to become somebody else")
    def test_a_socket_that_may_not_be_opened(self):
        self.controller_says({"state": "done"})
        os.chmod(self.socket, 0o600)
        os.chmod(self.root, 0o755)
        nobody = pwd.getpwnam("nobody").pw_uid
        module = shutil.copy(MODULE, self.root)  # the sources may lie where nobody gets through
        if subprocess.run(["ls", self.socket], user=nobody, capture_output=True, check=False).returncode != 0:
            self.skipTest("nobody cannot get through the folders to the socket")
        run = subprocess.run([module, "-c", "open", "-i", "7"], user=nobody, capture_output=True,
                             env=self.environment(), check=False)
        ran = self.checked(run, (0, 1))
        self.assertEqual(ran.error_type, "not_allowed")
        self.assertEqual(self.controller.requests, [])

    def test_silence(self):
        begin = time.monotonic()
        ran = self.expect(until_gone, "controller_busy")
        took = time.monotonic() - begin
        self.assertGreaterEqual(took, 0.95)
        self.assertLess(took, 30)
        self.assertIn("1000 ms", ran.param("what"))

    def test_a_trickle_does_not_extend_the_time(self):
        def trickle(connection):
            for byte in OK * 100:
                connection.sendall(bytes([byte if byte != 10 else 32]))
                time.sleep(0.05)

        begin = time.monotonic()
        self.expect(trickle, "controller_busy")
        self.assertLess(time.monotonic() - begin, 30)

    def test_slow_pieces_make_one_answer(self):
        self.patient()
        def pieces(connection):
            for i in range(0, len(OK), 7):
                connection.sendall(OK[i:i + 7])
            connection.sendall(b"\n")

        self.controller_says(lambda request: pieces)
        self.assertEqual(self.open().code, 0)

    def test_gone_without_an_answer(self):
        self.patient()
        ran = self.expect(b"", "controller_down")
        self.assertIn("without an answer", ran.param("what"))

    def test_cut_in_the_middle(self):
        self.patient()
        for length in [1, 5, len(OK) // 2, len(OK) - 1]:
            self.expect(OK[:length], "bad_answer")

    def test_garbage(self):
        self.patient()
        for reply in [b"garbage\n", b"\n", b"\x00\xff\xfe\n", b"[]\n", b"{}\n", b'{"v":1}\n', b'{"v":2,"ok":true}\n',
                      b'{"v":1,"ok":"yes"}\n', b'{"v":1,"ok":false}\n', b'{"v":1,"ok":false,"error":{}}\n',
                      b'{"v":1,"ok":true}\n', b'{"v":1,"ok":true,"state":"odd"}\n', b'{"v":1,"ok":true,"state":7}\n',
                      b"[" * 100000 + b"\n", b"HTTP/1.1 200 OK\r\n\r\n<html/>"]:
            self.controller_says(lambda request, reply=reply: reply)
            self.assertEqual(self.open().error_type, "bad_answer", reply[:40])

    def test_an_answer_without_its_newline_and_more_after_it(self):
        self.patient()
        for reply in [OK, OK + b"\nand more\n"]:
            self.controller_says(lambda request, reply=reply: reply)
            self.assertEqual(self.open().code, 0)

    def test_nine_mebibytes(self):
        self.patient()
        def big(connection):
            connection.sendall(b'{"v":1,"ok":true,"x":"' + b"x" * (9 << 20))

        self.expect(big, "bad_answer")

    def test_seven_mebibytes_are_fine(self):
        self.patient()
        padded = OK[:-1] + b',"x":"' + b"x" * (7 << 20) + b'"}\n'
        self.controller_says(lambda request: padded)
        self.assertEqual(self.open().code, 0)

    def test_closes_before_it_reads(self):
        """A request that is larger than the socket's buffer, and nobody who takes it."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.socket)
        listener.listen(4)
        self.addCleanup(listener.close)
        fields = f"<base_url>{'u' * 900000}</base_url><nc_username>a</nc_username><nc_password>b</nc_password>"
        with subprocess.Popen([MODULE, "-c", "check_connection"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.environment()) as run:
            run.stdin.write(f"<doc><processingmodule>{fields}</processingmodule></doc>".encode())
            run.stdin.close()
            connection, _ = listener.accept()
            connection.recv(1)
            connection.close()
            out = run.stdout.read()
            run.wait(60)
            self.assertIn(b'type="controller_down"', out)
            self.assertEqual(run.returncode, 1)

    def test_a_full_backlog(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.socket)
        listener.listen(0)
        self.addCleanup(listener.close)
        waiting = []
        for _ in range(4):
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.setblocking(False)
            try:
                client.connect(self.socket)
            except BlockingIOError:
                break
            waiting.append(client)
        begin = time.monotonic()
        self.assertEqual(self.open().error_type, "controller_busy")
        self.assertLess(time.monotonic() - begin, 30)

    def test_a_mad_error_is_still_one_good_document(self):
        self.patient()
        odd = {"v": 1, "ok": False, "error": {"type": "<&>\u0000", "what": "\u0001\u0002 ]]> & <b>", "remedy": "\ud83d\ude00",
                                              "params": {"a b\"<": "\u0007", "n": 7, "__what__": "__what__"}}}
        self.controller_says(lambda request: json.dumps(odd).encode() + b"\n")
        self.assertEqual(self.open().error_type, "other")

    def test_the_page_too(self):
        self.controller_says(lambda request: until_gone)
        self.assertEqual(self.run_page("ncsync.drift.refresh").error_type, "controller_busy")
        self.patient()
        self.controller_says(lambda request: b"garbage\n")
        self.assertEqual(self.run_page("ncsync.drift").error_type, "bad_answer")


if __name__ == "__main__":
    unittest.main()
