"""Each of our headers compiles alone: whoever includes it needs to know of no other.

Each is compiled here, since the build's precompiled headers would hide what it forgets. One that was
fine stays fine until it, or one of our headers that it includes, changes, which is remembered under
the build folder.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from source import Finding, sources

FOLDERS = ("reconciler/", "base/", "protocol/", "webpay/", "words/", "bm_reader/", "ocs/", "state/", "controller/", "cli/", "bm_writer/", "pmnextcloud/", "pmwebpay/")
_OURS = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def check(project):
    texts = {p: project.read(p) for p in project.files(".hpp")}
    ours = [p for p in sources(project) if p.endswith(".hpp") and p.startswith(FOLDERS)]
    twice = [Finding(p, 1, "has no #pragma once") for p in ours if not has_guard(texts[p])]
    known = project.binary_dir / "arch" / "headers" if project.binary_dir else None
    if known:
        known.mkdir(parents=True, exist_ok=True)

    def one(path):
        stamp = known / _digest(path, texts) if known else None
        if stamp and stamp.exists():
            return None
        error = compile_error(project.root, path, project.binary_dir)
        if error:
            return Finding(path, 1, f"does not compile alone: {error}")
        if stamp:
            stamp.touch()
        return None

    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return twice + [f for f in pool.map(one, ours) if f]


def has_guard(text):
    return re.search(r"^#pragma once$", text, re.M) is not None


def compile_error(root, header, binary_dir=None):
    """The compiler's first error about a file that includes only `header`, or None."""
    command = [os.environ.get("CXX", "c++"), "-std=c++20", "-fcoroutines", "-fsyntax-only", "-w", "-x", "c++",
               "-I", str(root), "-I/usr/include/mariadb", "-DBOOST_ERROR_CODE_HEADER_ONLY"]
    if binary_dir:
        command += ["-I", str(Path(binary_dir) / "generated")]
    text = f'#include "{header}"\nint main() {{}}\n'
    run = subprocess.run(command + ["-"], input=text, capture_output=True, text=True)
    if run.returncode == 0:
        return None
    errors = [line for line in run.stderr.splitlines() if "error:" in line] or run.stderr.splitlines() or ["?"]
    return errors[0].replace(str(root) + "/", "")


def _digest(path, texts):
    seen, queue = set(), [path]
    while queue:
        current = queue.pop()
        if current in seen or current not in texts:
            continue
        seen.add(current)
        queue += _OURS.findall(texts[current])
    digest = hashlib.sha256()
    for p in sorted(seen):
        digest.update(f"{p}\0{texts[p]}\0".encode())
    return digest.hexdigest()[:24]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "bad.hpp").write_text("#pragma once\nstd::string f();\n")
        (root / "good.hpp").write_text("#pragma once\n#include <string>\nstd::string f();\n")
        assert compile_error(root, "bad.hpp")
        assert not compile_error(root, "good.hpp")
    assert has_guard("// what\n#pragma once\n") and not has_guard("struct A {};\n")
