"""The list of mutations and the bench that tries them, for dev/mutate and tests/arch."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from dataclasses import dataclass

LIST = "dev/mutations.toml"
# What decides lies in the core; these programs need nothing else.
FOLDERS = ("reconciler/",)
TESTS = ("unit_reconciler", "property_reconciler")
MAX_EXPLAINED = 10
TIMEOUT = 120  # a mutation may make a loop endless


@dataclass
class Mutation:
    name: str
    file: str
    old: str
    new: str
    why: str
    explained: str = ""  # why no test can notice it


@dataclass
class Outcome:
    name: str
    verdict: str  # killed, survived, explained, broken
    detail: str


def read(root):
    with open(root / LIST, "rb") as file:
        return [Mutation(name=name, **fields) for name, fields in tomllib.load(file).items()]


def findings(root, every):
    """What is wrong with the list: it must not rot when the code moves on."""
    found = []
    for m in every:
        path = root / m.file
        times = path.read_text(encoding="utf-8").count(m.old) if path.is_file() else -1
        if not m.file.startswith(FOLDERS) or not m.file.endswith(".cpp"):
            found.append(f"{LIST}: {m.name}: {m.file} is no source of the core")
        elif times < 0:
            found.append(f"{LIST}: {m.name}: there is no file {m.file}")
        elif times != 1:
            found.append(f"{LIST}: {m.name}: its old text stands {times} times in {m.file}, not once")
        if m.old == m.new or not m.why:
            found.append(f"{LIST}: {m.name}: changes nothing, or does not say why it matters")
    explained = sum(1 for m in every if m.explained)
    if explained > MAX_EXPLAINED:
        found.append(f"{LIST}: {explained} mutations are explained away, at most {MAX_EXPLAINED} may be")
    return found


class Bench:
    """The core and its tests, built once in a folder of their own; a mutation compiles one file anew."""

    def __init__(self, root, build, jobs):
        self.root, self.build = root, build
        options = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DBN_TESTS=ON",
                   "-DCMAKE_UNITY_BUILD=OFF", "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON"]
        self._must(["cmake", "-S", root, "-B", build, "-G", "Ninja", *options], "the configuration")
        self._must(["cmake", "--build", build, "--parallel", str(jobs), "--target", *TESTS], "the build")
        with open(build / "compile_commands.json", encoding="utf-8") as file:
            self.compile = {entry["file"]: entry["command"] for entry in json.load(file)
                            if entry["file"].startswith(f"{root}/reconciler/")}
        self.links = {test: self._link_command(test) for test in TESTS}
        for test, command in self.links.items():
            detail = self._run_test(command[1])
            if detail:
                raise SystemExit(f"{test} fails without any mutation: {detail}")

    @staticmethod
    def _must(command, what):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{done.stdout[-4000:]}{done.stderr[-4000:]}\n{what} fails")

    def _link_command(self, test):
        lines = subprocess.run(["ninja", "-C", self.build, "-t", "commands", test], capture_output=True,
                               text=True, check=True).stdout.splitlines()
        line = next(line for line in reversed(lines) if "libbn_reconciler.a" in line and " -o " in line)
        words = [word for word in shlex.split(line) if word not in (":", "&&")]
        return words, self.build / words[words.index("-o") + 1]

    def _run_test(self, program):
        """Why it failed; empty: it passed."""
        command = [program, "--gtest_brief=1", "--gtest_fail_fast", "--gtest_color=no"]
        environment = dict(os.environ, RC_PARAMS="seed=20261126 noshrink=1")
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, env=environment,
                                  cwd=self.build, errors="replace")
        except subprocess.TimeoutExpired:
            return "never ends"
        if done.returncode == 0:
            return ""
        failed = re.search(r"\[  FAILED  \] ([\w./]+)", done.stdout)
        return failed.group(1) if failed else f"exit {done.returncode}"

    def try_out(self, m):
        place = self.build / "mutants" / m.name
        shutil.rmtree(place, ignore_errors=True)
        source = place / m.file
        source.parent.mkdir(parents=True)
        original = self.root / m.file
        source.write_text(original.read_text(encoding="utf-8").replace(m.old, m.new), encoding="utf-8")
        words = shlex.split(self.compile[str(original)])
        words = [str(source) if word == str(original) else word for word in words]
        mutant = place / "mutant.o"
        words[words.index("-o") + 1] = str(mutant)
        done = subprocess.run([*words, "-w"], capture_output=True, text=True, cwd=self.build)
        if done.returncode != 0:
            return Outcome(m.name, "broken", next((l for l in done.stderr.splitlines() if "error" in l), "?"))
        for test in TESTS:
            detail = self._killed_by(test, mutant, place / test)
            if detail:
                shutil.rmtree(place)
                return Outcome(m.name, "killed", detail)
        shutil.rmtree(place)
        return Outcome(m.name, "explained" if m.explained else "survived", m.explained or m.why)

    def _killed_by(self, test, mutant, program):
        """Links the test with the mutant before the archive, whose own member is then left out."""
        words = list(self.links[test][0])
        words[words.index("-o") + 1] = str(program)
        at = next(i for i, word in enumerate(words) if word.endswith("libbn_reconciler.a"))
        words.insert(at, str(mutant))
        done = subprocess.run(words, capture_output=True, text=True, cwd=self.build)
        if done.returncode != 0:
            raise SystemExit(f"{test} does not link with {mutant}:\n{done.stderr[-2000:]}")
        return self._run_test(program)
