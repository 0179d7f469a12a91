"""Who decides: events are made in the core (and read back by state's codec), and nobody compares the
code of an error with a text. Codes are for people, metrics and scripts; a program asks for the next
move and the concern.
"""

import re

from source import Finding, Texts, sources, tokens

EVENTS = "reconciler/events/events.hpp"
MAY_MAKE = ("reconciler/", "state/", "tests/")
_ALTERNATIVES = re.compile(r"using Event = std::variant<([^>]*)>")


def check(project):
    kinds = event_types(project)
    found = [] if kinds else [Finding(EVENTS, 1, "has no variant Event: this check sees nothing")]
    for path in sources(project):
        if path.startswith("tests/"):
            continue
        toks = tokens(project.read(path))
        for i in range(len(toks)):
            if not path.startswith(MAY_MAKE) and makes(toks, i, kinds):
                found.append(Finding(path, toks[i].line, f"makes a {toks[i].text}: let a function of reconciler/ decide it"))
            if compares_a_code(toks, i):
                found.append(Finding(path, toks[i].line, "compares an error's code with a text: ask for its move or concern"))
    return found


def event_types(project):
    m = _ALTERNATIVES.search(project.read(EVENTS)) if EVENTS in project.files(".hpp") else None
    return set(re.findall(r"\w+", m.group(1))) if m else set()


def makes(toks, i, kinds):
    """`Kind{`, `Kind(`, `Kind name;`, `Kind name{`, `Kind name =`; not `const Kind& e`, `get_if<Kind>`."""
    if toks[i].text not in kinds:
        return False
    following = [t.text for t in toks[i + 1:i + 3]] + ["", ""]
    if following[0] in ("{", "("):
        return True
    return following[0].isidentifier() and following[1] in (";", "{", "=", "(")


def compares_a_code(toks, i):
    """`x.code == "..."`, `"..." != x->code`, `x.code.starts_with("...")`."""
    if toks[i].text != "code" or i == 0 or toks[i - 1].text not in (".", "->"):
        return False
    after = [t.text for t in toks[i + 1:i + 5]] + [""] * 4
    if after[0] in ("==", "!="):
        return after[1].startswith('"')
    if after[0] == "." and after[1] in ("starts_with", "ends_with", "find", "contains", "compare"):
        return True
    before = [t.text for t in toks[max(0, i - 6):i]]
    return any(a.startswith('"') and b in ("==", "!=") for a, b in zip(before, before[1:]))


def self_test():
    events = {EVENTS: "struct ItemHeld {};\nusing Event = std::variant<ItemHeld, ServerObserved>;\n"}
    bad = ["events.emplace_back(ItemHeld{item});", "ItemHeld event;", "ItemHeld held{item};", "auto e = ServerObserved(3);",
           "ServerObserved seen = f();", 'if (error.code == "ocs.429") {}', 'return e->code != "x";',
           'if ("x" == error.code) {}', 'error.code.starts_with("store.")']
    good = ["void f(const ItemHeld& held);", "std::get_if<ItemHeld>(&event)", "// ItemHeld event;", "std::vector<ItemHeld> all;",
            "if (hold.code == HoldCode::kRefused) {}", 'log.text("code", error.code);', "if (a.code == b.code) {}",
            'auto s = "ItemHeld{}";']
    for text in bad:
        assert check(Texts(events | {"controller/a.cpp": text})), f"not caught: {text}"
    for text in good:
        assert not check(Texts(events | {"controller/a.cpp": text})), f"caught: {text}"
    for path in ("reconciler/a.cpp", "state/a.cpp", "tests/unit/a.cpp"):
        assert not check(Texts(events | {path: "ItemHeld event;"})), f"caught in {path}"
    assert check(Texts({"controller/a.cpp": ""})), "a lost catalogue of events is not noticed"
