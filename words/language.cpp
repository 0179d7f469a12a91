#include "words/language.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace bn::words {

namespace {

struct Term {
    std::string_view name;  // as to_string writes it: "set-quota"
    Phrase screen;
    Phrase page;
};

// The states are words of the page alone.
constexpr std::array kTerms = {
    // what differs
    Term{"missing", {"missing", "нет записи"}, {"account missing", "нет учётной записи"}},
    Term{"orphan", {"orphan", "лишняя запись"}, {"account left over", "лишняя учётная запись"}},
    Term{"quota", {"quota", "квота"}, {"quota", "квота"}},
    Term{"enabled", {"enabled", "включённость"}, {"enabled", "включена"}},
    Term{"group", {"group", "группа"}, {"group", "группа"}},
    Term{"email", {"email", "почта"}, {"e-mail", "e-mail"}},
    Term{"display-name", {"name", "имя"}, {"name", "имя"}},
    // what else was sold
    Term{"tariff", {"tariff", "тариф"}, {"tariff", "тариф"}},
    Term{"status", {"status", "статус"}, {"status", "статус"}},
    Term{"login", {"login", "логин"}, {"login", "логин"}},
    Term{"client", {"client", "клиент"}, {"client", "клиент"}},
    Term{
        "opened before us",
        {"opened before us", "открыта до нас"},
        {"opened before us", "открыта до нас"}},
    // how an account became ours
    Term{"created", {"created", "создана нами"}, {"created", "создана нами"}},
    Term{"adopted", {"adopted", "принята"}, {"adopted", "принята"}},
    // what begins a pass
    Term{"start", {"start", "при запуске"}, {"start", "при запуске"}},
    Term{"periodic", {"periodic", "по расписанию"}, {"periodic", "по расписанию"}},
    Term{"operation", {"operation", "по операции"}, {"operation", "по операции"}},
    Term{"command", {"command", "по команде"}, {"command", "по команде"}},
    // states of a row
    Term{"drift", {}, {"differs", "расхождение"}},
    Term{"held", {}, {"held", "удержана"}},
    Term{"retained", {}, {"kept until deletion", "хранится до удаления"}},
    Term{"kept", {}, {"kept by an operator", "сохранена оператором"}},
    Term{"failed", {}, {"failed", "ошибка"}},
    Term{"paused", {}, {"paused", "приостановлена"}},
    Term{"unreadable", {}, {"cloud not readable", "облако недоступно"}},
    // kinds of actions
    Term{"adopt", {"adopt", "принять"}, {"adopt the account", "принять учётную запись"}},
    Term{"disable", {"disable", "отключить"}, {"disable the account", "отключить учётную запись"}},
    Term{"create", {"create", "создать"}, {"create the account", "создать учётную запись"}},
    Term{"set-password", {"set password", "задать пароль"}, {"set the password", "задать пароль"}},
    Term{"enable", {"enable", "включить"}, {"enable the account", "включить учётную запись"}},
    Term{"set-quota", {"quota", "квота"}, {"change the quota", "изменить квоту"}},
    Term{"set-email", {"e-mail", "почта"}, {"change the e-mail", "изменить e-mail"}},
    Term{"set-name", {"name", "имя"}, {"change the name", "изменить имя"}},
    Term{"make-group", {"make group", "создать группу"}, {"make the group", "создать группу"}},
    Term{"add-group", {"add group", "добавить группу"}, {"add to the group", "добавить в группу"}},
    Term{
        "remove-group",
        {"remove group", "убрать группу"},
        {"remove from the group", "убрать из группы"}},
    Term{
        "delete",
        {"delete", "удалить"},
        {"delete the account with its files", "удалить учётную запись с файлами"}},
};

// Null when there is no such term.
const Term* find_term(std::string_view name) {
    const auto* const found = std::ranges::find(kTerms, name, &Term::name);
    return found == kTerms.end() ? nullptr : found;
}

}  // namespace

Language language_of(std::string_view name) {
    constexpr std::string_view kAfter = "_-.@";
    const bool russian = name.substr(0, 2) == "ru" &&
                         (name.size() == 2 || kAfter.find(name[2]) != std::string_view::npos);
    return russian ? Language::kRussian : Language::kEnglish;
}

Language chosen_language(std::string_view list, std::string_view locale) {
    const std::string_view name = locale.substr(0, locale.find_first_of(".@"));
    if (name.empty() || name == "C" || name == "POSIX") {
        return Language::kEnglish;
    }
    if (list.empty()) {
        return language_of(locale);
    }
    while (!list.empty()) {
        const std::string_view one = list.substr(0, list.find(':'));
        if (language_of(one) == Language::kRussian) {
            return Language::kRussian;
        }
        if (one.starts_with("en") || one == "C" || one == "POSIX") {
            break;
        }
        list.remove_prefix(std::min(one.size() + 1, list.size()));
    }
    return Language::kEnglish;
}

std::string_view locale_name() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
            return value;
        }
    }
    return {};
}

Language language_from_environment() {
    const char* const list = std::getenv("LANGUAGE");
    return chosen_language(list == nullptr ? "" : list, locale_name());
}

std::string_view on_screen(std::string_view name, Language language) {
    const Term* term = find_term(name);
    return term == nullptr || term->screen.english.empty() ? name : term->screen.in(language);
}

std::string_view on_page(std::string_view name, Language language) {
    const Term* term = find_term(name);
    return term == nullptr ? name : term->page.in(language);
}

}  // namespace bn::words
