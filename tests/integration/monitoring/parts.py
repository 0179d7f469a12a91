"""What is made for monitoring systems, as values: rules, their tests, the dashboard, the template, the runbook."""

import json
import os
import pathlib
import re

import yaml

SOURCE = pathlib.Path(os.environ["BN_SOURCE"]).resolve()
RULES = SOURCE / "deploy/prometheus/bill-nextcloud.rules.yml"
RULE_TESTS = sorted((SOURCE / "deploy/prometheus/tests").glob("*.yml"))
DASHBOARD = SOURCE / "deploy/grafana/bill-nextcloud.json"
TEMPLATE = SOURCE / "deploy/zabbix/bill-nextcloud.yaml"
RUNBOOK = SOURCE / "docs/runbook"
# What a dashboard's variables stand for, in a query that is to be tried.
VARIABLES = {"$__rate_interval": "1m", "$instance": ".*", "$server": ".*"}
# Gives each time series of a histogram.
PARTS = ("", "_bucket", "_count", "_sum")


def read(file):
    return file.read_text(encoding="utf-8")


def families():
    """{name: type} of all that a scrape has."""
    rows = re.findall(r'\{Metric::k\w+,\s*"(\w+)",\s*k(\w+),', read(SOURCE / "controller/metrics/families.cpp"))
    found = {f"bill_nextcloud_{name}": kind.lower() for name, kind in rows}
    process = re.findall(r'\{"(process_\w+)", (true|false),', read(SOURCE / "controller/metrics/process.cpp"))
    found.update({name: "counter" if counter == "true" else "gauge" for name, counter in process})
    return found


def series_names():
    """The names that a query may use."""
    return {name + part for name, kind in families().items() for part in PARTS if not part or kind == "histogram"}


def rules():
    return [rule for group in yaml.safe_load(read(RULES))["groups"] for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def rule_tests():
    return [test for file in RULE_TESTS for test in yaml.safe_load(read(file))["tests"]]


def dashboard():
    return json.loads(read(DASHBOARD))


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries():
    """[(where, query)] of the dashboard."""
    found = [(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]
    for name, value in VARIABLES.items():
        found = [(where, query.replace(name, value)) for where, query in found]
    return found


def selectors(query):
    """The series that a query names, each with its labels: as they stand there, without a range."""
    return re.findall(r"(?<![\w:])((?:bill_nextcloud|process)_\w+(?:\{[^}]*\})?)", query)


def names(text):
    return set(re.findall(r"(?<![\w:])((?:bill_nextcloud|process)_\w+)", text))


def template():
    export = yaml.safe_load(read(TEMPLATE))["zabbix_export"]
    return export, export["templates"][0]


def zabbix_items():
    """(whole, of a server)"""
    _, one = template()
    return one["items"], one["discovery_rules"][0]["item_prototypes"]


def zabbix_triggers():
    export, one = template()
    found = [*export["triggers"], *one["discovery_rules"][0]["trigger_prototypes"]]
    for item in sum(zabbix_items(), []):
        found += [*item.get("triggers", []), *item.get("trigger_prototypes", [])]
    return found


def zabbix_patterns():
    """[(key, name, {label: (operator, value)}, output)]: what each item takes out of a scrape."""
    found = []
    for item in sum(zabbix_items(), []):
        steps = [step for step in item.get("preprocessing", []) if step["type"] == "PROMETHEUS_PATTERN"]
        for step in steps:
            pattern, output, _ = step["parameters"]
            name, _, labels = pattern.partition("{")
            wanted = {label: (operator, value) for label, operator, value in re.findall(r'(\w+)(=~?)"([^"]*)"', labels)}
            found.append((item["key"], name, wanted, output))
    return found
