#include "cli/screen/texts.hpp"

#include <array>
#include <cstdlib>

namespace bn::cli {
namespace {

struct Pair {
    std::string_view english;
    std::string_view russian;

    [[nodiscard]] std::string_view in(Language language) const {
        return language == Language::kRussian ? russian : english;
    }
};

Pair plan_text(Text id) {
    switch (id) {
        case Text::kPlanNothing:
            return {"Nothing to do.", "Делать нечего."};
        case Text::kPlanServer:
            return {"Server {} {}, policy {}", "Сервер {} {}, политика {}"};
        case Text::kPlanSides:
            return {
                "{} sold, {} in the cloud, {} not ours", "продано {}, в облаке {}, не наших {}"};
        case Text::kPlanIncompleteDesired:
            return {
                "the panel was not read completely: nothing destructive is done",
                "панель прочитана не полностью: ничего разрушающего не делается"};
        case Text::kPlanIncompleteActual:
            return {
                "the cloud was not read completely: nothing destructive is done",
                "облако прочитано не полностью: ничего разрушающего не делается"};
        case Text::kPlanStopped:
            return {
                "STOPPED, nothing of this is done: {}",
                "ОСТАНОВЛЕНО, ничего из этого не делается: {}"};
        case Text::kPlanMore:
            return {
                "… and {} more actions (--full shows all)",
                "… и ещё действий: {} (--full покажет все)"};
        case Text::kPlanMoreHeld:
            return {
                "… and {} more held (--full shows all)",
                "… и ещё удержано: {} (--full покажет все)"};
        case Text::kPlanServerNothing:
            return {"nothing to do", "делать нечего"};
        case Text::kPlanTotals:
            return {
                "Plan: {} to create, {} to change, {} to delete",
                "План: создать {}, изменить {}, удалить {}"};
        case Text::kPlanAdopted:
            return {", {} to adopt", ", принять {}"};
        case Text::kPlanHeld:
            return {", {} held", ", удержано {}"};
        case Text::kPlanPuts:
            return {
                "Takes at least {}: {} quota and e-mail changes at {} per {}.",
                "Займёт не меньше {}: изменений квоты и почты {}, сервер пускает {} за {}."};
        case Text::kPlanPutsHint:
            return {
                "'ratelimit.protection.enabled' => false in the server's config.php lifts this.",
                "Снимает ограничение 'ratelimit.protection.enabled' => false в config.php "
                "сервера."};
        case Text::kDiffNow:
            return {"+ now: {}", "+ теперь: {}"};
        case Text::kDiffGone:
            return {"- no longer: {}", "- уже нет: {}"};
        case Text::kDiffPolicy:
            return {"~ server {}: policy was {}, is {}", "~ сервер {}: политика была {}, стала {}"};
        case Text::kDiffStopped:
            return {
                R"(~ server {}: stopped was "{}", is "{}")",
                "~ сервер {}: остановка была «{}», стала «{}»"};
        default:
            return {};
    }
}

Pair field_text(Text id) {
    switch (id) {
        case Text::kQuota:
            return {"quota", "квота"};
        case Text::kGroup:
            return {"group", "группа"};
        case Text::kEmail:
            return {"e-mail", "почта"};
        case Text::kName:
            return {"name", "имя"};
        case Text::kLogin:
            return {"login", "логин"};
        case Text::kNone:
            return {"none", "нет"};
        case Text::kUrgent:
            return {"the panel waits", "панель ждёт"};
        case Text::kNever:
            return {"never", "никогда"};
        default:
            return {};
    }
}

Pair status_panel_text(Text id) {
    switch (id) {
        case Text::kStatusPanelError:
            return {"Panel: {}", "Панель: {}"};
        case Text::kStatusOwed:
            return {
                "The panel does not have the results of {} items yet, the oldest {}",
                "Панель ещё не получила результаты по услугам ({}), старейший {}"};
        case Text::kStatusPanelAway:
            return {
                "The panel does not take results at the moment; they are kept and offered again",
                "Панель сейчас не принимает результаты; они сохранены и будут переданы"};
        case Text::kStatusPanelOff:
            return {
                "Results are not written back to the panel (panel.api is off)",
                "Результаты не передаются в панель (panel.api выключен)"};
        default:
            return {};
    }
}

Pair status_text(Text id) {
    switch (id) {
        case Text::kStatusRunning:
            return {
                "bill-nextcloud {} runs on {} (process {}), started {}",
                "bill-nextcloud {} работает на {} (процесс {}), запущен {}"};
        case Text::kStatusNotRunning:
            return {
                "The service does not answer; this is what the event store says.",
                "Служба не отвечает; так говорит журнал событий."};
        case Text::kStatusDoing:
            return {"Now: {}", "Сейчас: {}"};
        case Text::kStatusNextPass:
            return {"Next pass: {}", "Следующий проход: {}"};
        case Text::kStatusStore:
            return {"Event store: {} events, {}", "Журнал событий: событий {}, {}"};
        case Text::kStatusServer:
            return {"Server {} {}, {}", "Сервер {} {}, {}"};
        case Text::kStatusNoPolicy:
            return {"no policy", "нет политики"};
        case Text::kStatusAttempt:
            return {"last attempt {}", "последняя попытка {}"};
        case Text::kStatusSuccess:
            return {"last success {}", "последний успех {}"};
        case Text::kStatusAccounts:
            return {
                "accounts: {} sold, {} in the cloud, {} not ours",
                "учётные записи: продано {}, в облаке {}, не наших {}"};
        case Text::kStatusDrift:
            return {"drift: ", "расхождения: "};
        case Text::kStatusNoDrift:
            return {"drift: none", "расхождений нет"};
        case Text::kStatusOldest:
            return {"; oldest {}", "; старейшее {}"};
        case Text::kStatusBacklog:
            return {"waiting actions: {}, in doubt: {}", "ждут действий: {}, исход неизвестен: {}"};
        case Text::kStatusQuarantine:
            return {"left alone until {} ({})", "не трогаем до {} ({})"};
        case Text::kStatusError:
            return {"last error: {}", "последняя ошибка: {}"};
        case Text::kStatusStopped:
            return {"plan stopped: {}; approve it as {}", "план остановлен: {}; одобрить его: {}"};
        case Text::kStatusHeld:
            return {"held: {}", "удержано: {}"};
        case Text::kStatusUnplaced:
            return {"Held, without a server: {}", "Удержано, без сервера: {}"};
        default:
            return {};
    }
}

Pair item_text(Text id) {
    switch (id) {
        case Text::kItemTitle:
            return {"Item {}", "Услуга {}"};
        case Text::kItemOnServer:
            return {" on server {} {}", " на сервере {} {}"};
        case Text::kItemNoRow:
            return {"The panel has no row of this item.", "В панели нет строки этой услуги."};
        case Text::kItemWanted:
            return {"wanted", "надо"};
        case Text::kItemActual:
            return {"in the cloud", "в облаке"};
        case Text::kItemColumns:
            return {"field", "поле"};
        case Text::kItemState:
            return {"state", "состояние"};
        case Text::kItemEnabled:
            return {"enabled", "включена"};
        case Text::kItemDisabled:
            return {"disabled", "отключена"};
        case Text::kItemAbsent:
            return {"absent", "нет"};
        case Text::kItemUnread:
            return {"not read: {}", "не прочитано: {}"};
        case Text::kItemLedger:
            return {"Ledger: ", "Учёт: "};
        case Text::kItemOurs:
            return {"the account {} is ours ({})", "запись {} наша ({})"};
        case Text::kItemNotOurs:
            return {"no account of this item is ours", "наших записей у этой услуги нет"};
        case Text::kItemRetained:
            return {
                "; kept disabled, deletion not before {}",
                "; хранится отключённой, удаление не раньше {}"};
        case Text::kItemDoubt:
            return {"; outcome not known yet: {}", "; исход пока неизвестен: {}"};
        case Text::kItemFailures:
            return {"; {} failed attempts, next one {}", "; неудачных попыток {}, следующая {}"};
        case Text::kItemPaused:
            return {"; paused", "; приостановлена"};
        case Text::kItemDrift:
            return {"Drift: {}", "Расхождение: {}"};
        case Text::kItemNoDrift:
            return {"Drift: none", "Расхождений нет"};
        case Text::kItemNext:
            return {"What happens next:", "Что будет дальше:"};
        case Text::kItemNextNothing:
            return {"nothing: all is as it was sold", "ничего: всё так, как продано"};
        case Text::kItemNextPass:
            return {" (next pass {})", " (следующий проход {})"};
        case Text::kItemStopped:
            return {"the plan of the server is stopped: {}", "план сервера остановлен: {}"};
        case Text::kItemEvents:
            return {"Last events:", "Последние события:"};
        case Text::kItemNoEvents:
            return {"No events so far.", "Событий пока нет."};
        default:
            return {};
    }
}

Pair usage_text(Text id) {
    switch (id) {
        case Text::kItemUsage:
            return {"Usage: {} of {} ({} %)", "Занято: {} из {} ({} %)"};
        case Text::kItemUsageNoQuota:
            return {"Usage: {}", "Занято: {}"};
        case Text::kItemUsageClose:
            return {", close to the quota", ", близко к квоте"};
        case Text::kItemUsageOver:
            return {", at or over the quota", ", квота исчерпана"};
        default:
            return {};
    }
}

Pair other_text(Text id) {
    switch (id) {
        case Text::kCheckOk:
            return {"ok  ", "есть"};
        case Text::kCheckNote:
            return {"note", "инфо"};
        case Text::kCheckWarn:
            return {"WARN", "ВНИМ"};
        case Text::kCheckFail:
            return {"FAIL", "СБОЙ"};
        case Text::kCheckPassed:
            return {
                "Nothing stops a pass. Warnings: {}.",
                "Проходу ничто не мешает. Предупреждений: {}."};
        case Text::kCheckFailed:
            return {
                "A pass would fail. Mend first: {}. Warnings: {}.",
                "Проход не удастся. Сначала исправить: {}. Предупреждений: {}."};
        case Text::kProgressRate:
            return {"{:.1f}/s", "{:.1f}/с"};
        case Text::kProgressLeft:
            return {"about {} left", "осталось около {}"};
        case Text::kProgressFailed:
            return {"{} failed", "неудач {}"};
        case Text::kAgo:
            return {"{} ago", "{} назад"};
        case Text::kIn:
            return {"in {}", "через {}"};
        case Text::kJustNow:
            return {"just now", "только что"};
        case Text::kDays:
            return {"{} d", "{} д"};
        case Text::kHours:
            return {"{} h", "{} ч"};
        case Text::kMinutes:
            return {"{} min", "{} мин"};
        case Text::kSeconds:
            return {"{} s", "{} с"};
        case Text::kMilliseconds:
            return {"{} ms", "{} мс"};
        default:
            return {};
    }
}

Pair panel_hold(HoldCode code) {
    switch (code) {
        case HoldCode::kNoTariff:
            return {"no tariff", "нет тарифа"};
        case HoldCode::kDanglingReference:
            return {"a row points nowhere", "строка ссылается в никуда"};
        case HoldCode::kNoDisk:
            return {"the tariff has no disk space", "в тарифе нет дискового места"};
        case HoldCode::kUnknownStatus:
            return {"unknown status", "неизвестный статус"};
        case HoldCode::kUnknownAddonType:
            return {"unknown add-on type", "неизвестный тип дополнения"};
        case HoldCode::kBadMeasure:
            return {"bad unit of measure", "плохая единица измерения"};
        case HoldCode::kBadNumber:
            return {"bad amount", "плохое количество"};
        case HoldCode::kBadLogin:
            return {"the cloud would refuse the login", "облако не примет такой логин"};
        case HoldCode::kLoginClash:
            return {"two items claim one login", "две услуги претендуют на один логин"};
        case HoldCode::kBadGroup:
            return {"bad group", "плохая группа"};
        case HoldCode::kBadSecret:
            return {"a secret cannot be decrypted", "секрет не расшифровывается"};
        case HoldCode::kNoServer:
            return {"no server", "нет сервера"};
        case HoldCode::kServerDisabled:
            return {"the server is switched off", "сервер выключен"};
        case HoldCode::kLoginChanged:
            return {"the panel names another login", "в панели другой логин"};
        case HoldCode::kMovedServer:
            return {"moved to another server", "перенесена на другой сервер"};
        case HoldCode::kBadServer:
            return {"the server cannot be used", "сервером нельзя пользоваться"};
        default:
            return {};
    }
}

Pair cloud_hold(HoldCode code) {
    switch (code) {
        case HoldCode::kNotOurs:
            return {"the account is not ours", "учётная запись не наша"};
        case HoldCode::kProtected:
            return {"protected account", "защищённая запись"};
        case HoldCode::kMissingGroup:
            return {"the cloud has no such group", "в облаке нет такой группы"};
        case HoldCode::kIncompleteRead:
            return {"the account could not be read", "запись не удалось прочитать"};
        case HoldCode::kForeignBackend:
            return {"the account lives in another backend", "запись живёт в другом хранилище"};
        case HoldCode::kInDoubt:
            return {"an outcome is not known yet", "исход ещё неизвестен"};
        case HoldCode::kBackoff:
            return {"failed before, waits", "была неудача, ждёт"};
        case HoldCode::kFighting:
            return {"somebody keeps reverting it", "кто-то возвращает обратно"};
        case HoldCode::kRefused:
            return {"refused by the cloud", "облако отказало"};
        case HoldCode::kRetention:
            return {"kept until its retention ends", "хранится до конца срока"};
        case HoldCode::kVanished:
            return {"the panel's row is gone", "строка панели исчезла"};
        case HoldCode::kPolicy:
            return {"not allowed by the policy", "политика не разрешает"};
        case HoldCode::kBlastRadius:
            return {"too many destructive actions", "слишком много разрушающих действий"};
        case HoldCode::kIncompleteSnapshot:
            return {"knowledge is incomplete", "сведения неполны"};
        case HoldCode::kPaused:
            return {"paused", "приостановлена"};
        default:
            return {};
    }
}

}  // namespace

std::string_view text(Text id, Language language) {
    for (const auto& part :
         {plan_text(id),
          field_text(id),
          status_text(id),
          status_panel_text(id),
          item_text(id),
          usage_text(id),
          other_text(id)}) {
        if (!part.english.empty()) {
            return part.in(language);
        }
    }
    return "?";
}

std::string_view text(HoldCode code, Language language) {
    const Pair pair = panel_hold(code);
    const std::string_view known = (pair.english.empty() ? cloud_hold(code) : pair).in(language);
    return known.empty() ? to_string(code) : known;
}

std::string_view text(DriftField field, Language language) {
    if (language == Language::kEnglish) {
        return to_string(field);
    }
    switch (field) {
        case DriftField::kMissing:
            return "нет записи";
        case DriftField::kOrphan:
            return "лишняя запись";
        case DriftField::kQuota:
            return "квота";
        case DriftField::kEnabled:
            return "включённость";
        case DriftField::kGroup:
            return "группа";
        case DriftField::kEmail:
            return "почта";
    }
    return to_string(field);
}

std::string_view text(ActionKind kind, Language language) {
    constexpr std::array<Pair, 10> kNames{
        {{"adopt", "принять"},
         {"disable", "отключить"},
         {"create", "создать"},
         {"set password", "задать пароль"},
         {"enable", "включить"},
         {"quota", "квота"},
         {"e-mail", "почта"},
         {"add group", "добавить группу"},
         {"remove group", "убрать группу"},
         {"delete", "удалить"}}};
    const auto index = static_cast<std::size_t>(kind);
    return index < kNames.size() ? kNames[index].in(language) : to_string(kind);
}

std::string_view text(Wanted wanted, Language language) {
    constexpr std::array<Pair, 4> kNames{
        {{"nothing yet", "пока ничего"},
         {"enabled", "включена"},
         {"disabled", "отключена"},
         {"absent", "нет"}}};
    const auto index = static_cast<std::size_t>(wanted);
    return index < kNames.size() ? kNames[index].in(language) : to_string(wanted);
}

std::string drift_list(DriftMask mask, Language language) {
    std::string list;
    for (const DriftField field : kAllDriftFields) {
        if (has(mask, field)) {
            list += list.empty() ? "" : ", ";
            list += text(field, language);
        }
    }
    return list;
}

Language language_of(std::string_view locale) {
    const bool russian = locale.substr(0, 2) == "ru" && (locale.size() == 2 || locale[2] == '_' ||
                                                         locale[2] == '.' || locale[2] == '@');
    return russian ? Language::kRussian : Language::kEnglish;
}

Language language_from_environment() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
            return language_of(value);
        }
    }
    return Language::kEnglish;
}

}  // namespace bn::cli
