"""Every test has exactly one kind as a label, and no label is a spelling of its own."""

import json
import subprocess

from source import Finding

KINDS = {"unit", "property", "contract", "integration", "scenario", "chaos", "fuzz", "arch", "bench", "smoke"}
EXTRA = {"threads", "serial", "slow"}  # threads: run under ThreadSanitizer as well


def check(project):
    run = subprocess.run(["ctest", "--show-only=json-v1"], cwd=project.binary_dir, capture_output=True, text=True)
    if run.returncode != 0:
        return [Finding(str(project.binary_dir), 1, f"ctest --show-only failed: {run.stderr.strip()}")]
    tests = json.loads(run.stdout)["tests"]
    if not tests:
        return [Finding(str(project.binary_dir), 1, "no tests at all")]
    return check_tests({t["name"]: next((p["value"] for p in t.get("properties", []) if p["name"] == "LABELS"), [])
                        for t in tests})


def check_tests(labels_of):
    found = []
    for name, labels in labels_of.items():
        kinds = [label for label in labels if label in KINDS]
        unknown = [label for label in labels if label not in KINDS | EXTRA]
        if len(kinds) != 1:
            found.append(Finding("tests", 1, f"test {name} has {len(kinds)} kinds ({', '.join(labels) or 'no label'}); "
                                 f"give it one of {', '.join(sorted(KINDS))}"))
        for label in unknown:
            found.append(Finding("tests", 1, f"test {name} has the unknown label '{label}'"))
    return found


def self_test():
    assert not check_tests({"a": ["unit"], "b": ["integration", "threads"]})
    assert check_tests({"a": []})
    assert check_tests({"a": ["unit", "chaos"]})
    assert check_tests({"a": ["unit", "untl"]})
