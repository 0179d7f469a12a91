#include "state/checkpoint.hpp"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

#include <sodium.h>

#include "state/named.hpp"
#include "state/sealer.hpp"

namespace bn::state {

namespace {

constexpr std::uint32_t kFormat = 1;

struct ChainCut {
    std::uint64_t sequence = 0;
    std::string hash;
    BN_FIELDS(ChainCut, sequence, hash);
};

bool may_have_one(Connection& db) {
    return db.number("PRAGMA user_version") >= 4;
}

template <class T>
T read_row(std::string_view kind, std::string_view data) {
    try {
        return from_named<T>(data);
    } catch (const PayloadFault& fault) {
        refuse(
            "store.bad_checkpoint",
            fmt::format("the checkpoint of cut events cannot be read ({}): {}", kind, fault.what()),
            "a newer version may have written it: install that one; else run `verify`, and put the "
            "last good copy back"
        );
    }
}

}  // namespace

std::optional<CheckpointHead> checkpoint_head(Connection& db) {
    if (!may_have_one(db)) {
        return std::nullopt;
    }
    Statement row(db, "SELECT data FROM checkpoint WHERE kind = 'head' AND id = 0");
    if (!row.step()) {
        return std::nullopt;
    }
    auto head = read_row<CheckpointHead>("head", row.blob(0));
    if (head.format != kFormat) {
        refuse(
            "store.newer",
            fmt::format("{} has a checkpoint of format {}", db.path(), head.format),
            "install the newer version of bill-nextcloud that wrote it"
        );
    }
    return head;
}

StreamCut stream_cut(Connection& db, std::int64_t stream) {
    Statement row(db, "SELECT data FROM checkpoint WHERE kind = 'stream' AND id = ?1");
    row.bind(stream);
    return row.step() ? read_row<StreamCut>("stream", row.blob(0)) : StreamCut();
}

std::optional<Checkpoint> load_checkpoint(Connection& db) {
    const auto head = checkpoint_head(db);
    if (!head) {
        return std::nullopt;
    }
    Checkpoint out;
    out.head = *head;
    out.proved.position = head->position;
    const Chains recorded = load_chains(db);
    out.proved.chains.former_position = recorded.former_position;
    out.proved.chains.former_end = recorded.former_end;
    Statement rows(db, "SELECT kind, id, data FROM checkpoint");
    while (rows.step()) {
        const std::string_view kind = rows.text(0);
        const auto id = static_cast<std::uint32_t>(rows.integer(1));
        if (kind == "chain") {
            const auto cut = read_row<ChainCut>(kind, rows.blob(2));
            out.proved.chains.ends[id] = {cut.sequence, hash_from(from_hex(cut.hash))};
        } else if (kind == "stream") {
            out.streams[rows.integer(1)] = read_row<StreamCut>(kind, rows.blob(2));
        } else if (kind == "item") {
            const auto item = read_row<LedgerItem>(kind, rows.blob(2));
            out.ledger.change(ItemId(id), [&item](LedgerItem& slot) { slot = item; });
        } else if (kind == "server") {
            out.ledger.edit(ServerId(id)) = read_row<LedgerServer>(kind, rows.blob(2));
        } else if (kind == "panel") {
            out.ledger.edit_panel() = read_row<LedgerPanel>(kind, rows.blob(2));
        }
    }
    out.ledger.set_last_event(head->position);
    return out;
}

void begin_walk(EventWalk& walk, Connection& db, const Chains& recorded) {
    auto checkpoint = load_checkpoint(db);
    if (!checkpoint) {
        walk.begin(recorded);
        return;
    }
    std::map<std::int64_t, std::uint64_t> versions;
    for (const auto& [stream, cut] : checkpoint->streams) {
        versions[stream] = cut.version;
    }
    walk.begin_at(std::move(checkpoint->proved), versions, to_hex(view(checkpoint_digest(db))));
}

std::vector<CheckpointRow> checkpoint_rows(const Checkpoint& checkpoint) {
    std::vector<CheckpointRow> rows;
    rows.push_back({"head", 0, to_named(checkpoint.head)});
    rows.push_back({"panel", 1, to_named(checkpoint.ledger.panel())});
    for (const auto& [server, end] : checkpoint.proved.chains.ends) {
        rows.push_back({"chain", server, to_named(ChainCut{end.sequence, to_hex(view(end.hash))})});
    }
    for (const auto& [id, server] : checkpoint.ledger.servers()) {
        rows.push_back({"server", id.value, to_named(server)});
    }
    for (const auto& [id, item] : checkpoint.ledger.items()) {
        rows.push_back({"item", id.value, to_named(item)});
    }
    for (const auto& [stream, cut] : checkpoint.streams) {
        rows.push_back({"stream", static_cast<std::uint64_t>(stream), to_named(cut)});
    }
    std::ranges::sort(rows, {}, [](const auto& row) { return std::tie(row.kind, row.id); });
    return rows;
}

namespace {

class Digest {
  public:
    Digest() { crypto_generichash_init(&state_, nullptr, 0, Hash().size()); }

    void add(std::string_view kind, std::uint64_t id, std::string_view data) {
        const std::string start = fmt::format("{} {} {} ", kind, id, data.size());
        for (const std::string_view bytes : {std::string_view(start), data}) {
            crypto_generichash_update(&state_, sodium_bytes(bytes), bytes.size());
        }
    }

    Hash end() {
        Hash hash{};
        crypto_generichash_final(
            &state_, reinterpret_cast<unsigned char*>(hash.data()), hash.size()
        );
        return hash;
    }

  private:
    crypto_generichash_state state_{};
};

}  // namespace

Hash digest_of(const std::vector<CheckpointRow>& rows) {
    Digest digest;
    for (const CheckpointRow& row : rows) {
        digest.add(row.kind, row.id, row.data);
    }
    return digest.end();
}

Hash checkpoint_digest(Connection& db) {
    Digest digest;
    Statement rows(db, "SELECT kind, id, data FROM checkpoint ORDER BY kind, id");
    while (rows.step()) {
        digest.add(rows.text(0), static_cast<std::uint64_t>(rows.integer(1)), rows.blob(2));
    }
    return digest.end();
}

void write_checkpoint(Connection& db, const std::vector<CheckpointRow>& rows) {
    db.run("DELETE FROM checkpoint");
    Statement put(db, "INSERT INTO checkpoint VALUES (?1, ?2, ?3)");
    for (const CheckpointRow& row : rows) {
        put.run(std::string_view(row.kind), row.id, Blob(row.data));
    }
}

}  // namespace bn::state
