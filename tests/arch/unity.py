"""What is compiled together has names of its own: unity builds take the sources of a library, and of a
test program, in few pieces (cmake/BnPch.cmake).

A source's helpers in anonymous namespaces are named unlike those of its neighbours; a test's lie in
a namespace of the file's name, so that `kServer` can be in each. Two aliases of one type, and two
overloads, are fine. What stands in one folder is taken to be compiled together, a program's main
file apart.
"""

import re

from source import Braces, Finding, Texts, sources, tokens


def check(project):
    seen, found = {}, []
    for path in sources(project):
        if not path.endswith(".cpp") or path.endswith("main.cpp"):
            continue
        text = project.read(path)
        if path.startswith("tests/") and not path.startswith("tests/fakes/"):
            found += outside(path, text)
            continue
        for name, line in helpers(text):
            other, where = seen.setdefault((_group(path), name), (path, line))
            if other != path:
                found.append(Finding(path, line, f"'{name}' is also the name of a helper in {other}:{where}; a unity build has both"))
    return found


def outside(path, text):
    """A test whose namespace is not named after its file."""
    stem = path.rpartition("/")[2].removesuffix(".cpp")
    own = [line for line in text.splitlines() if re.fullmatch(r"namespace bn[\w:]* \{", line)]
    if stem.endswith("_test") and own and not any(line.endswith(f"::{stem} {{") for line in own):
        return [Finding(path, 1 + text[:text.index(own[0])].count("\n"), f"'{own[0][:-2]}' should end in ::{stem}; a unity build has others beside it")]
    return []


def _group(path):
    parts = path.split("/")
    return "/".join(parts[:3]) if parts[0] == "tests" else parts[0]


def helpers(text):
    """(name, line) of what an anonymous namespace of the text declares; functions with their parameters."""
    toks = tokens(text)
    braces = Braces(toks)
    for i, tok in enumerate(toks[:-1]):
        if tok.text == "namespace" and toks[i + 1].text == "{" and i + 1 in braces.match:
            yield from _declared(toks, braces, i + 2, braces.match[i + 1])


def _declared(toks, braces, at, end):
    words, line = [], None
    while at < end:
        text = toks[at].text
        line = line or toks[at].line
        if text == "{" and at in braces.match and braces.kind.get(at) == "init":
            at = braces.match[at]
        elif text in ("{", ";"):
            name = _name(words)
            if name:
                yield name, line
            words, line = [], None
            at = braces.match.get(at, at)
        else:
            words.append(text)
        at += 1


def _name(words):
    if words and words[0] == "template":
        depth = 0
        for k, w in enumerate(words):
            depth += {"<": 1, ">": -1, ">>": -2}.get(w, 0)
            if k and depth <= 0:
                words = words[k + 1:]
                break
    if not words or words[0] in ("using", "namespace", "static_assert"):
        return None
    if words[0] in ("struct", "class", "enum"):
        return next((w for w in words[1:] if re.fullmatch(r"\w+", w) and w not in ("class", "struct")), None)
    for k, w in enumerate(words):
        if w == "(" and k:
            before, name = words[k - 2] if k > 1 else "", words[k - 1]
            if before in ("::", "~") or name == "operator" or name.startswith("TEST"):
                return None
            constant = re.match(r"k[A-Z]", name)  # initialised in parentheses
            # Parameters with defaults are left out: calls without them would be ambiguous.
            return name if constant else f"{name}({re.sub(r' , [^,]* = .*', ' )', ' '.join(words[k + 1:]))}"
        if w in ("=", "["):
            return words[k - 1]
    return words[-1] if re.fullmatch(r"\w+", words[-1]) else None


def self_test():
    def both(a, b, second="ocs/b.cpp"):
        wrap = "namespace bn {{\nnamespace {{\n{}\n}}\n}}\n"
        return check(Texts({"ocs/a.cpp": wrap.format(a), second: wrap.format(b)}))

    assert both("int f(int x) { return x; }", "int f(int x) { return x + 1; }")
    assert both("constexpr int kA = 1;", "constexpr std::size_t kA = 2;")
    assert both("constexpr int kA[] = {1, 2};", "constexpr int kA[] = {3};")
    assert both("int f(C& c) { return 1; }", "int f(C& c, int x = 2) { return x; }")
    assert both("const Id kA(1);", "const Id kA(2);")
    assert both("struct A { int x; };", "class A final : B { int y; };")
    assert both("template <class T> T f(T t) { return t; }", "template <class T> T f(T t) { return t; }")
    assert not both("int f(int x) { return x; }", "int f(long x) { return 1; }")
    assert not both("using Json = nlohmann::json;", "using Json = nlohmann::json;")
    assert not both("int A::f() { return 1; }", "int B::f() { return 1; }")
    assert not both("constexpr int kA = 1;", "constexpr int kA = 1;", "state/b.cpp")
    assert not both("constexpr int kA = 1;", "constexpr int kB = 1;")
    assert check(Texts({"tests/unit/a/x_test.cpp": "namespace bn {\n}\n"}))
    assert not check(Texts({"tests/unit/a/x_test.cpp": "namespace bn::x_test {\n}\n"}))
