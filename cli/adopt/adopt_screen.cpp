#include <algorithm>
#include <utility>

#include "cli/adopt/adopt_view.hpp"
#include "controller/json/json.hpp"
#include "words/panel_texts.hpp"

namespace bn::cli {
namespace {

using controller::Json;
using controller::ToJson;

constexpr std::size_t kLimit = 40;  // rows of one table without --full
constexpr std::size_t kLongestLogin = 28;

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

constexpr Phrase kUnplaced{"Services on no server: {}", "Услуги без сервера: {}"};
constexpr Phrase kMore{"… and {} more (--full shows all)", "… и ещё {} (--full покажет все)"};
constexpr Phrase kServer{"Server {} {}", "Сервер {} {}"};
constexpr Phrase kPolicy{", policy {}", ", политика {}"};
constexpr Phrase kCounts{
    "already ours {}, to be opened {}, accounts in the cloud {}",
    "уже наших {}, ждут открытия {}, записей в облаке {}"};
constexpr Phrase kClashes{
    "Clashes and holds (left alone until mended): {}",
    "Столкновения и удержания (не трогаются, пока не исправлено): {}"};
constexpr Phrase kAdopt{"Would adopt: {}", "Будет принято: {}"};
constexpr Phrase kDiffers{"; differs: {}", "; расходится: {}"};
constexpr Phrase kMissing{
    "Missing (opened by the panel's word, not in the cloud): {}",
    "Пропали (по словам панели открыты, в облаке их нет): {}"};
constexpr Phrase kMadeAnew{"would be made anew, without files", "будет создана заново, без файлов"};
constexpr Phrase kOrphaned{
    "Orphaned (look like ours, no service wants them): {}",
    "Осиротели (похожи на наши, их не хочет ни одна услуга): {}"};
constexpr Phrase kDisabled{", disabled", ", отключена"};
constexpr Phrase kHasFiles{", has files", ", есть файлы"};
constexpr Phrase kAfterwards{
    "Of these differ from what was sold: {}", "Из них расходятся с проданным: {}"};
constexpr Phrase kNoPosition{
    "! The tariffs' group {} is a position that the cloud's list does not have, or that is given "
    "to nobody ({} services): choose a group in the tariff",
    "! Группа тарифа {}: такой позиции в списке облака нет, или её никому не дают (услуг: {}): "
    "выберите группу в тарифе"};
constexpr Phrase kPosition{
    "The tariffs' group {} is the group {} by its position ({} services, {} of their accounts are "
    "in it); save these tariffs anew, so that the name is stored: a new group in the cloud shifts "
    "positions",
    "Группа тарифа {} по своей позиции есть группа {} (услуг: {}, из их записей в ней: {}); "
    "сохраните эти тарифы заново, чтобы хранилось имя: новая группа в облаке сдвигает позиции"};
constexpr Phrase kDoubtful{
    "→ the list has probably changed since: correct these tariffs before anything is applied",
    "→ вероятно, список с тех пор изменился: исправьте эти тарифы до применения плана"};
constexpr Phrase kPlainPassword{
    "The panel keeps the password for this cloud without encryption: save the server's form once, "
    "then it is stored crypted",
    "Панель хранит пароль к этому облаку открыто: сохраните форму сервера один раз, тогда он "
    "шифруется"};
constexpr Phrase kPlainServices{
    "The panel keeps the passwords of {} services without encryption",
    "Панель хранит открыто пароли услуг: {}"};
constexpr Phrase kRecorded{
    "Recorded {} accounts as ours; no cloud was written to.",
    "Записано нашими учётных записей: {}; ни в одно облако ничего не писалось."};
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

class AdoptScreen {
  public:
    AdoptScreen(const AdoptView& view, const ScreenOptions& options)
        : view_(view), screen_(options) {}

    std::string draw() {
        for (const AdoptServer& server : view_.servers) {
            draw_server(server);
            screen_.raw("\n");
        }
        if (!view_.unplaced.empty()) {
            holds(kUnplaced, view_.unplaced);
            screen_.raw("\n");
        }
        return draw_summary();
    }

    std::string draw_summary() {
        std::uint64_t missing = 0;
        std::uint64_t orphaned = 0;
        std::uint64_t ours = view_.recorded.value_or(0);
        for (const AdoptServer& server : view_.servers) {
            missing += server.missing.size();
            orphaned += server.orphaned.size();
            ours += server.ours;
        }
        if (view_.recorded) {
            screen_.line(screen_.say(kRecorded, *view_.recorded));
        }
        const std::uint64_t left = view_.adoptable() - view_.recorded.value_or(0);
        screen_.line(screen_.say(kSummary, left, missing, orphaned, view_.clashes(), ours));
        screen_.line(screen_.say(
            view_.adoptable() > 0 && !view_.recorded ? kNextAdopt
            : view_.clashes() > 0 && !view_.recorded ? kNextMend
                                                     : kNextPlan
        ));
        return screen_.take();
    }

  private:
    // A heading with its count, and the rows, cut where they are many.
    template <class Rows, class Row>
    void table(const Phrase& heading, const Rows& rows, Row row) {
        screen_.line(screen_.say(heading, rows.size()), 2);
        const std::size_t shown = screen_.shown(rows.size(), kLimit);
        std::for_each_n(rows.begin(), shown, row);
        if (shown < rows.size()) {
            screen_.line(screen_.say(kMore, rows.size() - shown), 4);
        }
    }

    void row(
        char sign, Colour colour, ItemId item, std::string_view login, const std::string& detail
    ) {
        const std::string number = item.value == 0 ? "-" : std::to_string(item.value);
        std::string text = fmt::format(
            "{}  {}  ", padded_left(number, 6), padded(clipped(escaped(login), kLongestLogin), 20)
        );
        const std::size_t indent = 6 + columns(text);
        const std::size_t width = screen_.width();
        text += wrapped(detail, width > indent + 20 ? width - indent : 20, indent);
        text.erase(text.find_last_not_of(' ') + 1);
        screen_.raw("    " + screen_.paint(std::string(1, sign), colour) + " " + text + "\n");
    }

    void holds(const Phrase& heading, const std::vector<Hold>& list) {
        table(heading, list, [this](const Hold& hold) {
            const std::string_view code = words::reason(hold.code, screen_.language());
            const std::string where = hold.where.empty() ? "" : ", " + escaped(hold.where);
            row('!', Colour::kYellow, hold.item, "", std::string(code) + where);
            screen_.line(escaped(hold.detail), 13);
            screen_.remedy(hold.remedy, 13);
        });
    }

    void draw_server(const AdoptServer& server) {
        std::string title = screen_.say(kServer, server.server.value, escaped(server.name));
        title += server.policy ? screen_.say(kPolicy, to_string(*server.policy)) : "";
        screen_.title(title);
        if (!server.error.empty()) {
            screen_.line("! " + escaped(server.error), 2);
            return;
        }
        screen_.line(screen_.say(kCounts, server.ours, server.to_open, server.actual), 2);
        adoptions(server);
        losses(server);
        if (!server.clashes.empty()) {
            holds(kClashes, server.clashes);
        }
        afterwards(server);
        for (const PositionRow& position : server.positions) {
            group(position);
        }
        if (server.plain_password) {
            screen_.line(screen_.say(kPlainPassword), 2);
        }
        if (server.plain_services > 0) {
            screen_.line(screen_.say(kPlainServices, server.plain_services), 2);
        }
    }

    void adoptions(const AdoptServer& server) {
        table(kAdopt, server.adopt, [this](const AdoptRow& one) {
            const std::string list = drift_list(one.drift, screen_.language());
            const std::string differs = list.empty() ? "" : screen_.say(kDiffers, list);
            row('=', Colour::kCyan, one.item, one.login, escaped(one.evidence) + differs);
        });
    }

    void losses(const AdoptServer& server) {
        if (!server.missing.empty()) {
            table(kMissing, server.missing, [this](const MissingRow& one) {
                row('+', Colour::kGreen, one.item, one.login, screen_.say(kMadeAnew));
            });
        }
        if (!server.orphaned.empty()) {
            table(kOrphaned, server.orphaned, [this](const OrphanRow& one) {
                const bool nobodys = one.item.value == 0 && one.reason == OrphanReason::kNoService;
                const auto& words = kReasons[static_cast<std::size_t>(one.reason)].words;
                const std::string detail = screen_.say(nobodys ? kNobodys : words, one.item.value) +
                                           (one.enabled ? "" : screen_.say(kDisabled)) +
                                           (one.has_files ? screen_.say(kHasFiles) : "");
                row('?', Colour::kDim, one.item, one.login, detail);
            });
        }
    }

    void afterwards(const AdoptServer& server) {
        std::string list;
        for (const DriftField field : kAllDriftFields) {
            const auto count = std::ranges::count_if(server.adopt, [field](const AdoptRow& one) {
                return has(one.drift, field);
            });
            if (count > 0) {
                list += list.empty() ? "" : ", ";
                list += fmt::format("{} {}", word(field, screen_.language()), count);
            }
        }
        if (!list.empty()) {
            screen_.line(screen_.say(kAfterwards, list), 2);
        }
    }

    void group(const PositionRow& one) {
        const std::string stored = escaped(one.stored);
        if (one.name.empty()) {
            screen_.line(screen_.say(kNoPosition, stored, one.services), 2);
            return;
        }
        const std::string name = escaped(one.name);
        const std::string mark = one.doubtful() ? "! " : "";
        screen_.line(mark + screen_.say(kPosition, stored, name, one.services, one.members), 2);
        if (one.doubtful()) {
            screen_.line(screen_.say(kDoubtful), 4);
        }
    }

    const AdoptView& view_;
    Screen screen_;
};

}  // namespace

std::string_view to_string(OrphanReason reason) {
    return kReasons[static_cast<std::size_t>(reason)].name;
}

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
    return std::ranges::any_of(servers, [](const AdoptServer& s) { return !s.error.empty(); });
}

std::string render_adopt(const AdoptView& view, const ScreenOptions& options) {
    return AdoptScreen(view, options).draw();
}

std::string render_adopted(const AdoptView& view, const ScreenOptions& options) {
    return AdoptScreen(view, options).draw_summary();
}

// ---- JSON

void fields(ToJson& json, const AdoptRow& row) {
    json("item", row.item);
    json("login", row.login);
    json("evidence", row.evidence);
    json("drift", row.drift);
}

void fields(ToJson& json, const MissingRow& row) {
    json("item", row.item);
    json("login", row.login);
}

void fields(ToJson& json, const OrphanRow& row) {
    json("item", row.item);
    json("login", row.login);
    json("reason", row.reason);
    json("enabled", row.enabled);
    json("has_files", row.has_files);
}

void fields(ToJson& json, const PositionRow& row) {
    json("stored", row.stored);
    json("group", row.name.empty() ? Json() : Json(row.name));
    json("services", row.services);
    json("members", row.members);
    json("doubtful", row.doubtful());
}

void fields(ToJson& json, const AdoptServer& server) {
    json("server", server.server);
    json("name", server.name);
    json("policy", server.policy);
    json("error", server.error);
    json("already_ours", server.ours);
    json("to_open", server.to_open);
    json("actual_accounts", server.actual);
    json("adopt", server.adopt);
    json("missing", server.missing);
    json("orphaned", server.orphaned);
    json("clashes", server.clashes);
    json("group_positions", server.positions);
    json("plain_password", server.plain_password);
    json("plain_service_passwords", server.plain_services);
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
    return controller::dump(json.take(), 2);
}

}  // namespace bn::cli
