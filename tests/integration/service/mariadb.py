"""A real MariaDB of one's own, with the sample panel's rows, in a folder that goes with it."""

import os
import signal
import sqlite3
import subprocess
import tempfile

from stage import wait_until

SCHEMA = os.path.join(os.environ["BN_SOURCE"], "tests/fakes/panel/panel_schema.sql")
READER_PASSWORD = "Reader-Pass-31"


class MariaDb:
    def __init__(self, port=None):
        """With a port it listens on 127.0.0.1 as well."""
        self._temp = tempfile.TemporaryDirectory(prefix="bn-mariadb-")
        self.dir = self._temp.name
        self.socket = os.path.join(self.dir, "s")
        self.network = ["--skip-networking"] if port is None else [
            "--bind-address=127.0.0.1", f"--port={port}", "--skip-name-resolve"]
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
             f"--pid-file={self.dir}/pid", *self.network, "--skip-log-bin",
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
        for host in ("localhost", "127.0.0.1"):
            self.sql(f"CREATE OR REPLACE USER reader@'{host}' IDENTIFIED BY '{READER_PASSWORD}'; "
                     f"GRANT SELECT ON billmgr.* TO reader@'{host}'")

    @staticmethod
    def literal(value):
        if value is None:
            return "NULL"
        if isinstance(value, (int, float)):
            return str(value)
        return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"
