-- One hash chain a server and one for the service (server 0); docs/events.md, ADR 15 and 16.
-- Rows from here on carry their place in their chain and the digest of their payload; rows that
-- were there before keep their bytes and go on being proved by the old chain, whose end is `chain`.
ALTER TABLE events ADD COLUMN sequence INTEGER;
ALTER TABLE events ADD COLUMN salt BLOB;
ALTER TABLE events ADD COLUMN digest BLOB;

CREATE TABLE chains (
    server   INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash     BLOB    NOT NULL
) STRICT;

-- What the events say of the panel itself; as the other rows of the ledger, it may be dropped.
CREATE TABLE ledger_panel (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    data BLOB NOT NULL
) STRICT;
