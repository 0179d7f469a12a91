// The two sides of a pass: the panel with the way back to it, and one cloud port per server.
//
// Runs on the loop's thread; the panel is read on a thread of its own, its functions are called on
// others. Owns the ports. In a read-only world every cloud port refuses writes at its lowest layer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "controller/logging/logging.hpp"
#include "controller/metrics/metrics.hpp"
#include "controller/sides.hpp"
#include "reconciler/decide/panel.hpp"

namespace bn::controller {

struct WorldOptions {
    bool read_only = true;
    Metrics* metrics = nullptr;         // may be null; outlives the world
    SecretRegistry* secrets = nullptr;  // learns every secret that is read; may be null
    std::function<Time()> now;
    // Why the panel must not be called or written now; null: always it may be.
    std::function<std::optional<Error>()> panel_is_shut;

    WorldOptions() = default;
};

class World {
  public:
    // `config` outlives the world.
    World(const Config& config, Sides sides, WorldOptions options);

    ~World() { shutdown(); }

    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // The last reading stays available as `last_desired` whether or not this one succeeds.
    Task<Result<std::shared_ptr<const DesiredSnapshot>>> read_desired();

    [[nodiscard]] std::shared_ptr<const DesiredSnapshot> last_desired() const { return desired_; }

    Task<Result<std::vector<DesiredServer>>> servers();
    Task<Result<std::vector<PendingOperation>>> pending_operations();

    // The panel's maintenance switch.
    [[nodiscard]] const PanelSwitch& maintenance() const { return sides_.maintenance; }

    // REQUIRES: somebody can be asked.
    Task<Result<bool>> look_at_switch();

    // What the panel has stored of one item.
    Task<Result<SavedParams>> saved_params(ItemId item);
    // How each item's usage is written for billing.
    Task<Result<std::vector<UsageMeasure>>> usage_measures();

    // False: results are not written back; `call` and `replace_usage` must not be called.
    [[nodiscard]] bool has_way_back() const { return sides_.panel_api != nullptr; }

    // A pass has read the panel that these ports lead to, and it is the one that the store belongs
    // to. Before that nothing is written there: no client's password, no bill.
    void believe_panel() { panel_is_ours_ = true; }

    [[nodiscard]] bool panel_is_ours() const { return panel_is_ours_; }

    [[nodiscard]] bool may_tell() const { return has_way_back() && panel_is_ours_; }

    // Of the panel's API; `made` learns what was called and how long it took. What the panel is not
    // asked because it is shut is no news.
    Task<Result<PanelAnswer>> call(PanelCall call, PanelCallMade& made);
    // Writes one day into itemstat; see UsageSink. Both refuse while the panel is not known for
    // ours.
    Task<Result<void>> replace_usage(std::string day, std::vector<ItemUsageRow> rows);

    // A port to a cloud that the panel may not know yet, for a look at it. It cannot write.
    // `identity`: as for a cloud's settings. `longest`: no call takes longer, whatever is
    // configured.
    std::unique_ptr<Cloud> port_to_look(
        const DesiredServer& server,
        std::string identity,
        std::optional<Duration> longest = std::nullopt
    );

    // The port of a server, made anew when its address, credentials or settings changed, or the
    // cloud that it must believe, which the ledger says. Hold it for as long as its tasks run:
    // another pass may replace it meanwhile.
    std::shared_ptr<Cloud> cloud(const DesiredServer& server, const Ledger& ledger);
    // The address, login, password or settings are not those that were tried last. False where
    // nothing was tried yet.
    [[nodiscard]] bool access_changed(const DesiredServer& server) const;

    // What was tried in the former world.
    void take_tried(const World& former) { tried_ = former.tried_; }

    // What the last probe of this server said; null before the first.
    [[nodiscard]] const CloudInfo* info(ServerId server) const;

    void remember(ServerId server, CloudInfo info) { infos_[server] = std::move(info); }

    // Drops a port, for instance one that stopped itself after a refused login.
    void forget(ServerId server);

    // Aborts all calls. Run the loop until it is idle before the world is destroyed.
    void shutdown() const { sides_.abort_clouds(); }

  private:
    // Why the panel gets nothing from us now.
    [[nodiscard]] std::optional<Error> why_not_told() const;

    struct Port {
        std::string identity;  // empty: it believes whoever answered it first
        std::shared_ptr<Cloud> cloud;
    };

    struct Tried {
        DesiredServer server;  // without its accounts
        ServerSettings settings;
    };

    std::unique_ptr<Cloud> make_port(
        const DesiredServer& server, const ServerSettings& settings, std::string identity
    ) const;

    const Config& config_;
    WorldOptions options_;
    Sides sides_;
    std::map<ServerId, Port> ports_;
    std::map<ServerId, Tried> tried_;  // last; kept when a port is dropped
    std::map<ServerId, CloudInfo> infos_;
    std::shared_ptr<const DesiredSnapshot> desired_;
    bool panel_is_ours_ = false;
    Blocking reader_;  // first to go: their work uses the sources
    Blocking poller_;
    Blocking watcher_;
    Blocking callers_;  // none: there is no way back
};

// "panel.unproved": no pass has told yet whose panel it is.
Error panel_unproved();

}  // namespace bn::controller
