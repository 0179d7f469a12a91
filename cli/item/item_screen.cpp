#include <algorithm>

#include <fmt/format.h>

#include "cli/screen/action_text.hpp"
#include "cli/screen/display.hpp"
#include "cli/screen/screens.hpp"
#include "cli/screen/texts.hpp"
#include "controller/json/plan_values_json.hpp"

namespace bn::cli {
namespace {

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
        : view_(view),
          options_(options),
          language_(options.language),
          width_(std::max<std::size_t>(options.width, 60)) {}

    std::string draw() {
        title();
        table();
        ledger();
        usage();
        line(
            view_.drift == 0
                ? words(Text::kItemNoDrift)
                : text(Text::kItemDrift, language_, drift_list(view_.drift, language_)),
            0
        );
        next();
        events();
        return std::move(out_);
    }

  private:
    std::string words(Text id) const { return std::string(text(id, language_)); }

    void line(const std::string& text, std::size_t indent) {
        out_ += std::string(indent, ' ') + wrapped(text, width_ - indent, indent + 2) + "\n";
    }

    void title() {
        std::string head = text(Text::kItemTitle, language_, view_.item.value);
        if (view_.server.value != 0) {
            head += text(
                Text::kItemOnServer, language_, view_.server.value, escaped(view_.server_name)
            );
        }
        if (view_.policy) {
            head += fmt::format(", {}", to_string(*view_.policy));
        }
        out_ += coloured(head, Colour::kBold, options_.colour) + "\n";
        if (!view_.row_exists) {
            line(words(Text::kItemNoRow), 0);
        }
    }

    void row(Text name, const std::string& wanted, const std::string& actual, bool differs) {
        constexpr std::size_t kName = 12;
        const std::size_t half = (width_ - kName - 4) / 2;
        std::string line = fmt::format(
            "  {}{}  {}",
            padded(text(name, language_), kName),
            padded(clipped(wanted, half), half),
            coloured(
                clipped(actual, half), differs ? Colour::kYellow : Colour::kNone, options_.colour
            )
        );
        line.erase(line.find_last_not_of(' ') + 1);
        out_ += line + "\n";
    }

    std::string state_of_actual() const {
        if (!view_.actual_error.empty()) {
            return text(Text::kItemUnread, language_, escaped(view_.actual_error));
        }
        if (!view_.actual) {
            return words(Text::kItemAbsent);
        }
        return words(view_.actual->enabled ? Text::kItemEnabled : Text::kItemDisabled);
    }

    void table() {
        const DesiredView desired = view_.desired.value_or(DesiredView());
        const OwnedActualAccount actual = view_.actual.value_or(OwnedActualAccount());
        const bool has_desired = view_.desired.has_value();
        const bool has_actual = view_.actual.has_value();
        const auto differs = [&](DriftField field) { return has(view_.drift, field); };
        row(Text::kItemColumns, words(Text::kItemWanted), words(Text::kItemActual), false);
        row(Text::kItemState,
            has_desired ? std::string(text(desired.wanted, language_)) : words(Text::kNone),
            state_of_actual(),
            differs(DriftField::kMissing) || differs(DriftField::kOrphan) ||
                differs(DriftField::kEnabled));
        row(Text::kLogin, escaped(desired.login), escaped(actual.login), false);
        row(Text::kQuota,
            has_desired ? to_string(desired.quota) : "",
            has_actual ? to_string(actual.quota) : "",
            differs(DriftField::kQuota));
        row(Text::kGroup, escaped(desired.group), joined(actual.groups), differs(DriftField::kGroup)
        );
        row(Text::kEmail, escaped(desired.email), escaped(actual.email), differs(DriftField::kEmail)
        );
        row(Text::kName, escaped(desired.display_name), escaped(actual.display_name), false);
    }

    void ledger() {
        const LedgerItem item = view_.ledger.value_or(LedgerItem());
        std::string what = words(Text::kItemLedger);
        what +=
            item.ownership == Ownership::kNone || item.deleted
                ? words(Text::kItemNotOurs)
                : text(Text::kItemOurs, language_, escaped(item.login), to_string(item.ownership));
        if (item.retained_until) {
            what += text(Text::kItemRetained, language_, format_time(*item.retained_until));
        }
        for (const auto& pending : item.in_doubt) {
            what += text(Text::kItemDoubt, language_, describe(pending.action, language_));
        }
        if (item.failures > 0) {
            const std::string when = item.next_attempt_at
                                         ? human_moment(*item.next_attempt_at, view_.now, language_)
                                         : words(Text::kNever);
            what += text(Text::kItemFailures, language_, item.failures, when);
        }
        if (item.paused) {
            what += words(Text::kItemPaused);
        }
        line(what, 0);
    }

    // The bytes as the cloud says now; the level as it was last measured, or nothing.
    void usage() {
        const UsageLevel level = view_.ledger ? view_.ledger->usage : UsageLevel::kUnknown;
        if (!view_.actual || !view_.actual->used) {
            return;
        }
        const std::uint64_t used = *view_.actual->used;
        const Quota quota = view_.actual->quota;
        std::string what;
        if (quota.is_bytes() && quota.count() > 0) {
            const auto all = static_cast<std::uint64_t>(quota.count());
            what = text(
                Text::kItemUsage,
                language_,
                human_bytes(used),
                human_bytes(all),
                static_cast<std::uint64_t>(
                    static_cast<double>(used) * 100 / static_cast<double>(all)
                )
            );
        } else {
            what = text(Text::kItemUsageNoQuota, language_, human_bytes(used));
        }
        if (level == UsageLevel::kClose || level == UsageLevel::kOver) {
            what +=
                words(level == UsageLevel::kOver ? Text::kItemUsageOver : Text::kItemUsageClose);
        }
        line(what, 0);
    }

    void hold(const Hold& hold) {
        line(
            fmt::format(
                "! {}{}{}{}{}",
                text(hold.code, language_),
                hold.where.empty() ? "" : ", ",
                escaped(hold.where),
                hold.detail.empty() ? "" : ": ",
                escaped(hold.detail)
            ),
            2
        );
        if (!hold.remedy.empty()) {
            line("→ " + escaped(hold.remedy), 4);
        }
    }

    // A hold of the reader may stand in the plan as well: once is enough.
    [[nodiscard]] bool in_plan(const Hold& hold) const {
        return std::any_of(view_.held.begin(), view_.held.end(), [&](const HeldAction& held) {
            return held.hold == hold;
        });
    }

    void next() {
        std::string head = words(Text::kItemNext);
        if (view_.next_pass) {
            head += text(
                Text::kItemNextPass, language_, human_moment(*view_.next_pass, view_.now, language_)
            );
        }
        line(head, 0);
        if (!view_.stopped.empty()) {
            line("! " + text(Text::kItemStopped, language_, escaped(view_.stopped)), 2);
        }
        for (const auto& action : view_.actions) {
            std::string what =
                fmt::format("{} {}", sign_of(action.kind), describe(action, language_));
            if (!action.reason.empty()) {
                what += fmt::format(" ({})", escaped(action.reason));
            }
            line(what, 2);
        }
        for (const auto& held : view_.held) {
            if (held.action) {
                line("! " + describe(*held.action, language_), 2);
            }
            hold(held.hold);
        }
        for (const auto& own : view_.holds) {
            if (!in_plan(own)) {
                hold(own);
            }
        }
        if (view_.actions.empty() && view_.held.empty() && view_.holds.empty()) {
            line(words(Text::kItemNextNothing), 2);
        }
    }

    void events() {
        line(words(view_.events.empty() ? Text::kItemNoEvents : Text::kItemEvents), 0);
        for (const auto& event : view_.events) {
            line(
                fmt::format(
                    "{}  {}", format_time(event.at), event_sentence(event.event, language_)
                ),
                2
            );
        }
    }

    const ItemView& view_;
    const ScreenOptions& options_;
    Language language_;
    std::size_t width_;
    std::string out_;
};

Json desired_json(const DesiredView& desired) {
    Json json;
    json["wanted"] = to_string(desired.wanted);
    json["login"] = desired.login;
    json["email"] = desired.email;
    json["display_name"] = desired.display_name;
    json["group"] = desired.group;
    json["quota"] = quota_json(desired.quota);
    json["in_progress"] = desired.in_progress;
    return json;
}

Json actual_json(const OwnedActualAccount& actual) {
    Json json;
    json["login"] = actual.login;
    json["enabled"] = actual.enabled;
    json["email"] = actual.email;
    json["display_name"] = actual.display_name;
    json["groups"] = actual.groups;
    json["quota"] = quota_json(actual.quota);
    json["has_files"] = actual.has_files;
    json["used"] = actual.used ? Json(*actual.used) : Json(nullptr);
    return json;
}

Json ledger_json(const LedgerItem& item) {
    Json json;
    json["login"] = item.login;
    json["ownership"] = to_string(item.ownership);
    json["deleted"] = item.deleted;
    json["paused"] = item.paused;
    json["usage"] = to_string(item.usage);
    json["failures"] = item.failures;
    json["retained_until"] =
        item.retained_until ? Json(format_time(*item.retained_until)) : Json(nullptr);
    json["next_attempt_at"] =
        item.next_attempt_at ? Json(format_time(*item.next_attempt_at)) : Json(nullptr);
    json["in_doubt"] = Json::array();
    for (const auto& pending : item.in_doubt) {
        json["in_doubt"].push_back(action_json(pending.action));
    }
    return json;
}

}  // namespace

DesiredView::DesiredView(const DesiredAccount& account)
    : wanted(account.wanted),
      login(account.login),
      email(account.email),
      display_name(account.display_name),
      group(account.group),
      quota(account.quota),
      in_progress(account.in_progress),
      login_saved(account.login_saved) {}

std::string render_item(const ItemView& item, const ScreenOptions& options) {
    return ItemScreen(item, options).draw();
}

std::string item_to_json(const ItemView& item) {
    Json json;
    json["format"] = "bill-nextcloud-item";
    json["version"] = 1;
    json["now"] = format_time(item.now);
    json["item"] = item.item.value;
    json["server"] = item.server.value;
    json["server_name"] = item.server_name;
    json["policy"] = item.policy ? Json(to_string(*item.policy)) : Json(nullptr);
    json["row_exists"] = item.row_exists;
    json["desired"] = item.desired ? desired_json(*item.desired) : Json(nullptr);
    json["actual"] = item.actual ? actual_json(*item.actual) : Json(nullptr);
    json["actual_error"] = item.actual_error;
    json["ledger"] = item.ledger ? ledger_json(*item.ledger) : Json(nullptr);
    json["drift"] = drift_fields_json(item.drift);
    json["stopped"] = item.stopped;
    json["next_pass"] = item.next_pass ? Json(format_time(*item.next_pass)) : Json(nullptr);
    json["holds"] = Json::array();
    for (const auto& hold : item.holds) {
        json["holds"].push_back(hold_json(hold));
    }
    json["actions"] = Json::array();
    for (const auto& action : item.actions) {
        json["actions"].push_back(action_json(action));
    }
    json["held"] = Json::array();
    for (const auto& held : item.held) {
        json["held"].push_back(held_json(held));
    }
    json["events"] = Json::array();
    for (const auto& event : item.events) {
        json["events"].push_back(Json::parse(event_to_json(event)));
    }
    return dump(json, 2);
}

}  // namespace bn::cli
