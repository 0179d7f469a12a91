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

    def test_after_a_restore_an_account_made_since_is_neither_deleted_nor_made_twice(self):
        s = self.stage
        self.assertEqual(s.apply().returncode, 0)
        self.good("backup", self.copy)
        item = s.order(1, s.tariff("Cloud 10"))
        login = f"user_{item}"
        s.panel("pay", item)
        self.assertEqual(s.apply().returncode, 0)
        self.assertTrue(s.user(login)["enabled"])
        made = [line for line in s.writes() if login in line]
        refused = s.run("restore", self.copy)
        self.assertEqual(refused.returncode, 1, "it asks")
        self.assertRegex(refused.stdout, "events? (was|were) recorded after it")
        self.assertIn("--yes", refused.stderr)
        service = s.serve()
        self.assertIn("store.locked", s.run("restore", "--yes", self.copy).stderr)
        self.assertEqual(s.stop(service), 0)
        done = json.loads(self.good("restore", "--yes", "--json", self.copy))
        self.assertTrue(os.path.exists(done["kept"]))
        self.assertGreater(done["lost"], 0)
        self.assertIn("store.accepted", s.kinds())
        self.good("verify")
        service = s.serve()
        self.drift()
        wait_until(lambda: s.user("user_102")["quota"] != "1 GB", "the service goes on")
        self.assertEqual(s.stop(service), 0)
        self.assertTrue(s.user(login)["enabled"])
        self.assertEqual([line for line in s.writes() if login in line and
                          ("create" in line or "delete" in line)],
                         [line for line in made if "create" in line or "delete" in line])
        self.good("verify")

    def test_a_client_is_masked_when_nothing_of_his_is_left(self):
        s = self.stage
        self.assertEqual(s.apply().returncode, 0)
        refused = s.run("mask", "102", "--reason", "asked", "--yes")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("store.mask_owned", refused.stderr)
        s.sql("UPDATE item SET status = 4 WHERE id = 102")
        s.ctl("delete", user="user_102")
        s.apply()
        self.assertEqual(s.run("mask", "102", "--reason", "asked").returncode, 1, "it asks")
        done = json.loads(self.good("mask", "102", "--reason", "asked", "--yes", "--json"))
        self.assertGreater(done["events"], 0)
        self.assertEqual(done["copies_beside"], [])
        for name in os.listdir(s.dir):
            if name.startswith(("events.db", "anchor")):
                with open(s.path(name), "rb") as file:
                    self.assertNotIn(b"user_102", file.read(), name)
        [event] = s.events("--kind", "item.masked")
        self.assertEqual((event["actor"], event["event"]["reason"]), ("operator", "asked"))
        self.good("verify")
        service = s.serve()
        self.assertEqual(s.stop(service), 0)
        self.good("verify")
        self.assertIsNone(s.user("user_102"))

    def test_a_password_can_be_told_after_the_key_was_rotated(self):
        s = self.stage
        item = s.order(1, s.tariff("Cloud 10"))
        s.panel("pay", item)
        self.assertEqual(s.apply().returncode, 0)
        password = self.good("item", str(item), "--show-password")
        self.assertTrue(password.strip())
        self.assertEqual(s.run("rotate-key").returncode, 1, "it asks")
        self.good("backup", s.path("older.db"))
        self.good("verify", "--store", s.path("older.db"))
        before = s.read("seal.key")
        done = json.loads(self.good("rotate-key", "--yes", "--json"))
        self.assertGreater(done["passwords"], 0)
        self.assertNotEqual(s.read("seal.key"), before)
        self.assertEqual(self.good("item", str(item), "--show-password"), password)
        self.assertEqual(s.kinds("--kind", "store.key_rotated"), ["store.key_rotated"])
        self.good("verify")
        older = s.run("verify", "--store", s.path("older.db"))
        self.assertEqual(older.returncode, 3, "its passwords are not known to be whole; all else is\n" + older.stdout)
        self.assertIn("sealed with another key", older.stdout)
        self.assertIn("good: chain", older.stdout)
        service = s.serve()
        self.assertEqual(s.stop(service), 0)
        self.good("verify")

    def test_the_service_goes_on_after_old_events_were_cut_off(self):
        s = self.stage
        self.assertEqual(s.apply().returncode, 0)
        newest = s.events()[-1]
        nothing = json.loads(self.good("compact", "--older-than", "2d", "--yes", "--json"))
        self.assertEqual(nothing["events"], 0)
        self.assertEqual(s.run("compact", "--older-than", "soon", "--yes").returncode, 1)
        self.assertEqual(s.run("compact", "--older-than", "1s").returncode, 1, "it asks")
        archive = s.path("archive.db")
        done = wait_until(
            lambda: (found := json.loads(self.good("compact", "--older-than", "1s", "--archive", archive,
                                                   "--yes", "--json")))["events"] and found,
            "events of an age of a second")
        self.assertLess(done["position"], newest["position"])
        first = s.events("--store", archive)[0]
        self.assertIn("cut", s.run("events", "--why", first["id"]).stderr)
        self.assertIn("cut", self.good("verify"))
        self.good("verify", "--store", archive)
        self.assertIn(done["head"], self.good("verify", "--store", archive))
        service = s.serve()
        self.drift()
        wait_until(lambda: s.user("user_102")["quota"] != "1 GB", "the service goes on")
        self.assertEqual(s.stop(service), 0)
        self.good("verify")


if __name__ == "__main__":
    unittest.main()
