"""The whole program on a real MariaDB: the same plan as from the sample file, by a login that can
only read; and what it says when the database is away or its rights are too small."""

import json
import os
import unittest

from mariadb import READER_PASSWORD, MariaDb
from stage import Stage, wait_until


class OnMariaDb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.db.close()

    def use(self, stage, service=None):
        self.db.copy_from(stage.path("panel.db"))
        with open(stage.path("db.password"), "w", encoding="utf-8") as file:
            file.write(READER_PASSWORD + "\n")
        os.chmod(stage.path("db.password"), 0o600)
        stage.write_config(service=service, panel=f'socket = "{self.db.socket}"\nuser = "reader"\n'
                           f'password_file = "{stage.path("db.password")}"')

    def test_same_plan_as_from_the_sample_file_and_nothing_is_written(self):
        with Stage() as s:
            from_file = s.plan()[1]
            self.use(s)
            self.assertEqual(s.run("check").returncode, 0)
            code, from_mariadb, errors = s.plan()
            self.assertEqual(code, 2, errors)
            for plan in (from_file, from_mariadb):
                plan.pop("made_at", None)
            self.assertEqual(from_file, from_mariadb)
            before = self.db.sql("CHECKSUM TABLE item, itemparam, runningoperation", "billmgr").stdout
            self.assertEqual(s.apply().returncode, 0)
            self.assertEqual(s.plan()[0], 0)
            after = self.db.sql("CHECKSUM TABLE item, itemparam, runningoperation", "billmgr").stdout
            self.assertEqual(before, after)

    def test_service_survives_a_restart_of_the_database(self):
        with Stage() as s:
            self.use(s, {"interval": '"1s"'})
            s.serve()
            self.db.stop()
            wait_until(lambda: s.page("/readyz")[0] == 503, "unready")
            self.assertTrue(s.user("user_101")["enabled"])
            self.db.start()
            wait_until(lambda: s.page("/readyz")[0] == 200, "ready again")
            item = 110
            self.db.sql(f"UPDATE item SET status = 5, processingmodule = 1 WHERE id = {item};"
                        f"INSERT INTO runningoperation (id, item, intname) VALUES (900, {item}, "
                        "'open')", "billmgr")
            wait_until(lambda: s.user(f"user_{item}"), "the account of a paid item")

    def test_missing_rights_name_the_remedy(self):
        with Stage() as s:
            self.use(s)
            self.db.sql("REVOKE SELECT ON billmgr.* FROM reader@localhost")
            for verb in ("check", "plan"):
                done = s.run(verb)
                self.assertEqual(done.returncode, 1)
                self.assertIn("GRANT SELECT", done.stdout + done.stderr)
                self.assertNotIn(READER_PASSWORD, done.stdout + done.stderr)

    def test_missing_column_is_named(self):
        with Stage() as s:
            self.use(s)
            self.db.sql("ALTER TABLE item DROP COLUMN period", "billmgr")
            done = s.run("check", "--json")
            self.assertEqual(done.returncode, 1)
            self.assertIn("item.period", done.stdout)
            json.loads(done.stdout)


if __name__ == "__main__":
    unittest.main()
