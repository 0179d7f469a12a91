"""Every sentence that a person may read has a Russian text: a row of words/catalogue_*.cpp whose key it is (or a piece of it, where
a sentence is put together), or a Phrase with both languages. And every row is of a sentence that the sources still have."""

import re

from source import Finding, Texts, _TOKEN, sources

CATALOGUE = "words/catalogue_"
# What is held to it.
ROOMS = ("reconciler/", "bm_reader/", "bm_writer/", "ocs/", "state/", "controller/", "cli/", "protocol/", "webpay/", "pmnextcloud/", "pmwebpay/", "base/")
# What says nothing to a person: the whole file, with the reason.
NOT_FOR_PEOPLE = {
    "bm_reader/queries.hpp": "SQL, its columns, and names of queries",
    "bm_reader/panel_facts.cpp": "SQL, and names of queries",
    "controller/config/config_options.cpp": "the reference of the configuration is an English document",
    "controller/http/admin_http.cpp": "answers of HTTP are for programs",
    "controller/metrics/families.cpp": "the reference of the metrics is an English document",
    "controller/metrics/metrics.cpp": "the help of metrics is for programs",
    "controller/metrics/process.cpp": "the help of metrics is for programs",
    "cli/cli.cpp": "names, options and help of the verbs",
    "cli/complete/complete.cpp": "scripts for shells",
    "cli/help/man.cpp": "marks of man pages",
    "cli/doctor/doctor.cpp": "a bundle for support is an English document",
    "reconciler/plan/plan.cpp": "the canonical text of a plan, of which checksums are made",
    "reconciler/events/said.hpp": "meanings in the catalogue of events, an English document",
    "reconciler/events/events.hpp": "meanings in the catalogue of events, an English document",
    "reconciler/events/usage_events.hpp": "meanings in the catalogue of events, an English document",
}
# Single literals that are none for people, by a part of them.
SINGLE = {
    "what a cloud answers, to be recognised": (
        "Bad request", "Password confirmation is required", "Invalid query", "User does not exist", "already exists",
        "files already exist", "exception occurred|SQLSTATE", "An exception occurred while executing", "with params", "Infinite Scale"),
    "headers and documents of HTTP": ("Accept: application/json", "Accept-Language: en", "Content-Type: ", "Depth: 0", "<?xml ",
                                      "text/plain; ", "GET, HEAD"),
    "names of columns, tables and rights": ("position, stream, version", ", sequence, salt", "START TRANSACTION", "{} IN {}",
                                            "(SELECT COUNT", "(param='{}'", "{} (table)", "EXPLAIN ", ", DELETE", " DESC", " FROM ",
                                            " OR ", " ON "),
    "a format that is read again": ("(\\d", " or {}%", " up to {}", " an hour, ", " a day", "{} an hour, {} a day", "--server {}",
                                    " --server {}", "bill-nextcloud-key-1 ", "bill-nextcloud key fingerprint"),
    "a person's or a program's name": ("{} as {}", "{} for {}", "uid {}", "ncsync ", "pmnextcloud ", "billing monitor"),
    "names of units of time": (" ms ", " s sec secs", " m min mins", " h hour hours", " d day days", " w week weeks"),
    "a command": ("less -FRX", "GRANT {} TO 'bill_nextcloud'", "chmod 600 ", "chmod 600 {}", "chmod 0600 {}"),
    "answers of /readyz, and lines of the log": (
        "not ready: ", "the event store is in doubt: ", "the panel cannot be read: ", "; only reads go on", "the first pass has not ended yet",
        "passes have stopped: none runs", "finishing what is in flight", "second signal", "configuration refused, the former",
        "configuration read again", "recovered, the first pass begins", "a pass of triggered items: ", "a full pass: ",
        "{} pass: {}, {} of {} actions done", "{} sold, {} in the cloud", ", as in {} passes before it",
        "last pass ended at ", ", next at ", "pmnextcloud.conf line ", "; the line is passed over", "itemtype needs the internal",
        "socket needs an absolute path of at most 107", " needs a time of at most 10m", "the keys are itemtype, socket, controller",
        "controller needs host:port, e.g.", "key_file needs a path", " was turned away at control.listen: ", " more since the last such line",
        "an unknown address", "its key is another one", "it did not show a key in time", "it left without showing a key",
        "it is no panel that knows the key: ", "a panel on another host is heard",
        "the panel's former key stays",
        "that was not recorded: {}", "the panel's maintenance: {}", "the log stays as it was: {}", "the configuration was not changed",
        "the new configuration was not recorded", "nothing is done, for the event store"),
    "a requirement, for whoever calls": ("a code without a name", "a quota of bytes is not negative", "only a quota of bytes",
                                         ": broken requirement: "),
    "what a program of the panel prints for who calls it by hand": (
        "nclink ADDRESS KEY_FILE MILLISECONDS",
        "pmnextcloud --command COMMAND", "pmwebpay --command COMMAND", "pmwebpay ", "bill-nextcloud, payment module for WebPay", "bill-nextcloud, processing module for Nextcloud", "the panel's page Nextcloud: drift"),
    "marks of a page, its headers, and status lines": (
        "<!DOCTYPE html>", "<html lang=", "<meta ", "<p><a href=", "<p class=", "<form method=", " accept-charset=", "<input type=", " value=\"",
        "<p><button type=", "Status: ", "Location: ", "Cache-Control: ", "X-Content-Type-Options: ", "Referrer-Policy: ",
        "Content-Security-Policy: ", "text/html; ", "200 OK", "302 Found", "400 Bad Request", "403 Forbidden", "404 Not Found",
        "409 Conflict", "413 Content Too Large", "500 Internal Server Error", "503 Service Unavailable"),
    "lines of the payment module's log": (
        ", transaction ", "the payment's file cannot be ", "another process is busy with this payment", "the panel refused ", ": error ",
        "it cannot be started: ", "it did not end in time", "it said too much", "it was killed by signal ", "it ended with exit code ",
        "the panel's answer about a payment has no payment", " did not answer: ", "the panel answered about another payment",
        "the panel's answer does not say whose session it is"),
    "parts of values": ("Payment ", "WebPay: ", "files dns", ", group ", ", e-mail ", " PB", ".open, ", "log away", "written anew", "SQLite: {}"),
}
# A literal that stands in such a call or definition is none for people.
CALLS = re.compile(
    r"(?:^|\W)(?:BN_REQUIRE|static_assert|log_\w+|gauge|counter|histogram|runtime_error|logic_error"
    r"|invalid_argument|regex|kMeaning|meaning|prepare|execute|exec)$")
LOGS = re.compile(r"^(?:spdlog|line|log_?|logger_?|sink_?|\))$")
_SQL = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|SET|SHOW|FROM|WHERE|AND|OR|"
                  r"LEFT|JOIN|ORDER|GROUP|UNION|VALUES|ON|LIMIT|ATTACH|DETACH|REPLACE|WITH|EXISTS|NOT|IN|AS|CAST|CASE|COALESCE|"
                  r"HAVING|INNER|RELEASE|VACUUM)\b(?=.*[A-Za-z_(*?=]|$)")
_PLACE = re.compile(r"\{\{|\}\}|\{[^{}|*@]*\}")
_SENTENCE = re.compile(r"[A-Za-z]{2,}.* |\S.* [^A-Za-z]*[A-Za-z]{2,}| [A-Za-z]{2,}")
_CYRILLIC = re.compile("[а-яёА-ЯЁ]")
# The same in every language.
_COMMAND = re.compile(r"(?:sudo |watch )?bill-nextcloud [^;]*$|systemctl |jq [-.]|man -|-{1,2}[a-z][-a-z]*[ ,]")
_SINGLE = [one for ones in SINGLE.values() for one in ones]
FORMER = "said elsewhere"  # a comment before the rows of what stored events, the host or a library say, and no source does


def literals(text):
    """(line, value, what stood before it) of each literal, adjacent ones joined."""
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: "\n" * m.group().count("\n"), text, flags=re.M | re.S)
    out, line, code, joined = [], 1, [], False
    for m in _TOKEN.finditer(text):
        if m.group("raw") or m.group("string"):
            value = _value(m)
            if joined:
                out[-1][1] += value
            else:
                out.append([line, value, " ".join(code[-40:])])
            joined = True
        elif not m.group("space") and not m.group("comment"):
            code.append(m.group())
            joined = False
        line += m.group().count("\n")
    return [tuple(one) for one in out]


def _value(m):
    if m.group("raw"):
        return re.match(r'(?:u8|[uUL])?R"([^(]*)\((.*)\)\1"$', m.group(), re.S).group(2)
    body = m.group()[m.group().index('"') + 1:-1]
    return re.sub(r"\\(x[0-9a-f]+|.)", lambda q: {"n": "\n", "t": "\t", "r": ""}.get(q[1], "" if len(q[1]) > 1 else q[1]),
                  body.replace("\\x1b[K", ""))


def key_of(value):
    """As the catalogue has it: every place as {}, or {:# row|# rows} where words agree with a number; places that touch as one."""
    key = _PLACE.sub(lambda m: {"{{": "{", "}}": "}"}.get(m.group(), "{}"), value)
    return re.sub(r"(?:\{\})+", "{}", key)


def _pieces(value):
    """The sentences of a literal: lines of a screen; of a rule of preflight, what, by which evidence, and what to do."""
    return [piece.removeprefix("  ").removeprefix("; ") for piece in re.split(r" \| |\n", key_of(value)) if piece]


def rows(project):
    """(path, line, English, Russian, is it of former versions) of the catalogue."""
    out = []
    for path in sources(project, under=CATALOGUE):
        text = project.read(path)
        former = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == f"// {FORMER}"]
        found = literals(text)
        for one, other in zip(found[::2], found[1::2]):
            out.append((path, one[0], one[1], other[1], any(n < one[0] for n in former)))
    return out


def _call(before):
    """The name of the innermost call or definition that the literal stands in."""
    depth = 0
    words = before.split(" ")
    for i in range(len(words) - 1, -1, -1):
        if words[i] in (")", "}", "]"):
            depth += 1
        elif words[i] in ("(", "{", "["):
            depth -= 1
            if depth < 0:
                name = words[i - 1] if i else ""
                if i > 2 and words[i - 2] in (".", "->", "::") and LOGS.search(words[i - 3]):
                    return "log_" + name
                if name not in ("format", "{", "(", ",", "=", "return"):
                    return name
                depth = 0
        elif words[i] == ";" and depth == 0:
            break
        elif words[i] == "=" and depth == 0:
            return words[i - 1] if i else ""
    return ""


def said(project, path):
    """Literals of the file that a person may read: (line, key)."""
    if path in NOT_FOR_PEOPLE:
        return []
    found = literals(project.read(path))
    out = []
    for i, (line, value, before) in enumerate(found):
        after = found[i + 1] if i + 1 < len(found) else None
        paired = after is not None and _CYRILLIC.search(after[1]) and after[2].endswith(",")
        if (_CYRILLIC.search(value) or paired or _SQL.match(value) or not _SENTENCE.search(value)
                or CALLS.search(" " + _call(before))):
            continue
        if not any(one in key_of(value) for one in _SINGLE):
            out += [(line, piece) for piece in _pieces(value) if _SENTENCE.search(piece) and not _COMMAND.match(piece)]
    return out


def _stands_for(source, english):
    """Was the row's key made from that literal of the sources, whose places may hold a part of the sentence?"""
    parts = source.split("{}")
    return sum(map(len, parts)) > 8 and re.fullmatch(".*".join(map(re.escape, parts)), english) is not None


def _read_as(key, keys):
    """The row whose last place would take the end of a sentence that has no row of its own."""
    begins = [one for one in keys if one.endswith(" {}") and one.count("{") == 1]
    return next((one for one in begins if key.startswith(one[:-2]) and len(one) > 17 and not key.endswith((" ", "{}"))), None)


def check(project):
    found, keys, used = [], {}, set()
    table = rows(project)
    for path, line, english, russian, _ in table:
        if not _CYRILLIC.search(russian):
            found.append(Finding(path, line, f"'{russian}' is not Russian"))
        if english in keys:
            found.append(Finding(path, line, f"'{english}' stands there twice"))
        shown = len(re.findall(r"\{[0-9]?[*t@#]?\}", russian))
        places = english.count("{}") + english.count("{:")
        if shown != places:
            found.append(Finding(path, line, f"'{english}' has {places} places, its Russian text {shown}"))
        keys[english] = (path, line)
    found += [Finding(path, line, "fmt::print throws where its file is full or closed, and goes past the reader's language: print or tell_aside")
              for path in sources(project, under="cli/")
              for line, text in enumerate(project.read(path).splitlines(), 1) if "fmt::print(" in text]
    every = "\n".join(keys)
    pieces = set()
    for room in ROOMS:
        for path in sources(project, under=room):
            for _, value, _ in literals(project.read(path)):
                pieces.update(_pieces(value))
            for line, key in said(project, path):
                if key in keys:
                    used.add(key)
                elif key not in every and not any(_stands_for(key, english) for english in keys):
                    found.append(Finding(path, line, f"'{key}' has no Russian text in {CATALOGUE}*.cpp"))
                elif other := _read_as(key, keys):
                    found.append(Finding(path, line, f"'{key}' would be read as '{other}'"))
    return found + _unused(table, used, pieces)


def _unused(table, used, pieces):
    """Rows that no source says: neither whole nor put together of its literals."""
    found = []
    long = [p for p in pieces if len(p) > 3]
    wide = [p for p in pieces if "{}" in p]
    for path, line, english, _, former in table:
        if former or english in used or english in pieces:
            continue
        if any(_stands_for(p, english) for p in wide):
            continue
        rest = english
        for piece in sorted((p for p in long if p in english), key=len, reverse=True):
            rest = rest.replace(piece, "\0")
        if len(re.sub(r"\{\}|\0|[^A-Za-z]", "", rest)) > 12:
            found.append(Finding(path, line, f"nothing says '{english}' any more"))
    return found


def self_test():
    table = 'constexpr Phrase kA[] = {\n{"the account {} is gone", "записи {} нет"},\n{"it is so, twice", "это так, дважды"},\n};\n'

    def findings(source, catalogue=table, path="reconciler/a.cpp"):
        return check(Texts({"words/catalogue_a.cpp": catalogue, path: source}))

    whole = 'f("the account " + login + " is gone"); g("it is so, "\n"twice");'
    assert not findings(whole), findings(whole)
    assert not findings('f(fmt::format("the account {:>3} is gone", login)); g("it is so, twice");')
    for good in ('Phrase{"not in it", "не в нём"};', 'q("SELECT a FROM b");', 'log.info("a line of a log");', 'x("word");',
                 '#include "a b.hpp"', 'BN_REQUIRE(x, "it is never so");', '// "a comment here"'):
        assert not findings(whole + good), f"caught: {good}"
    rows_of = '\n{"it has {:# row|# rows}", "строк: {}"},'
    counted = whole + 'h(fmt::format("it has {:# row|# rows}", Plural(n)));'
    assert not findings(counted, table.replace("\n};", rows_of + "\n};")), "a word that agrees with a number"
    assert findings(counted), "a word that agrees with a number, without a row"
    for bad in ('f("nobody translated this");', 'f(fmt::format("what of {}", x));', 'e.what = "and this one";', 'R"(nor this)"'):
        assert findings(whole + bad), f"not caught: {bad}"
    longer = '{"there is no such thing as {}", "нет {}"},\n{"there is no such thing as this one; do that", "нет этого"},\n};'
    assert findings(whole + 'f("there is no such thing as this one");', table.replace("};", longer)), "another row's sentence"
    assert findings('f("it is so, twice");'), "an unused row"
    assert not findings('f("it is so, twice");', table.replace(
        '{"it is so, twice", "это так, дважды"},', "").replace('{"the', '{"it is so, twice", "это так, дважды"},\n// said elsewhere\n{"the'))
    assert findings(whole, table.replace("это так, дважды", "it is")), "no Cyrillic"
    assert findings(whole, table.replace("записи {} нет", "записи нет")), "a place is lost"
    assert not check(Texts({"words/catalogue_a.cpp": table, "reconciler/a.cpp": whole, "tests/a.cpp": 'f("nobody translated this");'}))
    assert findings('fmt::print(\n    stderr, "the account {} is gone\\n", x); g("it is so, twice");', path="cli/a.cpp"), "past the language"
    assert findings(whole + 'fmt::print(stderr, "\\r{}\\x1b[K", x);', path="cli/a.cpp"), "it throws"
    assert not findings(whole + 'std::fputs("\\r", stderr);', path="cli/a.cpp")
