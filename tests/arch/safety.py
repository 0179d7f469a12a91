"""What docs/safety.md names as proof exists: tests by file and name, invariants of the simulation in
its own words, planted faults by name. Each row has a promise, and something that shows it."""

import re
import tomllib

from source import Finding, Texts

DOC = "docs/safety.md"
FAULTS = "dev/mutations.toml"
SIMULATION = "tests/scenario/simulation/"
PROOFS = "shown by"  # the head of the column
_CODE = re.compile(r"`([^`]*)`")
_CPP_TEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")
_PY_TEST = re.compile(r"^ *def (test_\w+)\(", re.MULTILINE)
_REPORTED = re.compile(r'\b(?:broken|amiss)\(\s*(?:\w+,\s*)?(?:fmt::format\(\s*)?"((?:[^"\\]|\\.)*)"')


def check(project):
    files = set(project.files())
    if DOC not in files:
        return [Finding(DOC, 1, "is not there: nobody is told what is promised")]
    known = Known(project, files)
    found, rows, judged = [], 0, False
    for number, line in enumerate(project.read(DOC).splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or set(line) <= set("|- "):
            judged = judged and line.startswith("|")
        elif cells[-1] == PROOFS:
            judged = True
        elif judged:
            rows += 1
            proofs = _CODE.findall(cells[-1])
            if not cells[0] or not proofs:
                found.append(Finding(DOC, number, "has no promise, or nothing that shows it"))
            found += [Finding(DOC, number, why) for why in map(known.fault_of, proofs) if why]
    return found if rows else [Finding(DOC, 1, f"has no table with a column '{PROOFS}': this check sees nothing")]


class Known:
    def __init__(self, project, files):
        self.project, self.files = project, files
        self.faults = set(tomllib.loads(project.read(FAULTS))) if FAULTS in files else set()
        self.reported = [text for path in sorted(files) if path.startswith(SIMULATION) and path.endswith(".cpp")
                         for text in _REPORTED.findall(project.read(path))]

    def fault_of(self, proof):
        """What is wrong with it; nothing: it exists."""
        kind, _, text = proof.partition(": ")
        if kind == "fault":
            return None if text in self.faults else f"{FAULTS} has no {text}"
        if kind == "invariant":
            return None if any(text in one for one in self.reported) else f"the simulation reports no '{text}'"
        path, _, name = proof.partition(" ")
        path = "tests/" + path
        if path not in self.files:
            return f"there is no file {path}"
        return None if name in self._tests(path) else f"{path} has no test {name}"

    def _tests(self, path):
        text = self.project.read(path)
        return _PY_TEST.findall(text) if path.endswith(".py") else [".".join(m) for m in _CPP_TEST.findall(text)]


def self_test():
    world = {"tests/a_test.cpp": "TEST_F(A, B) {}\nTEST(\n    C, D\n) {}\n", "tests/b_test.py": "    def test_e(self):\n",
             FAULTS: '["x.y"]\nwhy = "so"\n',
             SIMULATION + "invariants.cpp": 'broken("never so: " + x);\nbroken(fmt::format(\n"{} is lost", x));\n'
                                            'amiss(id, fmt::format("item {} waits", id));\nsay("said");'}

    def findings(*rows, head="| what | limit | shown by |"):
        table = "\n".join([head, "|---|---|---|", *rows])
        return check(Texts(world | {DOC: f"# Safety\n\n{table}\n\n| other |\n|---|\n| `x` |\n"}))

    for proof in ("a_test.cpp A.B", "a_test.cpp C.D", "b_test.py test_e", "fault: x.y", "invariant: never so",
                  "invariant: is lost", "invariant: waits"):
        assert not findings(f"| so | | `{proof}` |"), f"caught: {proof}"
        assert findings(f"| | | `{proof}` |"), "a row without a promise"
    for proof in ("a_test.cpp A.D", "c_test.cpp A.B", "b_test.py test_f", "fault: x.z", "invariant: said", "A.B"):
        assert findings("| so | | `fault: x.y` |", f"| so | | `{proof}` |"), f"not caught: {proof}"
    assert findings("| so | | by and by |")
    assert findings("| so | `x` | `fault: x.y` |", head="| what | limit | why |"), "a lost table is not noticed"
    assert check(Texts(world))
