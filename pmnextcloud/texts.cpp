#include "pmnextcloud/texts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <iterator>

namespace bn::pmnextcloud {
namespace {

// The module's own.
constexpr std::array kModuleTexts = {
    Text{
        "option_missing",
        "The option --__object__ is missing. The panel passes it by itself; by hand, add it. "
        "Details: __what__",
        "Не задан параметр --__object__. Панель передаёт его сама; при запуске вручную добавьте "
        "его. Подробности: __what__"},
    Text{
        "option_bad",
        "The value of --__object__ cannot be used: __value__. Details: __what__",
        "Недопустимое значение параметра --__object__: __value__. Подробности: __what__"},
    Text{
        "unknown_command",
        "This module does not know the command __value__. Install the module and its XML file of "
        "one release, then restart the panel.",
        "Модуль не знает команды __value__. Установите модуль и его XML-файл из одного выпуска и "
        "перезапустите панель."},
    Text{
        "document_bad",
        "The document on the standard input cannot be used: __what__. The panel sends it by "
        "itself; if it did, please report this with the panel's version.",
        "Документ на стандартном вводе непригоден: __what__. Его передаёт сама панель; если это "
        "произошло в панели, сообщите об ошибке и укажите её версию."},
    Text{
        "document_big",
        "The document on the standard input has more than 1 MiB and was not read. Shorten what was "
        "entered in the form.",
        "Документ на стандартном вводе больше 1 МиБ и не был прочитан. Сократите введённое в "
        "форму."},
    Text{
        "apply_failed",
        "__failed__ of the chosen corrections failed, __done__ were made. See the column Reason of "
        "the list and the controller's log.",
        "Не удалось выполнить исправлений: __failed__; выполнено: __done__. Смотрите столбец "
        "«Причина» в списке и журнал контроллера."},
    Text{"other", "__what__ __remedy__", "Контроллер сообщил об ошибке: __what__ __remedy__"},
};

bool name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// Calls plain(text) and placeholder(name) for the pieces of `text`, in order.
template <typename Plain, typename Placeholder>
void split(std::string_view text, Plain plain, Placeholder placeholder) {
    while (!text.empty()) {
        const std::size_t begin = text.find("__");
        const std::size_t end =
            begin == std::string_view::npos ? begin : text.find("__", begin + 2);
        if (end == std::string_view::npos) {
            plain(text);
            return;
        }
        const std::string_view name = text.substr(begin + 2, end - begin - 2);
        if (name.empty() || !std::ranges::all_of(name, name_char)) {
            plain(text.substr(0, begin + 2));
            text.remove_prefix(begin + 2);
            continue;
        }
        plain(text.substr(0, begin));
        placeholder(name);
        text.remove_prefix(end + 2);
    }
}

}  // namespace

Lang parse_lang(std::string_view name) {
    return name == "ru" || name.starts_with("ru_") || name.starts_with("ru-") ? Lang::kRussian
                                                                              : Lang::kEnglish;
}

std::vector<Text> all_texts() {
    std::vector<Text> all(kModuleTexts.begin(), kModuleTexts.end());
    std::ranges::copy(controller_texts(), std::back_inserter(all));
    std::ranges::copy(hold_texts(), std::back_inserter(all));
    return all;
}

const Text* find_text(std::string_view type) {
    const std::array<std::span<const Text>, 3> tables{
        std::span<const Text>(kModuleTexts), controller_texts(), hold_texts()};
    for (const auto& table : tables) {
        const auto it = std::ranges::find(table, type, &Text::type);
        if (it != table.end()) {
            return &*it;
        }
    }
    return nullptr;
}

std::vector<std::string> placeholders(std::string_view text) {
    std::vector<std::string> names;
    split(
        text,
        [](std::string_view) {},
        [&](std::string_view name) {
            if (std::ranges::find(names, name) == names.end()) {
                names.emplace_back(name);
            }
        }
    );
    return names;
}

std::string fill(std::string_view text, const Params& params) {
    std::string filled;
    split(
        text,
        [&](std::string_view plain) { filled += plain; },
        [&](std::string_view name) {
            const auto it = params.find(std::string(name));
            filled += it == params.end() || it->second.empty() ? std::string("-") : it->second;
        }
    );
    return filled;
}

}  // namespace bn::pmnextcloud
