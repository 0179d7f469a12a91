"""SQL that every panel's database takes: MariaDB from 5.5 on, MySQL 8, and SQLite for samples.

Looked at are the string literals of the code that asks the panel. What is newer than 5.5 is not
there in an old panel; what MySQL 8 has made a reserved word is an error in a new one, unless it
stands in backquotes.
"""

import re

from source import Finding, Texts, sources

UNDER = ("bm_reader/", "bm_writer/", "base/mariadb")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
BEGINS = re.compile(r"^(?:EXPLAIN )?(?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WITH|REPLACE INTO) |^(?:SUM|MAX|MIN|COUNT)\(")
QUOTED = re.compile(r"`[^`]*`|'[^']*'")

# Reserved in MySQL 8.0 to 8.4 and not in 5.5.
RESERVED_8 = set("""
    CUBE CUME_DIST DENSE_RANK EMPTY EXCEPT FIRST_VALUE FUNCTION GENERATED GET GROUPING GROUPS INTERSECT IO_AFTER_GTIDS
    IO_BEFORE_GTIDS JSON_TABLE LAG LAST_VALUE LATERAL LEAD MANUAL MASTER_BIND NTH_VALUE NTILE OF OPTIMIZER_COSTS OVER PARALLEL
    PARTITION PERCENT_RANK QUALIFY RANK RECURSIVE ROW ROWS ROW_NUMBER STORED SYSTEM TABLESAMPLE VIRTUAL WINDOW
""".split())
# Not in 5.5, or not in one of the others.
NEWER = re.compile(r"\b(?:WITH|RETURNING|OVER|JSON_\w+|LATERAL|WINDOW|EXCEPT|INTERSECT|FETCH FIRST|SKIP LOCKED|NOWAIT|"
                   r"ANY_VALUE|BIN_TO_UUID|REGEXP_\w+|NULLS (?:FIRST|LAST))\b|->>?")


def statements(text):
    """(line, SQL) of each literal that begins as a statement or a sum, with those that go on with it."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        first = number
        sql = "".join(LITERAL.findall(lines[number])) if '"' in lines[number] else ""
        number += 1
        begin = next((part for part in LITERAL.findall(lines[first]) if BEGINS.match(part)), None)
        if begin is None:
            continue
        sql = sql[sql.index(begin):]
        while number < len(lines) and lines[number].lstrip().startswith('"'):
            sql += "".join(LITERAL.findall(lines[number]))
            number += 1
        yield first + 1, sql


def faults(sql):
    bare = QUOTED.sub(" ", sql)
    for found in NEWER.finditer(bare):
        yield f"'{found.group()}' is newer than MariaDB 5.5, or not in each of the databases"
    for word in re.findall(r"(?<![{.\w@])[A-Za-z_]\w*(?![}\w])", bare):
        # After a point a name is no keyword.
        if word.upper() in RESERVED_8:
            yield f"'{word}' is a reserved word of MySQL 8: write `{word}`"


def check(project):
    found = []
    for path in sources(project):
        if path.startswith(UNDER):
            for line, sql in statements(project.read(path)):
                found += [Finding(path, line, why) for why in sorted(set(faults(sql)))]
    return found


def self_test():
    def caught(*literals, path="bm_reader/queries.hpp"):
        return check(Texts({path: "\n".join(f'    "{part}"' for part in literals)}))

    for bad in ("SELECT rank FROM item", "SELECT i.id FROM groups i", "SELECT id FROM `user` system",
                "WITH t AS (SELECT 1) SELECT * FROM t", "INSERT INTO item (id) VALUES (1) RETURNING id",
                "SELECT ROW_NUMBER() OVER (ORDER BY id) FROM item", "SELECT JSON_VALUE(config) FROM processingmodule",
                "EXPLAIN SELECT window FROM item", "SUM(manual = 'on')", "SELECT config->>'$.a' FROM processingmodule"):
        assert caught(bad), f"not caught: {bad}"
    assert caught("SELECT id ", "FROM groups"), "a statement of two literals"
    assert [f.line for f in caught("a text", "SELECT rank FROM item")] == [2]
    assert caught("SELECT rank FROM item", path="bm_writer/usage_sink.cpp")
    for good in ("SELECT `rank`, g.groups FROM `groups` g", "SELECT id FROM item WHERE intname = 'rank'",
                 "SELECT id, {last} FROM item i WHERE i.id = {item}", "the rank of groups over rows",
                 "SELECT manually FROM item"):
        assert not caught(good), f"caught: {good}"
    assert not caught("SELECT rank FROM event", path="state/db.cpp")
