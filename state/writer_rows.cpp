// The writer's part that turns one request into rows.
#include <cstring>

#include <fmt/format.h>
#include <sodium.h>

#include "state/event_codec.hpp"
#include "state/writer.hpp"
#include "state/writer_statements.hpp"

namespace bn::state {

namespace {

constexpr std::size_t kRandomOfId = 10;  // the other bytes are the time

}  // namespace

AppendResult Writer::apply(PendingAppend& append) {
    if (append.refused) {
        return tl::unexpected(std::move(*append.refused));
    }
    // Everything that can be refused is refused before the first change, so that one request's
    // conflict needs no savepoint to leave the others of its group alone.
    if (auto error = check_secrets(append)) {
        return tl::unexpected(std::move(*error));
    }
    std::vector<StreamHead*> streams;
    std::vector<std::uint64_t> versions;
    if (auto error = reserve_versions(append.request, streams, versions)) {
        return tl::unexpected(std::move(*error));
    }
    std::vector<Envelope> out;
    out.reserve(streams.size());
    for (std::size_t i = 0; i < streams.size(); ++i) {
        out.push_back(insert(append, i, *streams[i], versions[i]));
    }
    write_secrets(append);
    return out;
}

std::optional<Error> Writer::check_secrets(const PendingAppend& append) {
    if (append.sealed.empty()) {
        return std::nullopt;
    }
    if (!key_fingerprint_.empty() && key_fingerprint_ != append.key_fingerprint) {
        return Error(
            Concern::kStore,
            NextMove::kHuman,
            "store.key_other",
            "the key file is not the one that this store's passwords were sealed with",
            "restore the key file that belongs to this store"
        );
    }
    for (std::size_t i = 0; i < append.sealed.size(); ++i) {
        const auto& ref = append.sealed[i].first;
        statements_->find_secret.bind_text(1, ref);
        bool taken = statements_->find_secret.step();
        statements_->find_secret.reset();
        for (std::size_t j = 0; j < i; ++j) {
            taken = taken || append.sealed[j].first == ref;
        }
        if (taken) {
            return Error(
                Concern::kStore,
                NextMove::kBug,
                "store.secret_exists",
                fmt::format("a secret is kept under the reference {} already", ref)
            );
        }
    }
    return std::nullopt;
}

std::optional<Error> Writer::reserve_versions(
    const AppendRequest& request,
    std::vector<StreamHead*>& streams,
    std::vector<std::uint64_t>& versions
) {
    for (const auto& event : request.events) {
        const auto name = stream_of(event.event);
        auto& head = stream_head(name);
        if (event.expected_version != kAnyVersion && event.expected_version != head.version) {
            Error error(
                Concern::kStore,
                NextMove::kRedoPass,
                "store.conflict",
                fmt::format(
                    "stream {} is at version {}, expected {}",
                    name,
                    head.version,
                    event.expected_version
                )
            );
            for (auto* touched : streams) {
                --touched->version;
            }
            return error;
        }
        streams.push_back(&head);  // stays valid: the map is node-based and only grows here
        versions.push_back(++head.version);
    }
    return std::nullopt;
}

Envelope Writer::insert(
    PendingAppend& append, std::size_t i, StreamHead& head, std::uint64_t version
) {
    auto& request = append.request;
    auto& event = request.events[i];
    Envelope out;
    out.stream = stream_of(event.event);
    if (head.id == 0) {
        statements_->new_stream.bind_text(1, out.stream);
        statements_->new_stream.step();
        head.id = statements_->new_stream.integer(0);
        statements_->new_stream.reset();
    }
    if (const auto server = server_of(event.event); server.value != 0) {
        head.server = server.value;
    }
    const auto& kind = kind_of(event.event);
    RowView row;
    row.position = ++position_;
    row.stream = out.stream;
    row.version = version;
    row.at_ms = request.at.time_since_epoch().count();
    row.item = item_of(event.event).value;
    row.server = head.server;
    row.kind = kind.name;
    row.kind_version = kind.version;
    row.id = next_id(request.at);
    row.correlation = request.correlation;
    row.causation = event.causation;
    row.actor_kind = request.actor.kind;
    row.actor_name = request.actor.name;
    row.payload = append.payloads[i];
    hash_ = chain_hash(hash_, row, scratch_);
    statements_->insert.insert(head.id, row, hash_);
    out.position = row.position;
    out.version = version;
    out.id = to_hex(row.id);
    out.at = request.at;
    out.correlation = request.correlation;
    out.causation = std::move(event.causation);
    out.actor = request.actor;
    out.event = std::move(event.event);
    return out;
}

void Writer::write_secrets(PendingAppend& append) {
    for (const auto& [ref, sealed] : append.sealed) {
        auto& put = statements_->put_secret;
        put.bind_text(1, ref);
        put.bind_blob(2, sealed);
        put.bind(3, append.request.at.time_since_epoch().count());
        put.run();
    }
    if (!append.sealed.empty() && key_fingerprint_.empty()) {
        key_fingerprint_ = append.key_fingerprint;
        statements_->put_meta.bind_text(1, "key_fingerprint");
        statements_->put_meta.bind_blob(2, key_fingerprint_);
        statements_->put_meta.run();
    }
    for (const auto& ref : append.request.forget_secrets) {
        statements_->forget_secret.bind_text(1, ref);
        statements_->forget_secret.run();
    }
}

Writer::StreamHead& Writer::stream_head(const std::string& name) {
    if (const auto found = streams_.find(name); found != streams_.end()) {
        return found->second;
    }
    StreamHead head;
    statements_->find_stream.bind_text(1, name);
    if (statements_->find_stream.step()) {
        head.id = statements_->find_stream.integer(0);
    }
    statements_->find_stream.reset();
    if (head.id != 0) {
        statements_->last_of_stream.bind(1, head.id);
        if (statements_->last_of_stream.step()) {
            head.version = static_cast<std::uint64_t>(statements_->last_of_stream.integer(0));
            head.server = static_cast<std::uint32_t>(statements_->last_of_stream.integer(1));
        }
        statements_->last_of_stream.reset();
    }
    return streams_.emplace(name, head).first->second;
}

std::string_view Writer::next_id(Time at) {
    if (random_used_ + kRandomOfId > random_.size()) {
        random_.resize(kRandomOfId * 1024);
        randombytes_buf(random_.data(), random_.size());
        random_used_ = 0;
    }
    const auto ms = static_cast<std::uint64_t>(at.time_since_epoch().count());
    for (std::size_t i = 0; i < kIdSize - kRandomOfId; ++i) {
        id_[i] = static_cast<char>((ms >> (40 - 8 * i)) & 0xffU);
    }
    std::memcpy(id_.data() + kIdSize - kRandomOfId, random_.data() + random_used_, kRandomOfId);
    random_used_ += kRandomOfId;
    return id_;
}

}  // namespace bn::state
