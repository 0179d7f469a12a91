"""Words that no landed file has: unfinished business, and paths of somebody's machine."""

import re

from source import SAMPLES, Finding, Texts

# Written in pieces, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK", "W" "IP", "not imple" "mented",
                                            "unimple" "mented"]) + r")\b")
FOREIGN = re.compile("|".join([
    "/wo" "rk/", "/fa" "rm/", "/ho" "me/[a-z]", "/tm" "p/brief", r"[.]lib" r"rary", r"\bfac" "ts/", r"\bocs-tran" "scripts",
    r"\b(?:Chat)?GP" r"T\b", r"\bLL" r"M\b", r"\bClau" r"de\b", r"\bAnth" r"ropic\b", r"\bthe bri" r"ef\b", r"\bcollea" "gue",
    r"\bissue[ ]#?[0-9]+",
]))
# Recorded answers of servers and binary pictures speak for others.
NOT_OURS = ("tests/golden/ocs/", "LICENSE")
TEXT = (".cpp", ".hpp", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".toml", ".yaml", ".yml", ".sql", ".svg",
        ".service", ".clang-tidy", ".clang-format", ".gitmessage", ".gitignore")


def check(project):
    found = []
    for path in project.files():
        if path.startswith(NOT_OURS) or path.startswith(SAMPLES) or not _is_text(path):
            continue
        for number, line in enumerate(project.read(path).splitlines(), 1):
            for pattern, why in ((UNFINISHED, "finish it, or write it down in an issue"),
                                 (FOREIGN, "the project speaks only of itself")):
                m = pattern.search(line)
                if m:
                    found.append(Finding(path, number, f"'{m.group()}': {why}"))
    return found


def _is_text(path):
    name = path.rsplit("/", 1)[-1]
    return path.endswith(TEXT) or "." not in name


def self_test():
    for text in ("// TO" "DO: later", "# FIX" "ME", "see /wo" "rk/main", "fac" "ts/x.md", "cd /ho" "me/anna", "issue" " #3"):
        assert check(Texts({"docs/a.md": text})), f"not caught: {text}"
    for text in ("mkdtemp(XXXXXX)", "a todo list", "work/", "known issues", "artefacts/", "the facts"):
        assert not check(Texts({"docs/a.md": text})), f"caught: {text}"
    assert check(Texts({"dev/tool": "TO" "DO"})) and not check(Texts({"docs/a.png": "TO" "DO"}))
