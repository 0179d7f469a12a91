#include "pmnextcloud/drift_words.hpp"

#include <algorithm>
#include <array>

namespace bn::pmnextcloud {
namespace {

constexpr std::array kWords = {
    // what differs
    Text{"missing", "account missing", "нет учётной записи"},
    Text{"orphan", "account left over", "лишняя учётная запись"},
    Text{"quota", "quota", "квота"},
    Text{"enabled", "enabled", "включена"},
    Text{"group", "group", "группа"},
    Text{"email", "e-mail", "e-mail"},
    // states of a row
    Text{"drift", "differs", "расхождение"},
    Text{"held", "held", "удержана"},
    Text{"retained", "kept until deletion", "хранится до удаления"},
    Text{"failed", "failed", "ошибка"},
    Text{"paused", "paused", "приостановлена"},
    Text{"unreadable", "cloud not readable", "облако недоступно"},
    // kinds of actions
    Text{"adopt", "adopt the account", "принять учётную запись"},
    Text{"disable", "disable the account", "отключить учётную запись"},
    Text{"create", "create the account", "создать учётную запись"},
    Text{"set-password", "set the password", "задать пароль"},
    Text{"enable", "enable the account", "включить учётную запись"},
    Text{"set-quota", "change the quota", "изменить квоту"},
    Text{"set-email", "change the e-mail", "изменить e-mail"},
    Text{"add-group", "add to the group", "добавить в группу"},
    Text{"remove-group", "remove from the group", "убрать из группы"},
    Text{"delete", "delete the account with its files", "удалить учётную запись с файлами"},
    // pieces of texts
    Text{"nothing", "Nothing would be done.", "Ничего не будет сделано."},
    Text{"actions", "Would be done", "Будет сделано"},
    Text{"holds", "Would not be done", "Не будет сделано"},
    Text{"item", "service", "услуга"},
    Text{"last_success", "Last read", "Последнее чтение"},
};

}  // namespace

std::string word(std::string_view name, Lang lang) {
    const auto* const it = std::ranges::find(kWords, name, &Text::type);
    return std::string(it == kWords.end() ? name : it->in(lang));
}

}  // namespace bn::pmnextcloud
