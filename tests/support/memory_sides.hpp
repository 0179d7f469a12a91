// Both sides in memory, as a controller opens them: one panel, one cloud a server. What blocks runs
// at once. One thread.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "controller/sides.hpp"
#include "tests/fakes/memory_cloud.hpp"
#include "tests/fakes/memory_panel.hpp"

namespace bn::testing {

// A port to a cloud that outlives it. Refuses writes, and closes itself when another cloud answers,
// as the real one does.
class CloudPort final : public Cloud {
  public:
    CloudPort(MemoryCloud& cloud, const CloudSettings& settings, std::function<Time()> now)
        : cloud_(cloud),
          server_(settings.server),
          identity_(settings.identity),
          read_only_(settings.read_only),
          now_(std::move(now)) {}

    Task<Result<CloudInfo>> probe() override {
        if (other()) {
            CloudInfo stranger;
            stranger.identity = cloud_.identity;
            co_return stranger;
        }
        co_return co_await cloud_.probe();
    }

    Task<CloudSign> recognise() override {
        static_cast<void>(other());
        co_return co_await cloud_.recognise();
    }

    Task<Result<ActualSnapshot>> observe(ObserveOptions options) override {
        if (other()) {
            co_return tl::unexpected(other_cloud());
        }
        Result<ActualSnapshot> seen = co_await cloud_.observe(std::move(options));
        if (seen) {
            seen->server = server_;
            seen->taken_at = now_();
        }
        co_return seen;
    }

    Task<Result<std::optional<OwnedActualAccount>>> look(std::string login) override {
        if (other()) {
            co_return tl::unexpected(other_cloud());
        }
        co_return co_await cloud_.look(std::move(login));
    }

    Task<Outcome> apply(Action action, Secret password) override {
        if (read_only_) {
            Error error(NextMove::kBug, "ocs.read_only", "this port must not write");
            co_return Outcome(OutcomeKind::kRefused, std::move(error));
        }
        if (other()) {
            co_return Outcome(OutcomeKind::kRefused, other_cloud());
        }
        co_return co_await cloud_.apply(std::move(action), std::move(password));
    }

    [[nodiscard]] Duration budget_wait(ActionKind kind) const override {
        return cloud_.budget_wait(kind);
    }

  private:
    bool other() {
        identity_ = identity_.empty() ? cloud_.identity : identity_;
        closed_ = closed_ ||
                  (!cloud_.no_cookies && !cloud_.identity.empty() && cloud_.identity != identity_);
        return closed_;
    }

    static Error other_cloud() {
        return Error(
            Concern::kServer, NextMove::kHuman, "ocs.other_cloud", "another cloud answered"
        );
    }

    MemoryCloud& cloud_;
    ServerId server_;
    std::string identity_;
    bool closed_ = false;
    bool read_only_;
    std::function<Time()> now_;
};

struct MemorySides {
    std::function<Time()> now;
    MemoryPanel panel;
    std::map<ServerId, MemoryCloud> clouds;
    bool aborted = false;
    // The panel's maintenance switch; null: nobody can be asked.
    std::function<Result<bool>()> maintenance;
    bool panel_is_here = true;

    explicit MemorySides(std::function<Time()> n) : now(std::move(n)) {}

    // New ports to them. This outlives what is opened.
    controller::Sides open(bool way_back = true) {
        controller::Sides sides;
        sides.desired = panel.source();
        sides.operations = panel.source();
        if (way_back) {
            sides.panel_api = panel.api();
            sides.usage = panel.sink();
        }
        sides.make_cloud = [this](const CloudSettings& settings) {
            MemoryCloud& cloud = clouds[settings.server];
            cloud.add("admin").admin = true;  // a cloud shows at least the account that asks it
            if (cloud.identity.empty()) {
                cloud.identity = "ocmemory" + std::to_string(1000 + settings.server.value);
            }
            return std::make_unique<CloudPort>(cloud, settings, now);
        };
        sides.maintenance.look = maintenance;
        sides.maintenance.on_this_host = maintenance && panel_is_here;
        sides.maintenance.where = "the switch is on";
        sides.abort_clouds = [this] { aborted = true; };
        // What is posted runs at once.
        sides.make_blocking = [](std::size_t) { return [](const auto& work) { work(); }; };
        return sides;
    }
};

}  // namespace bn::testing
