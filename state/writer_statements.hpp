// The writer's prepared statements. Private to the writer's two files.
#pragma once

#include "state/writer.hpp"

namespace bn::state {

struct Writer::Statements {
    explicit Statements(Connection& db)
        : insert(db),
          find_stream(db, "SELECT id FROM streams WHERE name = ?1"),
          last_of_stream(
              db,
              "SELECT version, server FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1"
          ),
          new_stream(db, "INSERT INTO streams (name) VALUES (?1) RETURNING id"),
          set_chain(db, "UPDATE chain SET position = ?1, hash = ?2 WHERE id = 1"),
          find_secret(db, "SELECT 1 FROM secrets WHERE ref = ?1"),
          put_secret(db, "INSERT INTO secrets VALUES (?1, ?2, ?3)"),
          forget_secret(db, "DELETE FROM secrets WHERE ref = ?1"),
          put_meta(db, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)") {}

    RowInserter insert;
    Statement find_stream;
    Statement last_of_stream;
    Statement new_stream;
    Statement set_chain;
    Statement find_secret;
    Statement put_secret;
    Statement forget_secret;
    Statement put_meta;
};

}  // namespace bn::state
