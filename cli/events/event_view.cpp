#include "cli/events/event_view.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "reconciler/model/plural.hpp"
#include "words/catalogue.hpp"

namespace bn::cli {
namespace {

using controller::Json;

// The sentence of a kind. {name} is a field of the event as its JSON has it, {name:form} the same
// in one of the forms below; what stands between < and > is left out when a field in it is empty.
// A row with a condition is for events whose field has that value, and stands before the other.
struct Sentence {
    std::string_view kind;
    Phrase phrase;
    std::string_view field = {};
    std::string_view value = {};
};

constexpr Sentence kSentences[] = {
    {"service.started",
     {"service {version} started on {host} (process {pid})",
      "служба {version} запущена на {host} (процесс {pid})"}},
    {"service.stopped", {"service stopped: {reason:said}", "служба остановлена: {reason:said}"}},
    {"service.config_changed",
     {"configuration changed: {summary}", "настройки изменены: {summary}"}},
    {"pass.completed",
     {"pass ({trigger:term}) in {took_ms:duration}: no server was looked at",
      "проход ({trigger:term}) за {took_ms:duration}: ни один сервер не просмотрен"},
     "servers",
     "[]"},
    {"pass.completed",
     {"pass ({trigger:term}) over {servers:# server|# servers} in {took_ms:duration}: "
      "{servers:drifted} "
      "differed, {servers:done} done, {servers:failed} failed{servers:unread}",
      "проход ({trigger:term}) по серверам ({servers:count}) за {took_ms:duration}: расхождений "
      "{servers:drifted}, сделано {servers:done}, неудач {servers:failed}{servers:unread}"}},
    {"panel.went_away",
     {"the panel does not answer: {what:said}", "панель не отвечает: {what:said}"}},
    {"panel.came_back", {"the panel answers again", "панель снова отвечает"}},
    {"panel.maintenance_began",
     {"the panel is in maintenance: {reason:said}", "панель на обслуживании: {reason:said}"}},
    {"panel.maintenance_ended",
     {"the panel is no longer in maintenance", "обслуживание панели закончено"}},
    {"panel.completion_found",
     {"opens of {itemtype} are completed by {function}",
      "открытие услуг {itemtype} завершает функция {function}"}},
    {"panel.identified",
     {"this store belongs to the panel {fingerprint}",
      "это хранилище принадлежит панели {fingerprint}"}},
    {"clock.went_back",
     {"the host's clock went back from {from} to {to}: nothing is closed or deleted for now",
      "часы шли назад, с {from} на {to}: пока ничего не закрывается и не удаляется"}},
    {"clock.jumped",
     {"the host's clock was set ahead from {from} to {to}",
      "часы переведены вперёд, с {from} на {to}"}},
    {"clock.trusted",
     {"server {server}: the clock has gone on for long enough",
      "сервер {server}: часы шли достаточно долго"}},
    {"server.resumed",
     {"server {server}: the clock, and what is seen, are right<: {reason}>",
      "сервер {server}: часы и то, что видно, верны<: {reason}>"}},
    {"store.accepted",
     {"an operator said: go on with this store ({what:said})",
      "оператор сказал: работать дальше с этим журналом ({what:said})"}},
    {"store.checked",
     {"`{verb}` proved the whole store good, up to {anchor}",
      "`{verb}`: весь журнал проверен и исправен, до {anchor}"}},
    {"service.asked",
     {"an operator asked for `{verb}`: {reason}", "оператор запросил `{verb}`: {reason}"}},
    {"store.key_rotated",
     {"{passwords:# password was|# passwords were} sealed anew, with a new key",
      "пароли ({passwords}) запечатаны заново, новым ключом"}},
    {"store.compacted",
     {"{events:# event|# events} up to {position} cut off; a checkpoint stands for them",
      "события ({events}) до {position} отрезаны; вместо них контрольная точка"}},
    {"item.history_lost",
     {"newer events of it are lost with a store", "её новейшие события утрачены с журналом"}},
    {"account.found_again",
     {"{login} is its account, as panel and cloud show",
      "{login} — её учётная запись, как показывают панель и облако"}},
    {"account.last_used",
     {"nobody has logged into {login} so far", "в {login} ещё никто не входил"},
     "at",
     "1970-01-01T00:00:00.000Z"},
    {"account.last_used",
     {"somebody last logged into {login} at {at}", "последний вход в {login}: {at}"}},
    {"panel.seen", {"the panel's data has moved on", "данные панели продвинулись"}},
    {"panel.went_back",
     {"the panel's data is older than what was seen before",
      "данные панели старее тех, что уже были видны"}},
    {"panel.caught_up",
     {"the panel's data is as new again as before", "данные панели снова не старее прежних"}},
    {"panel.data_accepted",
     {"an operator said: go on with the panel's older data<: {reason}>",
      "оператор сказал: работать дальше с более старыми данными панели<: {reason}>"}},
    {"service.paused",
     {"everything is paused<, until {until}><: {reason}>",
      "всё приостановлено<, до {until}><: {reason}>"}},
    {"service.pause_ended",
     {"the pause of everything has ended", "общая приостановка закончилась"}},
    {"server.address_accepted",
     {"server {server}: the same cloud, now at {after} (was {before})<: {reason}>",
      "сервер {server}: то же облако, теперь по адресу {after} (раньше {before})<: {reason}>"}},
    {"server.cloud_accepted",
     {"server {server}: our accounts are on the cloud {after} (was {before})<: {reason}>",
      "сервер {server}: наши записи в облаке {after} (раньше {before})<: {reason}>"}},
    {"server.paused",
     {"server {server} is paused<, until {until}><: {reason}>",
      "сервер {server} приостановлен<, до {until}><: {reason}>"}},
    {"server.pause_ended",
     {"server {server}: the pause has ended", "сервер {server}: приостановка закончилась"}},
    {"server.observed",
     {"server {server} {name} is {product} {version}",
      "сервер {server} {name}: {product} {version}"}},
    {"server.quarantined",
     {"server {server} left alone until {until}: {what:said}",
      "сервер {server} не трогаем до {until}: {what:said}"}},
    {"server.recovered", {"server {server} answers again", "сервер {server} снова отвечает"}},
    {"plan.begun",
     {"server {server}: plan of {actions:# action|# actions} begun ({destructive} destructive)",
      "сервер {server}: начат план, действий {actions} (разрушающих {destructive})"}},
    {"plan.stopped",
     {"server {server}: plan {checksum:short} stopped: {reason:said}",
      "сервер {server}: план {checksum:short} остановлен: {reason:said}"}},
    {"plan.approved",
     {"server {server}: plan {checksum:short} approved<: {reason}>",
      "сервер {server}: план {checksum:short} одобрен<: {reason}>"}},
    {"item.sold_changed",
     {"what was sold changed: {changes:changes}", "изменилось проданное: {changes:changes}"}},
    {"item.drift_observed",
     {"{login} differs: {fields:drift}", "{login} расходится: {fields:drift}"}},
    {"item.drift_cleared", {"all is as it was sold", "всё так, как продано"}},
    {"item.held", {"held: {holds:holds}", "удержана: {holds:holds}"}},
    {"item.holds_cleared", {"no longer held", "больше не удержана"}},
    {"item.vanished", {"the panel's row is gone", "строка в панели исчезла"}},
    {"item.reappeared", {"the panel's row is back", "строка в панели вернулась"}},
    {"account.adopted",
     {"{login} is ours from now on ({evidence:said})", "{login} отныне наша ({evidence:said})"}},
    {"account.created", {"the account {login} was made", "учётная запись {login} создана"}},
    {"account.found_gone",
     {"the account {login} is gone, not by our doing",
      "учётной записи {login} больше нет, удалена не нами"}},
    {"account.handed_over",
     {"the account {login} is item {to}'s from now on",
      "учётная запись {login} отныне принадлежит услуге {to}"}},
    {"action.intended", {"will do: {action:action}", "будет сделано: {action:action}"}},
    {"action.succeeded",
     {"done: {kind:term} {login}< ({detail:said})><, deletion not before {retained_until}>",
      "сделано: {kind:term} {login}< ({detail:said})><, удаление не раньше {retained_until}>"}},
    {"action.failed",
     {"failed: {kind:term}: {what:said}< [{code}]><, next attempt {next_attempt_at}>",
      "неудача: {kind:term}: {what:said}< [{code}]><, следующая попытка {next_attempt_at}>"}},
    {"action.doubt_resolved",
     {"looked at the cloud: {kind:term} had taken effect",
      "проверено в облаке: «{kind:term}» подействовало"},
     "took_effect",
     "true"},
    {"action.doubt_resolved",
     {"looked at the cloud: {kind:term} had not taken effect",
      "проверено в облаке: «{kind:term}» не подействовало"}},
    {"item.bought_back", {"wanted again: it will not be deleted", "снова нужна: удалена не будет"}},
    {"item.paused",
     {"paused<, until {until}><: {reason}>", "приостановлена<, до {until}><: {reason}>"}},
    {"item.kept",
     {"{login} is kept and works, though closed<, until {until}><: {reason}>",
      "{login} сохраняется и работает, хотя услуга закрыта<, до {until}><: {reason}>"}},
    {"item.kept_ended",
     {"no longer kept: closed as the panel says",
      "больше не сохраняется: закрыта, как указано в панели"}},
    {"item.retention_ending",
     {"{login} and its files will be deleted, not before {at}",
      "{login} и файлы будут удалены, не раньше {at}"}},
    {"item.parked",
     {"parked after {tries:# try|# tries}: {kind:term}: {what:said}",
      "отложена после попыток ({tries}): {kind:term}: {what:said}"}},
    {"item.replayed",
     {"tried again by an operator's word<: {reason}>",
      "пробуем снова по слову оператора<: {reason}>"}},
    {"item.resumed", {"no longer paused", "больше не приостановлена"}},
    {"item.masked",
     {"personal data in {rows:# former event|# former events} was replaced",
      "личные данные в прежних событиях ({rows:count}) заменены"}},
    {"panel.result_owed",
     {"{command} is done, the panel will be told",
      "операция {command} выполнена, панель будет извещена"},
     "completed",
     "true"},
    {"panel.result_owed",
     {"{command} failed, the panel will be told: {what:said}",
      "операция {command} не удалась, панель будет извещена: {what:said}"}},
    {"panel.called",
     {"called the panel: {function} {arguments}: {answer}",
      "вызов панели: {function} {arguments}: {answer}"}},
    {"panel.result_deferred",
     {"the panel did not take the result of {command}: {what:said}, next attempt {next_attempt_at}",
      "панель не приняла результат {command}: {what:said}, следующая попытка {next_attempt_at}"}},
    {"operation.rolled_back",
     {"operation {operation}: the change of tariff was taken back",
      "операция {operation}: смена тарифа отменена"}},
    {"operation.task_made",
     {"operation {operation}: the panel's staff was given a task",
      "операция {operation}: сотрудникам панели поставлена задача"}},
    {"panel.result_delivered",
     {"the panel has the result of {command}", "панель получила результат: {command}"}},
    {"item.usage_level_changed",
     {"over its quota: {used_bytes:bytes} used", "квота превышена: занято {used_bytes:bytes}"},
     "level",
     "over"},
    {"item.usage_level_changed",
     {"close to its quota: {used_bytes:bytes} used",
      "квота почти занята: занято {used_bytes:bytes}"},
     "level",
     "close"},
    {"item.usage_level_changed",
     {"usage is fine again: {used_bytes:bytes} used",
      "места снова достаточно: занято {used_bytes:bytes}"}},
    {"item.usage_threshold_reached",
     {"{share} % of its quota is used: {used_bytes:bytes}",
      "занято {share} % квоты: {used_bytes:bytes}"}},
    {"item.usage_threshold_left",
     {"well below the threshold of its quota again: {used_bytes:bytes} used",
      "занято снова заметно меньше порога: {used_bytes:bytes}"}},
    {"item.usage_threshold_told",
     {"word to the panel's staff that {share} % of its quota is used; the answer: {answer}",
      "сотрудникам панели о том, что занято {share} % квоты; ответ: {answer}"}},
    {"item.usage_told",
     {"the panel shows: {used_bytes:bytes} used, measured {measured_at}",
      "панель показывает: занято {used_bytes:bytes}, измерено {measured_at}"}},
    {"panel.problem_registered",
     {"the panel shows: {what:said}", "панель показывает: {what:said}"}},
    {"panel.problem_cleared",
     {"the panel shows no problem any more", "панель больше не показывает сбой"}},
    {"panel.problem_deferred",
     {"the panel did not take word of a problem: {what:said}, next attempt {next_attempt_at}",
      "панель не приняла извещение о сбое: {what:said}, следующая попытка {next_attempt_at}"}},
    {"account.imported",
     {"{login} became the service {service} of the panel",
      "{login} стала услугой {service} панели"},
     "certain",
     "true"},
    {"account.imported",
     {"{login} may have become a service of the panel", "{login}, возможно, стала услугой панели"}},
    {"usage.items_measured",
     {"used space of {items:# item|# items} on {day}: {items:used_bytes:bytes}",
      "занятое место услуг ({items:count}) за {day}: {items:used_bytes:bytes}"}},
    {"usage.measured",
     {"usage of {day} measured: {items:# item|# items}, {bytes:bytes}",
      "использование за {day} измерено: услуг {items}, {bytes:bytes}"},
     "owed",
     "false"},
    {"usage.measured",
     {"usage of {day} written: {items:# item|# items}, {bytes:bytes}",
      "использование за {day} записано: услуг {items}, {bytes:bytes}"}},
    {"usage.posted",
     {"the panel was told to bill the usage of {day}",
      "панели передано: учесть использование за {day}"}},
    {"usage.measure_failed",
     {"usage could not be measured: {what:said}, next attempt {next_attempt_at}",
      "не удалось измерить использование: {what:said}, следующая попытка {next_attempt_at}"}},
    {"usage.post_refused",
     {"the panel did not take the usage of {day}: {what:said}, next attempt {next_attempt_at}",
      "панель не приняла использование за {day}: {what:said}, следующая попытка "
      "{next_attempt_at}"}},
};

constexpr std::string_view kOpenedBeforeUs = "opened before us";
constexpr Phrase kSoldFound{"sold {}, found {}", "продано {}, найдено {}"};

std::string plain(const Json& value) {
    return value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump();
}

template <class T>
T read(const Json& value) {
    T result{};
    controller::read_json(value, result);
    return result;
}

std::string hold_list(const Json& holds, Language language) {
    const auto text = [language](Hold hold) {
        hold.where.clear();
        return hold_text(hold, language);
    };
    return enumerated(read<std::vector<Hold>>(holds), text, "; ");
}

// Sizes and states are ours to say; names and addresses are as they are.
std::string value_of(std::string_view field, const std::string& value, Language language) {
    const bool digits = value.find_first_not_of("0123456789") == std::string::npos;
    if (field == "quota" && digits && !value.empty()) {
        return human_bytes(std::strtoull(value.c_str(), nullptr, 10), language);
    }
    constexpr Phrase kYes{"yes", "да"};
    if (field == kOpenedBeforeUs && !value.starts_with("*")) {
        return say(language, value == kYes.english ? kYes : Phrase{"no", "нет"});
    }
    if (field == "status" && value == "nothing") {
        return say(language, {"not paid", "не оплачена"});
    }
    if (field == "status" && value == "absent") {
        return say(language, {"closed", "закрыта"});
    }
    const bool ours = field == "quota" || field == "enabled" || field == "status";
    return ours ? words::value_in(value, language) : value;
}

// Fields that differ, as terms, with what was sold and found where both are known.
std::string drift_with_values(const Json& fields, Language language) {
    std::string list;
    std::string values;
    for (const Json& one : fields) {
        const std::string name = one.is_object() ? one.value("field", "") : plain(one);
        const auto value = [&](const char* side) {
            return one.is_object() ? escaped(value_of(name, one.value(side, ""), language)) : "";
        };
        const std::string sold = value("sold");
        const std::string found = value("found");
        list += (list.empty() ? "" : ", ") + std::string(words::on_screen(name, language));
        if (!sold.empty() && !found.empty()) {
            values += (values.empty() ? "" : ", ") + say(language, kSoldFound, sold, found);
        }
    }
    return values.empty() ? list : list + " (" + values + ")";
}

// What was sold, before and after. Of a service that is new, nothing was sold before.
std::string change_list(const Json& changes, Language language) {
    const bool is_new = std::ranges::any_of(changes, [](const Json& one) {
        return one.value("field", "") == "tariff" && one.value("before", "") == "0";
    });
    return enumerated(changes, [language, is_new](const Json& one) {
        const std::string field = one.value("field", "");
        const auto value = [&](const char* name) {
            const std::string text = escaped(value_of(field, one.value(name, ""), language));
            return text.empty() ? say(language, kNone) : text;
        };
        const std::string name = escaped(words::on_screen(field, language));
        return is_new ? fmt::format("{} {}", name, value("after"))
                      : fmt::format("{} {} -> {}", name, value("before"), value("after"));
    });
}

// Of a pass; nothing when it saw all of what it asked.
std::string unread(const Json& servers, Language language) {
    const auto count = std::ranges::count_if(servers, [](const Json& one) {
        return !one.value("complete", false) && !one.value("error", "").empty();
    });
    return count == 0
               ? ""
               : say(language, {"; not read whole: {}", "; не прочитано целиком: {}"}, count);
}

struct EventForm {
    std::string_view name;
    std::string (*say)(const Json& value, Language language);
};

constexpr EventForm kForms[] = {
    {"", [](const Json& v, Language) { return escaped(plain(v)); }},
    {"said", [](const Json& v, Language l) { return escaped(words::in_language(plain(v), l)); }},
    {"short", [](const Json& v, Language) { return escaped(plain(v).substr(0, 12)); }},
    {"term", [](const Json& v, Language l) { return std::string(words::on_screen(plain(v), l)); }},
    {"drift", drift_with_values},
    {"changes", change_list},
    {"bytes", [](const Json& v, Language l) { return human_bytes(read<std::uint64_t>(v), l); }},
    {"duration",
     [](const Json& v, Language l) { return human_duration(Duration(v.get<std::int64_t>()), l); }},
    {"action", [](const Json& v, Language l) { return describe(read<Action>(v), l); }},
    {"holds", hold_list},
    {"unread", unread},
    {"count", [](const Json& v, Language) { return std::to_string(v.size()); }},
};

// Forms that agree with the number, or with that of a list's elements; one that is none of all
// these: the sum of that member, which may have a form of its own.
std::string in_form(const Json& value, std::string_view form, Language language) {
    if (form.find('|') != std::string_view::npos) {
        return agreed(value.is_number() ? value.get<std::uint64_t>() : value.size(), form);
    }
    const auto* const found = std::ranges::find(kForms, form, &EventForm::name);
    if (found != std::end(kForms)) {
        return found->say(value, language);
    }
    const std::string member(form.substr(0, form.find(':')));
    const Json sum =
        sum_of(value, [&member](const Json& one) { return one.value(member, std::uint64_t{0}); });
    return in_form(sum, form.substr(std::min(member.size() + 1, form.size())), language);
}

// Fills the placeholders of one piece; `empty` becomes true when a field in it is.
std::string filled(std::string_view text, const Json& fields, Language language, bool& empty) {
    std::string out;
    for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
        const std::size_t close = text.find('}', open);
        const std::string_view inside = text.substr(open + 1, close - open - 1);
        const std::string_view name = inside.substr(0, inside.find(':'));
        const Json& value = fields.at(std::string(name));
        const std::string_view form = inside.substr(std::min(name.size() + 1, inside.size()));
        empty = empty || plain(value).empty();
        out += std::string(text.substr(0, open)) + in_form(value, form, language);
        text.remove_prefix(close + 1);
    }
    return out.append(text);
}

std::string filled(std::string_view text, const Json& fields, Language language) {
    std::string out;
    bool empty = false;
    for (std::size_t open = text.find('<'); open != std::string_view::npos; open = text.find('<')) {
        const std::size_t close = text.find('>', open);
        out += filled(text.substr(0, open), fields, language, empty);
        empty = false;
        const std::string optional =
            filled(text.substr(open + 1, close - open - 1), fields, language, empty);
        out += empty ? "" : optional;
        text.remove_prefix(close + 1);
    }
    return out + filled(text, fields, language, empty);
}

// Raised when a member of an event's JSON changes its name or meaning; new ones may appear within
// it.
constexpr int kSchema = 1;

// The fields of an event under their names; its action with those that `plan --json` leaves out.
struct FieldsJson {
    controller::ToJson json;

    template <class T>
    void operator()(const char* name, const T& value) {
        if constexpr (std::is_same_v<T, Action>) {
            json(name, of(value));
        } else {
            json(name, value);
        }
    }

    static Json of(const auto& value) {
        FieldsJson fields;
        std::remove_cvref_t<decltype(value)>::each_field(fields, value);
        return fields.json.take();
    }
};

Json fields_of(const Event& event) {
    return std::visit([](const auto& e) { return FieldsJson::of(e); }, event);
}

// An error's text ends with its code already.
Json with_code_once(Json fields) {
    const std::string code = plain(fields.value("code", Json()));
    const bool said = plain(fields.value("what", Json())).ends_with("[" + code + "]");
    if (!code.empty() && said) {
        fields["code"] = "";
    }
    return fields;
}

std::string stream_label(const std::string& stream, Language language) {
    constexpr std::pair<std::string_view, std::string_view> kRussian[] = {
        {"item-", "услуга "}, {"server-", "сервер "}, {"service", "служба"}};
    for (const auto& [name, words] : kRussian) {
        if (language == Language::kRussian && stream.starts_with(name)) {
            return std::string(words) + stream.substr(name.size());
        }
    }
    std::string label = stream;
    std::replace(label.begin(), label.end(), '-', ' ');
    return label;
}

// The stream stands beside it.
std::string_view without_stream(std::string_view sentence, std::string_view label) {
    if (!sentence.starts_with(label)) {
        return sentence;
    }
    const std::string_view rest = sentence.substr(label.size());
    for (const std::string_view between : {": ", " "}) {
        if (rest.starts_with(between)) {
            return rest.substr(between.size());
        }
    }
    return sentence;
}

std::string actor_kind(const std::string& kind, Language language) {
    constexpr Phrase kKinds[] = {{"operator", "оператор"}, {"panel", "панель"}};
    const auto* const found = std::ranges::find(kKinds, kind, &Phrase::english);
    return found == std::end(kKinds) ? escaped(kind) : std::string(found->in(language));
}

constexpr std::size_t kStreamWidth = 12;

}  // namespace

std::string event_sentence(const Event& event, Language language) {
    const EventKind& kind = kind_of(event);
    const Json fields = with_code_once(fields_of(event));
    for (const Sentence& row : kSentences) {
        if (row.kind == kind.name &&
            (row.field.empty() || plain(fields.value(std::string(row.field), Json())) == row.value
            )) {
            return filled(row.phrase.in(language), fields, language);
        }
    }
    return std::string(kind.meaning);
}

std::string render_event(const Envelope& event, const ScreenOptions& options) {
    const std::string stream = stream_label(event.stream, options.language);
    const std::string sentence = event_sentence(event.event, options.language);
    std::string line = fmt::format(
        "{}  {}  {}",
        local_time(event.at),
        padded(escaped(stream), kStreamWidth),
        said(without_stream(sentence, stream), Language::kEnglish)
    );
    if (event.actor.kind != "service") {
        line += fmt::format(
            "  ({} {})", actor_kind(event.actor.kind, options.language), escaped(event.actor.name)
        );
    }
    line += "\n";
    return options.width < kNarrow ? folded(line, options.width) : line;
}

Json event_json(const Envelope& event) {
    const EventKind& kind = kind_of(event.event);
    Json json;
    json["schema"] = kSchema;
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
    json["event"] = fields_of(event.event);
    return json;
}

}  // namespace bn::cli
