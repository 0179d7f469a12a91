"""Links of the documents lead somewhere, headings included; so do the documents that code names.

docs/ocs.md explains every error name of the client, and no other."""

import posixpath
import re

from source import Finding, Texts

_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_NAMED = re.compile(r"(?<![\w/.-])((?:docs|reconciler|state|ocs|bm_reader|bm_writer|pmnextcloud|pmwebpay|controller|cli|deploy|tests|dev)/[\w./-]*\.(?:md|svg))")
_ERROR = re.compile(r"[`\"](ocs\.[a-z0-9_]+)[`\"]")
ERRORS = "docs/ocs.md"
CODE = (".cpp", ".hpp", ".py", ".cmake", ".txt", ".toml", ".service", ".sh", ".md")


def check(project):
    every = set(project.files())
    found = []
    for path in project.files(".md"):
        for number, line in _prose(project.read(path)):
            for m in _LINK.finditer(line):
                why = _broken(project, every, path, m.group(1))
                if why:
                    found.append(Finding(path, number, f"link {m.group(1)}: {why}"))
    for path in project.files(*CODE):
        if path.startswith("tests/arch/"):
            continue
        for number, line in enumerate(project.read(path).splitlines(), 1):
            for m in _NAMED.finditer(line):
                if m.group(1) not in every:
                    found.append(Finding(path, number, f"names {m.group(1)}, which is not there"))
    return found + (_errors(project) if ERRORS in every else [])


def _errors(project):
    used, found = {}, []
    for path in project.files(".cpp", under="ocs/"):
        for number, line in enumerate(project.read(path).splitlines(), 1):
            for m in _ERROR.finditer(line):
                used.setdefault(m.group(1), (path, number))
    told = set(_ERROR.findall(project.read(ERRORS)))
    for name in sorted(set(used) - told):
        found.append(Finding(*used[name], f"{ERRORS} does not explain {name}"))
    return found + [Finding(ERRORS, 1, f"no call ends with {name}") for name in sorted(told - set(used))]


def _prose(text):
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, re.sub(r"`[^`]*`", "", line)


def _broken(project, every, path, target):
    if re.match(r"[a-z]+:", target):
        return None  # http, https, mailto: not looked up, tests need no network
    file, _, anchor = target.partition("#")
    full = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
    if full not in every and not any(f.startswith(full.rstrip("/") + "/") for f in every):
        return "no such file"
    if anchor and full.endswith(".md") and anchor not in _anchors(project.read(full)):
        return "no such heading"
    return None


def _anchors(text):
    out = set()
    for _, line in _prose_with_code(text):
        m = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if m:
            slug = re.sub(r"[^\w\- ]", "", m.group(1).lower()).replace(" ", "-")
            out.add(slug)
    return out


def _prose_with_code(text):
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def self_test():
    files = {"docs/a.md": "# Top `x` heading\n", "docs/b.md": "", "state/c.cpp": ""}
    bad = ["[x](c.md)", "[x](a.md#nothing)", "![p](p.svg)", "[x](../README.md)", "[x](#gone)"]
    good = ["[x](a.md)", "[x](a.md#top-x-heading)", "[x](../docs/)", "[x](https://example.org/)", "`[x](c.md)`",
            "```\n[x](c.md)\n```", "# Here\n[x](#here)", "see docs/a.md"]
    for text in bad:
        assert check(Texts(files | {"docs/b.md": text})), f"not caught: {text}"
    for text in good:
        assert not check(Texts(files | {"docs/b.md": text})), f"caught: {text}"
    assert check(Texts(files | {"state/c.cpp": "// see docs/none.md\n"}))
    assert not check(Texts(files | {"state/c.cpp": "// see docs/a.md\n"}))
    client = {"ocs/a.cpp": 'Error("ocs.one");\n', "docs/ocs.md": "`ocs.one`\n"}
    assert not check(Texts(client))
    assert check(Texts(client | {"docs/ocs.md": "nothing\n"}))
    assert check(Texts(client | {"docs/ocs.md": "`ocs.one` `ocs.two`\n"}))
