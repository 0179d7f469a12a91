-- What stands for events that were cut off: the ledger as of there, where each chain and each
-- stream was, by names (state/named.hpp), so that later versions read it. docs/events.md, ADR 29.
CREATE TABLE checkpoint (
    kind TEXT    NOT NULL,
    id   INTEGER NOT NULL,
    data BLOB    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
