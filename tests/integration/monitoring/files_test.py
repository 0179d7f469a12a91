"""The files for monitoring systems are whole: each alert has a test that shows it firing and one that shows it quiet, and a page of
the runbook; what rules, dashboard and template name exists; each query is one."""

import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

import parts

HOLDS = parts.SOURCE / "reconciler/model/hold.hpp"
VERDICT = parts.SOURCE / "reconciler/decide/verdict.cpp"
# These wait for a person too, and BillNextcloudHeld leaves them out: two have an alert of their own, the others are a person's will.
NOT_HELD = {"blast-radius", "parked", "kept", "policy", "server-disabled"}
# Zabbix knows it by the missing answer.
NOT_IN_ZABBIX = {"BillNextcloudAbsent"}


def promtool(*words):
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def waiting_codes():
    """The reasons for which an item waits for a person, as the program judges."""
    source = parts.read(HOLDS)
    constants = re.findall(r"^    (k\w+),", source[source.index("enum class HoldCode"):source.index("kNamesOf<HoldCode>")], re.M)
    names = re.findall(r'"([\w-]+)"', source[source.index("kNamesOf<HoldCode>"):source.index("static_assert")])
    assert len(constants) == len(names), (constants, names)
    judged = parts.read(VERDICT).split("bool waits_for_a_person(HoldCode code) {")[1]
    others = re.findall(r"HoldCode::(k\w+)", judged[:judged.index("return false;")])
    return {name for constant, name in zip(constants, names) if constant not in others}


def expected(check):
    """The (alert, severity, window) that are to fire at that time."""
    return {tuple(re.search(rf'{label}="([^"]*)"', sample["labels"])[1] if f'{label}="' in sample["labels"] else None
                  for label in ("alertname", "severity", "window")) for sample in check["exp_samples"]}


class Rules(unittest.TestCase):
    @unittest.skipUnless(shutil.which("promtool"), "needs promtool")
    def test_they_hold_in_their_tests(self):
        code, said = promtool("check", "rules", str(parts.RULES))
        self.assertEqual(code, 0, said)
        code, said = promtool("test", "rules", *map(str, parts.RULE_TESTS))
        self.assertEqual(code, 0, said)

    def test_each_alert_is_shown_firing_and_quiet(self):
        firing, quiet = set(), set()
        for test in parts.rule_tests():
            about = test["name"].split(":")[0]
            for check in test["promql_expr_test"]:
                firing |= expected(check)
            if all(about not in {name for name, _, _ in expected(check)} for check in test["promql_expr_test"]):
                self.assertIn("quiet", test["name"])
                quiet.add(about)
        for alert in parts.alerts():
            with self.subTest(alert["alert"]):
                shown = [one for one in firing if one[:2] == (alert["alert"], alert["labels"]["severity"])
                         and alert["labels"].get("window") in (None, one[2])]
                self.assertTrue(shown, "no test shows it firing")
                self.assertIn(alert["alert"], quiet, "no test shows it quiet")

    def test_each_test_is_about_an_alert(self):
        known = {alert["alert"] for alert in parts.alerts()}
        self.assertEqual({test["name"].split(":")[0] for test in parts.rule_tests()} - known, set())

    def test_each_alert_says_all_that_a_person_needs(self):
        for alert in parts.alerts():
            with self.subTest(alert["alert"]):
                self.assertTrue(alert["alert"].startswith("BillNextcloud"))
                self.assertIn(alert["labels"]["severity"], ("page", "ticket"))
                self.assertEqual(set(alert["annotations"]), {"summary", "description", "runbook"})
                self.assertEqual(alert["annotations"]["runbook"], f"docs/runbook/{alert['alert']}.md")
                self.assertRegex(alert["for"], r"^\d+[mhd]$")

    def test_each_alert_has_a_page_and_a_line_and_each_page_an_alert(self):
        known = {alert["alert"] for alert in parts.alerts()}
        self.assertEqual({page.stem for page in parts.RUNBOOK.glob("*.md")}, known)
        for alert in parts.alerts():
            page = parts.read(parts.RUNBOOK / f"{alert['alert']}.md")
            self.assertTrue(page.startswith(f"# {alert['alert']}\n"), alert["alert"])
            self.assertIn(alert["labels"]["severity"], re.search(r"^Severity: (.*?)\.", page, re.M)[1], alert["alert"])
        for document in ("docs/monitoring.md", "docs/ru/monitoring.md"):
            listed = re.findall(r"^\| \[(\w+)\]\((?:\.\./)?runbook/(\w+)\.md\) \| (\w+(?:, \w+)?) \|", parts.read(parts.SOURCE / document), re.M)
            self.assertEqual({name for name, _, _ in listed}, known, document)
            for name, page, severities in listed:
                self.assertEqual(name, page)
                self.assertEqual(set(severities.split(", ")),
                                 {alert["labels"]["severity"] for alert in parts.alerts() if alert["alert"] == name}, f"{document}: {name}")

    def test_the_reasons_that_wait_for_a_person_are_those_of_the_program(self):
        for name in ("BillNextcloudHeld", "BillNextcloudUnplaced"):
            with self.subTest(name):
                held = next(alert["expr"] for alert in parts.alerts() if alert["alert"] == name)
                self.assertEqual(set(re.search(r'code=~"([^"]*)"', held)[1].split("|")), waiting_codes() - NOT_HELD)

    def test_no_alert_reads_a_servers_state_without_a_bridge_over_a_start(self):
        """A gauge of a server is gone until the first pass: an alert on it alone would end and begin anew."""
        source = parts.read(parts.SOURCE / "controller/metrics/families.cpp")
        of_servers = re.findall(r'"(\w+)",\s*kGauge,\s*\{kServer', source)
        self.assertGreater(len(of_servers), 10)
        for alert in parts.alerts():
            for name in of_servers:
                for found in re.finditer(rf"(\w+)\(bill_nextcloud_{name}\b|bill_nextcloud_{name}\b", alert["expr"]):
                    self.assertIn(found[1], ("last_over_time", "max_over_time", "min_over_time"), f"{alert['alert']}: {name}")


class Names(unittest.TestCase):
    def test_what_is_named_exists(self):
        known = parts.series_names()
        self.assertGreater(len(known), 50)
        used = {"rules": " ".join(rule["expr"] for rule in parts.rules()),
                "dashboard": parts.read(parts.DASHBOARD),
                "template": " ".join(name for _, name, _, _ in parts.zabbix_patterns())}
        used.update((page.name, parts.read(page)) for page in parts.RUNBOOK.glob("*.md"))
        for where, text in used.items():
            # A page may name the beginning of several.
            lost = {name for name in parts.names(text) if name not in known
                    and not (where.endswith(".md") and any(one.startswith(name) for one in known))}
            self.assertEqual(lost, set(), where)

    def test_what_is_recorded_is_what_is_read(self):
        recorded = {rule["record"] for rule in parts.rules() if "record" in rule}
        text = parts.read(parts.DASHBOARD) + " ".join(rule["expr"] for rule in parts.rules())
        self.assertEqual(set(re.findall(r"(?:instance|server):bill_nextcloud_\w+:\w+", text)), recorded)


class Dashboard(unittest.TestCase):
    def test_each_query_is_one(self):
        group = {"name": "queries", "rules": [{"record": f"query:{number}", "expr": query}
                                              for number, (_, query) in enumerate(parts.queries())]}
        self.assertGreater(len(group["rules"]), 40)
        with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
            for rule in group["rules"]:
                rule["record"] = rule["record"].replace(":", ":q")
            yaml.safe_dump({"groups": [group]}, file)
            file.flush()
            code, said = promtool("check", "rules", file.name)
        self.assertEqual(code, 0, said)

    def test_panels_lie_beside_each_other(self):
        every = parts.dashboard()["panels"]
        self.assertEqual(len({panel["id"] for panel in every}), len(every))
        taken = {}
        for panel in every:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            for x in range(at["x"], at["x"] + at["w"]):
                for y in range(at["y"], at["y"] + at["h"]):
                    self.assertIsNone(taken.get((x, y)), panel["title"])
                    taken[x, y] = panel["title"]

    def test_no_source_of_data_is_written_into_it(self):
        for panel in parts.panels():
            for one in (panel, *panel["targets"]):
                self.assertEqual(one["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"])


class Template(unittest.TestCase):
    def test_ids_are_well_formed_and_once(self):
        ids = re.findall(r"uuid: (\S+)", parts.read(parts.TEMPLATE))
        self.assertEqual(len(set(ids)), len(ids))
        for one in ids:
            self.assertRegex(one, r"^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$")

    def test_items_depend_on_the_one_request(self):
        _, one = parts.template()
        master = one["items"][0]
        self.assertEqual(master["type"], "HTTP_AGENT")
        for item in [*one["items"][1:], *one["discovery_rules"], *parts.zabbix_items()[1]]:
            self.assertEqual((item["type"], item["master_item"]["key"]), ("DEPENDENT", master["key"]), item["key"])

    def test_triggers_name_items_that_there_are(self):
        export, one = parts.template()
        keys = {item["key"] for item in sum(parts.zabbix_items(), [])}
        for trigger in parts.zabbix_triggers():
            used = re.findall(r"\(/([^/]+)/((?:[\w.]+)(?:\[[^\]]*\])?)", trigger["expression"])
            self.assertTrue(used, trigger["name"])
            for template, key in used:
                self.assertEqual(template, one["template"])
                self.assertIn(key, keys, trigger["name"])
            self.assertEqual(trigger["expression"].count("("), trigger["expression"].count(")"), trigger["name"])

    def test_triggers_are_the_alerts(self):
        severities = {"HIGH": "page", "WARNING": "ticket"}
        told = {(trigger["tags"][0]["value"], severities[trigger["priority"]]) for trigger in parts.zabbix_triggers()}
        self.assertEqual(told, {(alert["alert"], alert["labels"]["severity"]) for alert in parts.alerts()
                                if alert["alert"] not in NOT_IN_ZABBIX})
        for trigger in parts.zabbix_triggers():
            self.assertEqual(trigger["description"], f"docs/runbook/{trigger['tags'][0]['value']}.md")

    def test_reasons_are_those_of_the_rules(self):
        expressions = " ".join(alert["expr"] for alert in parts.alerts())
        for key, name, labels, _ in parts.zabbix_patterns():
            if name.endswith(("held_age_seconds", "unplaced_age_seconds")):
                self.assertIn(labels["code"][1].removeprefix("^(?:").removesuffix(")$"), expressions, key)


if __name__ == "__main__":
    unittest.main()
