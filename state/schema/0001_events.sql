-- Events, their streams, the head of the hash chain, sealed secrets.
-- Applied once, never edited: what follows is a file of its own. docs/events.md explains the columns.
CREATE TABLE streams (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
    position     INTEGER PRIMARY KEY,
    stream       INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    at_ms        INTEGER NOT NULL,
    item         INTEGER NOT NULL,
    server       INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    kind_version INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    correlation  TEXT    NOT NULL,
    causation    TEXT    NOT NULL,
    actor_kind   TEXT    NOT NULL,
    actor_name   TEXT    NOT NULL,
    payload      BLOB    NOT NULL,
    hash         BLOB    NOT NULL
) STRICT;
-- The only secondary index: it enforces the streams' versions and finds the events of one item.
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);

CREATE TABLE chain (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    hash     BLOB    NOT NULL
) STRICT;
INSERT INTO chain VALUES (1, 0, zeroblob(32));

CREATE TABLE secrets (
    ref    TEXT PRIMARY KEY,
    sealed BLOB    NOT NULL,
    at_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
