"""A store is more than a file: restored from an old copy, lost, emptied, swapped or damaged, it makes
the program look and do nothing, until the newest is back or a person says to go on."""

import json
import os
import shutil
import sqlite3
import unittest

from stage import Stage, wait_until


class StoreInDoubt(unittest.TestCase):
    def setUp(self):
        self.stage = Stage(service={"interval": '"1s"', "retention": '"24h"'})
        self.addCleanup(self.stage.__exit__)
        self.assertEqual(self.stage.apply().returncode, 0)

    def copy_store(self, name):
        shutil.copy(self.stage.path("events.db"), self.stage.path(name))

    def put_back(self, name):
        s = self.stage
        for suffix in ("-wal", "-shm"):
            if os.path.exists(s.path("events.db" + suffix)):
                os.remove(s.path("events.db" + suffix))
        shutil.copy(s.path(name), s.path("events.db"))

    def drift(self):
        """Something to do: a client's quota was changed in the cloud."""
        self.stage.ctl("quota", user="user_102", value="1 GB")

    def assert_only_looks(self, code):
        s = self.stage
        self.drift()
        before = s.writes()
        anchor = s.read("anchor")
        done = s.apply()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(code, done.stderr)
        self.assertIn("verify --accept", done.stderr)
        service = s.serve(ready=False)
        wait_until(lambda: "store." in s.page("/readyz")[1], "an answer of the service")
        wait_until(lambda: s.page("/status.json")[0] == 200
                   and '"next_pass"' in s.page("/status.json")[1], "status")
        self.assertEqual(s.page("/readyz")[0], 503)
        self.assertIn(code, s.page("/status.json")[1])
        self.assertIn(code, s.run("status").stdout)
        self.assertEqual(s.metric("bill_nextcloud_event_store_in_doubt"), 1.0)
        wait_until(lambda: s.metric("bill_nextcloud_panel_read_seconds_count", ) > 2, "passes")
        self.assertEqual(s.stop(service), 0)
        self.assertIn(code, s.read("serve.log"))
        self.assertEqual(s.run("check").returncode, 1)
        self.assertIn("put the newest copy of the store back", s.run("check").stdout)
        plan = s.run("plan")
        self.assertEqual(plan.returncode, 3, "plans are shown, of what follows once the store is gone on with")
        for shown in (plan, s.run("item", "102"), s.run("status")):
            first = " ".join(shown.stdout.split("\n\n")[0].split())
            self.assertTrue(first.startswith("! Nothing is done"), shown.stdout + shown.stderr)
            self.assertIn(code, first)
            self.assertIn("verify --accept", first)
        for verb in (("plan",), ("item", "102")):
            doubts = json.loads(s.run(*verb, "--json").stdout)["doubts"]
            self.assertEqual([doubt["code"] for doubt in doubts], ["store"])
        self.assertEqual(s.writes(), before, "nothing was done")
        self.assertEqual(s.read("anchor"), anchor, "the anchor tells of the newest store still")

    def assert_goes_on(self):
        self.assertEqual(self.stage.run("verify").returncode, 0)
        done = self.stage.apply()
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_older_copy_only_looks_until_the_newest_is_back(self):
        s = self.stage
        self.copy_store("old.db")
        self.drift()
        self.assertEqual(s.apply().returncode, 0)
        self.copy_store("new.db")
        self.put_back("old.db")
        self.assertEqual(s.run("verify").returncode, 1)
        self.assert_only_looks("store.older")
        self.put_back("new.db")
        self.assert_goes_on()

    def test_an_accepted_older_copy_takes_nothing_from_an_account_that_it_does_not_know(self):
        s = self.stage
        self.copy_store("old.db")
        # Since then: the service was closed and deleted, its login given to somebody of the staff.
        s.sql("UPDATE item SET status = 4 WHERE id = 101")
        s.ctl("delete", user="user_101")
        self.drift()
        s.apply()
        s.ctl("create", user="user_101", email="staff@example.org")
        self.put_back("old.db")
        done = s.run("verify", "--accept")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("store.accepted", s.kinds())
        self.assertIn("item.history_lost", s.kinds("--item", "101"))
        self.assertEqual(s.run("verify").returncode, 0)
        for _ in range(3):
            s.apply()
        self.assertTrue(s.user("user_101")["enabled"], "staff keep their account")
        self.assertIn("account.found_again", s.kinds("--item", "102"))
        self.assertNotIn("account.found_again", s.kinds("--item", "101"))
        self.assertIn("lost with the store", str(s.plan()[1]))

    def test_a_lost_store_is_not_made_anew_in_silence(self):
        os.remove(self.stage.path("events.db"))
        self.assert_only_looks("store.lost")
        self.assertFalse(os.path.exists(self.stage.path("events.db")))
        self.assertEqual(self.stage.run("verify", "--accept").returncode, 0)
        self.assert_goes_on()

    # To a store that knows nothing all that the panel has open was opened before it.
    def test_after_a_lost_store_a_typed_login_takes_nobodys_account(self):
        s = self.stage
        s.ctl("create", user="ceo", email="ceo@example.org")
        with sqlite3.connect(s.path("panel.db"), timeout=20) as panel:
            account = panel.execute("SELECT account FROM item WHERE id = 104").fetchone()[0]
        item = s.order(account, s.tariff("Cloud 10"))
        s.sql("INSERT INTO itemparam (id, item, intname, value) SELECT COALESCE(MAX(id), 0) + 1, "
              f"{item}, 'username', 'ceo' FROM itemparam; UPDATE item SET status = 2, opendate = CURRENT_DATE, "
              f"processingmodule = 1 WHERE id = {item}")
        for file in ("events.db", "events.db-wal", "events.db-shm"):
            if os.path.exists(s.path(file)):
                os.remove(s.path(file))
        self.assertEqual(s.run("verify", "--accept").returncode, 0)
        for _ in range(2):
            s.apply()
        self.assertEqual([w for w in s.writes() if "ceo" in w], [])
        self.assertTrue([w for w in s.kinds("--item", "102") if w == "account.adopted"], "its client's account is")

    def test_an_emptied_store_is_a_lost_one(self):
        with open(self.stage.path("events.db"), "w", encoding="utf-8"):
            pass
        self.assert_only_looks("store.lost")

    def test_an_emptied_store_with_its_log_is_refused(self):
        s = self.stage
        with open(s.path("events.db"), "w", encoding="utf-8"):
            pass
        with open(s.path("events.db-wal"), "w", encoding="utf-8") as file:
            file.write("x" * 5000)
        os.remove(s.path("anchor"))
        done = s.apply()
        self.assertEqual(done.returncode, 1)
        self.assertIn("store.emptied", done.stderr)

    def test_another_store_is_noticed(self):
        with Stage() as other:
            other.apply()
            self.drift()
            other.apply()
            other.apply()
            shutil.copy(other.path("events.db"), self.stage.path("events.db"))
        done = self.stage.apply()
        self.assertEqual(done.returncode, 1)
        self.assertIn("[store.o", done.stderr)

    def test_a_foreign_file_is_no_store(self):
        with open(self.stage.path("events.db"), "w", encoding="utf-8") as file:
            file.write("not a database at all, but long enough to look like one\n" * 100)
        done = self.stage.apply()
        self.assertEqual(done.returncode, 1)
        self.assertIn("store.not_a_database", done.stderr)

    def damage(self, position):
        db = sqlite3.connect(self.stage.path("events.db"))
        db.execute("UPDATE events SET actor_name = 'mallory' WHERE position = ?", (position,))
        db.commit()
        db.close()

    def test_damage_after_the_last_proof_is_seen_at_once(self):
        s = self.stage
        newest = s.events()[0]["position"]
        db = sqlite3.connect(s.path("events.db"))
        db.execute("DELETE FROM meta WHERE key = 'proved'")
        db.commit()
        db.close()
        self.damage(newest)
        before = s.writes()
        self.drift()
        done = s.apply()
        self.assertEqual(done.returncode, 1)
        self.assertIn("store.bad", done.stderr)
        self.assertEqual(s.writes(), before)

    def test_damage_before_the_last_proof_is_found_beside_the_work_and_kept(self):
        s = self.stage
        self.assertEqual(s.apply().returncode, 0)  # proves what the first one wrote
        self.damage(3)
        service = s.serve(ready=False)
        wait_until(lambda: "store.bad" in s.page("/readyz")[1], "the proof of everything")
        before = s.writes()
        self.drift()
        reads = s.metric("bill_nextcloud_panel_read_seconds_count")
        wait_until(lambda: s.metric("bill_nextcloud_panel_read_seconds_count") > reads + 2, "passes")
        self.assertEqual(s.writes(), before)
        self.assertEqual(s.stop(service), 0)
        done = s.apply()
        self.assertEqual(done.returncode, 1)
        self.assertIn("store.bad", done.stderr)
        self.assertEqual(s.run("verify").returncode, 1)

    def test_a_kill_is_no_older_copy(self):
        s = self.stage
        service = s.serve()
        self.drift()
        service.kill()
        service.wait()
        self.assertEqual(s.apply().returncode, 0)


if __name__ == "__main__":
    unittest.main()
