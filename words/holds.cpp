#include <array>

#include "words/panel_texts.hpp"

namespace bn::words {
namespace {

// In the order of HoldCode.
constexpr std::array kHolds = {
    HoldText{
        {"no tariff", "нет тарифа"},
        {"no_tariff",
         {"The service has no tariff. Give it one. Details: __what__",
          "У услуги нет тарифного плана. Назначьте его. Подробности: __what__"}}},
    HoldText{
        {"a row points nowhere", "строка ссылается в никуда"},
        {"dangling_reference",
         {"A record of the panel names another one that does not exist. Correct the service or its "
          "tariff. Details: __what__",
          "Запись панели ссылается на несуществующую. Исправьте услугу или её тарифный план. "
          "Подробности: __what__"}}},
    HoldText{
        {"the tariff has no disk space", "в тарифе нет дискового места"},
        {"no_disk",
         {"The tariff has no resource disk or disc, so the size of the storage is not known. Add "
          "the "
          "resource to the tariff. Details: __what__",
          "В тарифном плане нет ресурса disk или disc, поэтому размер хранилища неизвестен. "
          "Добавьте "
          "ресурс в тарифный план. Подробности: __what__"}}},
    HoldText{
        {"unknown status", "неизвестный статус"},
        {"unknown_status",
         {"The service has a status that the controller does not know, so it is left as it is. "
          "Check the service in the panel. Details: __what__",
          "У услуги неизвестное контроллеру состояние, поэтому она не изменяется. Проверьте услугу "
          "в "
          "панели. Подробности: __what__"}}},
    HoldText{
        {"unknown add-on type", "неизвестный тип дополнения"},
        {"unknown_addon_type",
         {"The tariff's disk resource is of a kind that has no size. Make it a limit or a list of "
          "values. Details: __what__",
          "Ресурс диска в тарифном плане имеет вид, у которого нет размера. Сделайте его лимитом "
          "или списком значений. Подробности: __what__"}}},
    HoldText{
        {"bad unit of measure", "плохая единица измерения"},
        {"bad_measure",
         {"The unit of the tariff's disk resource cannot be converted to bytes. Correct the unit "
          "in "
          "the panel. Details: __what__",
          "Единицу измерения ресурса диска нельзя перевести в байты. Исправьте единицу измерения в "
          "панели. Подробности: __what__"}}},
    HoldText{
        {"bad amount", "плохое количество"},
        {"bad_number",
         {"The size of the storage is negative or too large. Correct the tariff or the service's "
          "order. Details: __what__",
          "Размер хранилища отрицателен или слишком велик. Исправьте тарифный план или заказ "
          "услуги. "
          "Подробности: __what__"}}},
    HoldText{
        {"the cloud would refuse the login", "облако не примет такой логин"},
        {"bad_login",
         {"The cloud would refuse the login __login__. Correct the parameter username of the "
          "service. Details: __what__",
          "Облако не примет имя пользователя __login__. Исправьте параметр username услуги. "
          "Подробности: __what__"}}},
    HoldText{
        {"two items claim one login", "две услуги претендуют на один логин"},
        {"login_clash",
         {"Two services claim the login __login__. Give one of them another one. Details: __what__",
          "Две услуги претендуют на имя пользователя __login__. Измените его у одной из них. "
          "Подробности: __what__"}}},
    HoldText{
        {"bad group", "плохая группа"},
        {"bad_group",
         {"The group of the tariff cannot be used for clients. Choose another one in the tariff. "
          "Details: __what__",
          "Группа из тарифного плана не может использоваться для клиентов. Выберите другую группу "
          "в "
          "тарифном плане. Подробности: __what__"}}},
    HoldText{
        {"a secret cannot be decrypted", "секрет не расшифровывается"},
        {"bad_secret",
         {"A protected parameter cannot be decrypted with the panel's key. Check etc/billmgr.pem "
          "and "
          "save the password again. Details: __what__",
          "Защищённый параметр не расшифровывается ключом панели. Проверьте etc/billmgr.pem и "
          "сохраните пароль заново. Подробности: __what__"}}},
    HoldText{
        {"no server", "нет сервера"},
        {"no_server",
         {"The service has no processing module. Choose one for it. Details: __what__",
          "У услуги нет модуля обработки. Выберите его. Подробности: __what__"}}},
    HoldText{
        {"the server is switched off", "сервер выключен"},
        {"server_disabled",
         {"The processing module of this service is switched off. Switch it on to change its "
          "services. Details: __what__",
          "Модуль обработки этой услуги выключен. Включите его, чтобы изменять услуги. "
          "Подробности: "
          "__what__"}}},
    HoldText{
        {"moved to another server", "перенесена на другой сервер"},
        {"moved_server",
         {"The service was moved to another cloud, and its files are still on the old one. Move "
          "the "
          "files first. Details: __what__",
          "Услуга перенесена на другое облако, а файлы клиента остались на прежнем. Сначала "
          "перенесите файлы. Подробности: __what__"}}},
    HoldText{
        {"the server cannot be used", "сервером нельзя пользоваться"},
        {"bad_server",
         {"The address or the login of the cloud cannot be used. Correct the processing module's "
          "settings. Details: __what__",
          "Адрес или учётные данные облака непригодны. Исправьте настройки модуля обработки. "
          "Подробности: __what__"}}},
    HoldText{
        {"the account is not ours", "учётная запись не наша"},
        {"not_ours",
         {"The cloud already has an account __login__ that was not opened for this service; it is "
          "not touched. Rename one of the two, or adopt the account. Details: __what__",
          "В облаке уже есть учётная запись __login__, открытая не для этой услуги; она не "
          "изменяется. Переименуйте одну из двух или примите запись (adopt). Подробности: "
          "__what__"}}},
    HoldText{
        {"protected account", "защищённая запись"},
        {"protected",
         {"The account __login__ is an administrator of the cloud and is never changed. Give the "
          "service another login. Details: __what__",
          "Учётная запись __login__ принадлежит администратору облака и никогда не изменяется. "
          "Назначьте услуге другое имя пользователя. Подробности: __what__"}}},
    HoldText{
        {"the cloud has no such group", "в облаке нет такой группы"},
        {"missing_group",
         {"The cloud does not have the group that the tariff names. Create it there or choose "
          "another "
          "one in the tariff. Details: __what__",
          "В облаке нет группы, указанной в тарифном плане. Создайте её там или выберите другую в "
          "тарифном плане. Подробности: __what__"}}},
    HoldText{
        {"the account could not be read", "запись не удалось прочитать"},
        {"incomplete_read",
         {"The account could not be read from the cloud, so nothing is changed. The controller "
          "tries "
          "again by itself. Details: __what__",
          "Не удалось прочитать учётную запись из облака, поэтому ничего не изменено. Контроллер "
          "повторит попытку сам. Подробности: __what__"}}},
    HoldText{
        {"the account lives in another backend", "запись живёт в другом хранилище"},
        {"foreign_backend",
         {"The account is managed by another directory (LDAP, SAML) and cannot be changed here. "
          "Change it there. Details: __what__",
          "Учётной записью управляет другой каталог (LDAP, SAML), здесь её изменить нельзя. "
          "Измените "
          "её там. Подробности: __what__"}}},
    HoldText{
        {"the panel names another login", "в панели другой логин"},
        {"login_changed",
         {"The panel names another login than the account has, and a cloud cannot rename an "
          "account. "
          "Put the former login back. Details: __what__",
          "В панели указано другое имя пользователя, чем у учётной записи, а переименовать запись "
          "в "
          "облаке нельзя. Верните прежнее имя. Подробности: __what__"}}},
    HoldText{
        {"an outcome is not known yet", "исход ещё неизвестен"},
        {"in_doubt",
         {"The outcome of an earlier call is not known yet. The controller finds it out by itself; "
          "nothing has to be done. Details: __what__",
          "Итог предыдущего обращения пока неизвестен. Контроллер выяснит его сам, делать ничего "
          "не "
          "нужно. Подробности: __what__"}}},
    HoldText{
        {"failed before, waits", "была неудача, ждёт"},
        {"backoff",
         {"An earlier attempt failed; the next one follows by itself. Details: __what__",
          "Предыдущая попытка не удалась; следующая начнётся сама. Подробности: __what__"}}},
    HoldText{
        {"somebody keeps reverting it", "кто-то возвращает обратно"},
        {"fighting",
         {"Somebody keeps undoing the controller's correction of this account. Find out who "
          "changes "
          "it in the cloud, then resume it. Details: __what__",
          "Кто-то постоянно отменяет исправления этой учётной записи. Выясните, кто меняет её в "
          "облаке, и затем возобновите её. Подробности: __what__"}}},
    HoldText{
        {"refused by the cloud", "облако отказало"},
        {"refused",
         {"The cloud refused the change. Correct what it names, then start the operation again. "
          "Details: __what__",
          "Облако отклонило изменение. Исправьте то, на что оно указывает, и запустите операцию "
          "снова. Подробности: __what__"}}},
    HoldText{
        {"kept until its retention ends", "хранится до конца срока"},
        {"retention",
         {"The service is closed; its account stays disabled until its files may be deleted. "
          "Details: __what__",
          "Услуга закрыта; учётная запись остаётся отключённой до срока удаления файлов. "
          "Подробности: __what__"}}},
    HoldText{
        {"the panel's row is gone", "строка панели исчезла"},
        {"vanished",
         {"The service is gone from the panel, but not long enough to delete its account. Details: "
          "__what__",
          "Услуга исчезла из панели, но ещё недостаточно давно, чтобы удалить учётную запись. "
          "Подробности: __what__"}}},
    HoldText{
        {"not allowed by the policy", "политика не разрешает"},
        {"policy",
         {"The policy of this cloud in the controller's settings does not allow the change. "
          "Details: __what__",
          "Политика этого облака в настройках контроллера не разрешает изменение. Подробности: "
          "__what__"}}},
    HoldText{
        {"too many destructive actions", "слишком много разрушающих действий"},
        {"blast_radius",
         {"Too many accounts would be disabled or deleted at once, so the whole plan waits. Look "
          "at "
          "it with bill-nextcloud plan and approve it if it is right. Details: __what__",
          "Слишком много учётных записей было бы отключено или удалено сразу, поэтому весь план "
          "ждёт. Просмотрите его командой bill-nextcloud plan и одобрите, если он верен. "
          "Подробности: __what__"}}},
    HoldText{
        {"knowledge is incomplete", "сведения неполны"},
        {"incomplete_snapshot",
         {"The cloud or the panel was not read completely, and nothing is disabled or deleted on "
          "such knowledge. The controller tries again by itself. Details: __what__",
          "Облако или панель прочитаны не полностью, а по таким данным ничего не отключается и не "
          "удаляется. Контроллер повторит попытку сам. Подробности: __what__"}}},
    HoldText{
        {"paused", "приостановлена"},
        {"paused",
         {"The service is paused for the controller. Resume it on the page Nextcloud: drift. "
          "Details: __what__",
          "Услуга приостановлена для контроллера. Возобновите её на странице «Nextcloud: "
          "расхождения». Подробности: __what__"}}},
};

static_assert(
    kHolds.size() == static_cast<std::size_t>(HoldCode::kPaused) + 1, "a hold without its words"
);

}  // namespace

std::span<const HoldText> hold_texts() {
    return kHolds;
}

std::string_view reason(HoldCode code, Language language) {
    return kHolds.at(static_cast<std::size_t>(code)).reason.in(language);
}

}  // namespace bn::words
