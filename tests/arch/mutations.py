"""The list of mutations is true: each old text stands exactly once in its file (dev/mutate)."""

import sys
import tempfile
from pathlib import Path

from source import Finding

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dev/lib"))
import mutants  # noqa: E402


def check(project):
    return [Finding(mutants.LIST, 1, text.split(": ", 1)[1])
            for text in mutants.findings(project.root, mutants.read(project.root))]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "reconciler").mkdir()
        (root / "reconciler/a.cpp").write_text("if (a < b) {}\nif (c) {}\nif (c) {}\n", encoding="utf-8")

        def findings(**changed):
            fields = {"name": "x", "file": "reconciler/a.cpp", "old": "a < b", "new": "a <= b", "why": "it matters"}
            simulated = [mutants.Mutation(f"s{i}", "reconciler/a.cpp", "a < b", "a <= b", "so", seeds=1)
                         for i in range(mutants.MIN_SIMULATED)]
            return mutants.findings(root, [mutants.Mutation(**{**fields, **changed}), *simulated])

        assert not findings()
        for bad in ({"old": "if (c)"}, {"old": "gone"}, {"file": "reconciler/b.cpp"}, {"file": "ocs/a.cpp"},
                    {"new": "a < b"}, {"why": ""}):
            assert findings(**bad), f"not caught: {bad}"
        many = [mutants.Mutation(f"x{i}", "reconciler/a.cpp", "a < b", "true", "so", "cannot be seen") for i in range(11)]
        assert mutants.findings(root, many)
