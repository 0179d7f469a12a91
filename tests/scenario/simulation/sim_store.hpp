// The event store of a history: what was appended stays, whatever happens to the process. A disk
// can be full, and a process can die just before or after a commit. One thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/ports/event_store.hpp"

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
        AppendResult result = what == CommitFate::kDiskFull ? full() : keep(std::move(request));
        if (what != CommitFate::kDiesAfter) {
            done(std::move(result));
        }
    }

    AppendResult append_now(AppendRequest request) override { return keep(std::move(request)); }

    Result<void> read(const EventFilter& filter, const std::function<bool(const Envelope&)>& each)
        override {
        for (const Envelope& event : events_) {
            if (event.position > filter.after && !each(event)) {
                break;
            }
        }
        return {};
    }

    Result<Secret> secret(std::string_view ref) override {
        const auto found = secrets_.find(ref);
        if (found == secrets_.end()) {
            return tl::unexpected(
                Error(Concern::kStore, NextMove::kBug, "store.no_secret", "no such password")
            );
        }
        return found->second;
    }

    [[nodiscard]] std::uint64_t size_bytes() const override { return events_.size() * 200; }

    [[nodiscard]] const std::vector<Envelope>& events() const { return events_; }

  private:
    static AppendResult full() {
        return tl::unexpected(
            Error(Concern::kStore, NextMove::kHuman, "store.full", "the disk is full")
        );
    }

    AppendResult keep(AppendRequest request) {
        std::vector<Envelope> added;
        for (NewEvent& fresh : request.events) {
            std::uint64_t& version = versions_[stream_of(fresh.event)];
            if (fresh.expected_version != kAnyVersion && fresh.expected_version != version) {
                for (const Envelope& taken_back : added) {
                    --versions_[taken_back.stream];
                }
                return tl::unexpected(
                    Error(Concern::kStore, NextMove::kRedoPass, "store.conflict", "another version")
                );
            }
            Envelope& envelope = added.emplace_back();
            envelope.position = events_.size() + added.size();
            envelope.stream = stream_of(fresh.event);
            envelope.version = ++version;
            envelope.id = fresh.id.empty() ? "event-" + std::to_string(envelope.position)
                                           : std::move(fresh.id);
            envelope.at = request.at;
            envelope.correlation = request.correlation;
            envelope.actor = request.actor;
            envelope.event = std::move(fresh.event);
        }
        for (auto& secret : request.secrets) {
            secrets_.emplace(std::move(secret.ref), std::move(secret.secret));
        }
        for (const std::string& ref : request.forget_secrets) {
            secrets_.erase(ref);
        }
        for (const Envelope& envelope : added) {
            events_.push_back(envelope);
            on_event(envelope);
        }
        return added;
    }

    std::vector<Envelope> events_;
    std::map<std::string, std::uint64_t> versions_;
    std::map<std::string, Secret, std::less<>> secrets_;
};

}  // namespace bn::sim
