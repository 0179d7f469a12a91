"""The store lives long: what is copied, put back, masked and cut goes on afterwards as if nothing had
been, with the real program, panel and cloud."""

import json
import os
import unittest

from stage import Stage, wait_until


class Keeping(unittest.TestCase):
    def setUp(self):
        self.stage = Stage(service={"interval": '"1s"', "retention": '"24h"'})
        self.addCleanup(self.stage.__exit__)
        self.copy = self.stage.path("copy.db")

    def good(self, *args, **kwargs):
        done = self.stage.run(*args, **kwargs)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def drift(self):
        self.stage.ctl("quota", user="user_102", value="1 GB")

    def test_a_backup_beside_the_service(self):
        s = self.stage
        service = s.serve()
        wait_until(lambda: s.user("user_102"), "the first pass")
        written = json.loads(self.good("backup", self.copy, "--json"))
        self.assertEqual(written["file"], self.copy)
        self.assertEqual(written["key_file"], s.path("seal.key"))
        self.assertEqual(os.stat(self.copy).st_mode & 0o777, 0o600)
        again = s.run("backup", self.copy)
        self.assertEqual(again.returncode, 1)
        self.assertIn("store.file_exists", again.stderr)
        said = self.good("backup", "--force", self.copy)
        self.assertIn("seal.key", said)
        self.drift()
        wait_until(lambda: s.user("user_102")["quota"] != "1 GB", "the service goes on")
        self.assertEqual(s.stop(service), 0)
        self.good("verify")
        self.good("verify", "--store", self.copy)
        self.assertNotEqual(s.run("events", "--store", self.copy, "--limit", "1").stdout, "")
        refused = s.run("verify", "--store", self.copy, "--rebuild")
        self.assertEqual(refused.returncode, 1)


if __name__ == "__main__":
    unittest.main()
