"""The proxy that breaks lines does what it says, and nothing once it is healed."""

import os
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.environ["BN_PROXY"])
from faulty_proxy import FaultyProxy  # noqa: E402

TEXT = bytes(range(256)) * 40


class Echo:
    """Says everything back, in a thread a connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass


def read(connection, size):
    """Up to `size` bytes, or as many as come before the end."""
    got = b""
    while len(got) < size:
        piece = connection.recv(65536)
        if not piece:
            break
        got += piece
    return got


class Proxy(unittest.TestCase):
    def setUp(self):
        self.echo = Echo()
        self.proxy = FaultyProxy(self.echo.port, seed=7)
        self.addCleanup(self.echo.listener.close)
        self.addCleanup(self.proxy.close)

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=30)
        self.addCleanup(connection.close)
        return connection

    def said_back(self, connection):
        connection.sendall(TEXT)
        return read(connection, len(TEXT))

    def fine(self):
        return self.said_back(self.connect()) == TEXT

    def test_passes_on_what_comes_while_nothing_is_broken(self):
        self.assertTrue(self.fine())
        self.assertEqual(self.proxy.connections, 1)
        self.assertEqual(self.proxy.harmed, 0)

    def test_refuses_and_resets_what_stood(self):
        before = self.connect()
        self.said_back(before)
        self.proxy.begin("refuse")
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        with self.assertRaises(ConnectionResetError):
            read(before, 1)
        self.proxy.heal()
        self.assertTrue(self.fine())

    def test_resets_at_the_first_byte(self):
        self.proxy.begin("reset")
        connection = self.connect()
        with self.assertRaises(OSError):
            connection.sendall(b"x")
            if not connection.recv(1):
                raise ConnectionResetError
        self.proxy.heal()
        self.assertTrue(self.fine())

    def test_stalls_and_gives_what_waited_afterwards(self):
        connection = self.connect()
        self.said_back(connection)
        self.proxy.begin("stall")
        connection.sendall(TEXT)
        connection.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            connection.recv(1)
        connection.settimeout(30)
        self.proxy.heal()
        self.assertEqual(read(connection, len(TEXT)), TEXT)

    def test_slices_without_changing_anything(self):
        self.proxy.begin("slice")
        self.assertTrue(self.fine())
        self.assertGreater(self.proxy.harmed, 0)

    def test_corrupts_one_byte_of_a_piece_of_an_answer(self):
        self.proxy.begin("corrupt")
        got = self.said_back(self.connect())
        self.assertEqual(len(got), len(TEXT))
        wrong = sum(a != b for a, b in zip(got, TEXT))
        self.assertGreater(wrong, 0)
        self.assertLessEqual(wrong, self.proxy.harmed)
        self.proxy.heal()
        self.assertTrue(self.fine())

    def test_cuts_an_answer_in_its_middle(self):
        self.proxy.begin("cut")
        connection = self.connect()
        connection.sendall(TEXT)
        try:
            got = read(connection, len(TEXT))
        except ConnectionResetError:
            got = b""
        self.assertLess(len(got), len(TEXT))
        self.assertTrue(TEXT.startswith(got))
        self.proxy.heal()
        self.assertTrue(self.fine())


if __name__ == "__main__":
    unittest.main()
