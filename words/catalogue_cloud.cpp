// What ocs/ says of a cloud.
#include "words/catalogue.hpp"

namespace bn::words {
namespace {

constexpr Phrase kCloudTexts[] = {
    // what a call was about
    {"account {} on {}", "учётная запись {} на {}"},
    {"status.php of {}", "status.php облака {}"},
    {"capabilities of {}", "возможности облака {}"},
    {"our login on {}", "наш вход на {}"},
    {"our files on {}", "наши файлы на {}"},
    {"accounts from {} on {}", "учётные записи с {} на {}"},
    {"list of accounts on {}", "список учётных записей на {}"},
    {"list of groups on {}", "список групп на {}"},
    {"account {} on {}: {}", "учётная запись {} на {}: {*}"},
    {"status.php of {}: {}", "status.php облака {}: {*}"},
    {"capabilities of {}: {}", "возможности облака {}: {*}"},
    {"our login on {}: {}", "наш вход на {}: {*}"},
    {"our files on {}: {}", "наши файлы на {}: {*}"},
    {"accounts from {} on {}: {}", "учётные записи с {} на {}: {*}"},
    {"list of accounts on {}: {}", "список учётных записей на {}: {*}"},
    {"list of groups on {}: {}", "список групп на {}: {*}"},
    {"refused: {}", "отказано: {*}"},
    {"not found: {}", "не найдено: {*}"},
    {"code {}", "код {}"},
    // reading
    {"the list of accounts does not end", "список учётных записей не кончается"},
    {"make the pages larger", "увеличьте страницы"},
    {"{}: the list of accounts brings the same ones again from {} on, in full pages: who comes "
     "after them is not listed",
     "{}: начиная с {} список учётных записей полными страницами повторяет одни и те же: следующие "
     "за ними в него не попадают"},
    {"look at the cloud's user back-end (LDAP without paging?); a `page_size` above the number of "
     "accounts reads them at once",
     "проверьте хранилище пользователей облака (LDAP без постраничной выдачи?); при `page_size` "
     "больше числа записей они читаются за один раз"},
    {"{}: the page of accounts from {} on is empty, though there is {}",
     "{}: страница учётных записей с {} пуста, хотя есть {}"},
    {"look into the cloud's log (nextcloud.log) at this minute",
     "посмотрите журнал облака (nextcloud.log) за эту минуту"},
    {"look into the cloud's log ({}) at this minute",
     "посмотрите журнал облака ({}) за эту минуту"},
    {"the program is going down", "программа завершается"},
    {"this port has closed itself", "это подключение уже закрыто"},
    {"an unknown day", "неизвестный день"},
    {"{}, CN={}, valid until {}", "{}, CN={}, действителен до {*}"},
    {"the proxy refuses our login (407)", "прокси не принимает наш вход (407)"},
    {"the proxy refuses to connect us (status {})",
     "прокси отказывается нас соединить (статус {})"},
    {"{}: another cloud answered: its instance id is {}, ours is {}",
     "{*}: ответило другое облако: его instance id {}, а наше {}"},
    {"let {} lead to the cloud that our accounts are on",
     "пусть {} ведёт к облаку с нашими учётными записями"},
    {"{} (there is no such account)", "{*} (такой учётной записи нет)"},
    {"{}: asked for the account {}, answered was {}", "{*}: спросили запись {}, в ответ пришла {}"},
    {"look at what stands between here and the cloud: answers must not be cached",
     "проверьте, что стоит на пути к облаку: ответы не должны кешироваться"},
    {"{} is {}, which has no OCS user API", "{} — это {}, у которого нет OCS API пользователей"},
    {"take this server out of the processing modules; only Nextcloud and ownCloud 10/11 work",
     "уберите этот сервер из модулей обработки; работают только Nextcloud и ownCloud 10/11"},
    {"{} listed {:# account|# accounts}, and not even {}, which we log in with",
     "{} показало {} {1|учётную запись|учётные записи|учётных записей}, и среди них нет даже {}, с "
     "которой мы входим"},
    {"created, but: {}", "создана, но: {*}"},
    {"the limit of changes is spent", "предел изменений исчерпан"},
    {"{}: the cloud's limit of changes per ten minutes is spent",
     "{*}: исчерпан предел облака на изменения за десять минут"},
    {"to lift it, see docs/ocs.md", "как его снять, описано в docs/ocs.md"},
    {"{}; and looking at the account failed: {}",
     "{*}; и посмотреть на учётную запись не удалось: {*}"},
    {"an action that no call can do: {}", "действие, для которого нет вызова: {t}"},
    {"a create of {} without fields or password", "создание {} без полей или пароля"},
    {"an unknown quota for {}", "неизвестная квота для {}"},
    // remedies
    {"put the right user name and password into the processing module; until then no call is made, "
     "because each failed login makes the server answer us slower",
     "укажите верные имя пользователя и пароль в модуле обработки; до этого вызовов не будет, "
     "потому что каждый неудачный вход замедляет ответы сервера"},
    {"make the login of the processing module a member of the cloud's group admin",
     "добавьте пользователя модуля обработки в группу admin облака"},
    {"Nextcloud 34 and patched older versions refuse app passwords on writes: put the account's "
     "own password (of an administrator without two-factor login) into the processing module",
     "Nextcloud 34 и исправленные более старые версии не принимают пароли приложений для записи: "
     "укажите в модуле обработки пароль самой учётной записи (администратора без двухфакторного "
     "входа)"},
    {"check the address {} of the processing module: it must be the cloud's own, with its "
     "sub-path, and no proxy may change it",
     "проверьте адрес {} модуля обработки: это должен быть адрес самого облака вместе с путём, и "
     "прокси не должен его менять"},
    {"look at the web server or firewall in front of {}; this answer is not the cloud's",
     "посмотрите веб-сервер или межсетевой экран перед {}; этот ответ дало не облако"},
    {"compare the password policy of the cloud with the length configured for new passwords",
     "сравните политику паролей облака с заданной длиной новых паролей"},
    {"let what stands in front of {} pass requests to /ocs, /status.php and /remote.php without a "
     "page of its own; the address that it leads to is not the cloud's and must never get its "
     "password",
     "пусть то, что стоит перед {}, пропускает запросы к /ocs, /status.php и /remote.php без "
     "собственной страницы; адрес, куда оно ведёт, — не облако, и пароль туда попасть не должен"},
    {"find who fails to log in from this address, then run occ security:bruteforce:reset with it",
     "найдите, кто неудачно входит с этого адреса, затем выполните для него occ "
     "security:bruteforce:reset"},
    {"to lift the limit, set ratelimit_overwrite (Nextcloud 34) or put this host on the bruteforce "
     "allow list with apply_allowlist_to_ratelimit (docs/ocs.md)",
     "чтобы снять предел, задайте ratelimit_overwrite (Nextcloud 34) или внесите эту машину в "
     "белый список bruteforce с apply_allowlist_to_ratelimit (docs/ocs.md)"},
    {"put the address that the redirect names, without /ocs and what follows, into the processing "
     "module",
     "укажите в модуле обработки адрес из перенаправления, без /ocs и того, что дальше"},
    {"look at the account in the cloud", "посмотрите учётную запись в облаке"},
    {"let the proxy in front of {} pass the header OCS-APIRequest: true",
     "пусть прокси перед {} пропускает заголовок OCS-APIRequest: true"},
    {"put the proxy's login into the address `proxy` of the server in the configuration (special "
     "characters as %XX), or take the proxy out of the way",
     "укажите вход прокси в адресе `proxy` сервера в конфигурации (особые символы как %XX) или "
     "уберите прокси с пути"},
    {"look at the request limits of the web server in front of {}",
     "посмотрите ограничения запросов веб-сервера перед {}"},
    {"when it is not meant to be: occ maintenance:mode --off, and occ maintenance:singleuser --off",
     "если так не задумано: occ maintenance:mode --off и occ maintenance:singleuser --off"},
    {"when it is not meant to be: occ maintenance:mode --off",
     "если так не задумано: occ maintenance:mode --off"},
    {"look at PHP on the cloud's host", "проверьте PHP на машине облака"},
    {"look at the load of the cloud's host", "проверьте нагрузку машины облака"},
    {"look whether the cloud's host runs and lets the service in front of {} through (its "
     "addresses, its certificate)",
     "проверьте, работает ли машина облака и пропускает ли она службу перед {} (адреса, "
     "сертификат)"},
    {"make room on the cloud's disk", "освободите место на диске облака"},
    {"add the host of {} to trusted_domains in the cloud's config.php",
     "добавьте узел {} в trusted_domains файла config.php облака"},
    {"switch the app provisioning_api on: occ app:enable provisioning_api",
     "включите приложение provisioning_api: occ app:enable provisioning_api"},
    {"compare the tariff with the cloud's largest allowed quota",
     "сравните тариф с наибольшей квотой, которую разрешает облако"},
    {"look whose the folder of this name in the cloud's data directory is; move a former account's "
     "away once nobody needs it: the account is made then",
     "посмотрите, чья папка с этим именем в каталоге данных облака; папку прежней записи уберите, "
     "когда она никому не нужна: тогда запись будет создана"},
    {"change the login of the item", "измените логин услуги"},
    {"change what the message names", "измените то, что названо в сообщении"},
    {"create the group in the cloud, or change the tariff's usergroup",
     "создайте группу в облаке или измените usergroup тарифа"},
    {"raise the number of accounts that the cloud's subscription or its apps allow, or remove "
     "accounts that nobody needs",
     "увеличьте число записей, разрешённое подпиской или приложениями облака, или удалите ненужные "
     "записи"},
    {"do what the message says; where it is about the password, compare the cloud's password "
     "policy with the length configured for new passwords",
     "сделайте, что сказано в сообщении; если оно о пароле, сравните политику паролей облака с "
     "заданной длиной новых паролей"},
    {"give the owner of the item an e-mail address", "укажите владельцу услуги адрес e-mail"},
    {"correct the e-mail address of the item's owner", "исправьте адрес e-mail владельца услуги"},
    {"shorten the name of the item's owner", "сократите имя владельца услуги"},
    {"the account may live in LDAP, or our login may lack the right",
     "запись может жить в LDAP, или у нашего входа нет прав"},
    {"never sell the account of the processing module",
     "никогда не продавайте учётную запись модуля обработки"},
    {"it may be the one that we log in with; else look into the cloud's log",
     "возможно, с ней мы и входим; иначе смотрите журнал облака"},
    {"correct the address {} of the processing module: https://host[:port][/sub-path]",
     "исправьте адрес {} модуля обработки: https://host[:port][/sub-path]"},
    {"check the host name in {} and this machine's name resolution",
     "проверьте имя узла в {} и разрешение имён на этой машине"},
    {"look at the log of the web server of {}, and of what stands before it: the connection was "
     "closed before the answer was whole",
     "посмотрите лог веб-сервера {} и того, что стоит перед ним: соединение закрыто раньше, чем "
     "ответ пришёл целиком"},
    {"check that the web server of {} runs and that no firewall is between",
     "проверьте, что веб-сервер {} работает и что межсетевой экран не мешает"},
    {"renew the certificate of {}, or name its CA file in the configuration",
     "обновите сертификат {} или укажите файл его CA в конфигурации"},
    {"check the CA file named in the configuration", "проверьте файл CA, указанный в конфигурации"},
    {"check the proxy named in the configuration, and the login in its address (special characters "
     "as %XX)",
     "проверьте прокси, указанный в конфигурации, и вход в его адресе (особые символы как %XX)"},
    {"look at the load of the cloud's host; after failed logins it delays each answer by up to 25 "
     "s",
     "проверьте нагрузку машины облака; после неудачных входов оно задерживает каждый ответ до 25 "
     "с"},
    {"raise the limit of the answer's size in the configuration, or make pages smaller",
     "увеличьте предел размера ответа в конфигурации или уменьшите страницы"},
    {"check what stands between us and {}", "проверьте, что стоит между нами и {}"},
    // what went wrong
    {"{}: not to be read over WebDAV: {}", "{*}: не читается по WebDAV: {*}"},
    {"{}: the server redirects to {}, and we do not send our password there",
     "{*}: сервер перенаправляет на {*}, а туда мы пароль не отправляем"},
    {"{}: something in front of the cloud leads to {} instead of an answer; our password is not "
     "sent there",
     "{*}: что-то перед облаком вместо ответа ведёт на {*}; пароль туда не отправляется"},
    {"an address that it does not name", "неназванный адрес"},
    {"{}: refused with 401, which ownCloud also says of a missing account or a field that must not "
     "be changed",
     "{*}: отказано с кодом 401; так ownCloud отвечает и об отсутствующей записи, и о поле, "
     "которое нельзя менять"},
    {"{}: the cloud refuses our login", "{*}: облако не принимает наш вход"},
    {"{}: the cloud did not get our header OCS-APIRequest",
     "{*}: до облака не дошёл наш заголовок OCS-APIRequest"},
    {"{}: a proxy on the way wants a login", "{*}: прокси на пути требует входа"},
    {"{}: the cloud shuts our address out after failed logins",
     "{*}: облако закрылось от нашего адреса после неудачных входов"},
    {"{}: the server takes no more requests for now", "{*}: сервер пока не принимает запросов"},
    {"{}: the cloud is in maintenance, or serves a single user",
     "{*}: облако на обслуживании или обслуживает одного пользователя"},
    {"{}: the cloud is in maintenance", "{*}: облако на обслуживании"},
    {"{}: the server is not available", "{*}: сервер недоступен"},
    {"{}: the web server got no answer from the cloud",
     "{*}: веб-сервер не получил ответа от облака"},
    {"{}: the web server waited too long for the cloud", "{*}: веб-сервер не дождался облака"},
    {"{}: the service in front waited too long for the cloud",
     "{*}: служба перед облаком его не дождалась"},
    {"{}: the service in front did not reach the cloud: {}",
     "{*}: служба перед облаком до него не дошла: {*}"},
    {"{}: the cloud has no room left", "{*}: в облаке кончилось место"},
    {"{}: the cloud failed inside", "{*}: внутренняя ошибка облака"},
    {"{}: the server failed with status {}", "{*}: ошибка сервера, статус {}"},
    {"{}: the server does not accept this kind of request",
     "{*}: сервер не принимает такие запросы"},
    {"{}: the request is too large", "{*}: запрос слишком велик"},
    {"{}: the web server knows no such page", "{*}: веб-сервер не знает такой страницы"},
    {"{}: the web server knows no such address; no cloud answered",
     "{*}: веб-сервер не знает такого адреса; облако не ответило"},
    {"{}: the cloud takes a parameter of the request for wrong, and does not say which",
     "{*}: облако считает один из параметров запроса неверным и не говорит какой"},
    {"{}: the cloud does not accept its own address", "{*}: облако не принимает собственный адрес"},
    {"{}: what stands in front of the cloud does not take the request: {}",
     "{*}: стоящее перед облаком не принимает запрос: {*}"},
    {"{}: something in front of the cloud forbids the request",
     "{*}: что-то перед облаком запрещает запрос"},
    {"{}: the cloud wants a confirmed password", "{*}: облако требует подтверждения пароля"},
    {"{}: the cloud refuses the password: {}", "{*}: облако не принимает пароль: {*}"},
    {"{}: our login has no right to do this: {}", "{*}: у нашего входа нет на это прав: {*}"},
    {"{}: refused with status {}, and not by the cloud",
     "{*}: отказано со статусом {}, и не облаком"},
    {"{}: the cloud failed inside, and answered nothing",
     "{*}: внутренняя ошибка облака, ответ пуст"},
    {"{}: the answer is not one of the OCS API: {}", "{*}: это не ответ OCS API: {*}"},
    {"{}: status {} makes no sense here", "{*}: статус {} здесь не имеет смысла"},
    {"{}: the cloud does not know this call", "{*}: облако не знает такого вызова"},
    {"{}: there is no such account", "{*}: такой учётной записи нет"},
    {"{}: our login may not see this account", "{*}: наш вход не видит эту запись"},
    {"{}: there is no such group", "{*}: такой группы нет"},
    {"{}: not found: {}", "{*}: не найдено: {*}"},
    {"{}: an account of this name exists already", "{*}: запись с таким именем уже есть"},
    {"{}: the cloud refuses the quota, but may have made the account: {}",
     "{*}: облако не принимает квоту, но запись, возможно, создало: {*}"},
    {"{}: not created, or only in part: {}", "{*}: не создана или создана не полностью: {*}"},
    {"{}: not created: files of this name are on the cloud's disk already, a former account's or "
     "the cloud's own",
     "{*}: не создана: на диске облака уже есть файлы с этим именем — прежней записи или самого "
     "облака"},
    {"{}: the cloud failed inside, half-way perhaps",
     "{*}: внутренняя ошибка облака, возможно, на полпути"},
    {"{}: the cloud refuses this login: {}", "{*}: облако не принимает этот логин: {*}"},
    {"{}: the cloud refuses the account: {}", "{*}: облако не принимает учётную запись: {*}"},
    {"{}: the group of the tariff does not exist: {}", "{*}: группы тарифа не существует: {*}"},
    {"{}: the group of the tariff does not exist", "{*}: группы тарифа не существует"},
    {"{}: our login has no right to use this group: {}",
     "{*}: у нашего входа нет прав на эту группу: {*}"},
    {"{}: our login has no right to use this group", "{*}: у нашего входа нет прав на эту группу"},
    {"{}: our login manages some groups only: {}",
     "{*}: наш вход управляет лишь некоторыми группами: {*}"},
    {"{}: the cloud takes no more accounts: {}", "{*}: облако больше не принимает записей: {*}"},
    {"{}: a former account of this name is still being deleted: {}",
     "{*}: прежняя запись с этим именем ещё удаляется: {*}"},
    {"{}: a create without a password", "{*}: создание без пароля"},
    {"{}: the cloud refuses a group: {}", "{*}: облако не принимает группу: {*}"},
    {"{}: the cloud wants an e-mail address for each account",
     "{*}: облако требует адрес e-mail для каждой записи"},
    {"{}: the cloud cannot make a login: {}", "{*}: облако не может составить логин: {*}"},
    {"{}: the cloud refuses the quota: {}", "{*}: облако не принимает квоту: {*}"},
    {"{}: the cloud refuses the e-mail address", "{*}: облако не принимает адрес e-mail"},
    {"{}: the cloud refuses the display name: {}",
     "{*}: облако не принимает отображаемое имя: {*}"},
    {"{}: the cloud refuses one of several fields: {}",
     "{*}: облако не принимает одно из полей: {*}"},
    {"{}: this field of the account must not be changed",
     "{*}: это поле учётной записи менять нельзя"},
    {"{}: the cloud refuses; the account is gone, or it is the one that we log in with",
     "{*}: облако отказывает; записи уже нет, или с ней мы и входим"},
    {"{}: the cloud refuses to delete the account",
     "{*}: облако отказывается удалить учётную запись"},
    {"{}: a group without a name", "{*}: группа без имени"},
    {"{}: the cloud protects this membership: {}", "{*}: облако защищает это членство: {*}"},
    {"{}: refused: {}", "{*}: отказано: {*}"},
    {"{}: refused with a code that we do not know: {}",
     "{*}: отказано с неизвестным нам кодом: {*}"},
    {"{}: the answer is larger than allowed", "{*}: ответ больше допустимого"},
    {"{}: a write was refused because this run may only read",
     "{*}: запись не выполнена: этот запуск только читает"},
    {"its database failed; what it says of that may hold a password's hash and is not kept, the "
     "cloud's log has it (code {})",
     "сбой его базы данных; сообщение о нём может содержать хеш пароля и не сохраняется, оно есть "
     "в журнале облака (код {})"},
    {"{} (code {})", "{} (код {})"},
};

}  // namespace

Table texts_of_the_cloud() {
    return kCloudTexts;
}

}  // namespace bn::words
