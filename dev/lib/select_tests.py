"""select_tests.py BUILD_DIR --label NAME | FOLDER...: names of the tests with a label, or of those
declared in the CMakeLists.txt of one of the folders (or below it). One name a line."""

import json
import os
import subprocess
import sys

build, *rest = sys.argv[1:]
out = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True).stdout
info = json.loads(out)
files, nodes = info["backtraceGraph"]["files"], info["backtraceGraph"]["nodes"]


def declared_in(test):
    """The folders on the way from add_test up to the root's CMakeLists.txt."""
    node = test.get("backtrace")
    while node is not None:
        yield os.path.relpath(os.path.dirname(files[nodes[node]["file"]]))
        node = nodes[node].get("parent")


def wanted(test):
    if rest[0] == "--label":
        return any(p["name"] == "LABELS" and rest[1] in p["value"] for p in test.get("properties", []))
    return any(place == f or place.startswith(f + "/") for place in declared_in(test) for f in rest)


print("\n".join(sorted({t["name"] for t in info["tests"] if wanted(t)})), end="")
