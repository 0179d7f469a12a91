// `adopt`: takes over services that an earlier module opened. It records; no cloud is written to.
//
// `--plan` shows only. Without it the same is shown, asked about and recorded. The cloud ports are
// read-only in both, so that a server under `observe` can be taken over as well.
#include <algorithm>

#include "cli/adopt/adopt_view.hpp"
#include "cli/plan/plan_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/json/json.hpp"
#include "controller/real_sides.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "words/panel_texts.hpp"

namespace bn::cli {

namespace {

constexpr Duration kFreshEnough = std::chrono::seconds(60);

constexpr Phrase kQuestion{"Record {} as ours? Type yes: ", "Записать нашими: {}? Введите yes: "};
constexpr Phrase kNothing{"Nothing was recorded.", "Ничего не записано."};

using controller::Json;
using controller::ToJson;

constexpr std::size_t kLimit = 40;  // rows of one table without --full

// In the order of OrphanReason. A login that names no item can only be nobody's.
struct ReasonWords {
    std::string_view name;
    Phrase words;
};

constexpr ReasonWords kReasons[] = {
    {"no-service", {"the panel has no service {}", "в панели нет услуги {}"}},
    {"closed", {"service {} is closed", "услуга {} закрыта"}},
    {"unpaid", {"service {} was never opened", "услугу {} ещё не открывали"}},
    {"other-login", {"service {} uses another login", "у услуги {} другой логин"}},
    {"other-server", {"service {} is on another server", "услуга {} на другом сервере"}},
    {"no-server",
     {"service {} is on no server of ours", "услуга {} ни на одном из наших серверов"}},
    {"unclear", {"service {} is held, see there", "услуга {} удержана, см. там"}}};
constexpr Phrase kNobodys{"no service wants it", "её не хочет ни одна услуга"};

constexpr Phrase kMore{"… and {} more (--full shows all)", "… и ещё {} (--full покажет все)"};
constexpr Phrase kServer{"Server {} {}", "Сервер {} {}"};
constexpr Phrase kPolicy{", policy {}", ", политика {}"};
constexpr Phrase kCounts{
    "already ours {}, to be opened {}, accounts in the cloud {}",
    "уже наших {}, ждут открытия {}, записей в облаке {}"};
constexpr Phrase kClashes{
    "Clashes and holds (left alone until mended): {}",
    "Столкновения и удержания (не трогаются, пока не исправлено): {}"};
constexpr Phrase kUnproved{
    "Of these {} are opened and have the very login that the template gives them: `bill-nextcloud "
    "adopt --unproved --server {}` takes them over by your word, after it has shown them",
    "Из них открыты и имеют ровно тот логин, который даёт им шаблон: {}. `bill-nextcloud adopt "
    "--unproved --server {}` примет их по вашему слову, сначала показав"};
constexpr Phrase kAdopt{"Would adopt: {}", "Будет принято: {}"};
constexpr Phrase kDiffers{"; differs: {}", "; расходится: {}"};
constexpr Phrase kMissing{
    "Missing (opened by the panel's word, not in the cloud): {}",
    "Пропали (по словам панели открыты, в облаке их нет): {}"};
constexpr Phrase kMadeAnew{"would be made anew, without files", "будет создана заново, без файлов"};
constexpr Phrase kNotMadeAnew{
    "held: too many are gone at once, see `bill-nextcloud plan`",
    "удержана: пропало сразу слишком много, см. `bill-nextcloud plan`"};
constexpr Phrase kOff{"Server {} {}: switched off", "Сервер {} {}: выключен"};
constexpr Phrase kOrphaned{
    "Orphaned (look like ours, no service wants them): {}",
    "Осиротели (похожи на наши, их не хочет ни одна услуга): {}"};
constexpr Phrase kHasFiles{", has files", ", есть файлы"};
constexpr Phrase kAfterwards{
    "Of these differ from what was sold: {}", "Из них расходятся с проданным: {}"};
constexpr Phrase kUnsaidGroup{
    "! Tariff {}: its stored group {} names no group of the cloud, and nothing in the {} "
    "accounts of its services suggests one: choose the group in the tariff",
    "! Тариф {}: хранимая группа {} не называет группы облака, и записи его услуг ({}) ни одной не "
    "подсказывают: выберите группу в тарифе"};
constexpr Phrase kSuggestedGroup{
    "! Tariff {}: its stored group {} names no group of the cloud. Of the accounts of its {} "
    "services {} are in {}: if that is what it sells, choose it in the tariff",
    "! Тариф {}: хранимая группа {} не называет группы облака. Услуг: {}, из их записей {} в "
    "группе {}: если тариф продаёт её, выберите её в тарифе"};
constexpr Phrase kPlainPassword{
    "The panel keeps the password for this cloud without encryption: save the server's form once, "
    "then it is stored crypted",
    "Панель хранит пароль к этому облаку открыто: сохраните форму сервера один раз, тогда он "
    "шифруется"};
constexpr Phrase kPlainServices{
    "The panel keeps passwords without encryption: of {}", "Панель хранит пароли открыто: {}"};
constexpr Phrase kRecorded{
    "Recorded {} as ours; no cloud was written to.",
    "Записано нашими: {}; ни в одно облако ничего не писалось."};
constexpr Phrase kUnread{
    "Not everything is known: {:# server was|# servers were} not read, and not counted below.",
    "Известно не всё: серверов не прочитано {}, ниже они не учтены."};
constexpr Phrase kSummary{
    "To adopt {}, missing {}, orphaned {}, clashes and holds {}, already ours {}.",
    "Принять {}, пропали {}, осиротели {}, столкновения и удержания {}, уже наших {}."};
constexpr Phrase kNextPlan{
    "Next: `bill-nextcloud plan` shows what differs from what was sold.",
    "Дальше: `bill-nextcloud plan` покажет, что расходится с проданным."};
constexpr Phrase kNextAdopt{
    "Next: `bill-nextcloud adopt` records them; it writes to no cloud.",
    "Дальше: `bill-nextcloud adopt` запишет их; в облака он не пишет."};
constexpr Phrase kNextMend{
    "Next: mend what is held above; the rest is done by `bill-nextcloud plan`.",
    "Дальше: исправьте удержанное выше; остальное покажет `bill-nextcloud plan`."};

class AdoptScreen : private Screen {
  public:
    AdoptScreen(const AdoptView& view, const ScreenOptions& options)
        : Screen(options), how_(options), view_(view) {}

    std::string draw() {
        raw(render_doubts(view_.doubts.in(language()), how_));
        for (const Unknown& one : view_.off) {
            title(say(kOff, one.server.value, one.name));
            line("! " + said(one.why.what, language()), 2, Colour::kYellow);
            remedy(one.why.remedy, 4);
            raw("\n");
        }
        for (const AdoptServer& server : view_.servers) {
            draw_server(server);
            raw("\n");
        }
        if (!view_.unplaced.empty()) {
            holds({"Services on no server: {}", "Услуги без сервера: {}"}, view_.unplaced);
            raw("\n");
        }
        return draw_summary();
    }

    std::string draw_summary() {
        const auto& servers = view_.servers;
        const std::uint64_t missing = sum_of(servers, [](auto& s) { return s.missing.size(); });
        const std::uint64_t orphaned = sum_of(servers, [](auto& s) { return s.orphaned.size(); });
        const std::uint64_t fresh = sum_of(servers, [](const AdoptServer& server) {
            return std::ranges::count(server.adopt, false, &AdoptRow::ours);
        });
        const std::uint64_t ours = (view_.recorded.value_or(0) > 0 ? fresh : 0) +
                                   sum_of(servers, &AdoptServer::already_ours);
        if (view_.recorded) {
            tell(0, kRecorded, counted(*view_.recorded, words::kAccounts, language()));
        }
        const auto unread = static_cast<std::size_t>(std::ranges::count_if(servers, [](auto& s) {
            return !s.error.empty();
        }));
        if (unread > 0) {
            line(say(kUnread, unread), 0, Colour::kYellow);
        }
        if (unread == servers.size()) {
            return take();
        }
        const std::uint64_t left = view_.adoptable() - view_.recorded.value_or(0);
        tell(0, kSummary, left, missing, orphaned, view_.clashes(), ours_of(ours));
        tell(
            0,
            view_.adoptable() > 0 && !view_.recorded ? kNextAdopt
            : view_.clashes() > 0 && !view_.recorded ? kNextMend
                                                     : kNextPlan
        );
        return take();
    }

  private:
    // A heading with its count, and the rows.
    template <class Rows, class Row>
    void table(const Phrase& heading, const Rows& list, Row draw) {
        tell(2, heading, list.size());
        rows(list, kLimit, kMore, 4, draw);
    }

    void row(
        char sign, Colour colour, ItemId item, std::string_view login, const std::string& detail
    ) {
        const std::string number = item.value == 0 ? "-" : std::to_string(item.value);
        const std::string mark = paint(std::string(1, sign), colour) + " ";
        if (narrow()) {
            return line(fmt::format("{}{} {} {}", mark, number, escaped(login), detail), 2);
        }
        std::string text =
            fmt::format("{}  {}  ", padded_left(number, 6), padded(escaped(login), 20));
        const std::size_t indent = 6 + columns(text);
        text += wrapped(detail, std::max(width(), indent + 20) - indent, indent);
        trimmed("    " + mark + text);
    }

    void holds(const Phrase& heading, const std::vector<Hold>& list) {
        table(heading, list, [this](const Hold& hold) {
            const std::string code(words::reason(hold.code, language()));
            const std::string where = hold.where.empty() ? "" : ", " + said(hold.where, language());
            row('!', Colour::kYellow, hold.item, "", code + where);
            line(said(hold.detail, language()), 13);
            remedy(hold.remedy, 13);
        });
    }

    void draw_server(const AdoptServer& server) {
        const std::string policy = server.policy ? say(kPolicy, to_string(*server.policy)) : "";
        title(say(kServer, server.server.value, server.name) + policy);
        if (!server.error.empty()) {
            line("! " + said(server.error, language()), 2);
            return;
        }
        tell(2, kCounts, ours_of(server.already_ours), server.to_open, server.actual_accounts);
        adoptions(server);
        losses(server);
        if (!server.clashes.empty()) {
            holds(kClashes, server.clashes);
        }
        const std::uint64_t unproved = server.unproved;
        tell_if(unproved > 0, 2, Colour::kCyan, kUnproved, unproved, server.server.value);
        afterwards(server);
        for (const SuggestedGroup& one : server.group_positions) {
            group(one);
        }
        tell_if(server.plain_password, 2, Colour::kNone, kPlainPassword);
        const std::uint64_t plain = server.plain_service_passwords;
        tell_if(
            plain > 0,
            2,
            Colour::kNone,
            kPlainServices,
            counted(plain, words::kServices, language())
        );
    }

    void adoptions(const AdoptServer& server) {
        table(kAdopt, server.adopt, [this](const AdoptRow& one) {
            const std::string list = drift_list(one.drift, language());
            const std::string differs = list.empty() ? "" : say(kDiffers, list);
            row('=', Colour::kCyan, one.item, one.login, said(one.evidence, language()) + differs);
        });
    }

    void losses(const AdoptServer& server) {
        if (!server.missing.empty()) {
            table(kMissing, server.missing, [this](const MissingRow& one) {
                one.held ? row('!', Colour::kYellow, one.item, one.login, say(kNotMadeAnew))
                         : row('+', Colour::kGreen, one.item, one.login, say(kMadeAnew));
            });
        }
        if (!server.orphaned.empty()) {
            table(kOrphaned, server.orphaned, [this](const OrphanRow& one) {
                const bool nobodys = one.item.value == 0 && one.reason == OrphanReason::kNoService;
                const auto& words = kReasons[static_cast<std::size_t>(one.reason)].words;
                const std::string detail = say(nobodys ? kNobodys : words, one.item.value) +
                                           (one.enabled ? "" : say({", disabled", ", отключена"})) +
                                           (one.has_files ? say(kHasFiles) : "");
                row('?', Colour::kDim, one.item, one.login, detail);
            });
        }
    }

    void afterwards(const AdoptServer& server) {
        const std::string list = enumerated(kAllDriftFields, [&](DriftField field) {
            const auto count = std::ranges::count_if(server.adopt, [field](const AdoptRow& one) {
                return has(one.drift, field);
            });
            return count > 0 ? fmt::format("{} {}", word(field, language()), count) : "";
        });
        tell_if(!list.empty(), 2, Colour::kNone, kAfterwards, list);
    }

    void group(const SuggestedGroup& one) {
        const std::string stored = escaped(one.stored);
        if (one.name.empty()) {
            tell(2, kUnsaidGroup, one.tariff, stored, one.services);
        } else {
            const std::string name = escaped(one.name);
            tell(2, kSuggestedGroup, one.tariff, stored, one.services, one.members, name);
        }
    }

    // What is ours is what the store says.
    [[nodiscard]] std::string ours_of(std::uint64_t count) const {
        return view_.doubts.store ? say({"not known", "неизвестно"}) : std::to_string(count);
    }

    const ScreenOptions how_;
    const AdoptView& view_;
};

struct Look {
    Observation observation;
    Adoptions adoptions;
    AdoptView view;
};

AdoptChoice choice_of(const Arguments& args) {
    AdoptChoice choice;
    choice.items = std::set<ItemId>(args.items.begin(), args.items.end());
    choice.unproved = args.unproved;
    return choice;
}

Error no_server(const Arguments& args, const Observation& seen) {
    return !seen.off.empty() ? seen.off.front().why
           : args.server
               ? unknown_server(*args.server)
               : human_error(
                     "panel.server",
                     "the panel has no active processing module of ours",
                     "compare panel.module in the configuration with the module that the panel's "
                     "services name"
                 );
}

// Errors: also that there is no server to look at.
Result<Look> look(
    PlanningSession& session,
    const Ledger& ledger,
    const ReadPlain& read_plain,
    const std::optional<Error>& store_trouble = {}
) {
    const CommandContext& context = session.context();
    PassRequest request = command_request(context.args);
    const AdoptChoice choice = choice_of(context.args);
    if (choice.unproved && !context.args.server) {
        return tl::unexpected(human_error(
            "adopt.server",
            "--unproved takes over the services of one server, and none is named",
            "read `bill-nextcloud adopt --plan`, then give --server N"
        ));
    }
    request.items.clear();  // everything is read all the same: who else claims it counts
    Result<Observation> seen = session.dry_run(std::move(request), ledger);
    if (seen && seen->servers.empty()) {
        seen = tl::unexpected(no_server(context.args, *seen));
    }
    if (!seen) {
        return tl::unexpected(std::move(seen.error()));
    }
    PlanScope scope;
    scope.items.assign(choice.items.begin(), choice.items.end());
    if (Result<void> ours = check_scope(scope, *seen, ledger); !ours) {
        return tl::unexpected(std::move(ours.error()));
    }
    return read_plain().map([&](const bm_reader::PlainCredentials& plain) {
        const Time now = system_now();
        AdoptView view = adopt_view(*seen, choice, ledger, context.config, plain, now);
        Adoptions adoptions = controller::adoptions_in(*seen, choice, ledger, context.config, now);
        view.doubts = InDoubt::by(ledger, store_trouble, seen->desired.get(), now);
        view.off = seen->off;
        return Look{*std::move(seen), std::move(adoptions), std::move(view)};
    });
}

int exit_code(const AdoptView& view) {
    if (view.doubts.store ||
        std::ranges::any_of(view.servers, [](const auto& s) { return !s.error.empty(); })) {
        return kExitUnknown;
    }
    const bool open = !view.recorded && view.adoptable() > 0;
    return open || view.clashes() > 0 ? kExitDrift : kExitOk;
}

int shown(const CommandContext& context, const AdoptView& view) {
    print(context.args.json ? adopt_to_json(view) : render_adopt(view, context.screen()));
    return exit_code(view);
}

// The exit code where it ends before anything is recorded: there is nothing to, or he does not say
// yes to what he is shown.
std::optional<int> ended_before(const CommandContext& context, Look& found) {
    const std::uint64_t count = found.adoptions.count();
    if (count == 0) {
        found.view.recorded = 0;
        return shown(context, found.view);
    }
    if (!context.args.json) {
        shown(context, found.view);
    }
    const std::string what = counted(count, words::kAccounts, context.language);
    if (confirmed(context, "adopt", say(context.language, kQuestion, what), kNothing)) {
        return std::nullopt;
    }
    return kExitError;
}

int tell_recorded(const CommandContext& context, Look& found) {
    AdoptView& view = found.view;
    view.recorded = found.adoptions.count();
    print(context.args.json ? adopt_to_json(view) : render_adopted(view, context.screen()));
    return exit_code(view);
}

// The service records exactly what was shown, as it sees it itself, or nothing.
Result<int> adopt_by_service(const CommandContext& context, const ReadPlain& read_plain) {
    const auto told = [&context](Look found) -> Result<int> {
        if (const std::optional<int> ended = ended_before(context, found)) {
            return *ended;
        }
        const AdoptChoice choice = choice_of(context.args);
        protocol::Request request("adopt");
        request.module = ServerId(context.args.server.value_or(0));
        request.items.assign(choice.items.begin(), choice.items.end());
        request.command = choice.unproved ? protocol::kUnproved : std::string_view();
        request.checksum = found.adoptions.checksum();
        request.reason = context.args.reason;
        return told_service(context, request).and_then([&](const auto& answer) -> Result<int> {
            if (!answer) {
                return tl::unexpected(human_error(
                    "command.no_service",
                    "the service has ended meanwhile; nothing was recorded",
                    "say it again"
                ));
            }
            return tell_recorded(context, found);
        });
    };
    return known_so_far(context).and_then([&](const KnownSoFar& known) -> Result<int> {
        if (known.store_trouble) {
            return tl::unexpected(*known.store_trouble);
        }
        return PlanningSession::open(context, true).and_then([&](const auto& session) {
            return look(*session, known.ledger, read_plain).and_then(told);
        });
    });
}

Result<int> show_only(const CommandContext& context, const ReadPlain& read_plain) {
    return known_so_far(context).and_then([&](const KnownSoFar& known) {
        return PlanningSession::open(context, true).and_then([&](const auto& session) {
            return look(*session, known.ledger, read_plain, known.store_trouble)
                .map([&](const Look& found) { return shown(context, found.view); });
        });
    });
}

}  // namespace

std::string_view to_string(OrphanReason reason) {
    return kReasons[static_cast<std::size_t>(reason)].name;
}

std::string render_adopt(const AdoptView& view, const ScreenOptions& options) {
    return AdoptScreen(view, options).draw();
}

std::string render_adopted(const AdoptView& view, const ScreenOptions& options) {
    return AdoptScreen(view, options).draw_summary();
}

// ---- JSON

void fields(ToJson& json, const SuggestedGroup& row) {
    json("tariff", row.tariff);
    json("stored", row.stored);
    json("group", row.name.empty() ? Json() : Json(row.name));
    json("services", row.services);
    json("members", row.members);
    json("doubtful", row.doubtful());
}

std::string adopt_to_json(const AdoptView& view) {
    ToJson json;
    json("format", "bill-nextcloud-adopt");
    json("version", 1);
    json("now", view.now);
    json("adoptable", view.adoptable());
    json("clashes", view.clashes());
    json("recorded", view.recorded);
    json("servers", view.servers);
    json("unplaced", view.unplaced);
    json("off", unknown_json(view.off));
    json("doubts", view.doubts.in(Language::kEnglish));
    return controller::dump(json.take(), 2);
}

Result<int> adopt_with(PlanningSession& session, Journal& journal, const ReadPlain& read_plain) {
    const CommandContext& context = session.context();
    const Ledger& ledger = journal.ledger();
    Result<Look> found = look(session, ledger, read_plain);
    if (!found) {
        return tl::unexpected(std::move(found.error()));
    }
    if (const std::optional<int> ended = ended_before(context, *found)) {
        return *ended;
    }
    if (system_now() - found->view.now > kFreshEnough && !context.args.yes) {
        Result<Look> again = look(session, ledger, read_plain);
        if (!again) {
            return tl::unexpected(std::move(again.error()));
        }
        if (found->adoptions.checksum() != again->adoptions.checksum()) {
            return tl::unexpected(controller::adoptions_moved());
        }
        found = std::move(again);
    }
    const RecordContext why(random_id(system_now()), operator_actor());
    std::vector<Event> events =
        found->adoptions.events(found->observation, ledger, context.args.reason);
    return journal.record_now(std::move(events), why).map([&] {
        return tell_recorded(context, *found);
    });
}

Result<int> run_adopt(const CommandContext& context) {
    const ReadPlain read_plain = [&context] {
        return panel_settings(context.config).and_then(bm_reader::find_plain_credentials);
    };
    if (context.args.plan_only) {
        return show_only(context, read_plain);
    }
    return told_service(context, protocol::Request("ping"))
        .and_then([&](const auto& answer) -> Result<int> {
            if (answer) {
                return adopt_by_service(context, read_plain);
            }
            return with_journal(context, true, [&](PlanningSession& session, Journal& journal) {
                return adopt_with(session, journal, read_plain);
            });
        });
}

}  // namespace bn::cli
