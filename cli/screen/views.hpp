// What the screens show, as plain values. Whoever fills them owns them; rendering is pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/names.hpp"
#include "controller/service/status_view.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::cli {

// ---- item

// The desired account with texts of its own.
struct DesiredView {
    Wanted wanted = Wanted::kNothing;
    std::string login;
    std::string email;
    std::string display_name;
    std::string group;
    Quota quota;
    bool in_progress = false;
    bool login_saved = false;

    DesiredView() = default;
    explicit DesiredView(const DesiredAccount& account);
};

struct ItemView {
    Time now{};
    ItemId item;
    ServerId server;
    std::string server_name;
    std::optional<Policy> policy;
    bool row_exists = true;  // the panel has a row of this item
    std::optional<DesiredView> desired;
    std::optional<OwnedActualAccount> actual;
    std::string actual_error;  // why the cloud could not be asked; empty: it was
    std::optional<LedgerItem> ledger;
    DriftMask drift = 0;
    std::vector<Hold> holds;       // of the reader
    std::vector<Action> actions;   // of the plan: what the next pass will do
    std::vector<HeldAction> held;  // of the plan: what it will not do, and why
    std::string stopped;           // the whole plan of the server is stopped
    std::optional<Time> next_pass;
    std::vector<Envelope> events;  // oldest first

    ItemView() = default;
};

// ---- check

enum class CheckMark : std::uint8_t { kOk, kNote, kWarn, kFail };

struct CheckLine {
    CheckMark mark = CheckMark::kOk;
    std::string what;    // one sentence
    std::string remedy;  // one sentence; warn and fail have one

    CheckLine() = default;

    CheckLine(CheckMark m, std::string w, std::string r = {})
        : mark(m), what(std::move(w)), remedy(std::move(r)) {}
};

struct CheckSection {
    std::string title;
    std::vector<CheckLine> lines;

    CheckSection() = default;

    explicit CheckSection(std::string t) : title(std::move(t)) {}

    void ok(std::string what) { lines.emplace_back(CheckMark::kOk, std::move(what)); }

    void note(std::string what) { lines.emplace_back(CheckMark::kNote, std::move(what)); }

    void warn(std::string what, std::string remedy) {
        lines.emplace_back(CheckMark::kWarn, std::move(what), std::move(remedy));
    }

    void fail(std::string what, std::string remedy) {
        lines.emplace_back(CheckMark::kFail, std::move(what), std::move(remedy));
    }
};

struct CheckReport {
    std::vector<CheckSection> sections;

    [[nodiscard]] std::uint64_t count(CheckMark mark) const;

    [[nodiscard]] bool passed() const { return count(CheckMark::kFail) == 0; }
};

// ---- progress of an apply

struct ProgressView {
    std::uint64_t done = 0;  // settled: done, already so, or failed
    std::uint64_t total = 0;
    std::uint64_t failed = 0;
    Duration elapsed{};
    Duration at_least{};  // what the servers' limits force on the rest; 0: nothing
    std::string note;     // "waiting for the limit of server 3"
};

}  // namespace bn::cli
