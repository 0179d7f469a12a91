"""What all checks share: the project's files, C++ tokens, and the kind of every brace.

A check is a module with `check(project) -> list[Finding]` and `self_test()`, which runs the check
on samples that it must and must not catch. arch.py runs the self-test first: a check that has gone
blind fails before it can pass anything.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class Project:
    """The project's own files: tracked ones and new ones that git would not ignore."""

    def __init__(self, root, binary_dir=None):
        self.root = Path(root)
        self.binary_dir = Path(binary_dir) if binary_dir else None
        self._files = None

    def files(self, *suffixes, under=""):
        if self._files is None:
            self._files = self._list()
        return [f for f in self._files if f.startswith(under) and (not suffixes or f.endswith(suffixes))]

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def _list(self):
        command = ["git", "-c", "safe.directory=*", "-C", str(self.root), "ls-files",
                   "--cached", "--others", "--exclude-standard"]
        try:
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        except (OSError, subprocess.CalledProcessError):  # an unpacked archive, without git
            out = []
            for folder, folders, names in os.walk(self.root):
                folders[:] = [d for d in folders if d not in (".git", "build", "__pycache__")]
                out += [os.path.relpath(os.path.join(folder, n), self.root) for n in names]
        return sorted({f for f in out if (self.root / f).is_file()})


class Texts:
    """A project made of texts, for self-tests: {"path": "content"}."""

    def __init__(self, texts):
        self.texts = texts
        self.root = None
        self.binary_dir = None

    def files(self, *suffixes, under=""):
        return sorted(f for f in self.texts if f.startswith(under) and (not suffixes or f.endswith(suffixes)))

    def read(self, path):
        return self.texts[path]


SOURCES = (".cpp", ".hpp")
SAMPLES = "tests/arch/samples/"


def sources(project, under=""):
    return [f for f in project.files(*SOURCES, under=under) if not f.startswith(SAMPLES)]


@dataclass(frozen=True)
class Token:
    text: str
    line: int


_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<raw>(?:u8|[uUL])?R"(?P<delim>[^()\\\s]{0,16})\(.*?\)(?P=delim)")"""
    r"""|(?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")|(?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])*')"""
    r"""|(?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*)|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<punct>::|->\*?|<=>|&&|\|\||<<=?|[-+*/%&|^=!<>]=|\+\+|--|\.\.\.|.)""",
    re.S | re.X,
)


def tokens(text):
    """C++ tokens without comments and preprocessor lines; string and character literals become ""."""
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: "\n" * m.group().count("\n"), text, flags=re.M | re.S)
    line, out = 1, []
    for m in _TOKEN.finditer(text):
        kind = m.lastgroup if m.lastgroup != "delim" else "raw"
        if kind in ("string", "char", "raw"):
            out.append(Token('""', line))
        elif kind not in ("space", "comment"):
            out.append(Token(m.group(), line))
        line += m.group().count("\n")
    return out


_CLOSE = {"(": ")", "[": "]", "{": "}"}
_TYPE_WORDS = {"namespace", "struct", "class", "union", "enum"}
_BEFORE_BLOCK = {";", ")", "else", "do", "try", "noexcept", "const", "mutable", "override", "final",
                 "constexpr", "&&", "&", ":", '""'}
_BEFORE_INIT = {"(", ",", "=", "return", "co_return", "co_yield", "co_await", "?", "<<", "+", "[", "||", "new"}


class Braces:
    """The matching bracket of each token index, and for each `{` what it opens:
    "scope" (namespace, class), "block" (statements) or "init" (a braced initialiser)."""

    def __init__(self, toks):
        self.toks = toks
        self.match = {}
        self.kind = {}
        self.parent = []  # innermost open bracket of each token, -1 for none
        stack = []
        for i, t in enumerate(toks):
            if t.text in (")", "]", "}") and stack:
                opener = stack.pop()
                self.match[opener], self.match[i] = i, opener
            self.parent.append(stack[-1] if stack else -1)
            if t.text in _CLOSE:
                if t.text == "{":
                    self.kind[i] = self._classify(i)
                stack.append(i)

    def _classify(self, i):
        if i == 0:
            return "block"
        prev = self.toks[i - 1].text
        if prev in _BEFORE_INIT:
            return "init"
        if prev == "{":
            return "init" if self.kind[i - 1] == "init" else "block"
        if prev == "}":
            return "block"
        if prev == "]":
            return "block" if self.is_lambda(self.match.get(i - 1, -1)) else "init"
        if prev == '""' and i > 1 and self.toks[i - 2].text == "extern":
            return "scope"
        # In a class head such as `class A final {` or `enum class B : int {`.
        if self._head_has_type_word(i):
            return "scope"
        if prev in _BEFORE_BLOCK:
            return "block"
        return "block" if self._is_trailing_return(i) else "init"

    def _head_has_type_word(self, i):
        depth, j = 0, i - 1
        while j >= 0 and i - j < 80:
            text = self.toks[j].text
            if text in (">", ")"):
                depth += 1
            elif text in ("<", "("):
                depth -= 1
                if depth < 0:
                    return False  # inside template parameters or a call
            elif depth == 0:
                if text in (";", "{", "}", "=", "return"):
                    return False
                if text == "namespace" or (text in _TYPE_WORDS and not self._returns_or_declares(j, i)):
                    return True
            j -= 1
        return False

    def _returns_or_declares(self, start, i):
        """`struct tm f() {` is a function, `struct S {` is not; `alignas(8)` is no parameter list."""
        for j in range(start + 1, i):
            if self.toks[j].text == "(" and self.toks[j - 1].text != "alignas":
                return True
        return False

    def _is_trailing_return(self, i):
        depth, j = 0, i - 1
        while j >= 0:
            text = self.toks[j].text
            if text == "->" and depth == 0:
                return True
            if text in (">", ")"):
                depth += 1
            elif text in ("<", "("):
                depth -= 1
                if depth < 0:
                    return False
            elif depth == 0 and not (re.match(r"\w|::|\*|&", text)):
                return False
            j -= 1
        return False

    def is_lambda(self, i):
        """Does the `[` at i begin a lambda (and not an index or an attribute)?"""
        if i < 0 or self.toks[i].text != "[":
            return False
        prev = self.toks[i - 1].text if i else ";"
        following = self.toks[i + 1].text if i + 1 < len(self.toks) else ""
        if following == "[" or prev == "[" or prev in (")", "]"):
            return False
        return not re.match(r"[A-Za-z_]\w*$", prev) or prev in ("return", "co_return", "co_await", "co_yield")
