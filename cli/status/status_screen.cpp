#include "cli/status/status_screen.hpp"

#include <algorithm>

namespace bn::cli {
namespace {

constexpr std::size_t kHoldsShown = 20;

constexpr Phrase kRunning{
    "bill-nextcloud {} runs on {} (process {}), started {}",
    "bill-nextcloud {} работает на {} (процесс {}), запущен {}"};
constexpr Phrase kNotRunning{
    "The service does not answer; this is what the event store says.",
    "Служба не отвечает; так говорит журнал событий."};
constexpr Phrase kDoing{"Now: {}", "Сейчас: {}"};
constexpr Phrase kNextPass{"Next pass: {}", "Следующий проход: {}"};
constexpr Phrase kStore{"Event store: {} events, {}", "Журнал событий: событий {}, {}"};
constexpr Phrase kPanelError{"Panel: {}", "Панель: {}"};
constexpr Phrase kOwed{
    "The panel does not have the results of {} items yet, the oldest {}",
    "Панель ещё не получила результаты по услугам ({}), старейший {}"};
constexpr Phrase kPanelAway{
    "The panel does not take results at the moment; they are kept and offered again",
    "Панель сейчас не принимает результаты; они сохранены и будут переданы"};
constexpr Phrase kPanelOff{
    "Results are not written back to the panel (panel.api is off)",
    "Результаты не передаются в панель (panel.api выключен)"};
constexpr Phrase kServer{"Server {} {}, {}", "Сервер {} {}, {}"};
constexpr Phrase kNoPolicy{"no policy", "нет политики"};
constexpr Phrase kTried{
    "last attempt {}, last success {}", "последняя попытка {}, последний успех {}"};
constexpr Phrase kAccounts{
    "accounts: {} sold, {} in the cloud, {} not ours",
    "учётные записи: продано {}, в облаке {}, не наших {}"};
constexpr Phrase kDrift{"drift: {}{}", "расхождения: {}{}"};
constexpr Phrase kNoDrift{"drift: none", "расхождений нет"};
constexpr Phrase kOldest{"; oldest {}", "; старейшее {}"};
constexpr Phrase kBacklog{
    "waiting actions: {}, in doubt: {}", "ждут действий: {}, исход неизвестен: {}"};
constexpr Phrase kQuarantine{"left alone until {} ({})", "не трогаем до {} ({})"};
constexpr Phrase kError{"last error: {}", "последняя ошибка: {}"};
constexpr Phrase kStopped{
    "plan stopped: {}; approve it as {}", "план остановлен: {}; одобрить его: {}"};
constexpr Phrase kHeld{"held: {}", "удержано: {}"};
constexpr Phrase kUnplaced{"Held, without a server: {}", "Удержано, без сервера: {}"};

class StatusScreen {
  public:
    StatusScreen(const StatusView& status, const ScreenOptions& options)
        : status_(status), full_(options.full), screen_(options) {}

    std::string draw() {
        service();
        for (const auto& server : status_.servers) {
            this->server(server);
        }
        if (!status_.unplaced_holds.empty()) {
            screen_.raw("\n" + screen_.say(kUnplaced, status_.unplaced_holds.size()) + "\n");
            holds(status_.unplaced_holds, status_.unplaced_holds.size());
        }
        return screen_.take();
    }

  private:
    [[nodiscard]] std::string moment(const std::optional<Time>& t) const {
        return human_moment(t, status_.now, screen_.language());
    }

    void service() {
        const StatusView& s = status_;
        if (s.running) {
            const std::string started = moment(s.started_at);
            screen_.line(screen_.say(kRunning, s.version, escaped(s.host), s.pid, started));
            screen_.line(screen_.say(kDoing, escaped(s.doing)));
            if (s.next_pass) {
                screen_.line(screen_.say(kNextPass, moment(s.next_pass)));
            }
        } else {
            screen_.line(screen_.say(kNotRunning), 0, Colour::kYellow);
        }
        screen_.line(screen_.say(kStore, s.store_events, human_bytes(s.store_bytes)));
        if (!s.panel_error.empty()) {
            screen_.line(screen_.say(kPanelError, escaped(s.panel_error)), 0, Colour::kRed);
        }
        if (s.owed > 0) {
            screen_.line(screen_.say(kOwed, s.owed, moment(s.oldest_owed)), 0, Colour::kYellow);
        }
        if (s.panel_away) {
            screen_.line(screen_.say(kPanelAway), 0, Colour::kRed);
        } else if (s.panel_api == "off") {
            screen_.line(screen_.say(kPanelOff));
        }
    }

    void server(const StatusServer& s) {
        const std::string policy = s.policy.empty() ? screen_.say(kNoPolicy) : s.policy;
        std::string title = screen_.say(kServer, s.server.value, escaped(s.name), policy);
        if (!s.product.empty()) {
            title += fmt::format(", {} {}", escaped(s.product), escaped(s.version));
        }
        screen_.raw("\n");
        screen_.title(title);
        screen_.line(screen_.say(kTried, moment(s.last_attempt), moment(s.last_success)), 2);
        const std::string foreign = s.unmanaged ? std::to_string(*s.unmanaged) : "?";
        screen_.line(screen_.say(kAccounts, s.desired, s.actual, foreign), 2);
        drift(s);
        if (s.backlog > 0 || s.in_doubt > 0) {
            screen_.line(screen_.say(kBacklog, s.backlog, s.in_doubt), 2);
        }
        troubles(s);
        if (s.held > 0) {
            screen_.line(screen_.say(kHeld, s.held), 2);
            holds(s.holds, s.held);
        }
    }

    void drift(const StatusServer& s) {
        std::string list;
        for (const DriftField field : kAllDriftFields) {
            const auto found = s.drift.find(std::string(to_string(field)));
            if (found != s.drift.end() && found->second > 0) {
                list += list.empty() ? "" : ", ";
                list += fmt::format("{} {}", word(field, screen_.language()), found->second);
            }
        }
        if (list.empty()) {
            screen_.line(screen_.say(kNoDrift), 2);
            return;
        }
        const std::string oldest =
            s.oldest_drift ? screen_.say(kOldest, moment(s.oldest_drift)) : "";
        screen_.line(screen_.say(kDrift, list, oldest), 2, Colour::kYellow);
    }

    void troubles(const StatusServer& s) {
        if (s.quarantined_until) {
            const std::string until = format_time(*s.quarantined_until);
            const std::string away = moment(s.quarantined_until);
            screen_.line(screen_.say(kQuarantine, until, away), 2, Colour::kRed);
        }
        if (!s.last_error.empty()) {
            screen_.line(screen_.say(kError, escaped(s.last_error)), 2, Colour::kRed);
        }
        if (!s.stopped.empty()) {
            const std::string why = escaped(s.stopped);
            screen_.line(screen_.say(kStopped, why, s.stopped_checksum), 2, Colour::kRed);
        }
    }

    void holds(const std::vector<Hold>& holds, std::uint64_t all) {
        const std::size_t shown = full_ ? holds.size() : std::min(holds.size(), kHoldsShown);
        for (std::size_t i = 0; i < shown; ++i) {
            screen_.hold(holds[i], 4, true);
        }
        if (shown < all) {
            screen_.line(screen_.say(kMoreHeld, all - shown), 4);
        }
    }

    const StatusView& status_;
    bool full_;
    Screen screen_;
};

}  // namespace

std::string render_status(const StatusView& status, const ScreenOptions& options) {
    return StatusScreen(status, options).draw();
}

}  // namespace bn::cli
