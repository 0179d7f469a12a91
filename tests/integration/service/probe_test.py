"""A look at a server through the control socket: what was entered is tried, and nothing else."""

import json
import socket
import unittest

from stage import PASSWORD, Stage, free_port, wait_until


class Probe(unittest.TestCase):
    def setUp(self):
        self.stage = self.enterContext(Stage())
        self.socket = self.stage.path("c.sock")
        # Observing, it asks the cloud nothing after its first pass and the one for the order that waits.
        self.stage.write_config(policy="observe", extra=f'[control]\nsocket = "{self.socket}"\n')
        self.stage.serve()
        wait_until(lambda: "operation pass:" in self.stage.read("serve.log"), "the pass for the order")

    def probe(self, **fields):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.socket)
            s.sendall(json.dumps({"v": 1, "verb": "probe", **fields}).encode() + b"\n")
            with s.makefile(encoding="utf-8") as answer:
                return json.loads(answer.readline())

    def calls(self):
        return sum(json.loads(self.stage.ctl("stats")[1])["calls"].values())

    def test_the_stored_password_is_for_the_stored_address_and_login_only(self):
        url = self.stage.url
        elsewhere = f"https://localhost:{free_port()}"
        for same in ({}, {"base_url": url}, {"login": "admin"},
                     {"base_url": url + "/", "login": "admin", "password": ""}):
            told = self.probe(module=1, **same)
            self.assertTrue(told["ok"], told)
            self.assertEqual(told["own_login"], "admin")
        before = self.calls()
        for other in ({"base_url": url, "login": "root"}, {"login": "root"}, {"login": ""}, {"base_url": elsewhere},
                      {"base_url": elsewhere, "login": "admin", "password": ""}):
            told = self.probe(module=1, **other)
            self.assertFalse(told["ok"], other)
            self.assertEqual(told["error"]["type"], "auth")
            self.assertEqual(told["error"]["what"], "the password was not given, and the stored one belongs to "
                                                    "another address or login")
            self.assertEqual(told["error"]["remedy"], "enter the password again")
        for fields in ({"module": 0}, {"module": 77}):
            told = self.probe(base_url=url, login="admin", **fields)
            self.assertEqual(told["error"]["type"], "auth")
        self.assertEqual(self.calls(), before, "the cloud is not asked with an empty password")
        self.assertEqual(self.probe(module=1, base_url="", login="")["error"]["type"], "url_empty")
        # With a password, what was entered is tried.
        self.assertTrue(self.probe(module=0, base_url=url, login="admin", password=PASSWORD)["ok"])
        told = self.probe(module=1, base_url=elsewhere, login="admin", password=PASSWORD)
        self.assertEqual(told["error"]["type"], "connect")
        self.assertTrue(self.probe(module=1, password=PASSWORD)["ok"])
        self.assertEqual(self.probe(module=1, password="another")["error"]["type"], "auth")
        self.assertEqual(self.probe(module=77)["error"]["type"], "unknown_server")
        self.assertNotIn(PASSWORD, self.stage.read("serve.log"))


if __name__ == "__main__":
    unittest.main()
