#include "words/panel_texts.hpp"

#include <algorithm>
#include <iterator>

namespace bn::words {
namespace {

// Most texts end with what happened. The others are `kWhole` as they stand.
constexpr Phrase kDetails{" Details: __what__", " Подробности: __what__"};
constexpr bool kWhole = false;

struct TextRow {
    std::string_view type;
    Phrase text;
    bool details = true;
};

constexpr TextRow kTexts[] = {
    // the module's own
    {"option_missing",
     {"The option --__object__ is missing. The panel passes it by itself; by hand, add it.",
      "Не задан параметр --__object__. Панель передаёт его сама; при запуске вручную добавьте "
      "его."}},
    {"option_bad",
     {"The value of --__object__ cannot be used: __value__.",
      "Недопустимое значение параметра --__object__: __value__."}},
    {"unknown_command",
     {"This module does not know the command __value__. Install the module and its XML file of one "
      "release, then restart the panel.",
      "Модуль не знает команды __value__. Установите модуль и его XML-файл из одного выпуска и "
      "перезапустите панель."},
     kWhole},
    {"document_bad",
     {"The document on the standard input cannot be used: __what__. The panel sends it by itself; "
      "if it did, please report this with the panel's version.",
      "Документ на стандартном вводе непригоден: __what__. Его передаёт сама панель; если это "
      "произошло в панели, сообщите об ошибке и укажите её версию."},
     kWhole},
    {"document_big",
     {"The document on the standard input has more than 1 MiB and was not read. Shorten what was "
      "entered in the form.",
      "Документ на стандартном вводе больше 1 МиБ и не был прочитан. Сократите введённое в "
      "форму."},
     kWhole},
    {"apply_failed",
     {"__failed__ of the chosen corrections failed, __done__ were made. See the column Reason of "
      "the list and the controller's log.",
      "Не удалось выполнить исправлений: __failed__; выполнено: __done__. Смотрите столбец "
      "«Причина» в списке и журнал контроллера."},
     kWhole},
    // the payment module's
    {"webpay_store_id",
     {"The store id of WebPay is a number. Copy it from WebPay's cabinet.",
      "Идентификатор магазина в WebPay — это число. Скопируйте его из кабинета WebPay."},
     kWhole},
    {"webpay_store",
     {"The name of the store has more than 64 characters, or a line end. Shorten it, or leave it "
      "empty.",
      "Название магазина длиннее 64 байт или содержит перевод строки. Сократите его или оставьте "
      "пустым."},
     kWhole},
    {"webpay_secret_key",
     {"The secret key is empty, has an ampersand, or a blank at an end. Enter the SecretKey of "
      "WebPay's "
      "cabinet (Settings, Company).",
      "Секретный ключ пуст, содержит амперсанд или пробел с краю. Введите SecretKey из кабинета "
      "WebPay "
      "(Настройки, Компания)."},
     kWhole},
    {"webpay_test",
     {"The switch for the test environment is neither on nor off. Save the form anew.",
      "Переключатель тестовой среды не включён и не выключен. Сохраните форму заново."},
     kWhole},
    {"webpay_api_login",
     {"There is a password for WebPay's API and no login, or the login cannot be one. Fill in both "
      "or "
      "neither: without them lost notices cannot be looked up.",
      "Указан пароль API WebPay, но не логин, или такого логина быть не может. Заполните оба поля "
      "или ни "
      "одного: без них потерянные уведомления нельзя проверить."},
     kWhole},
    {"webpay_api_password",
     {"There is a login for WebPay's API and no password, or the password cannot be one. Fill in "
      "both "
      "or neither: without them lost notices cannot be looked up.",
      "Указан логин API WebPay, но не пароль, или такого пароля быть не может. Заполните оба поля "
      "или ни "
      "одного: без них потерянные уведомления нельзя проверить."},
     kWhole},
    {"webpay_login_refused",
     {"WebPay refuses the API login or its password. Correct them, or leave both empty.",
      "WebPay не принимает логин или пароль API. Исправьте их или оставьте оба поля пустыми."}},
    {"webpay_not_reached",
     {"WebPay's API was not reached, so the login could not be tried. Try again later, or leave "
      "the login "
      "and the password empty for now: then lost notices cannot be looked up.",
      "API WebPay недоступен, поэтому проверить логин не удалось. Повторите позже или пока "
      "оставьте логин "
      "и пароль пустыми: тогда потерянные уведомления нельзя проверить."}},
    {"webpay_not_tried",
     {"The API login could not be tried, as the controller that asks WebPay did not answer. Start "
      "it, or leave the login and the password empty for now: then lost notices cannot be looked "
      "up.",
      "Проверить логин API не удалось: контроллер, который обращается к WebPay, не ответил. "
      "Запустите его "
      "или пока оставьте логин и пароль пустыми: тогда потерянные уведомления нельзя проверить."}},
    {"other", {"__what__ __remedy__", "Контроллер сообщил об ошибке: __what__ __remedy__"}, kWhole},
    // what the controller and its client answer
    {"controller_down",
     {"The bill-nextcloud controller is not running. Start it (systemctl start bill-nextcloud) and "
      "read its log (journalctl -u bill-nextcloud). The panel repeats the operation, nothing is "
      "lost.",
      "Контроллер bill-nextcloud не запущен. Запустите его (systemctl start bill-nextcloud) и "
      "прочитайте его журнал (journalctl -u bill-nextcloud). Панель повторит операцию, ничего не "
      "потеряно."}},
    {"controller_busy",
     {"The bill-nextcloud controller did not answer in time. See what it waits for (bill-nextcloud "
      "status). The panel repeats the operation, nothing is lost.",
      "Контроллер bill-nextcloud не ответил вовремя. Посмотрите, чего он ждёт (bill-nextcloud "
      "status). Панель повторит операцию, ничего не потеряно."}},
    {"bad_answer",
     {"The module does not understand the controller's answer. Install both of one release and "
      "restart the controller. If the controller is on another host, check its address in "
      "etc/pmnextcloud.conf.",
      "Модуль не понимает ответа контроллера. Установите модуль и контроллер из одного выпуска и "
      "перезапустите контроллер. Если контроллер на другой машине, проверьте его адрес в "
      "etc/pmnextcloud.conf."}},
    {"word_refused",
     {"What was said is about nothing that is so now; nothing was changed.",
      "Сказанное не относится к тому, что есть сейчас; ничего не изменено."}},
    {"bad_request",
     {"The controller does not understand the module's request. Install both of one release and "
      "restart the controller.",
      "Контроллер не понимает запроса модуля. Установите модуль и контроллер из одного выпуска и "
      "перезапустите контроллер."}},
    {"not_allowed",
     {"This is not allowed to the one who asked. Use an administrator of the panel; the module "
      "itself must run as root. If the controller is on another host, the module needs its key "
      "(etc/pmnextcloud.key).",
      "У запросившего нет прав на это действие. Войдите как администратор панели; сам модуль "
      "должен запускаться от root. Если контроллер на другой машине, модулю нужен его ключ "
      "(etc/pmnextcloud.key)."}},
    {"unknown_item",
     {"The controller does not know this service. Check that it belongs to a Nextcloud module and "
      "is not deleted.",
      "Контроллер не знает такой услуги. Проверьте, что она относится к модулю Nextcloud и не "
      "удалена."}},
    {"no_account",
     {"This service has no account in the cloud. It has one from its opening until it is deleted.",
      "У этой услуги нет учётной записи в облаке. Она есть с открытия услуги и до её удаления."}},
    {"unknown_server",
     {"The controller does not know this processing module. Check that it is active and of the "
      "type Nextcloud.",
      "Контроллер не знает такого модуля обработки. Проверьте, что он включён и имеет тип "
      "Nextcloud."}},
    {"not_completed",
     {"The account is ready, but no function of the panel that modules use ends the operation: "
      "__what__. Complete the service by hand, or set panel.open_function of the controller.",
      "Учётная запись готова, но ни одна из функций панели, которыми пользуются модули, не "
      "завершает "
      "операцию: __what__. Завершите её вручную или задайте panel.open_function контроллера."}},
    {"panel_error",
     {"The controller could not read or call the panel. Check the panel's database and mgrctl with "
      "bill-nextcloud check.",
      "Контроллер не смог прочитать панель или вызвать её. Проверьте базу данных панели и mgrctl "
      "командой bill-nextcloud check."}},
    {"store_error",
     {"The controller's own store of events failed, so it changes nothing. Check the free space "
      "and run bill-nextcloud verify.",
      "Хранилище событий контроллера недоступно, поэтому он ничего не меняет. Проверьте свободное "
      "место и выполните bill-nextcloud verify."}},
    {"stopped_plan",
     {"The controller stopped a plan that would disable or delete too many accounts. Look at it "
      "with bill-nextcloud plan and approve it if it is right.",
      "Контроллер остановил план, который отключил бы или удалил слишком много учётных записей. "
      "Просмотрите его командой bill-nextcloud plan и одобрите, если он верен."}},
    {"internal",
     {"An internal error. Please report it together with the log var/pmnextcloud.log and the "
      "controller's log.",
      "Внутренняя ошибка. Сообщите о ней и приложите журнал var/pmnextcloud.log и журнал "
      "контроллера."}},
    {"cloud_error",
     {"The cloud answered with an error. Look into the cloud's own log.",
      "Облако ответило ошибкой. Посмотрите журнал самого облака."}},
    {"url_empty",
     {"The address of the cloud is empty. Enter it like this: https://cloud.example.org",
      "Не указан адрес облака. Введите его в виде https://cloud.example.org"},
     kWhole},
    {"url_too_long",
     {"The address of the cloud has more than 255 characters. Enter the address of its start page "
      "only.",
      "Адрес облака длиннее 255 символов. Введите только адрес его главной страницы."},
     kWhole},
    {"url_scheme",
     {"The address of the cloud must begin with https://. Plain http is possible only if the "
      "controller's settings allow it.",
      "Адрес облака должен начинаться с https://. Незащищённый http возможен, только если он "
      "разрешён в настройках контроллера."}},
    {"url_bad",
     {"This is not the address of a web page: __what__. Enter it like this: "
      "https://cloud.example.org/nextcloud",
      "Это не адрес веб-страницы: __what__. Введите его в виде "
      "https://cloud.example.org/nextcloud"},
     kWhole},
    {"verify_bad",
     {"Choose whether the cloud's certificate is checked.",
      "Выберите, проверять ли сертификат облака."}},
    {"timeout_bad",
     {"The time for the cloud's answer is a number of seconds from 1 to 3600. Leave it empty for "
      "the controller's own.",
      "Время ответа облака — число секунд от 1 до 3600. Оставьте поле пустым, чтобы действовала "
      "настройка контроллера."}},
    {"dns",
     {"The name of the cloud's host is not known to the DNS. Check the spelling and the name "
      "servers of the panel's host.",
      "Имя узла облака не найдено в DNS. Проверьте, нет ли опечатки, и серверы имён на узле "
      "панели."}},
    {"connect",
     {"The cloud's host does not accept the connection. Check that the web server runs and that no "
      "firewall stands between.",
      "Узел облака не принимает соединение. Проверьте, что веб-сервер работает и между узлами нет "
      "межсетевого экрана."}},
    {"tls",
     {"The cloud's certificate is not accepted. Renew it, or name its authority in the "
      "controller's settings (ca_file).",
      "Сертификат облака не принят. Обновите его или укажите его центр сертификации в настройках "
      "контроллера (ca_file)."}},
    {"auth",
     {"The cloud refuses the login or the password. Check both; after several failures the cloud "
      "slows down every attempt.",
      "Облако не принимает имя пользователя или пароль. Проверьте их; после нескольких неудачных "
      "попыток облако замедляет каждую следующую."}},
    {"not_admin",
     {"This login is not an administrator of the cloud. Put it into the group admin there, or "
      "enter another one.",
      "Этот пользователь не администратор облака. Добавьте его в группу admin или введите "
      "другого."}},
    {"not_a_cloud",
     {"There is a web server at this address, but neither a Nextcloud nor an ownCloud. Enter the "
      "address of the cloud's start page, with its sub-path.",
      "По этому адресу отвечает веб-сервер, но не Nextcloud и не ownCloud. Введите адрес главной "
      "страницы облака вместе с путём."}},
    {"maintenance",
     {"The cloud is in maintenance mode. Wait for its end or switch it off there (occ "
      "maintenance:mode --off), then try again.",
      "Облако находится в режиме обслуживания. Дождитесь его окончания или выключите его (occ "
      "maintenance:mode --off) и повторите."}},
    {"app_password",
     {"The cloud does not accept an app password for changes to accounts. Enter the password of "
      "the administrator's account itself.",
      "Облако не разрешает менять учётные записи с паролем приложения. Введите пароль самой "
      "учётной записи администратора."}},
    {"timeout",
     {"The cloud did not answer in time. Check its load and the way to it; after failed logins it "
      "slows down on purpose.",
      "Облако не ответило вовремя. Проверьте его нагрузку и сеть; после неудачных входов оно "
      "замедляется намеренно."}},
};

struct HoldRow {
    struct {
        std::string_view type;  // the code with underscores
        Phrase reason;          // on the program's screens
    } name;

    Phrase text;
};

// In the order of HoldCode.
constexpr HoldRow kHolds[] = {
    {{"no_tariff", {"no tariff", "нет тарифа"}},
     {"The service has no tariff. Give it one.", "У услуги нет тарифного плана. Назначьте его."}},
    {{"dangling_reference", {"a row points nowhere", "строка ссылается в никуда"}},
     {"A record of the panel names another one that does not exist. Correct the service or its "
      "tariff.",
      "Запись панели ссылается на несуществующую. Исправьте услугу или её тарифный план."}},
    {{"no_disk", {"the tariff has no disk space", "в тарифе нет дискового места"}},
     {"The tariff has no resource disk or disc, so the size of the storage is not known. Add the "
      "resource to the tariff.",
      "В тарифном плане нет ресурса disk или disc, поэтому размер хранилища неизвестен. Добавьте "
      "ресурс в тарифный план."}},
    {{"unknown_status", {"unknown status", "неизвестный статус"}},
     {"The service has a status that the controller does not know, so it is left as it is. Check "
      "the service in the panel.",
      "У услуги неизвестное контроллеру состояние, поэтому она не изменяется. Проверьте услугу в "
      "панели."}},
    {{"unknown_addon_type", {"unknown add-on type", "неизвестный тип дополнения"}},
     {"The tariff's disk resource is of a kind that has no size. Make it a limit or a list of "
      "values.",
      "Ресурс диска в тарифном плане имеет вид, у которого нет размера. Сделайте его лимитом или "
      "списком значений."}},
    {{"bad_measure", {"bad unit of measure", "плохая единица измерения"}},
     {"The unit of the tariff's disk resource cannot be converted to bytes. Correct the unit in "
      "the panel.",
      "Единицу измерения ресурса диска нельзя перевести в байты. Исправьте единицу измерения в "
      "панели."}},
    {{"bad_number", {"bad amount", "плохое количество"}},
     {"The size of the storage is negative or too large. Correct the tariff or the service's "
      "order.",
      "Размер хранилища отрицателен или слишком велик. Исправьте тарифный план или заказ услуги."}},
    {{"bad_login", {"the cloud would refuse the login", "облако не примет такой логин"}},
     {"The cloud would refuse the login __login__. Correct the parameter username of the service.",
      "Облако не примет имя пользователя __login__. Исправьте параметр username услуги."}},
    {{"login_clash", {"two items claim one login", "две услуги претендуют на один логин"}},
     {"Two services claim the login __login__. Give one of them another one.",
      "Две услуги претендуют на имя пользователя __login__. Измените его у одной из них."}},
    {{"bad_group", {"bad group", "плохая группа"}},
     {"The group of the tariff cannot be used for clients. Choose another one in the tariff.",
      "Группа из тарифного плана не может использоваться для клиентов. Выберите другую группу в "
      "тарифном плане."}},
    {{"bad_secret", {"a secret cannot be decrypted", "секрет не расшифровывается"}},
     {"A protected parameter cannot be decrypted with the panel's key. Check etc/billmgr.pem and "
      "save the password again.",
      "Защищённый параметр не расшифровывается ключом панели. Проверьте etc/billmgr.pem и "
      "сохраните пароль заново."}},
    {{"no_server", {"no server", "нет сервера"}},
     {"The service has no processing module. Choose one for it.",
      "У услуги нет модуля обработки. Выберите его."}},
    {{"server_disabled", {"the server is switched off", "сервер выключен"}},
     {"The processing module of this service is switched off. Switch it on to change its services.",
      "Модуль обработки этой услуги выключен. Включите его, чтобы изменять услуги."}},
    {{"moved_server", {"moved to another server", "перенесена на другой сервер"}},
     {"The service was moved to another cloud, and its files are still on the old one. Move the "
      "files first.",
      "Услуга перенесена на другое облако, а файлы клиента остались на прежнем. Сначала перенесите "
      "файлы."}},
    {{"bad_server", {"the server cannot be used", "сервером нельзя пользоваться"}},
     {"The address or the login of the cloud cannot be used. Correct the processing module's "
      "settings.",
      "Адрес или учётные данные облака непригодны. Исправьте настройки модуля обработки."}},
    {{"not_ours", {"the account is not ours", "учётная запись не наша"}},
     {"The cloud already has an account __login__ that was not opened for this service; it is not "
      "touched. Rename one of the two, or adopt the account.",
      "В облаке уже есть учётная запись __login__, открытая не для этой услуги; она не изменяется. "
      "Переименуйте одну из двух или примите запись (adopt)."}},
    {{"protected", {"protected account", "защищённая запись"}},
     {"The account __login__ is an administrator of the cloud and is never changed. Give the "
      "service another login.",
      "Учётная запись __login__ принадлежит администратору облака и никогда не изменяется. "
      "Назначьте услуге другое имя пользователя."}},
    {{"missing_group", {"the cloud has no such group", "в облаке нет такой группы"}},
     {"The cloud does not have the group that the tariff names. Create it there or choose another "
      "one in the tariff.",
      "В облаке нет группы, указанной в тарифном плане. Создайте её там или выберите другую в "
      "тарифном плане."}},
    {{"incomplete_read", {"the account could not be read", "запись не удалось прочитать"}},
     {"The account could not be read from the cloud, so nothing is changed. The controller tries "
      "again by itself.",
      "Не удалось прочитать учётную запись из облака, поэтому ничего не изменено. Контроллер "
      "повторит попытку сам."}},
    {{"foreign_backend",
      {"the account lives in another backend", "запись живёт в другом хранилище"}},
     {"The account is managed by another directory (LDAP, SAML) and cannot be changed here. Change "
      "it there.",
      "Учётной записью управляет другой каталог (LDAP, SAML), здесь её изменить нельзя. Измените "
      "её там."}},
    {{"login_changed", {"the panel names another login", "в панели другой логин"}},
     {"The panel names another login than the account has, and a cloud cannot rename an account. "
      "Put the former login back.",
      "В панели указано другое имя пользователя, чем у учётной записи, а переименовать запись в "
      "облаке нельзя. Верните прежнее имя."}},
    {{"other_client", {"another client's account", "учётная запись другого клиента"}},
     {"The account __login__ with its files belongs to another client; it is not touched. Give the "
      "service another login, or adopt the account if the service changed hands.",
      "Учётная запись __login__ с файлами принадлежит другому клиенту; она не изменяется. "
      "Назначьте "
      "услуге другое имя пользователя или примите запись (adopt), если услуга перешла к новому "
      "владельцу."}},
    {{"in_doubt", {"an outcome is not known yet", "исход ещё неизвестен"}},
     {"The outcome of an earlier call is not known yet. The controller finds it out by itself; "
      "nothing has to be done.",
      "Итог предыдущего обращения пока неизвестен. Контроллер выяснит его сам, делать ничего не "
      "нужно."}},
    {{"backoff", {"failed before, waits", "была неудача, ждёт"}},
     {"An earlier attempt failed; the next one follows by itself.",
      "Предыдущая попытка не удалась; следующая начнётся сама."}},
    {{"fighting", {"somebody keeps reverting it", "кто-то возвращает обратно"}},
     {"Somebody keeps undoing the controller's correction of this account. Find out who changes it "
      "in the cloud, then resume it.",
      "Кто-то постоянно отменяет исправления этой учётной записи. Выясните, кто меняет её в "
      "облаке, и затем возобновите её."}},
    {{"refused", {"refused by the cloud", "облако отказало"}},
     {"The cloud refused the change. Correct what it names, then start the operation again.",
      "Облако отклонило изменение. Исправьте то, на что оно указывает, и запустите операцию "
      "снова."}},
    {{"parked", {"failed too often", "слишком много неудач"}},
     {"It failed too often and is not tried again by itself. Mend what the last failure names, "
      "then "
      "say bill-nextcloud replay with the number of the service.",
      "Слишком много неудач, само больше не повторяется. Исправьте то, что названо в последней "
      "неудаче, затем выполните bill-nextcloud replay с номером услуги."}},
    {{"kept", {"kept by an operator", "сохранена оператором"}},
     {"The service is closed, but an operator keeps its account. Say bill-nextcloud undelete --end "
      "with its number when it shall be closed.",
      "Услуга закрыта, но оператор сохраняет её учётную запись. Чтобы закрыть её, выполните "
      "bill-nextcloud undelete --end с её номером."}},
    {{"by_hand", {"changed by hand", "изменено вручную"}},
     {"A field that may be changed by hand was changed. It stays so until another one is sold.",
      "Поле, которое разрешено менять вручную, изменено. Так и останется, пока не продано "
      "другое."}},
    {{"window", {"waits for its time", "ждёт своего времени"}},
     {"The controller's settings do not allow this change at this time. It is done in its time.",
      "Настройки контроллера не разрешают это изменение в это время. Оно будет сделано в своё "
      "время."}},
    {{"retention", {"kept until its retention ends", "хранится до конца срока"}},
     {"The service is closed; its account stays disabled until its files may be deleted.",
      "Услуга закрыта; учётная запись остаётся отключённой до срока удаления файлов."}},
    {{"vanished", {"the panel's row is gone", "строка панели исчезла"}},
     {"The service is gone from the panel, but not long enough to delete its account.",
      "Услуга исчезла из панели, но ещё недостаточно давно, чтобы удалить учётную запись."}},
    {{"policy", {"not allowed by the policy", "политика не разрешает"}},
     {"The policy of this cloud in the controller's settings does not allow the change.",
      "Политика этого облака в настройках контроллера не разрешает изменение."}},
    {{"blast_radius", {"more than a limit allows", "больше, чем разрешает предел"}},
     {"More would be taken away than a limit allows, so it waits. Look at it "
      "with bill-nextcloud plan and approve it if that is right.",
      "Отнять пришлось бы больше, чем разрешает предел, поэтому это ждёт. "
      "Просмотрите командой bill-nextcloud plan и одобрите, если всё верно."}},
    {{"incomplete_snapshot", {"knowledge is incomplete", "сведения неполны"}},
     {"The cloud or the panel was not read completely, and nothing is disabled or deleted on such "
      "knowledge. The controller tries again by itself.",
      "Облако или панель прочитаны не полностью, а по таким данным ничего не отключается и не "
      "удаляется. Контроллер повторит попытку сам."}},
    {{"clock", {"the host's clock went back", "часы сервера шли назад"}},
     {"The clock of the controller's host went back. Until it has gone on for a day, or somebody "
      "says "
      "bill-nextcloud accept-readings, nothing is closed or deleted.",
      "Часы машины контроллера перевели назад. Пока они не прошли сутки или кто-нибудь не выполнит "
      "bill-nextcloud accept-readings, ничего не закрывается и не удаляется."}},
    {{"paused", {"paused", "приостановлена"}},
     {"The service is paused for the controller. Resume it on the page Nextcloud: drift.",
      "Услуга приостановлена для контроллера. Возобновите её на странице «Nextcloud: "
      "расхождения»."}},
    {{"panel_maintenance", {"the panel is in maintenance", "панель на обслуживании"}},
     {"The panel is in maintenance (etc/billmgr.DoNothing), or nobody knows whether it is. Nothing "
      "is changed until that is over.",
      "Панель на обслуживании (etc/billmgr.DoNothing), либо это неизвестно. До его окончания "
      "ничего не меняется."}},
};

static_assert(
    std::size(kHolds) == static_cast<std::size_t>(HoldCode::kMaintenance) + 1,
    "a hold without its words"
);

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

std::vector<PanelText> made_texts() {
    std::vector<PanelText> all;
    const auto add = [&all](std::string_view type, const Phrase& text, const Phrase& end) {
        const auto in = [&](Language l) { return std::string(text.in(l)).append(end.in(l)); };
        all.push_back({type, in(Language::kEnglish), in(Language::kRussian)});
    };
    for (const TextRow& row : kTexts) {
        add(row.type, row.text, row.details ? kDetails : Phrase{});
    }
    for (const HoldRow& row : kHolds) {
        add(row.name.type, row.text, kDetails);
    }
    return all;
}

}  // namespace

const std::vector<PanelText>& all_texts() {
    static const std::vector<PanelText> all = made_texts();
    return all;
}

const PanelText* find_text(std::string_view type) {
    const auto found = std::ranges::find(all_texts(), type, &PanelText::type);
    return found == all_texts().end() ? nullptr : &*found;
}

std::string_view reason(HoldCode code, Language language) {
    return kHolds[static_cast<std::size_t>(code)].name.reason.in(language);
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
