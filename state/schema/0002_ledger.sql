-- The ledger as rows, so that a start need not replay everything. May be dropped at any time:
-- it is rebuilt from the events.
CREATE TABLE projections (
    name     TEXT PRIMARY KEY,
    layout   TEXT    NOT NULL,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_items (
    item INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE ledger_servers (
    server INTEGER PRIMARY KEY,
    data   BLOB NOT NULL
) STRICT;
