#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/screen/display.hpp"
#include "cli/screen/screens.hpp"
#include "cli/screen/texts.hpp"

namespace bn::cli {
namespace {

constexpr std::size_t kHoldsShown = 20;

class StatusScreen {
  public:
    StatusScreen(const StatusView& status, const ScreenOptions& options)
        : status_(status),
          options_(options),
          language_(options.language),
          width_(std::max<std::size_t>(options.width, 60)) {}

    std::string draw() {
        service();
        for (const auto& server : status_.servers) {
            this->server(server);
        }
        if (!status_.unplaced_holds.empty()) {
            out_ +=
                "\n" + text(Text::kStatusUnplaced, language_, status_.unplaced_holds.size()) + "\n";
            holds(status_.unplaced_holds, status_.unplaced_holds.size());
        }
        return std::move(out_);
    }

  private:
    std::string moment(const std::optional<Time>& t) const {
        return t ? human_moment(*t, status_.now, language_)
                 : std::string(text(Text::kNever, language_));
    }

    void line(const std::string& words, std::size_t indent, Colour colour = Colour::kNone) {
        out_ += std::string(indent, ' ') +
                coloured(wrapped(words, width_ - indent, indent + 2), colour, options_.colour) +
                "\n";
    }

    void service() {
        if (status_.running) {
            line(
                text(
                    Text::kStatusRunning,
                    language_,
                    status_.version,
                    escaped(status_.host),
                    status_.pid,
                    moment(status_.started_at)
                ),
                0
            );
            line(text(Text::kStatusDoing, language_, escaped(status_.doing)), 0);
            if (status_.next_pass) {
                line(text(Text::kStatusNextPass, language_, moment(status_.next_pass)), 0);
            }
        } else {
            line(std::string(text(Text::kStatusNotRunning, language_)), 0, Colour::kYellow);
        }
        line(
            text(
                Text::kStatusStore,
                language_,
                status_.store_events,
                human_bytes(status_.store_bytes)
            ),
            0
        );
        if (!status_.panel_error.empty()) {
            line(
                text(Text::kStatusPanelError, language_, escaped(status_.panel_error)),
                0,
                Colour::kRed
            );
        }
        if (status_.owed > 0) {
            line(
                text(Text::kStatusOwed, language_, status_.owed, moment(status_.oldest_owed)),
                0,
                Colour::kYellow
            );
        }
        if (status_.panel_away) {
            line(std::string(text(Text::kStatusPanelAway, language_)), 0, Colour::kRed);
        } else if (status_.panel_api == "off") {
            line(std::string(text(Text::kStatusPanelOff, language_)), 0);
        }
    }

    void server(const StatusServer& s) {
        const std::string policy =
            s.policy.empty() ? std::string(text(Text::kStatusNoPolicy, language_)) : s.policy;
        std::string title =
            text(Text::kStatusServer, language_, s.server.value, escaped(s.name), policy);
        if (!s.product.empty()) {
            title += fmt::format(", {} {}", escaped(s.product), escaped(s.version));
        }
        out_ += "\n" + coloured(title, Colour::kBold, options_.colour) + "\n";
        line(
            text(Text::kStatusAttempt, language_, moment(s.last_attempt)) + ", " +
                text(Text::kStatusSuccess, language_, moment(s.last_success)),
            2
        );
        const std::string foreign = s.unmanaged ? std::to_string(*s.unmanaged) : "?";
        line(text(Text::kStatusAccounts, language_, s.desired, s.actual, foreign), 2);
        drift(s);
        if (s.backlog > 0 || s.in_doubt > 0) {
            line(text(Text::kStatusBacklog, language_, s.backlog, s.in_doubt), 2);
        }
        troubles(s);
        if (s.held > 0) {
            line(text(Text::kStatusHeld, language_, s.held), 2);
            holds(s.holds, s.held);
        }
    }

    void drift(const StatusServer& s) {
        std::string list;
        for (const DriftField field : kAllDriftFields) {
            const auto found = s.drift.find(std::string(to_string(field)));
            if (found != s.drift.end() && found->second > 0) {
                list += fmt::format(
                    "{}{} {}", list.empty() ? "" : ", ", text(field, language_), found->second
                );
            }
        }
        if (list.empty()) {
            line(std::string(text(Text::kStatusNoDrift, language_)), 2);
            return;
        }
        if (s.oldest_drift) {
            list += text(Text::kStatusOldest, language_, moment(s.oldest_drift));
        }
        line(std::string(text(Text::kStatusDrift, language_)) + list, 2, Colour::kYellow);
    }

    void troubles(const StatusServer& s) {
        if (s.quarantined_until) {
            line(
                text(
                    Text::kStatusQuarantine,
                    language_,
                    format_time(*s.quarantined_until),
                    moment(s.quarantined_until)
                ),
                2,
                Colour::kRed
            );
        }
        if (!s.last_error.empty()) {
            line(text(Text::kStatusError, language_, escaped(s.last_error)), 2, Colour::kRed);
        }
        if (!s.stopped.empty()) {
            line(
                text(Text::kStatusStopped, language_, escaped(s.stopped), s.stopped_checksum),
                2,
                Colour::kRed
            );
        }
    }

    void holds(const std::vector<Hold>& holds, std::uint64_t all) {
        const std::size_t shown =
            options_.full ? holds.size() : std::min(holds.size(), kHoldsShown);
        for (std::size_t i = 0; i < shown; ++i) {
            const Hold& hold = holds[i];
            line(
                fmt::format(
                    "! {}  {}{}{}{}{}",
                    hold.item.value,
                    text(hold.code, language_),
                    hold.where.empty() ? "" : ", ",
                    escaped(hold.where),
                    hold.detail.empty() ? "" : ": ",
                    escaped(hold.detail)
                ),
                4
            );
            if (!hold.remedy.empty()) {
                line("→ " + escaped(hold.remedy), 6);
            }
        }
        if (shown < all) {
            line(text(Text::kPlanMoreHeld, language_, all - shown), 4);
        }
    }

    const StatusView& status_;
    const ScreenOptions& options_;
    Language language_;
    std::size_t width_;
    std::string out_;
};

}  // namespace

std::string render_status(const StatusView& status, const ScreenOptions& options) {
    return StatusScreen(status, options).draw();
}

}  // namespace bn::cli
