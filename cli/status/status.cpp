// `status`: what the service says of itself, or, when it does not run, what the events say.
#include "cli/status/status.hpp"

#include <algorithm>
#include <set>
#include <variant>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/screen/doubts.hpp"
#include "controller/http/http_get.hpp"
#include "controller/service/status_view.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kHoldsShown = 20;

constexpr Phrase kRunning{
    "bill-nextcloud {} runs on {} (process {}), started {}",
    "bill-nextcloud {} работает на {} (процесс {}), запущен {}"};
constexpr Phrase kCannotAsk{
    "The service cannot be asked: http.listen and control.socket are empty in the configuration. "
    "This "
    "is what the event store says.",
    "Службу нельзя спросить: http.listen и control.socket в конфигурации пусты. Так говорит журнал "
    "событий."};
constexpr Phrase kUnknownNow{
    "not known how it is now: {}; the following is of then",
    "неизвестно, как там сейчас: {}; далее то, что было тогда"};
constexpr Phrase kNotRunning{
    "The service does not answer; this is what the event store says.",
    "Служба не отвечает; так говорит журнал событий."};
constexpr Phrase kNextPass{"Next pass: {}", "Следующий проход: {}"};
constexpr Phrase kStore{"Event store: {:# event|# events}, {}", "Журнал событий: событий {}, {}"};
constexpr Phrase kPanelError{"Panel: {}", "Панель: {}"};
constexpr Phrase kRefusedConfig{
    "The changed configuration was refused, the former one is in force: {}",
    "Изменённая конфигурация отклонена, действует прежняя: {}"};
constexpr Phrase kWaitingConfig{
    "Changed in the configuration, in force after a restart: {}",
    "Изменено в конфигурации, вступит в силу после перезапуска: {}"};
constexpr Phrase kOwed{
    "The panel does not have the results of {:# item|# items} yet, the oldest {}",
    "Панель ещё не получила результаты по услугам ({}), старейший {}"};
constexpr Phrase kPanelAway{
    "The panel does not take results at the moment; they are kept and offered again",
    "Панель сейчас не принимает результаты; они сохранены и будут переданы"};
constexpr Phrase kPanelOff{
    "Results are not written back to the panel (panel.api is off)",
    "Результаты не передаются в панель (panel.api выключен)"};
constexpr Phrase kStatusServer{"Server {}{}, {}", "Сервер {}{}, {}"};
constexpr Phrase kTried{
    "last attempt {}, last read whole {}", "последняя попытка {}, прочитан целиком {}"};
constexpr Phrase kReadWhole{"last read whole {}", "прочитан целиком {}"};
constexpr Phrase kAccounts{
    "accounts: {} sold, {} in the cloud then, not ours: {}",
    "учётные записи: продано {}, в облаке тогда {}, не наших: {}"};
constexpr Phrase kForeignLater{
    "not known before the first pass ends", "неизвестно до конца первого прохода"};
constexpr Phrase kForeignUnknown{
    "not known, for no service runs", "неизвестно: служба не запущена"};
constexpr Phrase kOldest{"; oldest {}", "; старейшее {}"};
constexpr Phrase kBacklog{
    "waiting actions: {}, in doubt: {}", "ждут действий: {}, исход неизвестен: {}"};
constexpr Phrase kQuarantine{"left alone until {} ({})", "не трогаем до {} ({})"};
constexpr Phrase kError{"last error: {}", "последняя ошибка: {}"};
constexpr Phrase kStatusStopped{
    "waits for an approval: {}; if it is right: bill-nextcloud approve {}",
    "ждёт одобрения: {}; если всё верно: bill-nextcloud approve {}"};
constexpr Phrase kStatusApproved{
    "approved: {}; done with the next pass, if that is before {}",
    "одобрено: {}; выполнится при следующем проходе, если он начнётся до {}"};
constexpr Phrase kStatusDoubt{"not believed: {}", "не принято на веру: {}"};
constexpr Phrase kDoubtRemedy{
    "→ look at that side; if it is right as it is: bill-nextcloud accept-readings {}",
    "→ проверьте эту сторону; если всё верно: bill-nextcloud accept-readings {}"};
constexpr Phrase kSwitchedOff{"{}; the following is of then", "{}; далее то, что было тогда"};
constexpr Phrase kHeldInPlan{
    "… and {} more held: `bill-nextcloud plan` names each",
    "… и ещё удержано {}: каждую называет `bill-nextcloud plan`"};
constexpr Phrase kHeldReason{"! {}: {}", "! {}: {}"};
constexpr Phrase kStatusPaused{
    "paused {}; end it by `bill-nextcloud resume --server {}`",
    "приостановлен {}; возобновить: `bill-nextcloud resume --server {}`"};
constexpr Phrase kAllPaused{
    "Everything is paused {}; end it by `bill-nextcloud resume --all`",
    "Всё приостановлено {}; возобновить: `bill-nextcloud resume --all`"};
constexpr Phrase kDeletions{
    "accounts soon to be deleted, with their files: {}",
    "учётные записи, которые скоро будут удалены вместе с файлами: {}"};
constexpr Phrase kDeletion{
    "item {} {}: not before {} ({}); to keep it: bill-nextcloud undelete {}",
    "услуга {} {}: не раньше {} ({}); чтобы сохранить: bill-nextcloud undelete {}"};
constexpr Phrase kStatusParked{
    "failed too often and parked: {}; bill-nextcloud replay lists them",
    "слишком много неудач, отложено: {}; список: bill-nextcloud replay"};
constexpr Phrase kStatusUnplaced{"Held, without a server: {}", "Удержано, без сервера: {}"};

class StatusScreen : private Screen {
  public:
    StatusScreen(const StatusView& status, const ScreenOptions& options)
        : Screen(options), status_(status) {}

    std::string draw() {
        service();
        for (const auto& server : status_.servers) {
            this->server(server);
        }
        if (!status_.unplaced_holds.empty()) {
            raw("\n" + say(kStatusUnplaced, status_.unplaced_holds.size()) + "\n");
            holds(status_.unplaced_holds, status_.unplaced_holds.size());
        }
        return take();
    }

  private:
    [[nodiscard]] std::string pause(const Pause& pause) const {
        return said(to_text(pause), language());
    }

    [[nodiscard]] std::string moment(const std::optional<Time>& t) const {
        return human_moment(t, status_.now, language());
    }

    // Of what is to come: never in the past.
    [[nodiscard]] std::string due(const std::optional<Time>& t) const {
        return t && *t < status_.now + std::chrono::seconds(1) ? say({"now", "сейчас"}) : moment(t);
    }

    void service() {
        const StatusView& s = status_;
        if (s.running) {
            tell(0, kRunning, s.program_version, s.host, s.pid, moment(s.started_at));
            tell(0, {"Now: {}", "Сейчас: {}"}, said(s.doing, language()));
            tell_if(s.next_pass.has_value(), 0, Colour::kNone, kNextPass, due(s.next_pass));
        } else {
            line(say(s.cannot_ask ? kCannotAsk : kNotRunning), 0, Colour::kYellow);
        }
        tell(0, kStore, s.store_events, human_bytes(s.store_bytes, language()));
        const std::string refused = said(base::trim(s.config_refused), language());
        const std::string waiting = said(base::trim(s.config_waiting), language());
        tell_if(
            !s.panel_error.empty(), 0, Colour::kRed, kPanelError, said(s.panel_error, language())
        );
        tell_if(!refused.empty(), 0, Colour::kRed, kRefusedConfig, refused);
        tell_if(!waiting.empty(), 0, Colour::kYellow, kWaitingConfig, waiting);
        tell_if(s.owed > 0, 0, Colour::kYellow, kOwed, s.owed, moment(s.oldest_owed));
        tell_if(s.panel_away, 0, Colour::kRed, kPanelAway);
        tell_if(!s.panel_away && s.panel_api == "off", 0, Colour::kNone, kPanelOff);
        if (s.paused) {
            line(say(kAllPaused, pause(*s.paused)), 0, Colour::kYellow);
        }
    }

    void server(const StatusServer& s) {
        const std::string policy = s.policy.empty() ? say({"no policy", "нет политики"}) : s.policy;
        const std::string product =
            s.product.empty() ? "" : ", " + s.product + " " + s.product_version;
        raw("\n");
        title(say(kStatusServer, s.server.value, beside(s.name), policy) + escaped(product));
        // A look at single items is no attempt that failed.
        const bool tried = !s.last_error.empty() || !s.unknown.empty();
        tried ? tell(2, kTried, moment(s.last_attempt), moment(s.last_success))
              : tell(2, kReadWhole, moment(s.last_success));
        if (!s.unknown.empty()) {
            line(say(kUnknownNow, said(s.unknown, language())), 2, Colour::kYellow);
        }
        if (!s.unverified.empty()) {
            line(said(s.unverified, language()), 2, Colour::kRed);
        }
        if (!s.switched_off.empty()) {
            line(say(kSwitchedOff, said(s.switched_off, language())), 2, Colour::kYellow);
        }
        const std::string foreign =
            s.unmanaged_accounts ? std::to_string(*s.unmanaged_accounts)
            : !s.unknown.empty() || !s.switched_off.empty() || status_.cannot_ask
                ? say({"not known", "неизвестно"})
            : status_.running ? say(kForeignLater)
                              : say(kForeignUnknown);
        tell(2, kAccounts, s.desired_accounts, s.actual_accounts, foreign);
        drift(s);
        const bool waits = s.backlog > 0 || s.in_doubt > 0;
        tell_if(waits, 2, Colour::kNone, kBacklog, s.backlog, s.in_doubt);
        troubles(s);
        deletions(s);
        tell_if(s.parked > 0, 2, Colour::kYellow, kStatusParked, s.parked);
        held(s);
    }

    void held(const StatusServer& s) {
        if (s.held == 0) {
            return;
        }
        tell(2, {"held: {}", "удержано: {}"}, s.held);
        const std::size_t items = s.holds.size();
        holds(s.holds, s.reasons.empty() ? std::max<std::uint64_t>(items, s.held) : items);
        for (const StatusReason& reason : s.reasons) {
            if (std::ranges::find(s.holds, reason.code, &Hold::code) != s.holds.end()) {
                continue;  // said above, item by item
            }
            const Hold why({}, s.server, reason.code, "", reason.detail, "");
            line(say(kHeldReason, reason.held, hold_text(why, language())), 4);
            remedy(reason.remedy, 6);
        }
    }

    void drift(const StatusServer& s) {
        const std::string list = enumerated(kAllDriftFields, [&](DriftField field) {
            const auto found = s.drift.find(std::string(to_string(field)));
            const bool differs = found != s.drift.end() && found->second > 0;
            return differs ? fmt::format("{} {}", word(field, language()), found->second) : "";
        });
        if (list.empty()) {
            s.unknown.empty() && s.switched_off.empty() && status_.panel_error.empty()
                ? tell(2, {"drift: none", "расхождений нет"})
                : tell(2, {"drift: not known", "расхождения: неизвестны"});
            return;
        }
        const std::string oldest = s.oldest_drift ? say(kOldest, moment(s.oldest_drift)) : "";
        line(say({"drift: {}{}", "расхождения: {}{}"}, list, oldest), 2, Colour::kYellow);
    }

    void deletions(const StatusServer& s) {
        if (s.deletions.empty()) {
            return;
        }
        line(say(kDeletions, s.deletions.size()), 2, Colour::kYellow);
        const std::size_t shown =
            full() ? s.deletions.size() : std::min(s.deletions.size(), kHoldsShown);
        for (std::size_t i = 0; i < shown; ++i) {
            const auto& [item, login, at] = s.deletions[i];
            const std::uint32_t id = item.value;
            tell(4, kDeletion, id, login, local_time(at), moment(at), id);
        }
        if (shown < s.deletions.size()) {
            tell(4, kMoreHeld, s.deletions.size() - shown);
        }
    }

    void troubles(const StatusServer& s) {
        if (s.paused) {
            line(say(kStatusPaused, pause(*s.paused), s.server.value), 2, Colour::kYellow);
        }
        if (s.quarantined_until) {
            const Time until = *s.quarantined_until;
            line(say(kQuarantine, local_time(until), moment(until)), 2, Colour::kRed);
        }
        for (const std::string& doubt : {s.panel_doubt, s.cloud_doubt}) {
            if (!doubt.empty()) {
                line(say(kStatusDoubt, said(doubt, language())), 2, Colour::kRed);
                tell(4, kDoubtRemedy, s.server.value);
            }
        }
        const bool stopped = !s.stopped.empty();
        const bool said_already = s.last_error == s.unknown;
        const bool error = !s.last_error.empty() && !said_already;
        tell_if(error, 2, Colour::kRed, kError, said(s.last_error, language()));
        const std::string why = said(s.stopped, language());
        if (stopped && s.approved_until) {
            tell(2, kStatusApproved, why, local_time(*s.approved_until));
        } else if (stopped) {
            line(say(kStatusStopped, why, s.stopped_checksum), 2, Colour::kRed);
        }
    }

    void holds(const std::vector<Hold>& holds, std::uint64_t all) {
        const std::size_t shown = full() ? holds.size() : std::min(holds.size(), kHoldsShown);
        for (std::size_t i = 0; i < shown; ++i) {
            hold(holds[i], 4, true);
        }
        if (shown < all) {
            tell(4, shown < holds.size() ? kMoreHeld : kHeldInPlan, all - shown);
        }
    }

    const StatusView& status_;
};

// By the control socket, where there is no page.
Result<StatusView> ask_desk(const CommandContext& context) {
    const Config& config = context.config;
    if (config.control.socket.empty()) {
        return tl::unexpected(human_error("http.off", "[http] listen is empty", ""));
    }
    return told_service(context, protocol::Request("status"))
        .and_then([](const std::optional<nlohmann::json>& answer) {
            return answer && answer->contains("document")
                       ? status_from_json((*answer)["document"].dump())
                       : tl::unexpected(human_error("control.down", "no service answers", ""));
        });
}

Result<StatusView> ask_service(const CommandContext& context) {
    const Config& config = context.config;
    if (config.http.listen.empty()) {
        return ask_desk(context);
    }
    return http_get_local("http://" + config.http.listen + "/status.json")
        .and_then([](const HttpAnswer& answer) { return status_from_json(answer.body); });
}

// Where no service runs, what the last pass over the whole of a server counted.
void count_held(StatusView& view, EventStore& store) {
    constexpr std::uint64_t kPasses = 50;
    EventFilter filter;
    filter.kinds = {std::string(PassCompleted::kKind.name)};
    filter.limit = kPasses;
    filter.newest_first = true;
    std::set<ServerId> counted;
    const auto count = [&](const Envelope& event) {
        for (const PassServerSummary& seen : std::get<PassCompleted>(event.event).servers) {
            const auto server = std::ranges::find(view.servers, seen.server, &StatusServer::server);
            if (seen.complete && server != view.servers.end() &&
                counted.insert(seen.server).second) {
                server->held = std::max(server->held, seen.held);
            }
        }
        return true;
    };
    // What cannot be read is said by the store's own doubts.
    [[maybe_unused]] const Result<void> read = store.read(filter, count);
}

Result<StatusView> ask_store(const CommandContext& context) {
    return open_with_ledger(context, Opening::kRead).map([&context](const OpenStore& open) {
        StatusView view =
            status_from_ledger(open.ledger, context.config, *open.store, system_now());
        count_held(view, *open.store);
        view.program_version = context.version;
        view.host = host_name();
        const std::optional<Error> trouble = open.store->trouble();
        view.store_error = trouble ? trouble->text() : "";
        view.cannot_ask =
            context.config.http.listen.empty() && context.config.control.socket.empty();
        return view;
    });
}

}  // namespace

std::string render_status(const StatusView& status, const ScreenOptions& options) {
    InDoubt doubts;
    if (!status.store_error.empty()) {
        doubts.store.emplace();
        doubts.store->what = status.store_error;  // with its code and remedy
    }
    doubts.maintenance = status.panel_maintenance;
    doubts.panel = status.panel_behind_since.has_value();
    for (const StatusServer& server : status.servers) {
        if (server.clock_doubted) {
            doubts.clock.push_back(server.server);
        }
    }
    return render_doubts(doubts.in(options.language), options) +
           StatusScreen(status, options).draw();
}

// As the service says of itself, and this command's file may not.
void note_other_config(const CommandContext& context, const StatusView& status) {
    if (context.config_read && context.config_faults.empty() && !status.config_digest.empty() &&
        status.program_version == context.version &&
        status.config_digest != digest(context.config)) {
        tell_aside(
            context.language,
            fmt::format(
                "notice: the service goes by another configuration than {}: let it read the file "
                "(`systemctl reload bill-nextcloud`)",
                context.config_path
            )
        );
    }
}

Result<int> run_status(const CommandContext& context) {
    return ask_service(context).or_else([&context](const Error&) { return ask_store(context); }
    ).map([&context](const StatusView& status) {
        const bool json = context.args.json;
        print(json ? status_to_json(status) : render_status(status, context.screen()));
        note_other_config(context, status);
        const bool unknown = !status.panel_error.empty() || !status.store_error.empty() ||
                             std::ranges::any_of(status.servers, [](const StatusServer& server) {
                                 return !server.unknown.empty();
                             });
        const bool drift = std::ranges::any_of(status.servers, [](const StatusServer& server) {
            return server.oldest_drift.has_value();
        });
        return unknown ? kExitUnknown : drift ? kExitDrift : kExitOk;
    });
}

}  // namespace bn::cli
