"""docs/dependencies.md explains exactly the packages that dev/packages.sh installs."""

import re

from source import Finding, Texts

LIST, DOCUMENT = "dev/packages.sh", "docs/dependencies.md"


def check(project):
    script = re.sub(r"#[^\n]*", "", project.read(LIST))
    installed = {p for group in re.findall(r"packages_\w+=\(([^)]*)\)", script) for p in group.split()}
    explained = {}
    for number, line in enumerate(project.read(DOCUMENT).splitlines(), 1):
        if line.startswith("|"):
            for package in re.findall(r"`([^`]+)`", line.split("|")[1]):
                explained[package] = number
    found = [Finding(LIST, 1, f"{p} is not explained in {DOCUMENT}") for p in sorted(installed - set(explained))]
    return found + [Finding(DOCUMENT, explained[p], f"{p} is not in {LIST}") for p in sorted(set(explained) - installed)]


def self_test():
    script = "packages_build=(\n    g++ cmake\n)\npackages_test=( curl ) # wget\n"
    rows = "| `g++` | compiler |\n| `cmake`, `curl` | build `x` |\n"
    assert not check(Texts({LIST: script, DOCUMENT: rows}))
    assert len(check(Texts({LIST: script, DOCUMENT: "| `g++` | x |\n| `wget` | x |\n"}))) == 3
