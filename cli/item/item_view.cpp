#include "cli/item/item_view.hpp"

#include <algorithm>
#include <array>

#include "cli/events/event_view.hpp"
#include "controller/json/json.hpp"

namespace bn::cli {
namespace {

using controller::Json;
using controller::ToJson;

constexpr Phrase kTitle{"Item {}", "Услуга {}"};
constexpr Phrase kOnServer{" on server {} {}", " на сервере {} {}"};
constexpr Phrase kNoRow{"The panel has no row of this item.", "В панели нет строки этой услуги."};
constexpr Phrase kField{"field", "поле"};
constexpr Phrase kWanted{"wanted", "надо"};
constexpr Phrase kActual{"in the cloud", "в облаке"};
constexpr Phrase kState{"state", "состояние"};
constexpr Phrase kLogin{"login", "логин"};
constexpr Phrase kUnread{"not read: {}", "не прочитано: {}"};
constexpr Phrase kLedger{"Ledger: ", "Учёт: "};
constexpr Phrase kOurs{"the account {} is ours ({})", "запись {} наша ({})"};
constexpr Phrase kNotOurs{"no account of this item is ours", "наших записей у этой услуги нет"};
constexpr Phrase kRetained{
    "; kept disabled, deletion not before {}", "; хранится отключённой, удаление не раньше {}"};
constexpr Phrase kDoubt{"; outcome not known yet: {}", "; исход пока неизвестен: {}"};
constexpr Phrase kFailures{
    "; {} failed attempts, next one {}", "; неудачных попыток {}, следующая {}"};
constexpr Phrase kPaused{"; paused", "; приостановлена"};
constexpr Phrase kUsage{"Usage: {} of {} ({} %)", "Занято: {} из {} ({} %)"};
constexpr Phrase kUsageNoQuota{"Usage: {}", "Занято: {}"};
constexpr Phrase kUsageClose{", close to the quota", ", близко к квоте"};
constexpr Phrase kUsageOver{", at or over the quota", ", квота исчерпана"};
constexpr Phrase kDrift{"Drift: {}", "Расхождение: {}"};
constexpr Phrase kNoDrift{"Drift: none", "Расхождений нет"};
constexpr Phrase kNext{"What happens next:", "Что будет дальше:"};
constexpr Phrase kNextNothing{"nothing: all is as it was sold", "ничего: всё так, как продано"};
constexpr Phrase kNextPass{" (next pass {})", " (следующий проход {})"};
constexpr Phrase kStopped{
    "! the plan of the server is stopped: {}", "! план сервера остановлен: {}"};
constexpr Phrase kEvents{"Last events:", "Последние события:"};
constexpr Phrase kNoEvents{"No events so far.", "Событий пока нет."};

// In the order of Wanted.
constexpr std::array<Phrase, 4> kStates{
    {{"nothing yet", "пока ничего"},
     {"enabled", "включена"},
     {"disabled", "отключена"},
     {"absent", "нет"}}};

std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& entry : list) {
        text += (text.empty() ? "" : ", ") + escaped(entry);
    }
    return text;
}

class ItemScreen {
  public:
    ItemScreen(const ItemView& view, const ScreenOptions& options)
        : view_(view), screen_(options) {}

    std::string draw() {
        title();
        table();
        ledger();
        usage();
        screen_.line(
            view_.drift == 0 ? screen_.say(kNoDrift)
                             : screen_.say(kDrift, drift_list(view_.drift, screen_.language()))
        );
        next();
        events();
        return screen_.take();
    }

  private:
    [[nodiscard]] std::string state(Wanted wanted) const {
        return screen_.say(kStates.at(static_cast<std::size_t>(wanted)));
    }

    void title() {
        std::string head = screen_.say(kTitle, view_.item.value);
        if (view_.server.value != 0) {
            head += screen_.say(kOnServer, view_.server.value, escaped(view_.server_name));
        }
        head += view_.policy ? fmt::format(", {}", to_string(*view_.policy)) : "";
        screen_.title(head);
        if (!view_.row_exists) {
            screen_.line(screen_.say(kNoRow));
        }
    }

    void row(
        const Phrase& name, const std::string& wanted, const std::string& actual, bool differs
    ) {
        constexpr std::size_t kName = 12;
        const std::size_t half = (screen_.width() - kName - 4) / 2;
        const Colour colour = differs ? Colour::kYellow : Colour::kNone;
        std::string line = fmt::format(
            "  {}{}  {}",
            padded(screen_.say(name), kName),
            padded(clipped(wanted, half), half),
            screen_.paint(clipped(actual, half), colour)
        );
        line.erase(line.find_last_not_of(' ') + 1);
        screen_.raw(line + "\n");
    }

    [[nodiscard]] std::string state_of_actual() const {
        if (!view_.actual_error.empty()) {
            return screen_.say(kUnread, escaped(view_.actual_error));
        }
        if (!view_.actual) {
            return state(Wanted::kAbsent);
        }
        return state(view_.actual->enabled ? Wanted::kEnabled : Wanted::kDisabled);
    }

    void table() {
        const DesiredView desired = view_.desired.value_or(DesiredView());
        const OwnedActualAccount actual = view_.actual.value_or(OwnedActualAccount());
        const auto differs = [&](DriftField field) { return has(view_.drift, field); };
        const auto both = [&](const Phrase& name, const auto& wanted, const auto& is, bool drift) {
            row(name, escaped(wanted), escaped(is), drift);
        };
        row(kField, screen_.say(kWanted), screen_.say(kActual), false);
        row(kState,
            view_.desired ? state(desired.wanted) : screen_.say(kNone),
            state_of_actual(),
            differs(DriftField::kMissing) || differs(DriftField::kOrphan) ||
                differs(DriftField::kEnabled));
        both(kLogin, desired.login, actual.login, false);
        row(kQuota,
            view_.desired ? to_string(desired.quota) : "",
            view_.actual ? to_string(actual.quota) : "",
            differs(DriftField::kQuota));
        row(kGroup, escaped(desired.group), joined(actual.groups), differs(DriftField::kGroup));
        both(kEmail, desired.email, actual.email, differs(DriftField::kEmail));
        both(kName, desired.display_name, actual.display_name, false);
    }

    void ledger() {
        const LedgerItem item = view_.ledger.value_or(LedgerItem());
        std::string what = screen_.say(kLedger);
        what += item.ownership == Ownership::kNone || item.deleted
                    ? screen_.say(kNotOurs)
                    : screen_.say(kOurs, escaped(item.login), to_string(item.ownership));
        if (item.retained_until) {
            what += screen_.say(kRetained, format_time(*item.retained_until));
        }
        for (const auto& pending : item.in_doubt) {
            what += screen_.say(kDoubt, describe(pending.action, screen_.language()));
        }
        if (item.failures > 0) {
            const std::string when =
                human_moment(item.next_attempt_at, view_.now, screen_.language());
            what += screen_.say(kFailures, item.failures, when);
        }
        what += item.paused ? screen_.say(kPaused) : "";
        screen_.line(what);
    }

    // The bytes as the cloud says now; the level as it was last measured, or nothing.
    void usage() {
        if (!view_.actual || !view_.actual->used) {
            return;
        }
        const std::uint64_t used = *view_.actual->used;
        const Quota quota = view_.actual->quota;
        std::string what = screen_.say(kUsageNoQuota, human_bytes(used));
        if (quota.is_bytes() && quota.count() > 0) {
            const auto all = static_cast<std::uint64_t>(quota.count());
            const auto percent = static_cast<std::uint64_t>(
                static_cast<double>(used) * 100 / static_cast<double>(all)
            );
            what = screen_.say(kUsage, human_bytes(used), human_bytes(all), percent);
        }
        const UsageLevel level = view_.ledger ? view_.ledger->usage : UsageLevel::kUnknown;
        what += level == UsageLevel::kOver    ? screen_.say(kUsageOver)
                : level == UsageLevel::kClose ? screen_.say(kUsageClose)
                                              : "";
        screen_.line(what);
    }

    // A hold of the reader may stand in the plan as well: once is enough.
    [[nodiscard]] bool in_plan(const Hold& hold) const {
        return std::ranges::find(view_.held, hold, &HeldAction::hold) != view_.held.end();
    }

    void next() {
        std::string head = screen_.say(kNext);
        if (view_.next_pass) {
            head += screen_.say(
                kNextPass, human_moment(*view_.next_pass, view_.now, screen_.language())
            );
        }
        screen_.line(head);
        if (!view_.stopped.empty()) {
            screen_.line(screen_.say(kStopped, escaped(view_.stopped)), 2);
        }
        for (const auto& action : view_.actions) {
            const std::string why =
                action.reason.empty() ? "" : fmt::format(" ({})", escaped(action.reason));
            const std::string what = describe(action, screen_.language());
            screen_.line(fmt::format("{} {}{}", sign_of(action.kind), what, why), 2);
        }
        for (const auto& held : view_.held) {
            if (held.action) {
                screen_.line("! " + describe(*held.action, screen_.language()), 2);
            }
            screen_.hold(held.hold, 2, false);
        }
        for (const auto& own : view_.holds) {
            if (!in_plan(own)) {
                screen_.hold(own, 2, false);
            }
        }
        if (view_.actions.empty() && view_.held.empty() && view_.holds.empty()) {
            screen_.line(screen_.say(kNextNothing), 2);
        }
    }

    void events() {
        screen_.line(screen_.say(view_.events.empty() ? kNoEvents : kEvents));
        for (const Envelope& event : view_.events) {
            const std::string sentence = event_sentence(event.event, screen_.language());
            screen_.line(format_time(event.at) + "  " + sentence, 2);
        }
    }

    const ItemView& view_;
    Screen screen_;
};

Json desired_json(const DesiredView& desired) {
    ToJson json;
    json("wanted", desired.wanted);
    json("login", desired.login);
    json("email", desired.email);
    json("display_name", desired.display_name);
    json("group", desired.group);
    json("quota", desired.quota);
    json("in_progress", desired.in_progress);
    return json.take();
}

Json actual_json(const OwnedActualAccount& actual) {
    ToJson json;
    json("login", actual.login);
    json("enabled", actual.enabled);
    json("email", actual.email);
    json("display_name", actual.display_name);
    json("groups", actual.groups);
    json("quota", actual.quota);
    json("has_files", actual.has_files);
    json("used", actual.used);
    return json.take();
}

Json ledger_json(const LedgerItem& item) {
    std::vector<Action> in_doubt;
    in_doubt.reserve(item.in_doubt.size());
    for (const auto& pending : item.in_doubt) {
        in_doubt.push_back(pending.action);
    }
    ToJson json;
    json("login", item.login);
    json("ownership", item.ownership);
    json("deleted", item.deleted);
    json("paused", item.paused);
    json("usage", item.usage);
    json("failures", item.failures);
    json("retained_until", item.retained_until);
    json("next_attempt_at", item.next_attempt_at);
    json("in_doubt", in_doubt);
    return json.take();
}

}  // namespace

DesiredView::DesiredView(const DesiredAccount& account)
    : wanted(account.wanted),
      login(account.login),
      email(account.email),
      display_name(account.display_name),
      group(account.group),
      quota(account.quota),
      in_progress(account.in_progress) {}

std::string render_item(const ItemView& item, const ScreenOptions& options) {
    return ItemScreen(item, options).draw();
}

std::string item_to_json(const ItemView& item) {
    std::vector<Json> events;
    events.reserve(item.events.size());
    for (const Envelope& event : item.events) {
        events.push_back(event_json(event));
    }
    ToJson json;
    json("format", "bill-nextcloud-item");
    json("version", 1);
    json("now", item.now);
    json("item", item.item);
    json("server", item.server);
    json("server_name", item.server_name);
    json("policy", item.policy);
    json("row_exists", item.row_exists);
    json("desired", item.desired ? desired_json(*item.desired) : Json());
    json("actual", item.actual ? actual_json(*item.actual) : Json());
    json("actual_error", item.actual_error);
    json("ledger", item.ledger ? ledger_json(*item.ledger) : Json());
    json("drift", item.drift);
    json("stopped", item.stopped);
    json("next_pass", item.next_pass);
    json("holds", item.holds);
    json("actions", item.actions);
    json("held", item.held);
    json("events", events);
    return controller::dump(json.take(), 2);
}

}  // namespace bn::cli
