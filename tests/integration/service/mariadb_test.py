"""The whole program on a real MariaDB: the same plan as from the sample file, by a login that can
only read; and what it says when the database is away or its rights are too small."""

import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import unittest

from stage import Stage, wait_until

SCHEMA = os.path.join(os.environ["BN_SOURCE"], "tests/fakes/panel/panel_schema.sql")
READER_PASSWORD = "Reader-Pass-31"


class MariaDb:
    def __init__(self):
        self._temp = tempfile.TemporaryDirectory(prefix="bn-mariadb-")
        self.dir = self._temp.name
        self.socket = os.path.join(self.dir, "s")
        self.user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={self.dir}/data",
             f"--tmpdir={self.dir}", "--auth-root-authentication-method=normal", "--skip-test-db", *self.user],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.log = open(f"{self.dir}/log", "w", encoding="utf-8")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={self.dir}/data", f"--socket={self.socket}",
             f"--pid-file={self.dir}/pid", "--skip-networking", "--skip-log-bin",
             "--innodb-buffer-pool-size=32M", f"--tmpdir={self.dir}", *self.user],
            stdout=self.log, stderr=self.log)
        wait_until(lambda: self.sql("SELECT 1", check=False).returncode == 0, "MariaDB", 120)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self._temp.cleanup()

    def sql(self, text, database="", check=True):
        return subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch",
             *([database] if database else [])],
            input=text, text=True, capture_output=True, check=check)

    def copy_from(self, sqlite_file):
        """The sample panel's rows, in a database with the panel's own schema."""
        with open(SCHEMA, encoding="utf-8") as file:
            schema = file.read()
        self.sql("DROP DATABASE IF EXISTS billmgr; CREATE DATABASE billmgr CHARACTER SET utf8mb4")
        lines = [schema, "SET FOREIGN_KEY_CHECKS = 0;"]
        panel = sqlite3.connect(sqlite_file)
        tables = [r[0] for r in panel.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            if table.startswith(("sqlite_", "fake_")):  # not tables of the panel
                continue
            rows = panel.execute(f"SELECT * FROM `{table}`")
            columns = ",".join(f"`{c[0]}`" for c in rows.description)
            lines.append(f"DELETE FROM `{table}`;")
            for row in rows:
                lines.append(f"INSERT INTO `{table}` ({columns}) VALUES "
                             f"({','.join(self.literal(v) for v in row)});")
        panel.close()
        self.sql("\n".join(lines), "billmgr")
        self.sql("CREATE OR REPLACE USER reader@localhost IDENTIFIED BY "
                 f"'{READER_PASSWORD}'; GRANT SELECT ON billmgr.* TO reader@localhost")

    @staticmethod
    def literal(value):
        if value is None:
            return "NULL"
        if isinstance(value, (int, float)):
            return str(value)
        return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


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
