// The event store of a history: what was appended stays, whatever happens to the process. A disk
// can be full, and a process can die just before or after a commit. One thread.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "reconciler/decide/operator.hpp"
#include "tests/fakes/memory_event_store.hpp"

namespace bn::sim {

// What happens to one append.
enum class CommitFate { kDone, kDiskFull, kDiesBefore, kDiesAfter };

class SimStore final : public EventStore {
  public:
    // Both are asked by whoever drives the history.
    std::function<CommitFate()> fate = [] { return CommitFate::kDone; };
    std::function<void(const Envelope&)> on_event = [](const Envelope&) {};

    void append(AppendRequest request, std::function<void(AppendResult)> done) override {
        const CommitFate what = fate();
        if (what == CommitFate::kDiesBefore) {
            return;  // nobody is there any more to hear of it
        }
        AppendResult result =
            what == CommitFate::kDiskFull ? full() : append_now(std::move(request));
        if (what != CommitFate::kDiesAfter) {
            done(std::move(result));
        }
    }

    AppendResult append_now(AppendRequest request) override {
        AppendResult added = store_->append_now(std::move(request));
        if (added) {
            for (const Envelope& envelope : *added) {
                evolve(ledger_, envelope);
                on_event(envelope);
            }
        }
        return added;
    }

    // Both of one moment.
    struct Backup {
        std::shared_ptr<const testing::MemoryEventStore> store =
            std::make_shared<testing::MemoryEventStore>();
        Ledger ledger;
    };

    [[nodiscard]] Backup backup() const {
        return {std::make_shared<const testing::MemoryEventStore>(*store_), ledger_};
    }

    // It is not the newest one: a person says that it is to be gone on with (`verify --accept`).
    // REQUIRES: no process uses it.
    void restore(const Backup& from, Time now) {
        store_ = std::make_unique<testing::MemoryEventStore>(*from.store);
        ledger_ = from.ledger;
        AcceptedStore accepted = accept_store(
            ledger_, Error(Concern::kStore, NextMove::kHuman, "store.behind", "an older store")
        );
        AppendRequest request;
        for (Event& event : accepted.events) {
            request.events.emplace_back(std::move(event));
        }
        request.forget_secrets = std::move(accepted.forget_secrets);
        request.at = now;
        static_cast<void>(append_now(std::move(request)));
    }

    // What its events say: a process that starts need not fold them all.
    [[nodiscard]] const Ledger& ledger() const { return ledger_; }

    Result<void> read(const EventFilter& filter, const std::function<bool(const Envelope&)>& each)
        override {
        return store_->read(filter, each);
    }

    Result<Secret> secret(std::string_view ref) override { return store_->secret(ref); }

    [[nodiscard]] std::uint64_t size_bytes() const override { return store_->size_bytes(); }

  private:
    static AppendResult full() {
        return tl::unexpected(
            Error(Concern::kStore, NextMove::kHuman, "store.full", "the disk is full")
        );
    }

    std::unique_ptr<testing::MemoryEventStore> store_ =
        std::make_unique<testing::MemoryEventStore>();
    Ledger ledger_;
};

}  // namespace bn::sim
