-- What the events say of the panel itself; as the other rows of the ledger, it may be dropped.
CREATE TABLE ledger_panel (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    data BLOB NOT NULL
) STRICT;
