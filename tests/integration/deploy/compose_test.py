"""deploy/compose.yaml: a valid file whose parts exist and fit together, and whose panel the controller reads from a real MariaDB. The images
are not started.

BN_COMPOSE_UPDATE=1 writes the sample panel's rows anew (deploy/compose/panel.sql)."""

import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import yaml

SOURCE = pathlib.Path(os.environ["BN_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests/integration/service"))
from mariadb import MariaDb, SCHEMA  # noqa: E402

DEPLOY = SOURCE / "deploy"
FILE = DEPLOY / "compose.yaml"
ROWS = DEPLOY / "compose/panel.sql"
BIN = os.environ["BN_BIN"]
PASSWORD = "stand-of-compose-1"
CLOUDS = ("nextcloud", "http://nextcloud", "admin", "-", "owncloud", "http://owncloud:8080", "admin", "-")


def services():
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]


def rows():
    """The sample panel's rows as MariaDB takes them, and the login that reads them."""
    lines = ["-- The panel of deploy/compose.yaml: the sample panel's rows, by tests/integration/deploy/compose_test.py (BN_COMPOSE_UPDATE=1).",
             "SET FOREIGN_KEY_CHECKS = 0;"]
    with tempfile.TemporaryDirectory(prefix="bn-compose-") as temp:
        subprocess.run([os.path.join(os.environ["BN_FAKES"], "panel/sample-panel"), f"{temp}/panel.db", "create", *CLOUDS], check=True,
                       capture_output=True, env=dict(os.environ, SAMPLE_PANEL_PASSWORD=PASSWORD))
        panel = sqlite3.connect(f"{temp}/panel.db")
        for (table,) in panel.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            if table.startswith(("sqlite_", "fake_")):
                continue
            found = panel.execute(f"SELECT * FROM `{table}`")
            columns = ", ".join(f"`{column[0]}`" for column in found.description)
            lines.append(f"DELETE FROM `{table}`;")  # the schema brings rows of its own
            lines += [f"INSERT INTO `{table}` ({columns}) VALUES ({', '.join(map(MariaDb.literal, row))});" for row in found]
        panel.close()
    lines += [f"CREATE USER bill_nextcloud IDENTIFIED BY '{PASSWORD}';", "GRANT SELECT ON billmgr.* TO bill_nextcloud;"]
    # What the sample says of now is said of one day, so that the file is the same whenever it is made.
    return re.sub(r"'20\d\d-\d\d-\d\d( \d\d:\d\d:\d\d)?'", lambda m: "'2026-11-01 12:00:00'" if m[1] else "'2026-11-01'", "\n".join(lines)) + "\n"


class Compose(unittest.TestCase):
    @unittest.skipUnless(shutil.which("docker-compose"), "needs docker-compose")
    def test_docker_compose_takes_it(self):
        with tempfile.TemporaryDirectory(prefix="bn-compose-") as temp:
            pathlib.Path(temp, "build/packages").mkdir(parents=True)  # dev/package makes it
            pathlib.Path(temp, "deploy").mkdir()
            shutil.copy(FILE, f"{temp}/deploy")
            done = subprocess.run(["docker-compose", "-f", f"{temp}/deploy/compose.yaml", "config", "-q"], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_it_mounts_exists(self):
        named = set(yaml.safe_load(FILE.read_text(encoding="utf-8"))["volumes"])
        for name, service in services().items():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((DEPLOY / source).exists(), f"{name}: {source}")
                else:
                    self.assertIn(source, named, name)
        build = services()["controller"]["build"]
        self.assertTrue(pathlib.Path(os.path.normpath(DEPLOY / build["context"] / build["dockerfile"])).is_file())

    def test_it_is_seen_from_this_machine_alone(self):
        for name, service in services().items():
            for port in service.get("ports", []):
                self.assertRegex(port, r"^127\.0\.0\.1:", name)

    def test_its_parts_name_each_other(self):
        every, config = services(), (DEPLOY / "compose/config.toml").read_text(encoding="utf-8")
        self.assertIn(re.search(r'^host = "(.*)"', config, re.M)[1], every)
        scraped = yaml.safe_load((DEPLOY / "compose/prometheus.yml").read_text(encoding="utf-8"))
        target, port = scraped["scrape_configs"][0]["static_configs"][0]["targets"][0].split(":")
        self.assertIn(target, every)
        self.assertIn(f':{port}"', config)
        source = yaml.safe_load((DEPLOY / "compose/grafana-datasource.yml").read_text(encoding="utf-8"))["datasources"][0]
        self.assertEqual(source["url"].split("//")[1].split(":")[0], "prometheus")
        provider = yaml.safe_load((DEPLOY / "compose/grafana-dashboards.yml").read_text(encoding="utf-8"))["providers"][0]
        self.assertIn(f"./grafana:{provider['options']['path']}:ro", every["grafana"]["volumes"])
        for name in ("nextcloud", "owncloud", "panel-db", "controller"):
            self.assertIn(PASSWORD, every[name]["environment"].values())

    @unittest.skipUnless(shutil.which("promtool"), "needs promtool")
    def test_prometheus_takes_its_configuration(self):
        with tempfile.TemporaryDirectory(prefix="bn-compose-") as temp:
            shutil.copy(DEPLOY / "compose/prometheus.yml", temp)
            shutil.copy(DEPLOY / "prometheus/bill-nextcloud.rules.yml", temp)
            subprocess.run(["promtool", "check", "config", f"{temp}/prometheus.yml"], check=True, capture_output=True)

    def test_the_rows_are_the_sample_panels(self):
        if os.environ.get("BN_COMPOSE_UPDATE"):
            ROWS.write_text(rows(), encoding="utf-8")
        self.assertEqual(ROWS.read_text(encoding="utf-8"), rows())

    @unittest.skipUnless(shutil.which("mariadbd"), "needs MariaDB")
    def test_the_controller_reads_them(self):
        db = MariaDb()
        self.addCleanup(db.close)
        db.sql("CREATE DATABASE billmgr CHARACTER SET utf8mb4")
        db.sql(pathlib.Path(SCHEMA).read_text(encoding="utf-8"), "billmgr")
        db.sql(ROWS.read_text(encoding="utf-8"), "billmgr")
        folder = pathlib.Path(db.dir, "controller")
        folder.mkdir()
        (folder / "panel.password").write_text(PASSWORD + "\n")
        (folder / "panel.password").chmod(0o600)
        config = (DEPLOY / "compose/config.toml").read_text(encoding="utf-8")
        config = re.sub(r"/(run|var/lib)/bill-nextcloud/", f"{folder}/", config)
        config = re.sub(r'^host = .*', f'socket = "{db.socket}"', config, flags=re.M)
        (folder / "config.toml").write_text(config, encoding="utf-8")
        said = subprocess.run([BIN, "plan", "--config", folder / "config.toml"], capture_output=True, text=True, check=False,
                              env=dict(os.environ, LC_ALL="C.UTF-8")).stdout
        for name in ("nextcloud", "owncloud"):
            self.assertIn(name, said)


if __name__ == "__main__":
    unittest.main()
