#include <algorithm>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "cli/screen/action_text.hpp"
#include "cli/screen/display.hpp"
#include "cli/screen/screens.hpp"
#include "cli/screen/texts.hpp"
#include "controller/json/plan_values_json.hpp"

namespace bn::cli {
namespace {

// One overload per kind of event: a new kind does not compile without its sentence.
class Sentence {
  public:
    explicit Sentence(Language language) : language_(language) {}

    std::string operator()(const ServiceStarted& e) const {
        return say(
            "service {} started on {} (process {})",
            "служба {} запущена на {} (процесс {})",
            e.version,
            escaped(e.host),
            e.pid
        );
    }

    std::string operator()(const ServiceStopped& e) const {
        return say("service stopped: {}", "служба остановлена: {}", escaped(e.reason));
    }

    std::string operator()(const ConfigChanged& e) const {
        return say("configuration changed: {}", "настройки изменены: {}", escaped(e.summary));
    }

    std::string operator()(const PassCompleted& e) const {
        std::uint64_t done = 0;
        std::uint64_t failed = 0;
        std::uint64_t drifted = 0;
        for (const auto& server : e.servers) {
            done += server.done;
            failed += server.failed;
            drifted += server.drifted;
        }
        return say(
            "pass ({}) over {} servers in {}: {} differed, {} done, {} failed",
            "проход ({}) по серверам ({}) за {}: расхождений {}, сделано {}, неудач {}",
            e.trigger,
            e.servers.size(),
            human_duration(e.took_ms, language_),
            drifted,
            done,
            failed
        );
    }

    std::string operator()(const PanelWentAway& e) const {
        return say("the panel does not answer: {}", "панель не отвечает: {}", escaped(e.what));
    }

    std::string operator()(const PanelCameBack&) const {
        return say("the panel answers again", "панель снова отвечает");
    }

    std::string operator()(const PanelIdentified& e) const {
        return say(
            "this store belongs to the panel {}",
            "это хранилище принадлежит панели {}",
            escaped(e.fingerprint)
        );
    }

    std::string operator()(const ServerAddressAccepted& e) const {
        return say(
            "server {}: the same cloud, now at {} (was {})",
            "сервер {}: то же облако, теперь по адресу {} (раньше {})",
            e.server.value,
            escaped(e.after),
            escaped(e.before)
        );
    }

    std::string operator()(const ServerObserved& e) const {
        return say(
            "server {} {} is {} {}",
            "сервер {} {}: {} {}",
            e.server.value,
            escaped(e.name),
            escaped(e.product),
            escaped(e.version)
        );
    }

    std::string operator()(const ServerQuarantined& e) const {
        return say(
            "server {} left alone until {}: {}",
            "сервер {} не трогаем до {}: {}",
            e.server.value,
            format_time(e.until),
            escaped(e.what)
        );
    }

    std::string operator()(const ServerRecovered& e) const {
        return say("server {} answers again", "сервер {} снова отвечает", e.server.value);
    }

    std::string operator()(const PlanBegun& e) const {
        return say(
            "server {}: plan of {} actions begun ({} destructive)",
            "сервер {}: начат план, действий {} (разрушающих {})",
            e.server.value,
            e.actions,
            e.destructive
        );
    }

    std::string operator()(const PlanStopped& e) const {
        return say(
            "server {}: plan {} stopped: {}",
            "сервер {}: план {} остановлен: {}",
            e.server.value,
            e.checksum.substr(0, 12),
            escaped(e.reason)
        );
    }

    std::string operator()(const PlanApproved& e) const {
        return say(
            "server {}: plan {} approved",
            "сервер {}: план {} одобрен",
            e.server.value,
            e.checksum.substr(0, 12)
        );
    }

    std::string operator()(const SoldChanged& e) const {
        std::string list;
        for (const SoldChange& one : e.changes) {
            list += list.empty() ? "" : ", ";
            list +=
                fmt::format("{} {} -> {}", escaped(one.field), shown(one.before), shown(one.after));
        }
        return say("what was sold changed: {}", "изменилось проданное: {}", list);
    }

    std::string operator()(const DriftObserved& e) const {
        std::string list = drift_list(mask_of(e.fields), language_);
        std::string values;
        for (const DriftValue& one : e.fields) {
            if (!one.sold.empty() && !one.found.empty()) {
                values += values.empty() ? "" : ", ";
                values +=
                    say("sold {}, found {}",
                        "продано {}, найдено {}",
                        escaped(one.sold),
                        escaped(one.found));
            }
        }
        list += values.empty() ? "" : " (" + values + ")";
        return say("{} differs: {}", "{} расходится: {}", account(e.login), list);
    }

    std::string operator()(const DriftCleared&) const {
        return say("all is as it was sold", "всё так, как продано");
    }

    std::string operator()(const ItemHeld& e) const {
        std::string list;
        for (const auto& hold : e.holds) {
            list += fmt::format(
                "{}{}{}{}",
                list.empty() ? "" : "; ",
                text(hold.code, language_),
                hold.detail.empty() ? "" : ": ",
                escaped(hold.detail)
            );
        }
        return say("held: {}", "удержана: {}", list);
    }

    std::string operator()(const ItemHoldsCleared&) const {
        return say("no longer held", "больше не удержана");
    }

    std::string operator()(const ItemVanished&) const {
        return say("the panel's row is gone", "строка в панели исчезла");
    }

    std::string operator()(const ItemReappeared&) const {
        return say("the panel's row is back", "строка в панели вернулась");
    }

    std::string operator()(const AccountAdopted& e) const {
        return say(
            "{} is ours from now on ({})",
            "{} отныне наша ({})",
            account(e.login),
            escaped(e.evidence)
        );
    }

    std::string operator()(const AccountCreated& e) const {
        return say("the account {} was made", "учётная запись {} создана", account(e.login));
    }

    std::string operator()(const AccountFoundGone& e) const {
        return say(
            "the account {} is gone, not by our doing",
            "учётной записи {} больше нет, удалена не нами",
            account(e.login)
        );
    }

    std::string operator()(const ActionIntended& e) const {
        return say("will do: {}", "будет сделано: {}", describe(e.action, language_));
    }

    std::string operator()(const ActionSucceeded& e) const {
        std::string words =
            say("done: {} {}", "сделано: {} {}", text(e.kind, language_), escaped(e.login));
        if (!e.detail.empty()) {
            words += fmt::format(" ({})", escaped(e.detail));
        }
        if (e.retained_until) {
            words +=
                say(", deletion not before {}",
                    ", удаление не раньше {}",
                    format_time(*e.retained_until));
        }
        return words;
    }

    std::string operator()(const ActionFailed& e) const {
        std::string words =
            say("failed: {}: {} [{}]",
                "неудача: {}: {} [{}]",
                text(e.kind, language_),
                escaped(e.what),
                e.code);
        if (e.next_attempt_at) {
            words +=
                say(", next attempt {}", ", следующая попытка {}", format_time(*e.next_attempt_at));
        }
        return words;
    }

    std::string operator()(const DoubtResolved& e) const {
        return e.took_effect ? say("looked at the cloud: {} had taken effect",
                                   "проверено в облаке: «{}» подействовало",
                                   text(e.kind, language_))
                             : say("looked at the cloud: {} had not taken effect",
                                   "проверено в облаке: «{}» не подействовало",
                                   text(e.kind, language_));
    }

    std::string operator()(const ItemBoughtBack&) const {
        return say("wanted again: it will not be deleted", "снова нужна: удалена не будет");
    }

    std::string operator()(const ItemPaused& e) const {
        return say("paused: {}", "приостановлена: {}", escaped(e.reason));
    }

    std::string operator()(const ItemResumed&) const {
        return say("no longer paused", "больше не приостановлена");
    }

    std::string operator()(const PanelResultOwed& e) const {
        return e.completed ? say("{} is done, the panel will be told",
                                 "операция {} выполнена, панель будет извещена",
                                 escaped(e.command))
                           : say("{} failed, the panel will be told: {}",
                                 "операция {} не удалась, панель будет извещена: {}",
                                 escaped(e.command),
                                 escaped(e.what));
    }

    std::string operator()(const PanelCalled& e) const {
        return say(
            "called the panel: {} {}: {}",
            "вызов панели: {} {}: {}",
            escaped(e.function),
            escaped(e.arguments),
            escaped(e.answer)
        );
    }

    std::string operator()(const PanelResultDeferred& e) const {
        return say(
            "the panel did not take the result of {}: {}, next attempt {}",
            "панель не приняла результат {}: {}, следующая попытка {}",
            escaped(e.command),
            escaped(e.what),
            format_time(e.next_attempt_at)
        );
    }

    std::string operator()(const OperationRolledBack& e) const {
        return say(
            "operation {}: the change of tariff was taken back",
            "операция {}: смена тарифа отменена",
            e.operation
        );
    }

    std::string operator()(const OperationTaskMade& e) const {
        return say(
            "operation {}: the panel's staff was given a task",
            "операция {}: сотрудникам панели поставлена задача",
            e.operation
        );
    }

    std::string operator()(const PanelResultDelivered& e) const {
        return say(
            "the panel has the result of {}", "панель получила результат: {}", escaped(e.command)
        );
    }

    std::string operator()(const UsageLevelChanged& e) const {
        const std::string used = human_bytes(e.used_bytes);
        switch (e.level) {
            case UsageLevel::kOver:
                return say("over its quota: {} used", "квота превышена: занято {}", used);
            case UsageLevel::kClose:
                return say("close to its quota: {} used", "квота почти занята: занято {}", used);
            case UsageLevel::kFine:
            case UsageLevel::kUnknown:
                break;
        }
        return say("usage is fine again: {} used", "места снова достаточно: занято {}", used);
    }

    std::string operator()(const PanelProblemRegistered& e) const {
        return say("the panel shows: {}", "панель показывает: {}", escaped(e.what));
    }

    std::string operator()(const PanelProblemCleared&) const {
        return say("the panel shows no problem any more", "панель больше не показывает сбой");
    }

    std::string operator()(const PanelProblemDeferred& e) const {
        return say(
            "the panel did not take word of a problem: {}, next attempt {}",
            "панель не приняла извещение о сбое: {}, следующая попытка {}",
            escaped(e.what),
            format_time(e.next_attempt_at)
        );
    }

    std::string operator()(const AccountImported& e) const {
        const std::string service = e.service.empty() ? "?" : escaped(e.service);
        return e.certain ? say("{} became the service {} of the panel",
                               "{} стала услугой {} панели",
                               account(e.login),
                               service)
                         : say("{} may have become a service of the panel",
                               "{}, возможно, стала услугой панели",
                               account(e.login));
    }

    std::string operator()(const UsageMeasured& e) const {
        return say(
            e.owed ? "usage of {} written: {} items, {}" : "usage of {} measured: {} items, {}",
            e.owed ? "использование за {} записано: услуг {}, {}"
                   : "использование за {} измерено: услуг {}, {}",
            escaped(e.day),
            e.items,
            human_bytes(e.bytes)
        );
    }

    std::string operator()(const UsagePosted& e) const {
        return say(
            "the panel was told to bill the usage of {}",
            "панели передано: учесть использование за {}",
            escaped(e.day)
        );
    }

    std::string operator()(const UsageMeasureFailed& e) const {
        return say(
            "usage could not be measured: {}, next attempt {}",
            "не удалось измерить использование: {}, следующая попытка {}",
            escaped(e.what),
            format_time(e.next_attempt_at)
        );
    }

    std::string operator()(const UsagePostRefused& e) const {
        return say(
            "the panel did not take the usage of {}: {}, next attempt {}",
            "панель не приняла использование за {}: {}, следующая попытка {}",
            escaped(e.day),
            escaped(e.what),
            format_time(e.next_attempt_at)
        );
    }

  private:
    template <class... Args>
    std::string say(std::string_view english, std::string_view russian, const Args&... args) const {
        const std::string_view pattern = language_ == Language::kRussian ? russian : english;
        return fmt::vformat(
            fmt::string_view(pattern.data(), pattern.size()), fmt::make_format_args(args...)
        );
    }

    static std::string shown(const std::string& value) {
        return value.empty() ? "-" : escaped(value);
    }

    static std::string account(const std::string& login) { return escaped(login); }

    Language language_;
};

std::string stream_label(const std::string& stream, Language language) {
    const auto dash = stream.find('-');
    if (language != Language::kRussian) {
        return dash == std::string::npos ? stream
                                         : stream.substr(0, dash) + " " + stream.substr(dash + 1);
    }
    if (stream.rfind("item-", 0) == 0) {
        return "услуга " + stream.substr(5);
    }
    return stream.rfind("server-", 0) == 0 ? "сервер " + stream.substr(7) : "служба";
}

constexpr std::size_t kStreamWidth = 12;
// Raised when a member changes its name or meaning; new ones may appear within it.
constexpr int kEventJsonSchema = 1;

// An event's own fields, by their names (BN_FIELDS).
class FieldsJson {
  public:
    template <class T>
    static Json of(const T& value) {
        if constexpr (HasFields<T>) {
            FieldsJson out;
            T::each_field(out, value);
            return std::move(out.json_);
        } else if constexpr (requires { value.has_value(); }) {
            return value ? of(*value) : Json(nullptr);
        } else if constexpr (std::is_same_v<T, Time>) {
            return format_time(value);
        } else if constexpr (std::is_same_v<T, Duration>) {
            return value.count();
        } else if constexpr (std::is_same_v<T, Quota>) {
            return quota_json(value);
        } else if constexpr (std::is_enum_v<T>) {
            return to_string(value);
        } else if constexpr (requires { value.value; }) {
            return value.value;
        } else {
            return value;
        }
    }

    template <class T>
    static Json of(const std::vector<T>& values) {
        Json list = Json::array();
        for (const T& value : values) {
            list.push_back(of(value));
        }
        return list;
    }

    template <class T>
    void operator()(const char* name, const T& value) {
        json_[name] = of(value);
    }

  private:
    Json json_ = Json::object();
};

}  // namespace

std::string event_sentence(const Event& event, Language language) {
    return std::visit(Sentence(language), event);
}

std::string render_event(const Envelope& event, const ScreenOptions& options) {
    std::string line = fmt::format(
        "{}  {}  {}",
        format_time(event.at),
        padded(escaped(stream_label(event.stream, options.language)), kStreamWidth),
        event_sentence(event.event, options.language)
    );
    if (event.actor.kind != "service") {
        line += fmt::format("  ({} {})", escaped(event.actor.kind), escaped(event.actor.name));
    }
    return line + "\n";
}

std::string event_to_json(const Envelope& event) {
    const EventKind& kind = kind_of(event.event);
    Json json;
    json["schema"] = kEventJsonSchema;
    json["position"] = event.position;
    json["at"] = format_time(event.at);
    json["kind"] = kind.name;
    json["kind_version"] = kind.version;
    json["stream"] = event.stream;
    json["version"] = event.version;
    json["id"] = event.id;
    json["correlation"] = event.correlation;
    json["causation"] = event.causation;
    json["actor"] = event.actor.kind;
    json["actor_name"] = event.actor.name;
    json["text"] = event_sentence(event.event, Language::kEnglish);
    json["event"] = std::visit([](const auto& e) { return FieldsJson::of(e); }, event.event);
    return dump(json, -1);
}

}  // namespace bn::cli
