// One event of every kind with every field filled, and what the tests of the store share.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "reconciler/events/events.hpp"
#include "state/store.hpp"

namespace bn::testing {

inline Action sample_action() {
    Action action(ActionKind::kCreate, ServerId(3), ItemId(7), "user_7");
    action.before = "nothing";
    action.after = "5 GiB";
    action.reason = "item 7 is active";
    action.quota = Quota::bytes(5368709120);
    action.value = "pro";
    action.create = CreateFields{"a@example.org", "Анна", "pro", Quota::unlimited()};
    action.urgent = true;
    action.closing = true;
    action.harm = Harm::kDisable;
    action.approved = true;
    return action;
}

inline std::vector<Event> sample_panel_events() {
    const Time t(Duration(1763893230123));
    return {
        PanelResultOwed{
            {11, "open", "backupservice", true, "missing-group", "no group", "make it", true, true},
            ItemId(7),
            ServerId(3)},
        PanelCalled{
            ItemId(7),
            ServerId(3),
            11,
            "service.postsuspend",
            "elid=7 sok=ok",
            true,
            "ok",
            Duration(12),
            t},
        PanelResultDeferred{ItemId(7), 11, "open", "panel.refused", "not now", t},
        OperationRolledBack{ItemId(7), ServerId(3), 11, "ok"},
        OperationTaskMade{ItemId(7), ServerId(3), 11, "open_failed"},
        PanelResultDelivered{ItemId(7), 11, "open", true, "read back"},
        UsageLevelChanged{ItemId(7), ServerId(3), UsageLevel::kOver, 12345, Quota::bytes(10000)},
        UsageThresholdReached{ItemId(7), ServerId(3), 90, 9100, Quota::bytes(10000), true},
        UsageThresholdLeft{ItemId(7), ServerId(3), 0, 8000, Quota::bytes(10000)},
        UsageThresholdTold{ItemId(7), ServerId(3), 90, "ok"},
        UsageTold{ItemId(7), ServerId(3), 12345, Quota::bytes(10000), t},
        PanelProblemRegistered{ServerId(3), "away"},
        PanelProblemDeferred{ServerId(3), "away", t},
        PanelProblemCleared{ServerId(3)},
        AccountImported{ServerId(3), "user_7", "7", true},
        UsageItemsMeasured{
            ServerId(3),
            "2026-11-22",
            "disk",
            4,
            1073741824,
            {{ItemId(7), 12345, Quota::bytes(10000)}, {ItemId(8), 0, Quota::unlimited()}}},
        UsageMeasured{ServerId(3), "2026-11-22", 12, 123456, false},
        UsageMeasureFailed{ServerId(3), "away", t},
        UsagePosted{ServerId(3), "2026-11-22"},
        UsagePostRefused{ServerId(3), "2026-11-22", "not now", t},
    };
}

inline PassServerSummary sample_summary() {
    PassServerSummary summary;
    summary.server = ServerId(3);
    summary.complete = true;
    summary.desired = 100;
    summary.actual = 101;
    summary.drifted = 2;
    summary.held = 1;
    summary.done = 4;
    summary.failed = 5;
    summary.error = "e";
    summary.stopped = "s";
    summary.observed = Duration(300000);
    summary.judged_desired = 100;
    summary.judged_actual = 110;
    summary.panel_doubt = "p";
    summary.cloud_doubt = "c";
    summary.clock_trust = Duration(60000);
    return summary;
}

// Of the streams of the service and of servers.
inline std::vector<Event> sample_service_events() {
    const Time t(Duration(1763893230123));
    return {
        ServiceStarted{"0.1.0", "abc", "host", 4711},
        ServiceStopped{"SIGTERM"},
        ConfigChanged{"abc", "def", "interval=60"},
        PassCompleted{"p-1", "periodic", t, Duration(1234), {sample_summary()}},
        PanelWentAway{"no answer"},
        PanelCameBack{},
        PanelMaintenanceBegan{"etc/billmgr.DoNothing exists"},
        PanelMaintenanceEnded{},
        PanelCompletionFound{"backupservice", "vds.open"},
        PanelIdentified{"c0ffee"},
        ClockWentBack{t, t - Duration(1000)},
        ClockJumped{t, t + Duration(1000)},
        StoreAccepted{"store.older", "it ends at event 3"},
        StoreChecked{"backup", "3:c0ffee"},
        ServiceAsked{"apply", "ticket 4711"},
        KeyRotated{"c0ffee", "feed", 3},
        StoreCompacted{1000, 400, t, "c0ffee", "feed"},
        PanelSeen{{120, 12}},
        PanelWentBack{{120, 12}, {100, 11}},
        PanelCaughtUp{{121, 12}},
        PanelDataAccepted{{120, 12}, {100, 11}, "a backup"},
        ServicePaused{"upgrade", t},
        ServicePauseEnded{"done"},
        ServerObserved{
            ServerId(3),
            "cloud",
            "Nextcloud",
            "25.0.2",
            "https://cloud.example",
            "oc1234567890",
            "2f50b0a6"},
        ServerAddressAccepted{ServerId(3), "https://a.example", "https://b.example", "moved"},
        ServerCloudAccepted{
            ServerId(3), "oc1234567890", "oc0987654321", "2f50b0a6", "none", "restored"},
        ServerQuarantined{ServerId(3), "ocs.401", "refused", NextMove::kHuman, t, 2},
        ServerRecovered{ServerId(3)},
        ServerResumed{ServerId(3), "ntp was off"},
        ServerPaused{ServerId(3), "upgrade", t},
        ServerPauseEnded{ServerId(3), "done"},
        ClockTrusted{ServerId(3)},
        PlanBegun{ServerId(3), "c0ffee", 12, 1},
        PlanStopped{ServerId(3), "c0ffee", "too many", 12, {Harm::kDelete}},
        PlanApproved{ServerId(3), "c0ffee", "looked at"},
    };
}

inline std::vector<Event> sample_events() {
    const Time t(Duration(1763893230123));
    const Hold hold(
        ItemId(7), ServerId(3), HoldCode::kNoDisk, "pricelist 12", "no resource disk", "add one"
    );
    std::vector<Event> events = sample_service_events();
    for (Event& event : std::vector<Event>{
             SoldChanged{ItemId(7), ServerId(3), {{"quota", "1073741824", "5368709120"}}},
             DriftObserved{
                 ItemId(7),
                 ServerId(3),
                 "user_7",
                 {{DriftField::kQuota, "5 GiB", "1 GiB"}, {DriftField::kEmail, "a@b.c", ""}}},
             DriftCleared{ItemId(7)},
             ItemHeld{ItemId(7), {hold}},
             ItemHoldsCleared{ItemId(7)},
             ItemVanished{ItemId(7), 17},
             ItemReappeared{ItemId(7)},
             ItemHistoryLost{ItemId(7)},
             AccountFoundAgain{ItemId(7), ServerId(3), "user_7"},
             AccountLastUsed{ItemId(7), ServerId(3), "user_7", t},
             AccountAdopted{ItemId(7), ServerId(3), "user_7", "itemparam username of item 7"},
             AccountCreated{ItemId(7), ServerId(3), "User_7", "detail"},
             AccountFoundGone{ItemId(7), ServerId(3), "User_7", "detail"},
             AccountHandedOver{ItemId(7), ServerId(3), "User_7", ItemId(8)},
             ActionIntended{"a-1", sample_action(), "secret-1"},
             ActionSucceeded{
                 "a-1", ItemId(7), ServerId(3), ActionKind::kDisable, "User_7", "detail", t},
             ActionFailed{
                 "a-1",
                 ItemId(7),
                 ServerId(3),
                 ActionKind::kDelete,
                 NextMove::kRetryCall,
                 "ocs.500",
                 "failed",
                 t},
             DoubtResolved{
                 "a-1", ItemId(7), ServerId(3), ActionKind::kCreate, true, "user_7", "found"},
             ItemBoughtBack{ItemId(7)},
             ItemPaused{ItemId(7), "asked by the client", t},
             ItemResumed{ItemId(7), "done"},
             ItemKept{ItemId(7), ServerId(3), "user_7", "the client called", t},
             ItemKeptEnded{ItemId(7), "done"},
             RetentionEnding{ItemId(7), ServerId(3), "user_7", t},
             ItemParked{
                 ItemId(7), ServerId(3), ActionKind::kSetEmail, "ocs.bad_email", "no address", 24},
             ItemReplayed{ItemId(7), "mended"},
             ItemMasked{ItemId(7), {{12, "c0ffee"}}, "asked by the client"},
         }) {
        events.push_back(std::move(event));
    }
    for (Event& event : sample_panel_events()) {
        events.push_back(std::move(event));
    }
    return events;
}

// A directory of its own for each test, removed at its end.
class TempDirectory {
  public:
    TempDirectory() {
        auto pattern = (std::filesystem::temp_directory_path() / "bn-state-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }

    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    ~TempDirectory() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

inline state::StoreSettings settings_in(const TempDirectory& directory) {
    state::StoreSettings settings;
    settings.path = directory.file("events.db");
    settings.key_file = directory.file("key");
    return settings;
}

inline AppendRequest request_of(std::vector<Event> events) {
    AppendRequest request;
    for (auto& event : events) {
        request.events.emplace_back(std::move(event));
    }
    request.correlation = "pass-1";
    request.at = Time(Duration(1763893230123));
    return request;
}

}  // namespace bn::testing
