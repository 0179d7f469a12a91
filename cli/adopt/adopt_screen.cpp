#include "cli/adopt/adopt_screen.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "cli/screen/display.hpp"
#include "cli/screen/texts.hpp"

namespace bn::cli {
namespace {

constexpr std::size_t kLimit = 40;  // rows of one table without --full
constexpr std::size_t kLongestLogin = 28;

// One phrase in both languages, filled.
template <class... Args>
std::string say(
    Language language, std::string_view english, std::string_view russian, const Args&... args
) {
    const std::string_view pattern = language == Language::kRussian ? russian : english;
    return fmt::vformat(
        fmt::string_view(pattern.data(), pattern.size()), fmt::make_format_args(args...)
    );
}

std::string orphan_text(const OrphanRow& row, Language language) {
    const std::uint32_t item = row.item.value;
    switch (row.reason) {
        case OrphanReason::kNoService:
            return item == 0
                       ? say(language, "no service wants it", "её не хочет ни одна услуга")
                       : say(language, "the panel has no service {}", "в панели нет услуги {}", item
                         );
        case OrphanReason::kClosed:
            return say(language, "service {} is closed", "услуга {} закрыта", item);
        case OrphanReason::kUnpaid:
            return say(language, "service {} was never opened", "услугу {} ещё не открывали", item);
        case OrphanReason::kOtherLogin:
            return say(language, "service {} uses another login", "у услуги {} другой логин", item);
        case OrphanReason::kOtherServer:
            return say(
                language, "service {} is on another server", "услуга {} на другом сервере", item
            );
        case OrphanReason::kNoServer:
            return say(
                language,
                "service {} is on no server of ours",
                "услуга {} ни на одном из наших серверов",
                item
            );
        case OrphanReason::kUnclear:
            break;
    }
    return say(language, "service {} is held, see there", "услуга {} удержана, см. там", item);
}

class AdoptScreen {
  public:
    AdoptScreen(const AdoptView& view, const ScreenOptions& options)
        : view_(view),
          options_(options),
          language_(options.language),
          width_(std::max<std::size_t>(options.width, 60)) {}

    std::string draw() {
        for (const AdoptServer& server : view_.servers) {
            draw_server(server);
            out_ += "\n";
        }
        if (!view_.unplaced.empty()) {
            heading(words("Services on no server", "Услуги без сервера"), view_.unplaced.size());
            holds(view_.unplaced);
            out_ += "\n";
        }
        summary();
        return std::move(out_);
    }

    std::string draw_summary() {
        summary();
        return std::move(out_);
    }

  private:
    template <class... Args>
    [[nodiscard]] std::string words(
        std::string_view english, std::string_view russian, const Args&... args
    ) const {
        return say(language_, english, russian, args...);
    }

    void line(const std::string& text, std::size_t indent) {
        out_ += std::string(indent, ' ') + wrapped(text, width_ - indent, indent + 2) + "\n";
    }

    void heading(const std::string& text, std::size_t count) {
        line(fmt::format("{}: {}", text, count), 2);
    }

    [[nodiscard]] std::size_t shown(std::size_t count) const {
        return options_.full || count <= kLimit + kLimit / 4 ? count : kLimit;
    }

    void rest(std::size_t count) {
        if (shown(count) < count) {
            line(
                words(
                    "… and {} more (--full shows all)",
                    "… и ещё {} (--full покажет все)",
                    count - shown(count)
                ),
                4
            );
        }
    }

    void row(
        char sign, Colour colour, ItemId item, std::string_view login, const std::string& detail
    ) {
        const std::string number = item.value == 0 ? "-" : std::to_string(item.value);
        std::string text = fmt::format(
            "{}  {}  ",
            padded_left(number, 6),
            padded(clipped(escaped(login), kLongestLogin), std::min<std::size_t>(kLongestLogin, 20))
        );
        const std::size_t indent = 6 + columns(text);
        text += wrapped(detail, width_ > indent + 20 ? width_ - indent : 20, indent);
        text.erase(text.find_last_not_of(' ') + 1);
        out_ +=
            "    " + coloured(std::string(1, sign), colour, options_.colour) + " " + text + "\n";
    }

    void holds(const std::vector<Hold>& list) {
        for (std::size_t i = 0; i < shown(list.size()); ++i) {
            const Hold& hold = list[i];
            row('!',
                Colour::kYellow,
                hold.item,
                "",
                fmt::format(
                    "{}{}{}",
                    text(hold.code, language_),
                    hold.where.empty() ? "" : ", ",
                    escaped(hold.where)
                ));
            line(escaped(hold.detail), 13);
            if (!hold.remedy.empty()) {
                line("→ " + escaped(hold.remedy), 13);
            }
        }
        rest(list.size());
    }

    void draw_server(const AdoptServer& server) {
        std::string title =
            words("Server {} {}", "Сервер {} {}", server.server.value, escaped(server.name));
        if (server.policy) {
            title += words(", policy {}", ", политика {}", to_string(*server.policy));
        }
        out_ += coloured(title, Colour::kBold, options_.colour) + "\n";
        if (!server.error.empty()) {
            line("! " + escaped(server.error), 2);
            return;
        }
        line(
            words(
                "already ours {}, to be opened {}, accounts in the cloud {}",
                "уже наших {}, ждут открытия {}, записей в облаке {}",
                server.ours,
                server.to_open,
                server.actual
            ),
            2
        );
        adoptions(server);
        losses(server);
        if (!server.clashes.empty()) {
            heading(
                words(
                    "Clashes and holds (left alone until mended)",
                    "Столкновения и удержания (не трогаются, пока не исправлено)"
                ),
                server.clashes.size()
            );
            holds(server.clashes);
        }
        afterwards(server);
        groups(server);
        credentials(server);
    }

    void adoptions(const AdoptServer& server) {
        heading(words("Would adopt", "Будет принято"), server.adopt.size());
        for (std::size_t i = 0; i < shown(server.adopt.size()); ++i) {
            const AdoptRow& one = server.adopt[i];
            std::string detail = escaped(one.evidence);
            if (one.drift != 0) {
                detail +=
                    words("; differs: {}", "; расходится: {}", drift_list(one.drift, language_));
            }
            row('=', Colour::kCyan, one.item, one.login, detail);
        }
        rest(server.adopt.size());
    }

    void losses(const AdoptServer& server) {
        if (!server.missing.empty()) {
            heading(
                words(
                    "Missing (opened by the panel's word, not in the cloud)",
                    "Пропали (по словам панели открыты, в облаке их нет)"
                ),
                server.missing.size()
            );
            for (std::size_t i = 0; i < shown(server.missing.size()); ++i) {
                const MissingRow& one = server.missing[i];
                row('+',
                    Colour::kGreen,
                    one.item,
                    one.login,
                    words("would be made anew, without files", "будет создана заново, без файлов"));
            }
            rest(server.missing.size());
        }
        if (server.orphaned.empty()) {
            return;
        }
        heading(
            words(
                "Orphaned (look like ours, no service wants them)",
                "Осиротели (похожи на наши, их не хочет ни одна услуга)"
            ),
            server.orphaned.size()
        );
        for (std::size_t i = 0; i < shown(server.orphaned.size()); ++i) {
            const OrphanRow& one = server.orphaned[i];
            std::string detail = orphan_text(one, language_);
            detail += one.enabled ? "" : words(", disabled", ", отключена");
            detail += one.has_files ? words(", has files", ", есть файлы") : "";
            row('?', Colour::kDim, one.item, one.login, detail);
        }
        rest(server.orphaned.size());
    }

    void afterwards(const AdoptServer& server) {
        std::map<DriftField, std::uint64_t> counts;
        for (const AdoptRow& one : server.adopt) {
            for (const DriftField field : kAllDriftFields) {
                counts[field] += has(one.drift, field) ? 1U : 0U;
            }
        }
        std::string list;
        for (const DriftField field : kAllDriftFields) {
            if (counts[field] > 0) {
                list += fmt::format(
                    "{}{} {}", list.empty() ? "" : ", ", text(field, language_), counts[field]
                );
            }
        }
        if (!list.empty()) {
            line(
                words(
                    "Of these differ from what was sold: {}",
                    "Из них расходятся с проданным: {}",
                    list
                ),
                2
            );
        }
    }

    void groups(const AdoptServer& server) {
        for (const PositionRow& one : server.positions) {
            const std::string stored = escaped(one.stored);
            if (one.name.empty()) {
                line(
                    words(
                        "! The tariffs' group {} is a position that the cloud's list does not "
                        "have, or that is given to nobody ({} services): choose a group in the "
                        "tariff",
                        "! Группа тарифа {}: такой позиции в списке облака нет, или её никому не "
                        "дают (услуг: {}): выберите группу в тарифе",
                        stored,
                        one.services
                    ),
                    2
                );
                continue;
            }
            const std::string mark = one.doubtful() ? "! " : "";
            line(
                mark + words(
                           "The tariffs' group {} is the group {} by its position ({} services, "
                           "{} of their accounts are in it); save these tariffs anew, so that the "
                           "name is stored: a new group in the cloud shifts positions",
                           "Группа тарифа {} по своей позиции есть группа {} (услуг: {}, из их "
                           "записей в ней: {}); сохраните эти тарифы заново, чтобы хранилось имя: "
                           "новая группа в облаке сдвигает позиции",
                           stored,
                           escaped(one.name),
                           one.services,
                           one.members
                       ),
                2
            );
            if (one.doubtful()) {
                line(
                    words(
                        "→ the list has probably changed since: correct these tariffs before "
                        "anything is applied",
                        "→ вероятно, список с тех пор изменился: исправьте эти тарифы до "
                        "применения плана"
                    ),
                    4
                );
            }
        }
    }

    void credentials(const AdoptServer& server) {
        if (server.plain_password) {
            line(
                words(
                    "The panel keeps the password for this cloud without encryption: save the "
                    "server's form once, then it is stored crypted",
                    "Панель хранит пароль к этому облаку открыто: сохраните форму сервера один "
                    "раз, тогда он шифруется"
                ),
                2
            );
        }
        if (server.plain_services > 0) {
            line(
                words(
                    "The panel keeps the passwords of {} services without encryption",
                    "Панель хранит открыто пароли услуг: {}",
                    server.plain_services
                ),
                2
            );
        }
    }

    void summary() {
        std::uint64_t missing = 0;
        std::uint64_t orphaned = 0;
        std::uint64_t ours = 0;
        for (const AdoptServer& server : view_.servers) {
            missing += server.missing.size();
            orphaned += server.orphaned.size();
            ours += server.ours;
        }
        if (view_.recorded) {
            line(
                words(
                    "Recorded {} accounts as ours; no cloud was written to.",
                    "Записано нашими учётных записей: {}; ни в одно облако ничего не писалось.",
                    *view_.recorded
                ),
                0
            );
        }
        line(
            words(
                "To adopt {}, missing {}, orphaned {}, clashes and holds {}, already ours {}.",
                "Принять {}, пропали {}, осиротели {}, столкновения и удержания {}, уже наших {}.",
                view_.recorded ? view_.adoptable() - *view_.recorded : view_.adoptable(),
                missing,
                orphaned,
                view_.clashes(),
                ours + view_.recorded.value_or(0)
            ),
            0
        );
        next_step();
    }

    void next_step() {
        if (view_.recorded || (view_.adoptable() == 0 && view_.clashes() == 0)) {
            line(
                words(
                    "Next: `bill-nextcloud plan` shows what differs from what was sold.",
                    "Дальше: `bill-nextcloud plan` покажет, что расходится с проданным."
                ),
                0
            );
        } else if (view_.adoptable() > 0) {
            line(
                words(
                    "Next: `bill-nextcloud adopt` records them; it writes to no cloud.",
                    "Дальше: `bill-nextcloud adopt` запишет их; в облака он не пишет."
                ),
                0
            );
        } else {
            line(
                words(
                    "Next: mend what is held above; the rest is done by `bill-nextcloud plan`.",
                    "Дальше: исправьте удержанное выше; остальное покажет `bill-nextcloud plan`."
                ),
                0
            );
        }
    }

    const AdoptView& view_;
    const ScreenOptions& options_;
    Language language_;
    std::size_t width_;
    std::string out_;
};

}  // namespace

std::uint64_t AdoptView::adoptable() const {
    std::uint64_t count = 0;
    for (const AdoptServer& server : servers) {
        count += server.adopt.size();
    }
    return count;
}

std::uint64_t AdoptView::clashes() const {
    std::uint64_t count = unplaced.size();
    for (const AdoptServer& server : servers) {
        count += server.clashes.size();
    }
    return count;
}

bool AdoptView::failed() const {
    return std::any_of(servers.begin(), servers.end(), [](const AdoptServer& server) {
        return !server.error.empty();
    });
}

std::string render_adopt(const AdoptView& view, const ScreenOptions& options) {
    return AdoptScreen(view, options).draw();
}

std::string render_adopted(const AdoptView& view, const ScreenOptions& options) {
    return AdoptScreen(view, options).draw_summary();
}

std::string adopt_question(std::uint64_t accounts, Language language) {
    return say(
        language,
        "Record these {} accounts as ours? Type yes: ",
        "Записать эти учётные записи нашими ({})? Введите yes: ",
        accounts
    );
}

}  // namespace bn::cli
