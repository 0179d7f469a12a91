"""A file fits a sitting (800 lines), a function's body fits a screen (60 lines)."""

from source import Braces, Finding, Texts, sources, tokens

FILE_LINES = 800
FUNCTION_LINES = 60

# Path (or path:function) -> why it may be longer. An entry that is no longer needed is a finding.
EXCEPTIONS = {
    "tests/fakes/cloud/control.cpp:make_verbs": "a table of commands with their help",
}


def check(project, exceptions=None):
    exceptions = EXCEPTIONS if exceptions is None else exceptions
    found, used = [], set()
    for path in sources(project):
        text = project.read(path)
        lines = text.count("\n")
        if lines > FILE_LINES:
            if path in exceptions:
                used.add(path)
            else:
                found.append(Finding(path, lines, f"{lines} lines; a file has at most {FILE_LINES}: split it by subject"))
        for name, line, length in functions(text):
            if length > FUNCTION_LINES:
                key = f"{path}:{name}"
                if key in exceptions:
                    used.add(key)
                else:
                    found.append(Finding(path, line, f"{name} has {length} lines; a function has at most {FUNCTION_LINES}"))
    return found + [Finding(key.split(":")[0], 1, f"exception '{key}' is no longer needed") for key in exceptions if key not in used]


def functions(text):
    """(name, line, lines between the braces) of each function body that stands in a namespace or class."""
    toks = tokens(text)
    braces = Braces(toks)
    for i, kind in braces.kind.items():
        if kind != "block" or i not in braces.match:
            continue
        outer = braces.parent[i]
        if outer >= 0 and braces.kind.get(outer) != "scope":
            continue
        first, last = toks[i].line, toks[braces.match[i]].line
        yield _name(toks, braces, i), first, last - first - 1


def _name(toks, braces, i):
    """The word before the first parameter list of the declaration that the body at i belongs to."""
    begin = i - 1
    while begin >= 0 and toks[begin].text not in (";", "{") and not (
            toks[begin].text == "}" and braces.kind.get(braces.match.get(begin)) != "init"):
        begin -= 1
    for j in range(begin + 1, i):
        if toks[j].text == "(":
            return toks[j - 1].text
    return "?"


def self_test():
    def body(n):
        return "".join(f"    call({k});\n" for k in range(n))

    long_ones = [
        "namespace a {\nvoid f(int x) {\n" + body(61) + "}\n}\n",
        "Task<Result<int>> C::f(std::vector<int> x) const noexcept {\n" + body(61) + "}\n",
        "auto f(int x) -> std::map<int, int> {\n" + body(61) + "}\n",
        "C::C(int x) : a_(x), b_{x} {\n" + body(61) + "}\n",
        "class A final : public B {\n  public:\n    int f() override {\n" + body(61) + "}\n};\n",
        "TEST(Suite, Name) {\n    auto l = [&] {\n" + body(61) + "    };\n}\n",
    ]
    short_ones = [
        "namespace a {\nvoid f() {\n" + body(50) + "}\n\nvoid g() {\n" + body(50) + "}\n}\n",
        "struct Rows {\n" + "".join(f"    int a{k} = {{}};\n" for k in range(100)) + "};\n",
        "constexpr Row kTable[] = {\n" + "    {1, 2},\n" * 200 + "};\n",
        "enum class E : int {\n" + "".join(f"    k{k},\n" for k in range(100)) + "};\n",
    ]
    for text in long_ones:
        assert check(Texts({"ocs/a.cpp": text}), {}), f"not caught: {text[:60]}"
    for text in short_ones:
        assert not check(Texts({"ocs/a.cpp": text}), {}), f"caught: {text[:60]}"
    assert check(Texts({"ocs/a.hpp": "int a;\n" * (FILE_LINES + 1)}), {})
    assert not check(Texts({"ocs/a.hpp": "int a;\n" * (FILE_LINES + 1)}), {"ocs/a.hpp": "why"})
    assert check(Texts({"ocs/a.hpp": "int a;\n"}), {"ocs/a.hpp": "why"})
    assert [n for n, _, _ in functions("int f(int x) { return x; }\nvoid C::g() {}")] == ["f", "g"]
