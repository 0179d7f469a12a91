#include <array>

#include "pmnextcloud/texts.hpp"

namespace bn::pmnextcloud {
namespace {

constexpr std::array kTexts = {
    Text{
        "controller_down",
        "The bill-nextcloud controller is not running. Start it (systemctl start bill-nextcloud) "
        "and read its log (journalctl -u bill-nextcloud). The panel repeats the operation, nothing "
        "is lost. Details: __what__",
        "Контроллер bill-nextcloud не запущен. Запустите его (systemctl start bill-nextcloud) и "
        "прочитайте его журнал (journalctl -u bill-nextcloud). Панель повторит операцию, ничего не "
        "потеряно. Подробности: __what__"},
    Text{
        "controller_busy",
        "The bill-nextcloud controller did not answer in time. See what it waits for "
        "(bill-nextcloud status). The panel repeats the operation, nothing is lost. Details: "
        "__what__",
        "Контроллер bill-nextcloud не ответил вовремя. Посмотрите, чего он ждёт (bill-nextcloud "
        "status). Панель повторит операцию, ничего не потеряно. Подробности: __what__"},
    Text{
        "bad_answer",
        "The module does not understand the controller's answer. Install both of one release and "
        "restart the controller. Details: __what__",
        "Модуль не понимает ответа контроллера. Установите модуль и контроллер из одного выпуска и "
        "перезапустите контроллер. Подробности: __what__"},
    Text{
        "bad_request",
        "The controller does not understand the module's request. Install both of one release and "
        "restart the controller. Details: __what__",
        "Контроллер не понимает запроса модуля. Установите модуль и контроллер из одного выпуска и "
        "перезапустите контроллер. Подробности: __what__"},
    Text{
        "not_allowed",
        "This is not allowed to the one who asked. Use an administrator of the panel; the module "
        "itself must run as root. Details: __what__",
        "У запросившего нет прав на это действие. Войдите как администратор панели; сам модуль "
        "должен запускаться от root. Подробности: __what__"},
    Text{
        "unknown_item",
        "The controller does not know this service. Check that it belongs to a Nextcloud module "
        "and is not deleted. Details: __what__",
        "Контроллер не знает такой услуги. Проверьте, что она относится к модулю Nextcloud и не "
        "удалена. Подробности: __what__"},
    Text{
        "unknown_server",
        "The controller does not know this processing module. Check that it is active and of the "
        "type Nextcloud. Details: __what__",
        "Контроллер не знает такого модуля обработки. Проверьте, что он включён и имеет тип "
        "Nextcloud. Подробности: __what__"},
    Text{
        "panel_error",
        "The controller could not read or call the panel. Check the panel's database and mgrctl "
        "with bill-nextcloud check. Details: __what__",
        "Контроллер не смог прочитать панель или вызвать её. Проверьте базу данных панели и mgrctl "
        "командой bill-nextcloud check. Подробности: __what__"},
    Text{
        "store_error",
        "The controller's own store of events failed, so it changes nothing. Check the free space "
        "and run bill-nextcloud verify. Details: __what__",
        "Хранилище событий контроллера недоступно, поэтому он ничего не меняет. Проверьте "
        "свободное место и выполните bill-nextcloud verify. Подробности: __what__"},
    Text{
        "stopped_plan",
        "The controller stopped a plan that would disable or delete too many accounts. Look at it "
        "with bill-nextcloud plan and approve it if it is right. Details: __what__",
        "Контроллер остановил план, который отключил бы или удалил слишком много учётных записей. "
        "Просмотрите его командой bill-nextcloud plan и одобрите, если он верен. Подробности: "
        "__what__"},
    Text{
        "internal",
        "An internal error. Please report it together with the log var/pmnextcloud.log and the "
        "controller's log. Details: __what__",
        "Внутренняя ошибка. Сообщите о ней и приложите журнал var/pmnextcloud.log и журнал "
        "контроллера. Подробности: __what__"},
    Text{
        "cloud_error",
        "The cloud answered with an error. Look into the cloud's own log. Details: __what__",
        "Облако ответило ошибкой. Посмотрите журнал самого облака. Подробности: __what__"},
    Text{
        "url_empty",
        "The address of the cloud is empty. Enter it like this: https://cloud.example.org",
        "Не указан адрес облака. Введите его в виде https://cloud.example.org"},
    Text{
        "url_too_long",
        "The address of the cloud has more than 255 characters. Enter the address of its start "
        "page only.",
        "Адрес облака длиннее 255 символов. Введите только адрес его главной страницы."},
    Text{
        "url_scheme",
        "The address of the cloud must begin with https://. Plain http is possible only if the "
        "controller's settings allow it. Details: __what__",
        "Адрес облака должен начинаться с https://. Незащищённый http возможен, только если он "
        "разрешён в настройках контроллера. Подробности: __what__"},
    Text{
        "url_bad",
        "This is not the address of a web page: __what__. Enter it like this: "
        "https://cloud.example.org/nextcloud",
        "Это не адрес веб-страницы: __what__. Введите его в виде "
        "https://cloud.example.org/nextcloud"},
    Text{
        "dns",
        "The name of the cloud's host is not known to the DNS. Check the spelling and the name "
        "servers of the panel's host. Details: __what__",
        "Имя узла облака не найдено в DNS. Проверьте, нет ли опечатки, и серверы имён на узле "
        "панели. Подробности: __what__"},
    Text{
        "connect",
        "The cloud's host does not accept the connection. Check that the web server runs and that "
        "no firewall stands between. Details: __what__",
        "Узел облака не принимает соединение. Проверьте, что веб-сервер работает и между узлами "
        "нет межсетевого экрана. Подробности: __what__"},
    Text{
        "tls",
        "The cloud's certificate is not accepted. Renew it, or name its authority in the "
        "controller's settings (ca_file). Details: __what__",
        "Сертификат облака не принят. Обновите его или укажите его центр сертификации в настройках "
        "контроллера (ca_file). Подробности: __what__"},
    Text{
        "auth",
        "The cloud refuses the login or the password. Check both; after several failures the cloud "
        "slows down every attempt. Details: __what__",
        "Облако не принимает имя пользователя или пароль. Проверьте их; после нескольких неудачных "
        "попыток облако замедляет каждую следующую. Подробности: __what__"},
    Text{
        "not_admin",
        "This login is not an administrator of the cloud. Put it into the group admin there, or "
        "enter another one. Details: __what__",
        "Этот пользователь не администратор облака. Добавьте его в группу admin или введите "
        "другого. Подробности: __what__"},
    Text{
        "not_a_cloud",
        "There is a web server at this address, but neither a Nextcloud nor an ownCloud. Enter the "
        "address of the cloud's start page, with its sub-path. Details: __what__",
        "По этому адресу отвечает веб-сервер, но не Nextcloud и не ownCloud. Введите адрес главной "
        "страницы облака вместе с путём. Подробности: __what__"},
    Text{
        "maintenance",
        "The cloud is in maintenance mode. Wait for its end or switch it off there (occ "
        "maintenance:mode --off), then try again. Details: __what__",
        "Облако находится в режиме обслуживания. Дождитесь его окончания или выключите его (occ "
        "maintenance:mode --off) и повторите. Подробности: __what__"},
    Text{
        "app_password",
        "The cloud does not accept an app password for changes to accounts. Enter the password of "
        "the administrator's account itself. Details: __what__",
        "Облако не разрешает менять учётные записи с паролем приложения. Введите пароль самой "
        "учётной записи администратора. Подробности: __what__"},
    Text{
        "timeout",
        "The cloud did not answer in time. Check its load and the way to it; after failed logins "
        "it slows down on purpose. Details: __what__",
        "Облако не ответило вовремя. Проверьте его нагрузку и сеть; после неудачных входов оно "
        "замедляется намеренно. Подробности: __what__"},
};

}  // namespace

std::span<const Text> controller_texts() {
    return kTexts;
}

}  // namespace bn::pmnextcloud
