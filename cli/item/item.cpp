// `item ID`: desired, actual, ledger, drift, last events and what happens next, on one screen.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iterator>
#include <utility>

#include "cli/events/event_view.hpp"
#include "cli/item/item_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/json/json.hpp"
#include "controller/pass/planning.hpp"
#include "controller/sys/host.hpp"

namespace bn {

// As `item --json` shows them.

void fields(controller::ToJson& json, const DesiredAccount& desired) {
    json("wanted", desired.wanted);
    json("login", desired.login);
    json("email", desired.email);
    json("display_name", desired.display_name);
    json("group", desired.group);
    json("quota", desired.quota);
    json("in_progress", desired.in_progress);
}

void fields(controller::ToJson& json, const OwnedActualAccount& actual) {
    json("login", actual.login);
    json("enabled", actual.enabled);
    json("email", actual.email);
    json("display_name", actual.display_name);
    json("groups", actual.groups);
    json("quota", actual.quota);
    json("has_files", actual.has_files);
    json("used", actual.used);
}

void fields(controller::ToJson& json, const LedgerItem& item) {
    std::vector<Action> in_doubt;
    std::ranges::transform(item.in_doubt, std::back_inserter(in_doubt), &PendingAction::action);
    json("login", item.login);
    json("ownership", item.ownership);
    json("deleted", item.deleted);
    json("paused", item.paused.has_value());
    json("pause", item.paused);
    json("kept", item.kept);
    json("usage", item.usage);
    json("usage_told", item.usage_told);
    std::uint32_t failures = 0;
    for (const Setback& setback : item.setbacks) {
        failures = std::max(failures, setback.failures);
    }
    json("failures", failures);
    json("setbacks", item.setbacks);
    json("owed", item.owed);
    json("retained_until", item.retained_until);
    json("next_attempt_at", item.next_attempt_at());
    json("in_doubt", in_doubt);
}

namespace cli {

namespace {

using controller::Json;
using controller::ToJson;

constexpr Phrase kOnServer{" on server {}{}", " на сервере {}{}"};
constexpr Phrase kItemSides{"wanted {}, in the cloud {}", "надо {}, в облаке {}"};
constexpr Phrase kNoRow{"The panel has no row of this item.", "В панели нет строки этой услуги."};
constexpr Phrase kEmailLeftOut{
    "! the owner's e-mail address is one that no cloud takes, and none is set: correct it in the "
    "panel",
    "! адрес e-mail владельца не примет ни одно облако, поэтому он не задаётся: исправьте его в "
    "панели"};
constexpr Phrase kNameOnce{
    "the name is set when the account is made, and is not kept equal",
    "имя задаётся при создании записи и потом не поддерживается"};
constexpr Phrase kOurs{"the account {} is ours ({})", "запись {} наша ({})"};
constexpr Phrase kRetained{
    "; kept disabled, deletion not before {}", "; хранится отключённой, удаление не раньше {}"};
constexpr Phrase kDoubt{"; outcome not known yet: {}", "; исход пока неизвестен: {}"};
constexpr Phrase kFailures{
    "; {} failed {:# time|# times}, next attempt {}", "; {}: неудачных попыток {}, следующая {}"};
constexpr Phrase kUsage{"Usage: {} of {} ({} %)", "Занято: {} из {} ({} %)"};
constexpr Phrase kDrift{"Drift: {}", "Расхождение: {}"};
constexpr Phrase kNoDrift{"Drift: none", "Расхождений нет"};
constexpr Phrase kDriftUnknown{"Drift: not known: {}", "Расхождения: неизвестны: {}"};
constexpr Phrase kNextUnknown{
    "not known, before the cloud and the panel were read",
    "неизвестно, пока не прочитаны облако и панель"};
constexpr Phrase kMayWait{
    "one item alone is within every limit: whether it waits for an approval with others says "
    "`bill-nextcloud plan`",
    "одна услуга не превышает лимитов: ждёт ли это одобрения вместе с другими, говорит "
    "`bill-nextcloud plan`"};
constexpr Phrase kNextNothing{"nothing: all is as it was sold", "ничего: всё так, как продано"};
constexpr Phrase kNothingSold{
    "nothing: it is ordered and not paid", "ничего: услуга заказана и не оплачена"};
constexpr Phrase kOwedResult{
    "! the panel does not have the result of {} yet: {}; next attempt {}",
    "! панель ещё не получила итог {}: {}; следующая попытка {}"};
constexpr Phrase kStopped{"! waits for an approval: {}", "! ждёт одобрения: {}"};
constexpr Phrase kApprovedSo{
    "! approved: {}; done with the next pass, if that is before {}",
    "! одобрено: {}; выполнится при следующем проходе, если он начнётся до {}"};
constexpr Phrase kEvents{"Last events:", "Последние события:"};
constexpr Phrase kNoEvents{"No events so far.", "Событий пока нет."};
constexpr Phrase kEventsUnknown{
    "Events: not known, the event store is in doubt.",
    "События: неизвестны, журналу событий нельзя доверять."};

// In the order of Wanted.
constexpr std::array<Phrase, 4> kStates{
    {{"nothing yet", "пока ничего"},
     {"enabled", "включена"},
     {"disabled", "отключена"},
     {"absent", "нет"}}};

// Whether its owner has one that no cloud takes.
bool email_left_out(const ItemView& view) {
    return view.snapshot != nullptr &&
           std::ranges::binary_search(view.snapshot->emails_left_out, view.item);
}

class ItemScreen : private Screen {
  public:
    ItemScreen(const ItemView& view, const ScreenOptions& options) : Screen(options), view_(view) {}

    std::string draw() {
        head();
        table();
        ledger();
        usage();
        line(
            !view_.unknown.empty() ? say(kDriftUnknown, said(view_.unknown, language()))
            : view_.drift == 0     ? say(kNoDrift)
                                   : say(kDrift, drift_list(view_.drift, language())),
            0,
            view_.unknown.empty() ? Colour::kNone : Colour::kYellow
        );
        next();
        events();
        return take();
    }

  private:
    [[nodiscard]] std::string state(Wanted wanted) const {
        return say(kStates.at(static_cast<std::size_t>(wanted)));
    }

    void head() {
        std::string text = say({"Item {}", "Услуга {}"}, view_.item.value);
        if (view_.server.value != 0) {
            text += say(kOnServer, view_.server.value, beside(view_.server_name));
        }
        text += view_.policy ? fmt::format(", {}", to_string(*view_.policy)) : "";
        title(text);
        tell_if(!view_.row_exists, 0, Colour::kNone, kNoRow);
    }

    void row(
        const Phrase& name, const std::string& wanted, const std::string& actual, bool differs
    ) {
        const Colour colour = differs ? Colour::kYellow : Colour::kNone;
        if (narrow()) {
            const std::string sides = wanted == actual ? wanted : say(kItemSides, wanted, actual);
            return line(fmt::format("{}: {}", say(name), sides), 2, colour);
        }
        constexpr std::size_t kName = 12;
        const std::size_t half = (width() - kName - 4) / 2;
        std::string title = say(name);
        std::string left = wrapped(wanted, half, 0);
        std::string right = wrapped(actual, half, 0);
        do {
            const std::string one = padded(first_line(left), half);
            const std::string other = paint(first_line(right), colour);
            trimmed(fmt::format("  {}{}  {}", padded(std::exchange(title, {}), kName), one, other));
        } while (!left.empty() || !right.empty());
    }

    // Takes it away.
    static std::string first_line(std::string& lines) {
        std::string line = lines.substr(0, lines.find('\n'));
        lines.erase(0, std::min(line.size() + 1, lines.size()));
        return line;
    }

    [[nodiscard]] std::string state_of_actual() const {
        if (!view_.actual_error.empty()) {
            return say({"not read: {}", "не прочитано: {}"}, said(view_.actual_error, language()));
        }
        if (!view_.actual && !view_.unknown.empty()) {
            return say({"not known", "неизвестно"});
        }
        if (!view_.actual) {
            return state(Wanted::kAbsent);
        }
        return state(view_.actual->enabled ? Wanted::kEnabled : Wanted::kDisabled);
    }

    [[nodiscard]] std::string wanted_state() const {
        const bool unclear =
            std::ranges::find(view_.holds, HoldCode::kUnknownStatus, &Hold::code) !=
            view_.holds.end();
        if (unclear || (!view_.desired && view_.row_exists && !view_.unknown.empty())) {
            return say({"not known", "неизвестно"});
        }
        return view_.desired ? state(view_.desired->wanted) : say(kNone);
    }

    void table() {
        const DesiredAccount desired = view_.desired.value_or(DesiredAccount());
        const OwnedActualAccount actual = view_.actual.value_or(OwnedActualAccount());
        const auto differs = [&](DriftField field) { return has(view_.drift, field); };
        const auto both = [&](const Phrase& name, const auto& wanted, const auto& is, bool drift) {
            row(name, escaped(wanted), escaped(is), drift);
        };
        if (!narrow()) {
            row({"field", "поле"}, say({"wanted", "надо"}), say({"in the cloud", "в облаке"}), false
            );
        }
        row({"state", "состояние"},
            wanted_state(),
            state_of_actual(),
            differs(DriftField::kMissing) || differs(DriftField::kOrphan) ||
                differs(DriftField::kEnabled));
        both({"login", "логин"}, desired.login, actual.login, false);
        row(kQuota,
            view_.desired ? quota_text(desired.quota, language()) : "",
            view_.actual ? quota_text(actual.quota, language()) : "",
            differs(DriftField::kQuota));
        const std::string groups = enumerated(actual.groups, escaped);
        row(kGroup, escaped(desired.group), groups, differs(DriftField::kGroup));
        both(kEmail, desired.email, actual.email, differs(DriftField::kEmail));
        const bool kept = differs(DriftField::kName);
        both(kName, desired.display_name, actual.display_name, kept);
        const bool other_name = !kept && view_.desired && view_.actual &&
                                !desired.display_name.empty() &&
                                desired.display_name != actual.display_name;
        tell_if(other_name, 2, Colour::kNone, kNameOnce);
        tell_if(email_left_out(view_), 2, Colour::kYellow, kEmailLeftOut);
    }

    void ledger() {
        const LedgerItem item = view_.ledger.value_or(LedgerItem());
        std::string what = say({"Ledger: ", "Учёт: "});
        what +=
            !view_.ledger && view_.doubts.store
                ? say(
                      {"not known: the event store is in doubt",
                       "неизвестно: журналу событий нельзя доверять"}
                  )
            : item.ownership == Ownership::kNone || item.deleted
                ? say({"no account of this item is ours", "наших записей у этой услуги нет"})
                : say(kOurs, item.login, words::on_screen(to_string(item.ownership), language()));
        if (in_force(item.kept, view_.now)) {
            what +=
                "; " + say({"kept {}", "сохраняется {}"}, said(to_text(*item.kept), language()));
        } else if (view_.deletion) {
            what += say(kRetained, local_time(*view_.deletion));
        }
        for (const auto& pending : item.in_doubt) {
            what += say(kDoubt, describe(pending.action, language()));
        }
        for (const Setback& setback : item.setbacks) {
            const std::string when = human_moment(
                setback.next_attempt_at
                    ? std::optional(std::max(*setback.next_attempt_at, view_.now))
                    : std::nullopt,
                view_.now,
                language()
            );
            what += say(kFailures, word(setback.kind, language()), setback.failures, when);
        }
        if (in_force(item.paused, view_.now)) {
            what += "; " + say({"paused {}", "приостановлена {}"},
                               said(to_text(*item.paused), language()));
        }
        line(what);
    }

    // The bytes as the cloud says now; the level as it was last measured, or nothing.
    void usage() {
        if (!view_.actual || !view_.actual->used) {
            return;
        }
        const std::uint64_t used = *view_.actual->used;
        const Quota quota = view_.actual->quota;
        std::string what = say({"Usage: {}", "Занято: {}"}, human_bytes(used, language()));
        if (quota.is_bytes() && quota.count() > 0) {
            const auto all = static_cast<std::uint64_t>(quota.count());
            const double percent = static_cast<double>(used) * 100 / static_cast<double>(all);
            what =
                say(kUsage,
                    human_bytes(used, language()),
                    human_bytes(all, language()),
                    std::floor(percent));
        }
        const UsageLevel level = view_.ledger ? view_.ledger->usage : UsageLevel::kUnknown;
        what += level == UsageLevel::kOver ? say({", at or over the quota", ", квота исчерпана"})
                : level == UsageLevel::kClose ? say({", close to the quota", ", близко к квоте"})
                                              : "";
        line(what);
    }

    void next() {
        tell(0, {"What happens next:", "Что будет дальше:"});
        const std::string stopped = said(view_.stopped, language());
        if (view_.approved_until) {
            tell(2, kApprovedSo, stopped, local_time(*view_.approved_until));
        } else {
            tell_if(!stopped.empty(), 2, Colour::kNone, kStopped, stopped);
        }
        for (const auto& action : view_.actions) {
            const std::string why =
                action.reason.empty() ? "" : " (" + said(action.reason, language()) + ")";
            const std::string what = describe(action, language()) + why;
            line(fmt::format("{} {}", sign_of(action.kind), what), 2);
        }
        const bool harms = std::ranges::any_of(view_.actions, [](const Action& action) {
            return action.harm != Harm::kNone;
        });
        tell_if(harms, 4, Colour::kNone, kMayWait);
        for (std::size_t i = 0; i < view_.held.size(); ++i) {
            const HeldAction& held = view_.held[i];
            if (held.action) {
                line("! " + describe(*held.action, language()), 2);
            }
            // Said once for all that it holds; and not what to do where that is done already.
            const bool last = i + 1 == view_.held.size() || view_.held[i + 1].hold != held.hold;
            if (last && !(view_.approved_until && held.hold.code == HoldCode::kBlastRadius)) {
                hold(held.hold, 2, false);
            }
        }
        for (const auto& own : view_.holds) {
            // One that stands in the plan as well is not said twice.
            if (std::ranges::find(view_.held, own, &HeldAction::hold) == view_.held.end()) {
                hold(own, 2, false);
            }
        }
        const std::vector<OwedResult> none;
        const std::vector<OwedResult>& owed = view_.ledger ? view_.ledger->owed : none;
        for (const OwedResult& result : owed) {
            const std::string why = result.refusal.empty() ? result.what : result.refusal;
            const std::string when = result.next_attempt_at ? local_time(*result.next_attempt_at)
                                                            : say({"now", "сейчас"});
            tell(2, kOwedResult, result.command, why.empty() ? "-" : said(why, language()), when);
        }
        const bool nothing =
            view_.actions.empty() && view_.held.empty() && view_.holds.empty() && owed.empty();
        tell_if(
            nothing,
            2,
            Colour::kNone,
            !view_.unknown.empty()                                            ? kNextUnknown
            : view_.snapshot != nullptr && view_.row_exists && !view_.desired ? kNothingSold
                                                                              : kNextNothing
        );
    }

    void events() {
        tell(0, !view_.events.empty() ? kEvents : view_.doubts.store ? kEventsUnknown : kNoEvents);
        for (const Envelope& event : view_.events) {
            line(
                local_time(event.at) + "  " +
                    said(event_sentence(event.event, language()), Language::kEnglish),
                2
            );
        }
    }

    const ItemView& view_;
};

template <class List, class Out, class ItemOf>
void pick(const List& all, Out& out, ItemId item, ItemOf item_of) {
    std::ranges::copy_if(all, std::back_inserter(out), [&](const auto& one) {
        return std::invoke(item_of, one) == item;
    });
}

void fill_desired(ItemView& view, std::shared_ptr<const DesiredSnapshot> snapshot) {
    const DesiredSnapshot& desired = *snapshot;
    view.row_exists = desired.has_row(view.item);
    for (const DesiredServer& server : desired.servers) {
        const std::size_t at = server.accounts.find(view.item);
        if (at != DesiredTable::npos) {
            view.server = server.id;
            view.server_name = server.name;
            view.desired = server.accounts[at];
        }
    }
    pick(desired.holds, view.holds, view.item, &Hold::item);
    view.snapshot = std::move(snapshot);
}

void fill_plan(ItemView& view, const ServerObservation& server, const Ledger& ledger) {
    view.server = server.server;
    view.server_name = server.name;
    view.policy = server.policy;
    if (server.error) {
        view.actual_error = server.error->text();
        return;
    }
    if (!server.looked.empty()) {
        view.actual = server.looked.front();
    }
    if (!server.plan) {
        return;
    }
    for (const Drift& drift : server.plan->drift) {
        view.drift = drift.item == view.item ? drift.mask() : view.drift;
    }
    pick(server.plan->actions, view.actions, view.item, &Action::item);
    pick(server.plan->held, view.held, view.item, [](const HeldAction& held) {
        return held.hold.item;
    });
    if (std::ranges::any_of(view.held, [](const HeldAction& held) {
            return held.hold.code == HoldCode::kBlastRadius;
        })) {
        view.stopped = server.plan->stopped;
        const LedgerServer* known = ledger.server(server.server);
        if (known != nullptr && is_approved(known, known->stopped_plan, view.now)) {
            view.approved_until = known->approved_at + kApprovalLasts;
            view.stopped = view.stopped.empty() ? known->stopped_reason : view.stopped;
        }
    }
}

// The password that was set when the account was created, for as long as it is kept.
Result<int> print_password(ItemId item, EventStore& store) {
    EventFilter filter;
    filter.item = item;
    filter.newest_first = true;
    std::string ref;
    const auto find = [&ref](const Envelope& envelope) {
        const auto* intent = std::get_if<ActionIntended>(&envelope.event);
        ref = intent == nullptr ? "" : intent->secret_ref;
        return ref.empty();
    };
    const auto none = [item](Error error) {
        if (error.move != NextMove::kBug) {
            return error;  // there may be one: it, or its key, could not be read
        }
        return human_error(
            "store.no_secret",
            fmt::format("no password is kept for item {}", item.value),
            "one is kept for an account that this program created, until the panel has it, or "
            "`restore` drops those of another key: look at the service's param userpassword there, "
            "or set a new one in the cloud"
        );
    };
    return store.read(filter, find)
        .and_then([&] { return store.secret(ref).map_error(none); })
        .map([](const Secret& secret) {
            print(fmt::format("{}\n", secret.reveal()));
            return kExitOk;
        });
}

// What was sold, or whose the account is, is not clear: nothing is compared.
bool hides_what_was_sold(const Hold& hold) {
    return hold.code <= HoldCode::kOtherClient && hold.code != HoldCode::kMissingGroup;
}

bool is_not_compared(const ItemView& view) {
    return view.drift == 0 &&
           (std::ranges::any_of(view.holds, hides_what_was_sold) ||
            std::ranges::any_of(view.held, hides_what_was_sold, &HeldAction::hold));
}

// What was asked does not say whether all is as it was sold.
std::string not_known(const ItemView& view, const Observation& observation) {
    for (const Unknown& one : observation.unknown()) {
        const bool of_item =
            one.items.empty() || std::ranges::find(one.items, view.item) != one.items.end();
        if (of_item && (one.server.value == 0 || one.server == view.server)) {
            return one.why.text();
        }
    }
    if (view.row_exists && !view.desired && view.holds.empty()) {
        return "";  // ordered, and not paid: nothing is wanted
    }
    if (view.row_exists && observation.servers.empty()) {
        return "no cloud was asked: the panel's row does not say which account to look for";
    }
    if (view.ledger && view.ledger->server.value != 0 &&
        observation.desired->server(view.ledger->server) == nullptr) {
        return fmt::format(
            "the panel has no server {}, on which its account is", view.ledger->server.value
        );
    }
    return is_not_compared(view) ? "nothing is compared while it is held" : "";
}

void fill(ItemView& view, const Observation& observation, const Ledger& ledger) {
    fill_desired(view, observation.desired);
    for (const ServerObservation& server : observation.servers) {
        if (view.server.value == 0 || server.server == view.server) {
            fill_plan(view, server, ledger);
        }
    }
    view.unknown = not_known(view, observation);
}

// What the panel and the cloud say.
Result<void> look(const CommandContext& context, ItemView& view, const Ledger& ledger) {
    PassRequest request = command_request(context.args);
    request.items = {view.item};
    return dry_run(context, std::move(request), ledger).map([&](const Observation& seen) {
        fill(view, seen, ledger);
    });
}

}  // namespace

std::string render_item(const ItemView& item, const ScreenOptions& options) {
    return render_doubts(item.doubts.in(options.language), options) +
           ItemScreen(item, options).draw();
}

std::string item_to_json(const ItemView& item) {
    std::vector<Json> events;
    std::ranges::transform(item.events, std::back_inserter(events), event_json);
    ToJson json;
    json("format", "bill-nextcloud-item");
    json("version", 1);
    json("now", item.now);
    json("doubts", item.doubts.in(Language::kEnglish));
    json("item", item.item);
    json("server", item.server);
    json("server_name", item.server_name);
    json("policy", item.policy);
    json("row_exists", item.row_exists);
    json("desired", item.desired);
    json("email_left_out", email_left_out(item));
    json("actual", item.actual);
    json("actual_error", item.actual_error);
    json("ledger", item.ledger);
    json("deletion_not_before", item.deletion);
    json("unknown", item.unknown);
    if (item.unknown.empty()) {
        json("drift", item.drift);
    } else {
        json("drift", nullptr);
    }
    json("stopped", item.stopped);
    json("approved_until", item.approved_until);
    json("next_pass", nullptr);
    json("holds", item.holds);
    json("actions", item.actions);
    json("held", item.held);
    json("events", events);
    return controller::dump(json.take(), 2);
}

namespace {

bool store_is_there(const CommandContext& context) {
    std::error_code ignored;
    return std::filesystem::exists(context.config.store.path, ignored) ||
           std::filesystem::exists(anchor_path(context.config), ignored);
}

// The newest events of the item.
Result<void> remember(const CommandContext& context, OpenStore& open, ItemView& view) {
    EventFilter filter;
    filter.item = view.item;
    Result<std::vector<Envelope>> events;
    if (open.ledger.last_event() > 0) {
        events = newest_events(*open.store, filter, context.args.events);
    }
    return std::move(events).map([&](std::vector<Envelope> found) {
        view.events = std::move(found);
        if (view.events.size() < context.args.events) {
            say_cut(*open.store, context.language);
        }
    });
}

}  // namespace

Result<int> run_item(const CommandContext& context) {
    const Arguments& args = context.args;
    ItemView view;
    view.now = system_now();
    view.item = ItemId(*args.item);
    Ledger ledger;
    std::optional<Error> trouble;
    if (store_is_there(context)) {
        Result<OpenStore> open = open_with_ledger(context, Opening::kRead);
        if (!open) {
            return tl::unexpected(std::move(open.error()));
        }
        if (args.show_password) {
            return print_password(view.item, *open->store);
        }
        if (Result<void> read = remember(context, *open, view); !read) {
            return tl::unexpected(std::move(read.error()));
        }
        trouble = open->store->trouble();
        ledger = std::move(open->ledger);
    }
    if (const LedgerItem* known = ledger.item(view.item)) {
        view.ledger = *known;
        view.server = known->server;
        const Retention retention = controller::retention_rules(context.config);
        if (const auto left =
                retention_left(*known, ledger.server(known->server), view.now, retention)) {
            view.deletion = view.now + std::max(*left, Duration{0});
        }
    }
    view.unknown = "neither the panel nor the cloud was asked (--offline)";
    if (!args.offline) {
        if (Result<void> looked = look(context, view, ledger); !looked) {
            return tl::unexpected(std::move(looked.error()));
        }
    }
    view.doubts = InDoubt::by(ledger, trouble, view.snapshot.get(), view.now);
    view.doubts.other_config = args.offline ? "" : other_config(context);
    const bool named = view.snapshot != nullptr && view.row_exists;
    if (!view.ledger && !named && view.events.empty()) {
        if (trouble) {
            return tl::unexpected(*trouble);  // what it lacks may be this item
        }
        return tl::unexpected(human_error(
            "command.item",
            fmt::format("item {} is no service of ours", *args.item),
            "the number is the service's id in the panel"
        ));
    }
    print(args.json ? item_to_json(view) : render_item(view, context.screen()));
    const bool differs = view.drift != 0 || !view.actions.empty();
    return trouble                 ? kExitUnknown
           : args.offline          ? kExitOk
           : !view.unknown.empty() ? kExitUnknown
           : differs               ? kExitDrift
                                   : kExitOk;
}

}  // namespace cli

}  // namespace bn
