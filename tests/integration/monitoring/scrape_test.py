"""A real Prometheus scrapes the real service: the rules evaluate, orders are measured, an alert fires and ends. Each selector of rules
and dashboard finds series, and each item of the template takes a value out of the same scrape."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import urllib.parse

import yaml

import parts

sys.path[:0] = [str(parts.SOURCE / "tests/integration" / room) for room in ("service", "panel_life")]

from life_stage import LifeStage, MariaDb  # noqa: E402
from stage import free_port, get, wait_until  # noqa: E402

# A line of a scrape.
SERIES = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')


def impatient_rules():
    """The rules as they are, but that an alert waits for nothing and all is evaluated each second."""
    found = yaml.safe_load(parts.read(parts.RULES))
    for group in found["groups"]:
        group.pop("interval", None)
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = "0s"
    return found


class Prometheus:
    def __init__(self, stage):
        self.address = f"127.0.0.1:{free_port()}"
        folder = pathlib.Path(stage.path("prometheus"))
        folder.mkdir()
        (folder / "rules.yml").write_text(yaml.safe_dump(impatient_rules()), encoding="utf-8")
        (folder / "prometheus.yml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [{"job_name": "bill-nextcloud", "static_configs": [{"targets": [stage.listen]}]}]}), encoding="utf-8")
        with open(folder / "log", "w", encoding="utf-8") as log:
            stage.processes.append(subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address={self.address}", "--log.level=warn"], stdout=log, stderr=log, cwd=folder))
        wait_until(lambda: get(f"http://{self.address}/-/ready")[0] == 200, "Prometheus")

    def api(self, path, **fields):
        _, body = get(f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(fields)}")
        found = json.loads(body or "{}")
        if found.get("status") != "success":
            raise AssertionError(f"{path} {fields}: {body}")
        return found["data"]

    def query(self, text):
        return self.api("query", query=text)["result"]

    def value(self, text):
        found = self.query(text)
        return float(found[0]["value"][1]) if found else None

    def rules(self):
        return [rule for group in self.api("rules")["groups"] for rule in group["rules"]]

    def firing(self):
        """{name: one of its alerts}"""
        return {alert["labels"]["alertname"]: alert for alert in self.api("alerts")["alerts"] if alert["state"] == "firing"}


def series_of(page):
    """[(name, {label: value})] of a scrape."""
    found = [SERIES.match(line) for line in page.splitlines() if line and not line.startswith("#")]
    return [(one[1], dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', one[2] or ""))) for one in found]


def fits(labels, wanted):
    return all(re.search(value, labels.get(label, "")) if operator == "=~" else labels.get(label) == value
               for label, (operator, value) in wanted.items())


@unittest.skipUnless(shutil.which("prometheus"), "needs Prometheus")
class Scrape(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        database = MariaDb()
        cls.addClassCleanup(database.close)
        cls.stage = cls.enterClassContext(LifeStage(database, service={"interval": '"2s"'}))
        cls.service = cls.stage.start_service()
        cls.stage.start_runner()
        cls.prometheus = Prometheus(cls.stage)
        wait_until(lambda: cls.prometheus.value('up{job="bill-nextcloud"}') == 1, "a scrape that went well")

    def since(self, name):
        return self.prometheus.firing().get(name, {}).get("activeAt")

    def test_rules_evaluate_and_nothing_fires(self):
        wait_until(lambda: all(rule["health"] != "unknown" for rule in self.prometheus.rules()), "each rule evaluated")
        rules = self.prometheus.rules()
        self.assertEqual(len(rules), len(parts.rules()))
        self.assertEqual([(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"], [])
        self.assertEqual(self.prometheus.firing().keys() & {"BillNextcloudDown", "BillNextcloudAbsent", "BillNextcloudStoreInDoubt",
                                                     "BillNextcloudPassesStopped", "BillNextcloudServerUnknown"}, set())

    def test_orders_are_measured(self):
        counts = ["sum(bill_nextcloud_open_to_login_seconds_count)", "sum(bill_nextcloud_open_to_told_seconds_count)",
                  'sum(bill_nextcloud_panel_results_total{command="open",result="told"})']
        for count in counts:
            wait_until(lambda one=count: self.prometheus.query(one), count)
            self.assertEqual(self.prometheus.value(count), 0)
        self.stage.opened()
        for count in counts:
            wait_until(lambda one=count: self.prometheus.value(one) == 1, f"1 of {count}")
        wait_until(lambda: self.prometheus.query("instance:bill_nextcloud_orders_slow:ratio1h"), "the share of slow orders")

    def test_a_refused_configuration_is_an_alert_until_it_is_mended(self):
        s = self.stage
        good = s.read("config.toml")
        with open(s.config, "a", encoding="utf-8") as file:
            file.write("\n[no-such-section]\n")
        os.kill(self.service.pid, 1)
        wait_until(lambda: "BillNextcloudConfigRefused" in self.prometheus.firing(), "the alert")
        self.assertIn(s.listen, self.prometheus.firing()["BillNextcloudConfigRefused"]["annotations"]["description"])
        with open(s.config, "w", encoding="utf-8") as file:
            file.write(good)
        os.kill(self.service.pid, 1)
        wait_until(lambda: "BillNextcloudConfigRefused" not in self.prometheus.firing(), "the end of the alert")

    def test_an_alert_goes_on_over_a_start_of_the_service(self):
        s = self.stage
        server = str(s.server)
        self.assertEqual(s.run("pause", "--server", server, "--reason", "an upgrade").returncode, 0)
        began = wait_until(lambda: self.since("BillNextcloudPausedLong"), "the alert")
        started = self.prometheus.value("process_start_time_seconds")
        self.assertEqual(s.stop(self.service), 0)
        wait_until(lambda: not self.prometheus.query("bill_nextcloud_paused"), "a scrape without the service")
        type(self).service = s.start_service()
        wait_until(lambda: (self.prometheus.value("process_start_time_seconds") or 0) > started
                   and self.prometheus.query("bill_nextcloud_paused"), "a scrape of the new one")
        self.assertEqual(self.since("BillNextcloudPausedLong"), began, "it neither ended nor began anew")
        self.assertEqual(s.run("resume", "--server", server).returncode, 0)
        wait_until(lambda: not self.since("BillNextcloudPausedLong"), "the end of the alert")

    def test_each_selector_finds_series(self):
        texts = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in parts.rules()] + parts.queries()
        found = {}
        for where, text in texts:
            for selector in parts.selectors(text):
                found.setdefault(selector, where)
        self.assertGreater(len(found), 50)
        for selector, where in found.items():
            with self.subTest(selector, where=where):
                self.assertTrue(self.prometheus.query(f"count({selector})"), "no series")

    def test_each_query_of_the_dashboard_is_answered(self):
        for where, query in parts.queries():
            with self.subTest(where):
                self.prometheus.query(query)

    def test_each_item_of_the_template_finds_its_series(self):
        page = self.stage.page("/metrics")[1]
        every = series_of(page)
        server = next(labels["server"] for name, labels in every if name == "bill_nextcloud_server_info")
        discovery = parts.template()[1]["discovery_rules"][0]
        found = {path["path"] for path in discovery["lld_macro_paths"]}
        self.assertEqual(found, {"$.labels['name']", "$.labels['server']"})
        self.assertTrue(any(name == discovery["preprocessing"][0]["parameters"][0] and {"name", "server"} <= labels.keys()
                            for name, labels in every))
        for key, name, wanted, output in parts.zabbix_patterns():
            with self.subTest(key):
                wanted = {label: (operator, value.replace("{#SERVER}", server)) for label, (operator, value) in wanted.items()}
                matching = [labels for one, labels in every if one == name and fits(labels, wanted)]
                if output == "value":
                    self.assertEqual(len(matching), 1)
                else:
                    self.assertGreater(len(matching), 0)


if __name__ == "__main__":
    unittest.main()
