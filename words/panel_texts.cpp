#include "words/panel_texts.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace bn::words {
namespace {

// The module's own.
constexpr std::array kModuleTexts = {
    PanelText{
        "option_missing",
        {"The option --__object__ is missing. The panel passes it by itself; by hand, add it. "
         "Details: __what__",
         "Не задан параметр --__object__. Панель передаёт его сама; при запуске вручную добавьте "
         "его. Подробности: __what__"}},
    PanelText{
        "option_bad",
        {"The value of --__object__ cannot be used: __value__. Details: __what__",
         "Недопустимое значение параметра --__object__: __value__. Подробности: __what__"}},
    PanelText{
        "unknown_command",
        {"This module does not know the command __value__. Install the module and its XML file of "
         "one release, then restart the panel.",
         "Модуль не знает команды __value__. Установите модуль и его XML-файл из одного выпуска и "
         "перезапустите панель."}},
    PanelText{
        "document_bad",
        {"The document on the standard input cannot be used: __what__. The panel sends it by "
         "itself; if it did, please report this with the panel's version.",
         "Документ на стандартном вводе непригоден: __what__. Его передаёт сама панель; если это "
         "произошло в панели, сообщите об ошибке и укажите её версию."}},
    PanelText{
        "document_big",
        {"The document on the standard input has more than 1 MiB and was not read. Shorten what "
         "was "
         "entered in the form.",
         "Документ на стандартном вводе больше 1 МиБ и не был прочитан. Сократите введённое в "
         "форму."}},
    PanelText{
        "apply_failed",
        {"__failed__ of the chosen corrections failed, __done__ were made. See the column Reason "
         "of "
         "the list and the controller's log.",
         "Не удалось выполнить исправлений: __failed__; выполнено: __done__. Смотрите столбец "
         "«Причина» в списке и журнал контроллера."}},
    PanelText{
        "other", {"__what__ __remedy__", "Контроллер сообщил об ошибке: __what__ __remedy__"}},
};

// What the controller and its client answer.
constexpr std::array kControllerTexts = {
    PanelText{
        "controller_down",
        {"The bill-nextcloud controller is not running. Start it (systemctl start bill-nextcloud) "
         "and read its log (journalctl -u bill-nextcloud). The panel repeats the operation, "
         "nothing "
         "is lost. Details: __what__",
         "Контроллер bill-nextcloud не запущен. Запустите его (systemctl start bill-nextcloud) и "
         "прочитайте его журнал (journalctl -u bill-nextcloud). Панель повторит операцию, ничего "
         "не "
         "потеряно. Подробности: __what__"}},
    PanelText{
        "controller_busy",
        {"The bill-nextcloud controller did not answer in time. See what it waits for "
         "(bill-nextcloud status). The panel repeats the operation, nothing is lost. Details: "
         "__what__",
         "Контроллер bill-nextcloud не ответил вовремя. Посмотрите, чего он ждёт (bill-nextcloud "
         "status). Панель повторит операцию, ничего не потеряно. Подробности: __what__"}},
    PanelText{
        "bad_answer",
        {"The module does not understand the controller's answer. Install both of one release and "
         "restart the controller. Details: __what__",
         "Модуль не понимает ответа контроллера. Установите модуль и контроллер из одного выпуска "
         "и "
         "перезапустите контроллер. Подробности: __what__"}},
    PanelText{
        "bad_request",
        {"The controller does not understand the module's request. Install both of one release and "
         "restart the controller. Details: __what__",
         "Контроллер не понимает запроса модуля. Установите модуль и контроллер из одного выпуска "
         "и "
         "перезапустите контроллер. Подробности: __what__"}},
    PanelText{
        "not_allowed",
        {"This is not allowed to the one who asked. Use an administrator of the panel; the module "
         "itself must run as root. Details: __what__",
         "У запросившего нет прав на это действие. Войдите как администратор панели; сам модуль "
         "должен запускаться от root. Подробности: __what__"}},
    PanelText{
        "unknown_item",
        {"The controller does not know this service. Check that it belongs to a Nextcloud module "
         "and is not deleted. Details: __what__",
         "Контроллер не знает такой услуги. Проверьте, что она относится к модулю Nextcloud и не "
         "удалена. Подробности: __what__"}},
    PanelText{
        "unknown_server",
        {"The controller does not know this processing module. Check that it is active and of the "
         "type Nextcloud. Details: __what__",
         "Контроллер не знает такого модуля обработки. Проверьте, что он включён и имеет тип "
         "Nextcloud. Подробности: __what__"}},
    PanelText{
        "panel_error",
        {"The controller could not read or call the panel. Check the panel's database and mgrctl "
         "with bill-nextcloud check. Details: __what__",
         "Контроллер не смог прочитать панель или вызвать её. Проверьте базу данных панели и "
         "mgrctl "
         "командой bill-nextcloud check. Подробности: __what__"}},
    PanelText{
        "store_error",
        {"The controller's own store of events failed, so it changes nothing. Check the free space "
         "and run bill-nextcloud verify. Details: __what__",
         "Хранилище событий контроллера недоступно, поэтому он ничего не меняет. Проверьте "
         "свободное место и выполните bill-nextcloud verify. Подробности: __what__"}},
    PanelText{
        "stopped_plan",
        {"The controller stopped a plan that would disable or delete too many accounts. Look at it "
         "with bill-nextcloud plan and approve it if it is right. Details: __what__",
         "Контроллер остановил план, который отключил бы или удалил слишком много учётных записей. "
         "Просмотрите его командой bill-nextcloud plan и одобрите, если он верен. Подробности: "
         "__what__"}},
    PanelText{
        "internal",
        {"An internal error. Please report it together with the log var/pmnextcloud.log and the "
         "controller's log. Details: __what__",
         "Внутренняя ошибка. Сообщите о ней и приложите журнал var/pmnextcloud.log и журнал "
         "контроллера. Подробности: __what__"}},
    PanelText{
        "cloud_error",
        {"The cloud answered with an error. Look into the cloud's own log. Details: __what__",
         "Облако ответило ошибкой. Посмотрите журнал самого облака. Подробности: __what__"}},
    PanelText{
        "url_empty",
        {"The address of the cloud is empty. Enter it like this: https://cloud.example.org",
         "Не указан адрес облака. Введите его в виде https://cloud.example.org"}},
    PanelText{
        "url_too_long",
        {"The address of the cloud has more than 255 characters. Enter the address of its start "
         "page only.",
         "Адрес облака длиннее 255 символов. Введите только адрес его главной страницы."}},
    PanelText{
        "url_scheme",
        {"The address of the cloud must begin with https://. Plain http is possible only if the "
         "controller's settings allow it. Details: __what__",
         "Адрес облака должен начинаться с https://. Незащищённый http возможен, только если он "
         "разрешён в настройках контроллера. Подробности: __what__"}},
    PanelText{
        "url_bad",
        {"This is not the address of a web page: __what__. Enter it like this: "
         "https://cloud.example.org/nextcloud",
         "Это не адрес веб-страницы: __what__. Введите его в виде "
         "https://cloud.example.org/nextcloud"}},
    PanelText{
        "dns",
        {"The name of the cloud's host is not known to the DNS. Check the spelling and the name "
         "servers of the panel's host. Details: __what__",
         "Имя узла облака не найдено в DNS. Проверьте, нет ли опечатки, и серверы имён на узле "
         "панели. Подробности: __what__"}},
    PanelText{
        "connect",
        {"The cloud's host does not accept the connection. Check that the web server runs and that "
         "no firewall stands between. Details: __what__",
         "Узел облака не принимает соединение. Проверьте, что веб-сервер работает и между узлами "
         "нет межсетевого экрана. Подробности: __what__"}},
    PanelText{
        "tls",
        {"The cloud's certificate is not accepted. Renew it, or name its authority in the "
         "controller's settings (ca_file). Details: __what__",
         "Сертификат облака не принят. Обновите его или укажите его центр сертификации в "
         "настройках "
         "контроллера (ca_file). Подробности: __what__"}},
    PanelText{
        "auth",
        {"The cloud refuses the login or the password. Check both; after several failures the "
         "cloud "
         "slows down every attempt. Details: __what__",
         "Облако не принимает имя пользователя или пароль. Проверьте их; после нескольких "
         "неудачных "
         "попыток облако замедляет каждую следующую. Подробности: __what__"}},
    PanelText{
        "not_admin",
        {"This login is not an administrator of the cloud. Put it into the group admin there, or "
         "enter another one. Details: __what__",
         "Этот пользователь не администратор облака. Добавьте его в группу admin или введите "
         "другого. Подробности: __what__"}},
    PanelText{
        "not_a_cloud",
        {"There is a web server at this address, but neither a Nextcloud nor an ownCloud. Enter "
         "the "
         "address of the cloud's start page, with its sub-path. Details: __what__",
         "По этому адресу отвечает веб-сервер, но не Nextcloud и не ownCloud. Введите адрес "
         "главной "
         "страницы облака вместе с путём. Подробности: __what__"}},
    PanelText{
        "maintenance",
        {"The cloud is in maintenance mode. Wait for its end or switch it off there (occ "
         "maintenance:mode --off), then try again. Details: __what__",
         "Облако находится в режиме обслуживания. Дождитесь его окончания или выключите его (occ "
         "maintenance:mode --off) и повторите. Подробности: __what__"}},
    PanelText{
        "app_password",
        {"The cloud does not accept an app password for changes to accounts. Enter the password of "
         "the administrator's account itself. Details: __what__",
         "Облако не разрешает менять учётные записи с паролем приложения. Введите пароль самой "
         "учётной записи администратора. Подробности: __what__"}},
    PanelText{
        "timeout",
        {"The cloud did not answer in time. Check its load and the way to it; after failed logins "
         "it slows down on purpose. Details: __what__",
         "Облако не ответило вовремя. Проверьте его нагрузку и сеть; после неудачных входов оно "
         "замедляется намеренно. Подробности: __what__"}},
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

std::span<const PanelText> controller_texts() {
    return kControllerTexts;
}

std::vector<PanelText> all_texts() {
    std::vector<PanelText> all(kModuleTexts.begin(), kModuleTexts.end());
    std::ranges::copy(kControllerTexts, std::back_inserter(all));
    std::ranges::transform(hold_texts(), std::back_inserter(all), &HoldText::panel);
    return all;
}

const PanelText* find_text(std::string_view type) {
    for (const std::span<const PanelText> table :
         {std::span<const PanelText>(kModuleTexts), controller_texts()}) {
        const auto it = std::ranges::find(table, type, &PanelText::type);
        if (it != table.end()) {
            return &*it;
        }
    }
    for (const HoldText& hold : hold_texts()) {
        if (hold.panel.type == type) {
            return &hold.panel;
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

}  // namespace bn::words
