// `adopt`: takes over services that an earlier module opened. It records; no cloud is written to.
//
// `--plan` shows only. Without it the same is shown, asked about and recorded. The cloud ports are
// read-only in both, so that a server under `observe` can be taken over as well.
#include <algorithm>
#include <iterator>

#include "cli/acting.hpp"
#include "cli/adopt/adopt_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/pass/panel_settings.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/adoption.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kBatch = 500;  // events of one append
constexpr Duration kFreshEnough = std::chrono::seconds(60);

constexpr Phrase kQuestion{
    "Record these {} accounts as ours? Type yes: ",
    "Записать эти учётные записи нашими ({})? Введите yes: "};
constexpr Phrase kNothing{"Nothing was recorded.", "Ничего не записано."};

struct Look {
    Observation observation;
    AdoptView view;
};

ReadPlain from_panel(const Config& config) {
    return [&config] { return panel_settings(config).and_then(bm_reader::find_plain_credentials); };
}

// Errors: also that there is no server to look at.
Result<Look> look(
    const CommandContext& context,
    PlanningSession& session,
    const Ledger& ledger,
    const ReadPlain& read_plain
) {
    Result<Observation> seen = session.dry_run(command_request(context.args), ledger);
    if (!seen) {
        return tl::unexpected(std::move(seen.error()));
    }
    if (seen->servers.empty()) {
        return tl::unexpected(
            context.args.server
                ? unknown_server(*context.args.server)
                : human_error(
                      "panel.server",
                      "the panel has no active processing module of ours",
                      "compare panel.module in the configuration with the module that the panel's "
                      "services name"
                  )
        );
    }
    Result<bm_reader::PlainCredentials> plain = read_plain();
    if (!plain) {
        return tl::unexpected(std::move(plain.error()));
    }
    AdoptView view = adopt_view(*seen, ledger, context.config, *plain, system_now());
    return Look{*std::move(seen), std::move(view)};
}

void show(const CommandContext& context, const AdoptView& view) {
    print(context.args.json ? adopt_to_json(view) : render_adopt(view, context.screen()));
}

int exit_code(const AdoptView& view) {
    if (view.failed()) {
        return kExitError;
    }
    const bool open = !view.recorded && view.adoptable() > 0;
    return open || view.clashes() > 0 ? kExitDrift : kExitOk;
}

std::vector<Event> events_of(const Look& found, const Ledger& ledger) {
    std::vector<Event> events;
    for (const AdoptServer& server : found.view.servers) {
        std::vector<Action> adoptions;
        for (const AdoptRow& row : server.adopt) {
            adoptions.emplace_back(ActionKind::kAdopt, server.server, row.item, row.login);
            adoptions.back().reason = row.evidence;
        }
        std::ranges::move(
            decide_adoptions(ledger, *found.observation.server(server.server), adoptions),
            std::back_inserter(events)
        );
    }
    return events;
}

Result<void> record(Journal& journal, const std::vector<Event>& events) {
    const RecordContext why(random_id(system_now()), operator_actor());
    for (std::size_t from = 0; from < events.size(); from += kBatch) {
        const auto begin = events.begin() + static_cast<std::ptrdiff_t>(from);
        const auto size = std::min(kBatch, events.size() - from);
        std::vector<Event> batch(begin, begin + static_cast<std::ptrdiff_t>(size));
        if (Result<void> done = journal.record_now(std::move(batch), why); !done) {
            return done;
        }
    }
    return {};
}

bool same_adoptions(const AdoptView& a, const AdoptView& b) {
    const auto same = [](const AdoptRow& r, const AdoptRow& s) {
        return r.item == s.item && r.login == s.login;
    };
    return std::ranges::equal(
        a.servers,
        b.servers,
        [same](const AdoptServer& x, const AdoptServer& y) {
            return x.server == y.server && std::ranges::equal(x.adopt, y.adopt, same);
        }
    );
}

int shown(const CommandContext& context, const AdoptView& view) {
    show(context, view);
    return exit_code(view);
}

int show_only(const CommandContext& context) {
    Result<Ledger> ledger = ledger_if_any(context.config);
    if (!ledger) {
        return fail(ledger.error());
    }
    PlanningSession::Opened session = PlanningSession::open(context, true);
    if (!session) {
        return fail(session.error());
    }
    Result<Look> found = look(context, **session, *ledger, from_panel(context.config));
    return found ? shown(context, found->view) : fail(found.error());
}

}  // namespace

int adopt_with(
    const CommandContext& context,
    PlanningSession& session,
    Journal& journal,
    const ReadPlain& read_plain
) {
    Result<Look> found = look(context, session, journal.ledger(), read_plain);
    if (!found) {
        return fail(found.error());
    }
    const std::uint64_t count = found->view.adoptable();
    if (count == 0) {
        found->view.recorded = 0;
        return shown(context, found->view);
    }
    if (!context.args.json) {
        show(context, found->view);
    }
    if (!confirmed(context, "adopt", say(context.language, kQuestion, count), kNothing)) {
        return kExitError;
    }
    if (system_now() - found->view.now > kFreshEnough && !context.args.yes) {
        Result<Look> again = look(context, session, journal.ledger(), read_plain);
        if (!again) {
            return fail(again.error());
        }
        if (!same_adoptions(found->view, again->view)) {
            return fail(human_error(
                "adopt.moved",
                "the panel or a cloud has changed since you were asked; nothing was recorded",
                "look at `bill-nextcloud adopt --plan` again"
            ));
        }
        found = std::move(again);
    }
    Result<void> recorded = record(journal, events_of(*found, journal.ledger()));
    if (!recorded) {
        return fail(recorded.error());
    }
    found->view.recorded = count;
    print(
        context.args.json ? adopt_to_json(found->view)
                          : render_adopted(found->view, context.screen())
    );
    return exit_code(found->view);
}

int run_adopt(const CommandContext& context) {
    if (context.args.plan_only) {
        return show_only(context);
    }
    Result<OpenStore> open = open_with_ledger(context, false);
    if (!open) {
        return fail(open.error());
    }
    PlanningSession::Opened session = PlanningSession::open(context, true);
    if (!session) {
        return fail(session.error());
    }
    Journal journal(*open->store, std::move(open->ledger), system_now);
    return adopt_with(context, **session, journal, from_panel(context.config));
}

}  // namespace bn::cli
