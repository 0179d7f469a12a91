"""Finds the coroutine forms that GCC 12 compiles wrongly (docs/adr/0007).

In one full expression with co_await, GCC 12 destroys twice (or not at all) a temporary aggregate, a
lambda with by-value captures, and what a conditional operator makes; what is awaited to the right of
&& or || it may never reach. No warning, no crash without a sanitizer. The rule is "name it, then await
it", so the check is stricter than the fault: every braced initialiser, by-value lambda and ?: in such
an expression is refused.
"""

from pathlib import Path

from source import SAMPLES, Braces, Finding, Texts, sources, tokens

_HEADS = {"if", "while", "for", "switch"}


def check(project):
    found = []
    for path in sources(project):
        text = project.read(path)
        if "co_await" in text or "Task<" in text:
            found += check_text(path, text)
    return found


def check_text(path, text):
    toks = tokens(text)
    braces = Braces(toks)
    found = set()
    for i, token in enumerate(toks):
        if token.text == "co_await":
            begin, end = _full_expression(toks, braces, i)
            for j in _guards(toks, braces, begin, i):
                found.add(Finding(path, toks[j].line, f"co_await to the right of {toks[j].text}: "
                                  "await it in a statement of its own"))
            for j, why in _traps(toks, braces, begin, end):
                found.add(Finding(path, toks[j].line, f"{why} in an expression with co_await: "
                                  "name it in a local, then await"))
        elif token.text == "Task":
            for j in _default_arguments(toks, braces, i):
                found.add(Finding(path, toks[j].line, "braced default argument of a coroutine: "
                                  "it becomes a temporary of the caller's co_await; write an overload"))
    return sorted(found)


def _guards(toks, braces, begin, i):
    """The && and || before the co_await at i that decide whether it is reached."""
    around, opener = set(), braces.parent[i]
    while opener >= begin - 1 and opener >= 0:
        around.add(opener)
        opener = braces.parent[opener]
    around.add(braces.parent[begin])
    return [j for j in range(begin, i) if toks[j].text in ("&&", "||") and toks[j - 1].text != "auto"
            and braces.parent[j] in around]


def _full_expression(toks, braces, i):
    """Token range [begin, end) of the full expression around the co_await at i."""
    inner = i
    opener = braces.parent[i]
    while opener >= 0:
        if braces.kind.get(opener) in ("block", "scope"):
            break
        head = toks[opener - 1].text if opener else ""
        if toks[opener].text == "(" and (head in _HEADS or (head == "constexpr" and toks[opener - 2].text == "if")):
            break
        inner = opener
        opener = braces.parent[opener]
    limit = braces.match.get(opener, len(toks)) if opener >= 0 else len(toks)
    begin = inner
    while begin > opener + 1 and not _ends_statement(toks, braces, begin - 1, opener):
        begin -= 1
    end = inner
    while end < limit and not (toks[end].text == ";" and braces.parent[end] == opener):
        end += 1
    return begin, end


def _ends_statement(toks, braces, j, opener):
    if toks[j].text == ";":
        return braces.parent[j] == opener
    # The end of a block that stands as a statement, not of a lambda's body inside an expression.
    return (toks[j].text == "}" and braces.parent[j] == opener
            and braces.kind.get(braces.match.get(j)) == "block"
            and toks[j + 1].text not in (")", ",", "(", ".", "->"))


def _traps(toks, braces, begin, end):
    j = begin
    while j < end:
        text = toks[j].text
        if text == "{" and braces.kind.get(j) == "block":
            j = braces.match.get(j, end)  # a lambda's body: statements of their own
        elif text == "{":
            yield j, "braced initialiser"
        elif text == "?":
            yield j, "conditional operator"
        elif text == "[" and braces.is_lambda(j) and _captures_by_value(toks, j + 1, braces.match.get(j, end)):
            yield j, "lambda that captures by value"
        j += 1


def _captures_by_value(toks, begin, end):
    item, depth = [], 0
    items = []
    for t in toks[begin:end]:
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(t.text, 0)
        if t.text == "," and depth == 0:
            items.append(item)
            item = []
        else:
            item.append(t.text)
    items.append(item)
    return any(i and i[0] != "&" and i != ["this"] for i in items)


def _default_arguments(toks, braces, i):
    """`Task<X> f(Options o = {})`: indexes of such braces in the parameter list after `Task<...> name(`."""
    j, depth = i + 1, 0
    while j < len(toks) and (depth or toks[j].text != "("):
        depth += {"<": 1, ">": -1, ">>": -2}.get(toks[j].text, 0)
        if toks[j].text in (";", "{", "}"):
            return
        j += 1
    for k in range(j, braces.match.get(j, j)):
        if toks[k].text == "{" and braces.kind.get(k) == "init":
            yield k


def self_test():
    """Each function of the samples named bad_* must be caught, each named good_* must not."""
    folder = Path(__file__).parent / "samples"
    for name in ("coroutines_bad.cpp", "coroutines_good.cpp"):
        text = (folder / name).read_text()
        hits = {f.line for f in check_text(name, text)}
        lines = text.splitlines()
        starts = [n for n, line in enumerate(lines, 1) if "// case" in line]
        assert starts, name
        for n, start in enumerate(starts):
            end = starts[n + 1] if n + 1 < len(starts) else len(lines) + 1
            caught = any(start <= hit < end for hit in hits)
            assert caught == ("bad" in name), f"{SAMPLES}{name}:{start}: {lines[start - 1].strip()} " + (
                "is not caught" if "bad" in name else "is caught")
    assert check(Texts({"a.cpp": "Task<int> f() { co_return co_await g(S{1}); }"}))
