"""The list of mutations and the bench that tries them, for dev/mutate and tests/arch."""

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field

LIST = "dev/mutations.toml"
# What decides lies in the core, and about payments in webpay/; their tests need nothing else. The quick ones first.
FOLDERS = ("reconciler/", "webpay/")
TESTS = {"unit_webpay": "tests/unit/webpay", "unit_reconciler": "tests/unit/reconciler", "property_reconciler": "tests/property"}
MAX_EXPLAINED = 10
MIN_SIMULATED = 40
TIMEOUT = 120  # a mutation may make a loop endless


@dataclass
class Mutation:
    name: str
    file: str
    old: str
    new: str
    why: str
    explained: str = ""  # why no test can notice it
    seeds: int = 0  # the simulation finds it within so many histories; 0: nobody says so
    hazards: str = ""  # that those histories need (sim --hazards)
    also: list[str] = field(default_factory=list)  # made along with it there: rules behind this one


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
    names = {m.name for m in every}
    for m in every:
        path = root / m.file
        times = path.read_text(encoding="utf-8").count(m.old) if path.is_file() else -1
        if not m.file.startswith(FOLDERS) or not m.file.endswith(".cpp"):
            found.append(f"{LIST}: {m.name}: {m.file} is no source of the core")
        elif times < 0:
            found.append(f"{LIST}: {m.name}: there is no file {m.file}")
        elif times != 1:
            found.append(f"{LIST}: {m.name}: its old text stands {times} times in {m.file}, not once")
        if (m.hazards or m.also) and not m.seeds:
            found.append(f"{LIST}: {m.name}: hazards and also say something about seeds, and there are none")
        found += [f"{LIST}: {m.name}: also {name}, which is not in the list" for name in m.also if name not in names]
        if m.old == m.new or not m.why:
            found.append(f"{LIST}: {m.name}: changes nothing, or does not say why it matters")
    simulated = sum(1 for m in every if m.seeds)
    if simulated < MIN_SIMULATED:
        found.append(f"{LIST}: the simulation is to find {simulated} mutations, at least {MIN_SIMULATED} is the rule")
    explained = sum(1 for m in every if m.explained)
    if explained > MAX_EXPLAINED:
        found.append(f"{LIST}: {explained} mutations are explained away, at most {MAX_EXPLAINED} may be")
    return found


class Bench:
    """The core and its tests, built once in a folder of their own, as quickly as they can be: without
    optimisation and with every header of the core precompiled. A mutation compiles one file anew."""

    FLAGS = ["-std=c++20", "-O0", "-w", "-fcoroutines", "-DFMT_SHARED"]
    LIBRARIES = ["-lgtest", "-lgtest_main", "-lgmock", "-lrapidcheck", "-lfmt", "-lcrypto", "-lpugixml", "-lpthread"]

    def __init__(self, root, build, jobs):
        self.root, self.build = root, build
        build.mkdir(parents=True, exist_ok=True)
        self._set_flags()
        self.core = self._objects("reconciler", "*.cpp") | self._objects("webpay", "*.cpp") | self._objects("base", "text.cpp")
        self.tests = {name: self._objects(folder, "*_test.cpp") for name, folder in TESTS.items()}
        self._write_ninja()
        done = subprocess.run(["ninja", "-C", build, "-j", str(jobs)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{done.stdout[-4000:]}\nthe core or its tests do not build")
        self._check_unbroken()

    def _set_flags(self):
        root, build = self.root, self.build
        self.flags = [os.environ.get("CXX", "g++"), *self.FLAGS, f"-I{root}",
                      f'-DBN_SOURCE_DIR="{root}"', f'-DBN_BINARY_DIR="{build}"']
        self.link = [self.flags[0]] + (["-fuse-ld=mold"] if shutil.which("mold") else [])

    def _check_unbroken(self):
        for test in TESTS:
            detail = self._run_test(self.build / test)
            if detail:
                raise SystemExit(f"{test} fails without any mutation: {detail}")

    def _objects(self, folder, pattern):
        """Object by source, both as paths below the root and the build folder."""
        sources = sorted(str(p.relative_to(self.root)) for p in (self.root / folder).rglob(pattern))
        return {source: f"{source}.o" for source in sources}

    def _write_header(self, name, includes):
        text = "".join(f"#include {include}\n" for include in includes)
        path = self.build / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")

    def _write_ninja(self):
        headers = sorted(str(p.relative_to(self.root)) for p in (self.root / "reconciler").rglob("*.hpp"))
        core = ["<fmt/format.h>"] + [f'"{header}"' for header in headers]
        self._write_header("core.hpp", core)
        self._write_header("tests.hpp", [*core, "<gtest/gtest.h>", "<rapidcheck.h>"])
        flags = " ".join(shlex.quote(word) for word in self.flags).replace("$", "$$")
        lines = ["rule cxx", f"  command = {flags} $extra -MD -MF $out.d -o $out -c $in", "  depfile = $out.d", "  deps = gcc",
                 "rule link", f"  command = {' '.join(self.link)} -o $out $in {' '.join(self.LIBRARIES)}"]
        for name in ("core.hpp", "tests.hpp"):
            lines += [f"build {name}.gch: cxx {name}", "  extra = -x c++-header"]
        for objects, header in ((self.core, "core.hpp"), *((o, "tests.hpp") for o in self.tests.values())):
            for source, obj in objects.items():
                lines += [f"build {obj}: cxx {self.root / source} | {header}.gch", f"  extra = -include {header}"]
        for test, objects in self.tests.items():
            lines.append(f"build {test}: link {' '.join([*self.core.values(), *objects.values()])}")
        (self.build / "build.ninja").write_text("\n".join(lines) + "\n", encoding="utf-8")

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

    def _made_with(self, m):
        return [m]

    def try_out(self, m):
        place = self.build / "mutants" / m.name
        shutil.rmtree(place, ignore_errors=True)
        texts = {}
        for one in self._made_with(m):
            text = texts.get(one.file) or (self.root / one.file).read_text(encoding="utf-8")
            if one.old not in text:
                return Outcome(m.name, "broken", f"{one.name} does not go along with it")
            texts[one.file] = text.replace(one.old, one.new)
        changed = {}
        for file, text in texts.items():
            source = place / file
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(text, encoding="utf-8")
            changed[file] = source.with_suffix(".o")
            error = self._run([*self.flags, "-include", "core.hpp", "-o", changed[file], "-c", source])
            if error:
                return Outcome(m.name, "broken", next((line for line in error.splitlines() if "error" in line), error))
        outcome = self._judge(m, place, [changed.get(source, obj) for source, obj in self.core.items()])
        shutil.rmtree(place)
        return outcome

    def _judge(self, m, place, objects):
        outcome = Outcome(m.name, "explained" if m.explained else "survived", m.explained or m.why)
        for test in TESTS:
            error = self._run([*self.link, "-o", place / test, *objects, *self.tests[test].values(), *self.LIBRARIES])
            if error:
                raise SystemExit(f"{test} does not link with {m.name}:\n{error[-2000:]}")
            detail = self._run_test(place / test)
            if detail:
                return Outcome(m.name, "killed", detail)
        return outcome

    def _run(self, command):
        """What it complained of; empty: it went well."""
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.build)
        return (done.stderr or "?") if done.returncode else ""


class SimBench(Bench):
    """The core alone once more, optimised, and the simulator of the preset `sim` linked with it: a mutation
    is to break an invariant within its number of seeds."""

    FLAGS = ["-std=c++20", "-O1", "-w", "-fcoroutines", "-fPIE", "-DFMT_SHARED"]
    TARGET = "sim"

    def __init__(self, root, build, jobs):
        for command in (["cmake", "--preset", "sim"], ["cmake", "--build", "build/sim", "--target", self.TARGET]):
            done = subprocess.run(command, cwd=root, capture_output=True, text=True)
            if done.returncode != 0:
                raise SystemExit(f"{done.stdout[-4000:]}{done.stderr[-2000:]}\nthe simulator does not build")
        self.sim_build = root / "build/sim"
        self.by_name = {m.name: m for m in read(root)}
        said = subprocess.run(["ninja", "-C", self.sim_build, "-t", "commands", self.TARGET], capture_output=True, text=True)
        self.link_sim = next(line for line in reversed(said.stdout.splitlines()) if " -o " in line and "libbn_sim.a" in line)
        super().__init__(root, build, jobs)

    def _objects(self, folder, pattern):
        return {} if folder != "reconciler" else super()._objects(folder, pattern)

    def _write_ninja(self):
        self.tests = {}
        super()._write_ninja()

    def _check_unbroken(self):
        pass  # dev/simulate does

    def _made_with(self, m):
        return [m, *(self.by_name[name] for name in m.also)]

    def _judge(self, m, place, objects):
        program = place / "sim"
        core = " ".join(str(o if isinstance(o, os.PathLike) else self.build / o) for o in objects)
        command = re.sub(r" -o \S+", f" -o {program}", self.link_sim.removeprefix(": && "), count=1)
        command = command.replace(" reconciler/libbn_reconciler.a", f" {core}", 1)
        done = subprocess.run(command.removesuffix("&& :"), shell=True, cwd=self.sim_build, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"the simulator does not link with {m.name}:\n{done.stderr[-2000:]}")
        command = [program, "--first", "--count", str(m.seeds)] + (["--hazards", m.hazards] if m.hazards else [])
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, errors="replace")
        except subprocess.TimeoutExpired:
            return Outcome(m.name, "killed", "never ends")
        if done.returncode == 0:
            return Outcome(m.name, "survived", f"{m.seeds} histories: {m.why}")
        words = (done.stdout.strip() or done.stderr.strip()).splitlines()
        if done.returncode == 2:  # a hazard that is none, or is none any more
            return Outcome(m.name, "broken", words[0] if words else "the simulator does not understand")
        return Outcome(m.name, "killed", words[0] if words else f"exit {done.returncode}")
