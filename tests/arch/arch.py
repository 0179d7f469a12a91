#!/usr/bin/env python3
"""arch.py CHECK [--root DIR] [--binary-dir DIR]: one architecture check, self-test first.

CHECK is a module of this folder (includes, purity, coroutines, ...) or "all" (those that need no
build). Exit 0 when nothing is found, 1 with findings, 2 when the check does not catch its samples.
"""

import argparse
import importlib
import sys
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
from source import Project  # noqa: E402

WITHOUT_BUILD = ["includes", "purity", "coroutines", "sizes", "words", "doc_links", "packages", "unity", "decisions", "safety",
                 "dialect", "texts"]


def run(name, project):
    module = importlib.import_module(name)
    try:
        module.self_test()
    except AssertionError:
        traceback.print_exc()
        print(f"{name}: the check does not catch its own samples")
        return 2
    findings = module.check(project)
    for finding in findings:
        print(finding)
    print(f"{name}: {len(findings)} findings" if findings else f"{name}: ok")
    return 1 if findings else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check")
    parser.add_argument("--root", default=str(Path(__file__).resolve().parents[2]))
    parser.add_argument("--binary-dir")
    args = parser.parse_args()
    project = Project(args.root, args.binary_dir)
    names = WITHOUT_BUILD if args.check == "all" else [args.check]
    return max(run(name, project) for name in names)


if __name__ == "__main__":
    sys.exit(main())
