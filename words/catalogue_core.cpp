// Reasons, holds, remedies and outcomes of reconciler/.
#include "words/catalogue.hpp"

namespace bn::words {
namespace {

constexpr Phrase kCoreTexts[] = {
    // names and values
    {"item {}", "услуга {}"},
    {"server {}", "сервер {}"},
    {"server {} ({})", "сервер {} ({})"},
    {"server {} ({}): {}", "сервер {#} ({}): {*}"},
    {"account {}", "учётная запись {}"},
    {"action {}", "действие {}"},
    {"item {}, processingmodule {}", "услуга {}, модуль обработки {}"},
    {"itemparam of item {}", "itemparam услуги {}"},
    {"itemparam username of item {}", "itemparam username услуги {}"},
    {"group {} on server {}", "группа {} на сервере {}"},
    {"everything", "всё"},
    {"this server", "этот сервер"},
    {"what is named", "названное"},
    {"unlimited", "без ограничений"},
    {"not set", "не задана"},
    {"unknown", "неизвестна"},
    {"nothing", "ничего"},
    {"none", "нет"},
    {"absent", "нет"},
    {"enabled", "включена"},
    {"disabled", "отключена"},
    {"enabled, has files", "включена, есть файлы"},
    {"disabled, has files", "отключена, есть файлы"},
    {"ours", "наша"},
    {"{:# day|# days}", "{} {0|день|дня|дней}"},
    {"{:# hour|# hours}", "{} {0|час|часа|часов}"},
    {"{:# minute|# minutes}", "{} {0|минуту|минуты|минут}"},
    {"{:# second|# seconds}", "{} {0|секунду|секунды|секунд}"},
    {"{:# millisecond|# milliseconds}", "{} {0|миллисекунду|миллисекунды|миллисекунд}"},
    {"since {}", "с {@}"},
    {"since {}: {}", "с {@}: {}"},
    {"since {} until {}", "с {@} до {@}"},
    {"since {} until {}: {}", "с {@} до {@}: {}"},
    {"since {} by {}", "с {@}, {}"},
    {"since {} by {}: {}", "с {@}, {}: {}"},
    {"since {} until {} by {}", "с {@} до {@}, {}"},
    {"since {} until {} by {}: {}", "с {@} до {@}, {}: {}"},

    // why an action is planned
    {"the item is active", "услуга активна"},
    {"the item is suspended", "услуга приостановлена в панели"},
    {"the item is closed", "услуга закрыта"},
    {"the item is closed, and an operator keeps its account",
     "услуга закрыта, но оператор сохраняет её учётную запись"},
    {"the item's row is gone from the panel", "строка услуги исчезла из панели"},
    {"the item was bought back within its retention",
     "услугу снова оплатили до конца срока хранения"},
    {"{}; deleted {} after this", "{*}; удаление через {*} после этого"},
    {"{}; its retention ended {}", "{*}; срок хранения истёк {@}"},
    {"{}; deleted once this is seen to be done", "{*}; удаление, как только это подтвердится"},
    {"another quota was sold", "продана другая квота"},
    {"the item is suspended, and its account stays readable",
     "услуга приостановлена, а учётная запись остаётся доступной для чтения"},
    {"the item is suspended: its account stays readable and takes no more files",
     "услуга приостановлена: учётная запись доступна для чтения, новых файлов не принимает"},
    {"the item is active: its account takes files again",
     "услуга активна: учётная запись снова принимает файлы"},
    {"the owner has another name", "у владельца другое имя"},
    {"the cloud lacks the tariff's group", "в облаке нет группы тарифа"},
    {"another quota was sold, and it leaves no room at all",
     "продана другая квота, и места не остаётся совсем"},
    {"another quota was sold, and {} are used", "продана другая квота, а занято {*}"},
    {"another quota was sold, and what is used is not known",
     "продана другая квота, а сколько занято, неизвестно"},
    {"the owner has another e-mail address", "у владельца другой адрес e-mail"},
    {"the tariff's group", "группа тарифа"},
    {"the group of another tariff", "группа другого тарифа"},
    {"the account was there and is gone; its files are not restored",
     "учётная запись была и исчезла; файлы не восстанавливаются"},
    {"the item is wanted again after its account was deleted",
     "услуга снова нужна, а её учётная запись удалена"},
    {"the account was opened earlier and is gone; its files are not restored",
     "учётная запись была открыта раньше и исчезла; файлы не восстанавливаются"},
    {"the item is paid and has no account", "услуга оплачена, а учётной записи нет"},
    {"a person said that it is this service's", "человек сказал, что она принадлежит этой услуге"},
    {"{} of the same client is closed and hands its account over",
     "{*} того же клиента закрыта и передаёт свою учётную запись"},
    {"itemparam username of item {}, opened before us, names it",
     "её называет itemparam username услуги {}, открытой до нас"},
    {"itemparam username of item {} names it", "её называет itemparam username услуги {}"},

    // holds: closing
    {"{} is closed, but {} names its account {}.",
     "{*} закрыта, но её учётную запись {2} указывает {1*}."},
    {"{} is closed, but {}, which is not paid yet, names its account {}.",
     "{*} закрыта, но её учётную запись {2} указывает {1*}, ещё не оплаченная."},
    {"Give one of the two items another username in the panel. A new service of the same client "
     "takes the account over once it is opened.",
     "Дайте одной из двух услуг другой username в панели. Новая услуга того же клиента примет "
     "учётную запись, когда будет открыта."},
    {"Cancel {}, or give it another username, if the files are not to be kept; once {} is paid and "
     "opened it takes the account over.",
     "Если файлы сохранять не нужно, отмените заказ ({*}) или дайте ему другой username; когда "
     "он будет оплачен и открыт ({*}), он примет учётную запись."},
    {"The item is closed, and the account {} that it names works; nothing shows that it was made "
     "for the item.",
     "Услуга закрыта, а учётная запись {}, которую она называет, работает; ничто не показывает, "
     "что запись создана для этой услуги."},
    {"If it is somebody else's, give the item another username in the panel.",
     "Если запись чужая, дайте услуге другой username в панели."},
    {"Closed in the panel; an operator keeps the account {}.",
     "Закрыта в панели; оператор сохраняет учётную запись {*}."},
    {"Nothing to do. Say `bill-nextcloud undelete {} --end` when it shall be closed; its retention "
     "begins anew then.",
     "Делать ничего не нужно. Чтобы закрыть её, выполните `bill-nextcloud undelete {} --end`; срок "
     "хранения начнётся заново."},
    {"Closed; kept disabled. The clock of this host is in doubt: its retention stands still.",
     "Закрыта; хранится отключённой. Часам этой машины нельзя верить: срок хранения не идёт."},
    {"Closed; kept disabled until {}, then deleted.",
     "Закрыта; хранится отключённой до {@}, затем удаляется."},
    {"Nothing to do. Buying the service back before then keeps the files.",
     "Делать ничего не нужно. Если услугу оплатят до этого срока, файлы сохранятся."},
    {"The account {}, which is not known to be the item's and worked, is missing from one reading; "
     "a list may skip an account.",
     "Учётной записи {}, которая работала и о которой неизвестно, принадлежит ли она услуге, нет в "
     "одном чтении; список может пропустить запись."},
    {"Nothing to do: it is looked for once more before the panel hears that it is closed.",
     "Делать ничего не нужно: её поищут ещё раз, прежде чем сообщить панели о закрытии."},
    {"The item's row is gone from the panel; it is treated as closed when it stayed gone for {} "
     "and "
     "{:# more complete pass|# more complete passes}.",
     "Строка услуги исчезла из панели; услуга будет считаться закрытой, если строки не будет {*} и "
     "ещё {} {1|полный проход|полных прохода|полных проходов}."},
    {"Find out who removed the row; bring it back if that was a mistake.",
     "Выясните, кто удалил строку; верните её, если это ошибка."},

    // holds: group, server, row
    {"pricelistparam usergroup of the tariff of item {}",
     "pricelistparam usergroup тарифа услуги {}"},
    {"The tariff's group {} means the group admin.", "Группа тарифа «{}» означает группу admin."},
    {"Choose another group in the tariff: clients are never made administrators.",
     "Выберите в тарифе другую группу: клиенты никогда не становятся администраторами."},
    {"The tariff's group {} does not exist in the cloud.",
     "Группы «{}», указанной в тарифе, нет в облаке."},
    {"The tariff's group {} does not exist in the cloud, and is not made: {}.",
     "Группы «{}», указанной в тарифе, нет в облаке, и она не создаётся: {*}."},
    {"it means administrators", "она означает администраторов"},
    {"a name of at most 64 bytes, without a slash, control characters and outer blanks is needed",
     "нужно имя не длиннее 64 байт, без косой черты, управляющих символов и пробелов по краям"},
    {"one is there, or named by another tariff, that differs in letter case only",
     "есть или названа в другом тарифе группа, отличающаяся лишь регистром"},
    {"The item is suspended and its account is to stay readable; which product its cloud is was "
     "not recorded yet.",
     "Услуга приостановлена, и её запись должна остаться доступной для чтения; какой продукт у "
     "облака, ещё не записано."},
    {"Nothing to do: the next pass knows it.",
     "Делать ничего не нужно: это узнает следующий проход."},
    {"The item is suspended and its account is to stay readable; the cloud does not say which "
     "quota it has.",
     "Услуга приостановлена, и её запись должна остаться доступной для чтения; облако не говорит, "
     "какая у неё квота."},
    {"Open the account in the cloud and look why its storage cannot be read, or say `overdue = "
     "\"disable\"` for this server in the configuration.",
     "Откройте учётную запись в облаке и выясните, почему её хранилище не читается, или задайте "
     "для этого сервера `overdue = \"disable\"` в конфигурации."},
    {"Create the group in the cloud, or choose another one in the tariff. The group's id counts: "
     "one that was renamed in the cloud keeps its first name as its id.",
     "Создайте группу в облаке или выберите в тарифе другую. Важен id группы: у переименованной в "
     "облаке группы id остаётся первым именем."},
    {"The account {} and its files are here, but the panel gives the item another server.",
     "Учётная запись {} и её файлы здесь, но панель назначает услуге другой сервер."},
    {"Move the item back in the panel, or move the files by hand and pause the item.",
     "Верните услугу на прежний сервер в панели или перенесите файлы вручную и приостановите "
     "услугу."},
    {"The panel has switched this server off.", "Панель выключила этот сервер."},
    {"Switch the processing module on in the panel when the server shall be served again.",
     "Когда сервер снова нужно обслуживать, включите модуль обработки в панели."},
    {"The panel's rows of this item could not be understood.",
     "Строки этой услуги в панели не удалось понять."},
    {"Look at the item and its tariff in the panel.", "Посмотрите услугу и её тариф в панели."},

    // holds: somebody else changes it
    {"The {} of {} was set to {} {:# time|# times} since {} and did not stay.",
     "Поле «{t}» записи {} было задано как {*} ({} {3|раз|раза|раз} с {@}) и не удержалось."},
    {"The {} of {} was set to {} {:# time|# times} since {} and did not stay: it was found to be "
     "{}.",
     "Поле «{t}» записи {} было задано как {*} ({} {3|раз|раза|раз} с {@}) и не удержалось: "
     "найдено {*}."},
    {"Find who or what changes it back in the cloud, {}; it is tried again after a pause.",
     "Выясните, кто или что меняет его обратно в облаке ({*}); попытка повторится после паузы."},
    {"often a directory that enables and disables accounts (LDAP, SAML, OIDC)",
     "часто это каталог, который включает и отключает записи: LDAP, SAML, OIDC"},
    {"often the group mapping of LDAP, SAML or OIDC, at each login",
     "часто это сопоставление групп LDAP, SAML или OIDC при каждом входе"},
    {"often the client himself, or a directory at each login",
     "часто это сам клиент или каталог при каждом входе"},
    {"often an app that sets it at each login of the client (LDAP, SAML or OIDC: its quota "
     "attribute)",
     "часто это приложение, которое задаёт его при каждом входе клиента: атрибут квоты LDAP, SAML "
     "или OIDC"},
    {"The {} is {} and is set once only; {} was sold.",
     "Поле «{t}» равно {*} и задаётся только один раз; продано: {*}."},
    {"The {} was changed by hand to {}; {} was sold.",
     "Поле «{t}» изменили вручную на {*}; продано: {*}."},
    {"Nothing to do: an account is made with it (`create_only` in the configuration).",
     "Делать ничего не нужно: оно задаётся при создании записи (`create_only` в конфигурации)."},
    {"Nothing to do: it stays so until another one is sold (`by_hand` in the configuration).",
     "Делать ничего не нужно: так останется, пока не продадут другое (`by_hand` в конфигурации)."},

    // guards
    {"The reading of the panel is incomplete: {}", "Панель прочитана не полностью: {*}"},
    {"The reading of the panel is from {}", "Панель прочитана в {@}"},
    {"The panel's data is older than what was seen before (a replica that lags, or a backup; if it "
     "is meant to be so, `resume --accept-panel` says it)",
     "Данные панели старее виденных раньше (отстающая реплика или восстановленная копия; если так "
     "и задумано, скажите это командой `resume --accept-panel`)"},
    {"The panel shows no items of this server", "В панели нет услуг этого сервера"},
    {"The panel's items of this server shrank from {} to {}",
     "Число услуг этого сервера в панели упало с {} до {}"},
    {"The reading of the cloud is incomplete: {}", "Облако прочитано не полностью: {*}"},
    {"The reading of the cloud is from {}", "Облако прочитано в {@}"},
    {"The cloud shows no accounts at all, not even our own",
     "Облако не показывает ни одной учётной записи, даже нашей собственной"},
    {"The cloud's accounts shrank from {} to {}", "Число учётных записей облака упало с {} до {}"},
    // the two above and a full stop, as a hold says them
    {"The reading of the panel is incomplete: {}.", "Панель прочитана не полностью: {*}."},
    {"The reading of the panel is from {}.", "Панель прочитана в {@}."},
    {"The panel's data is older than what was seen before (a replica that lags, or a backup; if it "
     "is meant to be so, `resume --accept-panel` says it).",
     "Данные панели старее виденных раньше (отстающая реплика или восстановленная копия; если так "
     "и задумано, скажите это командой `resume --accept-panel`)."},
    {"The panel shows no items of this server.", "В панели нет услуг этого сервера."},
    {"The panel's items of this server shrank from {} to {}.",
     "Число услуг этого сервера в панели упало с {} до {}."},
    {"The reading of the cloud is incomplete: {}.", "Облако прочитано не полностью: {*}."},
    {"The reading of the cloud is from {}.", "Облако прочитано в {@}."},
    {"The cloud shows no accounts at all, not even our own.",
     "Облако не показывает ни одной учётной записи, даже нашей собственной."},
    {"The cloud's accounts shrank from {} to {}.",
     "Число учётных записей облака упало с {} до {}."},
    {"The policy {} of this server {}.", "Политика {} этого сервера: {*}."},
    {"only looks", "только смотреть"},
    {"only creates and adopts accounts", "только создавать и принимать учётные записи"},
    {"does not close or delete accounts", "не закрывать и не удалять учётные записи"},
    {"allows everything", "разрешено всё"},
    {"Set the policy of this server to one that allows it, when you trust the plan.",
     "Когда убедитесь в плане, задайте этому серверу политику, которая это разрешает."},
    {"Give the item another login in the panel.", "Дайте услуге другой логин в панели."},
    {"Give the item another login.", "Дайте услуге другой логин."},
    {"This is the account that we log in with.", "С этой учётной записью мы сами входим в облако."},
    {"The account is an administrator of the cloud.", "Это администратор облака."},
    {"The account lives in a foreign backend.", "Учётная запись живёт в чужом хранилище."},
    {"The account lives in a foreign backend (LDAP, SAML, guests).",
     "Учётная запись живёт в чужом хранилище (LDAP, SAML, гости)."},
    {"Give the item another login, or take the account out of the group admin.",
     "Дайте услуге другой логин или уберите учётную запись из группы admin."},
    {"Newer events were lost with the event store, and nothing shows since then that this account "
     "is still the item's.",
     "Новые события потеряны вместе с хранилищем, и с тех пор ничто не показывает, что запись всё "
     "ещё принадлежит услуге."},
    {"Look whose account it is; if it is the item's, take it away by hand.",
     "Посмотрите, чья это запись; если она этой услуги, уберите её вручную."},
    {"The account is not one that we created or adopted for this item.",
     "Эту учётную запись мы не создавали и не принимали для услуги."},
    {"Give the item another login, or say that the account is its own by `bill-nextcloud adopt "
     "--item {}`.",
     "Дайте услуге другой логин или подтвердите, что запись её: `bill-nextcloud adopt --item {}`."},
    {"Of {:# account that is|# accounts that are} ours, {:# is|# are} gone from the cloud at once: "
     "it may be another cloud, "
     "or one that came back from a backup. None of these is made anew.",
     "Из облака разом исчезли наши учётные записи: {1} из {0}. Возможно, это другое облако или "
     "восстановленное из копии. Ни одна из них заново не создаётся."},
    {"Of {:# account that is|# accounts that are} ours, {:# is|# are} gone from the cloud at once, "
     "and it does not show "
     "which cloud it is: it may be another one. Nothing is done there.",
     "Из облака разом исчезли наши учётные записи: {1} из {0}, и не видно, какое это облако: "
     "возможно, другое. Там ничего не делается."},
    {"Look at the cloud. If it is the right one and they are really gone, say so by "
     "`bill-nextcloud accept-readings {}`: they are made anew, without files, with new passwords.",
     "Посмотрите на облако. Если это то самое облако и записей действительно нет, подтвердите: "
     "`bill-nextcloud accept-readings {}`. Они будут созданы заново, без файлов, с новыми "
     "паролями."},
    {"It is read again with the next pass; if this stays, look at the side that is named. If it is "
     "right as it is, say so with `bill-nextcloud accept-readings {}`.",
     "Следующий проход прочитает снова; если так и останется, проверьте названную сторону. Если "
     "всё верно, подтвердите: `bill-nextcloud accept-readings {}`."},
    {"Look at `bill-nextcloud plan`; approve exactly what waits if it is right (`bill-nextcloud "
     "approve`), or mend the panel if it is not.",
     "Посмотрите `bill-nextcloud plan`; если ждущее верно, одобрите именно его (`bill-nextcloud "
     "approve`), если нет, исправьте данные в панели."},
    {"The clock of this host went back: until it has gone on for service.clock_grace, nothing is "
     "closed or deleted.",
     "Часы этой машины перевели назад: пока они не пройдут service.clock_grace, ничего не "
     "закрывается и не удаляется."},
    {"Set the clock right. Then wait, or say `bill-nextcloud accept-readings {}`.",
     "Поправьте часы. Затем подождите или выполните `bill-nextcloud accept-readings {}`."},
    {"The panel is in maintenance {}.", "Панель на обслуживании {*}."},
    {"End it in the panel: remove etc/billmgr.DoNothing on its host. Where nobody can tell, see "
     "that the panel can be reached.",
     "Завершите его в панели: удалите etc/billmgr.DoNothing на её машине. Если состояние "
     "неизвестно, проверьте, что панель доступна."},
    {"An operator paused everything {}.", "Оператор приостановил всё {*}."},
    {"An operator paused this server {}.", "Оператор приостановил этот сервер {*}."},
    {"An operator paused this item {}.", "Оператор приостановил эту услугу {*}."},
    {"Say `bill-nextcloud resume {}` when it shall go on.",
     "Чтобы продолжить, выполните `bill-nextcloud resume {}`."},
    {"Say `bill-nextcloud resume --item {}` when it shall be kept right again.",
     "Чтобы её снова исправлять, выполните `bill-nextcloud resume --item {}`."},
    {"It is not the time for this: {}.", "Сейчас для этого не время: {*}."},
    {"within `{}`", "сейчас `{}`"},
    {"outside of {}", "сейчас не {}"},
    {"Nothing to do: it is done in its time (`windows` in the configuration).",
     "Делать ничего не нужно: это будет сделано в своё время (`windows` в конфигурации)."},
    {"The last attempt failed.", "Последняя попытка не удалась."},
    {"The last attempt failed: {}", "Последняя попытка не удалась: {*}"},
    {"Nothing to do: it is tried again later.",
     "Делать ничего не нужно: попытка повторится позже."},
    {"It failed {:# time|# times} since {} and is not tried again by itself. {}",
     "Не удалось {} {0|раз|раза|раз} с {@}, само больше не повторяется. {*}"},
    {"Mend what is named, then say `bill-nextcloud replay {}`.",
     "Исправьте названное, затем выполните `bill-nextcloud replay {}`."},
    {"Change what the cloud refuses; it is tried again later, or at once by `bill-nextcloud replay "
     "{}`.",
     "Измените то, что облако отвергает; попытка повторится позже, а сразу — командой "
     "`bill-nextcloud replay {}`."},
    {"It waits for an approval: {}.", "Ждёт одобрения: {*}."},
    {"It waits for an approval, with what the plan of the whole server takes away.",
     "Ждёт одобрения вместе с тем, что отнимает план всего сервера."},
    {"{} are left of deletes that were too many at once",
     "из слишком большого числа удалений осталось: {#}"},
    {"{} {}, after {} in the last {}; {:# is|# are} allowed ({:# account is|# accounts are} ours)",
     "{1*}: {0#}, а за последние {3*} было {2#}; разрешено {4} (наших учётных записей: {5})"},
    {"{} {}, after {} in the last {}; {:# is|# are} allowed ({:# account is|# accounts are} ours "
     "on all servers)",
     "{1*}: {0#}, а за последние {3*} было {2#}; разрешено {4} (наших учётных записей на всех "
     "серверах: {5})"},
    {"hour", "час"},
    {"day", "сутки"},
    {"deletes", "удаления"},
    {"disables", "отключения"},
    {"quotas below what is used (or not known to be used)",
     "квоты меньше занятого (или занятое неизвестно)"},
    {"smaller quotas", "уменьшения квоты"},
    {"groups taken away", "исключения из группы"},
    {"changed e-mail addresses", "смены e-mail"},

    // opening
    {"A single look does not find the account, which is ours; a whole reading has to confirm that "
     "before it is made anew.",
     "При одиночном взгляде нашей учётной записи нет; прежде чем создать её заново, это должно "
     "подтвердить полное чтение."},
    {"Whether the account {} is the item's was on record in the event store, which is lost.",
     "Принадлежит ли запись {} этой услуге, было записано в журнале событий, а он утерян."},
    {"Look whose account it is, and remove nothing: it may be this service's.",
     "Выясните, чья это запись, и ничего не удаляйте: она может принадлежать этой услуге."},
    {"The next full pass reads all accounts; `bill-nextcloud plan` does so now.",
     "Следующий полный проход прочитает все записи; `bill-nextcloud plan` делает это сейчас."},
    {"The item is in progress, only a change is pending and it has no opening date: whether it was "
     "ever paid is not known.",
     "Услуга обрабатывается, ждёт только изменения и не имеет даты открытия: неизвестно, была ли "
     "она когда-либо оплачена."},
    {"Finish or delete the pending operation in the panel.",
     "Завершите или удалите ожидающую операцию в панели."},
    {"A call for {} about this login is in doubt.",
     "Исход вызова с этим логином неизвестен ({*})."},
    {"Nothing to do: the account is looked at before anything else happens to it.",
     "Делать ничего не нужно: прежде всего на запись посмотрят ещё раз."},
    {"How much space was sold is not known; no account is made with a guessed quota.",
     "Сколько места продано, неизвестно; учётная запись с угаданной квотой не создаётся."},
    {"Give the tariff a resource disk.", "Добавьте в тариф ресурс disk."},

    // whose an account is
    {"Rename or remove that account, or give the item another username in the panel.",
     "Переименуйте или удалите ту запись либо дайте услуге другой username в панели."},
    {"{} If it is this service's all the same, say so by `bill-nextcloud adopt --item {}`.",
     "{*} Если запись всё же принадлежит этой услуге, подтвердите: `bill-nextcloud adopt --item "
     "{}`."},
    {"{}, and nothing shows that the account {} that is there now is the service's: {}.",
     "{*}, и ничто не показывает, что нынешняя учётная запись {} принадлежит услуге: {*}."},
    {"it has not the e-mail address of the service", "её адрес e-mail не тот, что у услуги"},
    {"no e-mail address of the service is known, and it has another size",
     "адрес e-mail услуги неизвестен, а размер у записи другой"},
    {"neither an e-mail address nor a size of the service is known",
     "ни адрес e-mail, ни размер услуги не известны"},
    {"The item's account was gone when the cloud was read",
     "Когда читали облако, учётной записи услуги не было"},
    {"What was recorded of the item is lost with the event store",
     "Записанное об услуге потеряно вместе с хранилищем событий"},
    {"Newer events about the item's account were lost with the store",
     "Новые события об учётной записи услуги потеряны вместе с хранилищем"},
    {"The item's account was gone, or used since it was closed",
     "Учётная запись услуги исчезала или использовалась после закрытия"},
    {"the cloud has an account {} already that we did not create.",
     "в облаке уже есть учётная запись {}, созданная не нами."},
    {"The item is not known to be opened yet, and the cloud has an account {} already that we did "
     "not create.",
     "Неизвестно, открыта ли уже услуга, а в облаке уже есть учётная запись {}, созданная не "
     "нами."},
    {"The item was opened, or got its login, after this cloud was first read; its account {} was "
     "not made by us.",
     "Услугу открыли или дали ей логин после первого чтения этого облака; её учётная запись {} "
     "создана не нами."},
    {"Look whose account it is; rename it, or give the item another username, if it is somebody "
     "else's.",
     "Посмотрите, чья это запись; если чужая, переименуйте её или дайте услуге другой username."},
    {"The account {} is client {}'s; the panel gives the item to client {}.",
     "Учётная запись {} принадлежит клиенту {}; панель отдаёт услугу клиенту {}."},
    {"Find out whether the item's number was used again (a restored panel, a removed row): give "
     "the "
     "new item another number or login then.",
     "Выясните, не использован ли номер услуги повторно (панель из копии, удалённая строка): тогда "
     "дайте новой услуге другой номер или логин."},
    {"Whether {} took effect is not known yet.", "Подействовало ли «{t}», пока неизвестно."},
    {"The account {} and its files are on server {}.",
     "Учётная запись {} и её файлы находятся на сервере {}."},
    {"The panel names the login {}, but the account is {}.",
     "В панели указан логин {}, а учётная запись называется {}."},
    {"Set the saved username back to {}; there is no rename.",
     "Верните в сохранённый username значение {}; переименования нет."},
    {"The cloud named the account but gave no details of it.",
     "Облако назвало учётную запись, но не сообщило о ней подробностей."},
    {"Look at the account in the cloud's user list, and at the cloud's log.",
     "Посмотрите на запись в списке пользователей облака и в журнал облака."},
    {"The account {} belongs to {}.", "Владелец учётной записи {}: {*}."},
    {"Give one of the two items another login in the panel.",
     "Дайте одной из двух услуг другой логин в панели."},
    {"The item's account {} was deleted; the account of this name that is there now is not ours.",
     "Учётная запись услуги {} была удалена; нынешняя запись с этим именем не наша."},
    {"The items {} claim the login {} on one cloud.",
     "Услуги {} претендуют на логин {} в одном облаке."},
    {"Give all but one of them another username, or close them.",
     "Всем, кроме одной, дайте другой username или закройте их."},

    // what has changed since the plan
    {"the next pass decides anew", "следующий проход решит заново"},
    {"another call about {} is on its way or in doubt",
     "другой вызов о записи {} ещё идёт, или его исход неизвестен"},
    {"the panel is in maintenance since the plan was made: {}",
     "после составления плана панель ушла на обслуживание: {*}"},
    {"an operator paused it since the plan was made: {}",
     "после составления плана это приостановил оператор: {}"},
    {"it may not be done at this time: {}", "сейчас этого делать нельзя: {*}"},
    {"the item was paused since the plan was made", "после составления плана услугу приостановили"},
    {"an operator said since the plan was made that its account is kept",
     "после составления плана оператор решил сохранить эту учётную запись"},
    {"the account {} is not ours, or not any more", "учётная запись {} не наша или уже не наша"},
    {"a limit was reached since the plan was made: {}",
     "после составления плана достигнут предел: {*}"},
    {"the clock of this host went back since the plan was made",
     "после составления плана часы этой машины перевели назад"},
    {"the retention of the account {} has not ended", "срок хранения учётной записи {} не истёк"},
    {"the account {} is there: the list missed it", "учётная запись {} есть: список её пропустил"},
    {"the account {} was read again just before and is now protected or not fully readable",
     "учётную запись {} только что прочитали снова: теперь она защищена или читается не полностью"},
    {"the account {} was to be deleted but somebody has enabled it again",
     "учётную запись {} нужно было удалить, но её кто-то снова включил"},
    {"the account {} was to be deleted, but {}", "учётную запись {} нужно было удалить, но {*}"},
    {"the panel could not be read whole just before: {}",
     "прямо перед этим панель не удалось прочитать полностью: {*}"},
    {"the panel's data read just before is older than what was seen before",
     "прочитанные перед этим данные панели старее виденных раньше"},
    {"item {} is not closed any more", "услуга {} уже не закрыта"},
    {"the row of item {} is gone since the plan was made",
     "строка услуги {} исчезла после составления плана"},
    {"item {} is another client's now", "услуга {} теперь принадлежит другому клиенту"},
    {"item {} names the account {}", "услуга {} указывает учётную запись {}"},
    {"item {}, which is not paid yet, names the account {}",
     "услуга {}, ещё не оплаченная, указывает учётную запись {}"},
    {"item {} has the account {} too", "у услуги {} та же учётная запись {}"},
    {"the cloud does not say when somebody last logged into {}, so that nothing shows that it is "
     "the account that was closed",
     "облако не сообщает, когда в последний раз входили под {}, и ничто не показывает, что это та "
     "запись, которую закрыли"},
    {"look whose account it is, and remove it by hand if it is not needed",
     "посмотрите, чья это запись, и удалите её вручную, если она не нужна"},
    {"somebody has logged into the account {} since it was closed, or another one has its name",
     "в учётную запись {} входили после закрытия, или её имя носит другая"},
    {"nothing shows that the account {} is the one that was closed; its retention begins anew",
     "ничто не показывает, что {} — та запись, которую закрыли; срок хранения начинается заново"},
    {"the account was gone, and the one of its name that is there now was not made by us",
     "учётная запись исчезла, а нынешнюю с её именем создали не мы"},
    {"it was gone, or the one of its name could not have been made for item {}",
     "её не стало, иначе нельзя было бы создать запись с её именем для услуги {}"},
    {"the cloud was asked to make the account {} and says that it made {}: nothing of it is taken "
     "for ours",
     "облако просили создать учётную запись {}, а оно ответило, что создало {}: ничего из этого "
     "своим не считаем"},
    {"look at both accounts in the cloud, and for what rewrites requests or logins there",
     "посмотрите на обе записи в облаке и найдите, что там переписывает запросы или логины"},
    {"an account named {} exists already and was not made by us",
     "учётная запись {} уже существует, и создали её не мы"},
    {"rename or remove it in the cloud, or give the item another login",
     "переименуйте или удалите её в облаке либо дайте услуге другой логин"},
    {"the cloud said that the account {} was deleted, and it is still there",
     "облако ответило, что учётная запись {} удалена, а она на месте"},
    {"look at the cloud's log, and for what answers in its place",
     "посмотрите журнал облака и проверьте, не отвечает ли за него кто-то другой"},
    {"its call had no sure answer, and a look shows no effect: {}",
     "ответа, которому можно верить, не было, и в облаке изменения не видно: {*}"},
    {"its call had no sure answer", "ответа, которому можно верить, не было"},
    {"an account does not show which groups there are; it is asked for again where it is still "
     "needed, and one that is there is no fault",
     "по учётной записи не видно, какие есть группы; где группа ещё нужна, её попросят снова, и "
     "готовая не помешает"},
    {"the cloud failed in the middle of its create", "облако сбилось посреди создания записи"},
    {"its create had no answer; a look found it",
     "ответа на создание не было; запись нашлась в облаке"},
    {"the answer to its create was lost", "ответ на создание записи потерялся"},
    {"the account is enabled", "учётная запись включена"},
    {"the account is disabled", "учётная запись отключена"},
    {"the quota is {}", "квота: {*}"},
    {"the e-mail address is '{}'", "адрес e-mail: «{}»"},
    {"the display name is '{}'", "отображаемое имя: «{}»"},
    {"the account is in the group {}", "учётная запись состоит в группе {}"},
    {"the account is not in the group {}", "учётная запись не состоит в группе {}"},
    {"the account is not there", "учётной записи нет"},
    {"the account is there, so far as the cloud made it before it failed",
     "учётная запись есть, насколько облако успело её создать до сбоя"},
    {"the account is there, as it was asked for", "учётная запись есть, такая, как просили"},
    {"an account of this name is there, not as it was asked for: it is not taken for ours",
     "запись с этим именем есть, но не такая, как просили: своей её не считаем"},
    {"the account is still there", "учётная запись всё ещё есть"},
    {"a password cannot be seen; it is set again", "пароль увидеть нельзя; он задаётся снова"},
    {"the cloud gave no details of the account",
     "облако не сообщило подробностей об учётной записи"},
    {"the account of the closed item was removed by somebody else",
     "учётную запись закрытой услуги удалил кто-то другой"},
    {"its account is not ours any more", "её учётная запись больше не наша"},
    {"the service is closed", "услуга закрыта"},
    {"the account was gone, or used since it was closed, and the one of its name has neither the "
     "service's e-mail address nor its size",
     "учётная запись исчезала или использовалась после закрытия, а у нынешней с её именем нет ни "
     "адреса e-mail услуги, ни её размера"},

    // what an operator says
    {"nobody could tell for too long whether it is: {}",
     "слишком долго никто не мог сказать, так ли это: {*}"},
    {"the panel is in maintenance {}; nothing was changed",
     "панель на обслуживании {*}; ничего не изменено"},
    {"end it in the panel (remove etc/billmgr.DoNothing on its host), then say it again",
     "завершите его в панели (удалите etc/billmgr.DoNothing на её машине) и повторите"},
    {"item {} is not known; nothing was changed", "услуга {} неизвестна; ничего не изменено"},
    {"server {} is not known; nothing was changed", "сервер {} неизвестен; ничего не изменено"},
    {"a pass must have seen it first, of `apply` or the service; its number is that of the service "
     "in the panel",
     "сначала её должен увидеть проход: `apply` или служба; номер тот же, что у услуги в панели"},
    {"a pass must have seen it first, of `apply` or the service; `bill-nextcloud check` lists the "
     "panel's servers with their numbers",
     "сначала его должен увидеть проход: `apply` или служба; серверы панели с номерами показывает "
     "`bill-nextcloud check`"},
    {"`bill-nextcloud check` lists the panel's servers with their numbers",
     "серверы панели с номерами показывает `bill-nextcloud check`"},
    {"its end, {}, is over already; nothing was changed",
     "указанный конец {@} уже прошёл; ничего не изменено"},
    {"give a time to come, or a span from now such as 8h",
     "укажите будущее время или промежуток от этого момента, например 8h"},
    {"item {} is paused for longer already, {}; nothing was changed",
     "услуга {} уже приостановлена на больший срок, {*}; ничего не изменено"},
    {"server {} is paused for longer already, {}; nothing was changed",
     "сервер {} уже приостановлен на больший срок, {*}; ничего не изменено"},
    {"everything is paused for longer already, {}; nothing was changed",
     "всё уже приостановлено на больший срок, {*}; ничего не изменено"},
    {"let it be, or end that pause first by `bill-nextcloud resume`",
     "оставьте как есть или сначала закончите ту паузу: `bill-nextcloud resume`"},
    {"its account is kept, {}: to close it anew say `bill-nextcloud undelete {} --end`",
     "её учётная запись сохраняется {*}: чтобы снова закрыть, выполните `bill-nextcloud undelete "
     "{} --end`"},
    {"what was seen there is doubted: where it is right all the same, say `bill-nextcloud "
     "accept-readings {}`",
     "увиденному там не верим: если всё же верно, выполните `bill-nextcloud accept-readings {}`"},
    {"a wider pause holds it, {}: that ends by `bill-nextcloud resume {}`",
     "её держит более широкая пауза {*}: она заканчивается командой `bill-nextcloud resume {}`"},
    {"item {} is not paused; nothing was changed",
     "услуга {} не приостановлена; ничего не изменено"},
    {"server {} is not paused; nothing was changed",
     "сервер {} не приостановлен; ничего не изменено"},
    {"everything is not paused; nothing was changed", "общей паузы нет; ничего не изменено"},
    {"what is named is not paused; nothing was changed",
     "названное не приостановлено; ничего не изменено"},
    {"`bill-nextcloud status` says what is paused, and what is doubted",
     "`bill-nextcloud status` показывает, что приостановлено и чему не верим"},
    {"nobody has said that the account of item {} is kept; nothing was changed",
     "никто не решал сохранять учётную запись услуги {}; ничего не изменено"},
    {"look at `bill-nextcloud item {}`", "смотрите `bill-nextcloud item {}`"},
    {"the account of item {} is deleted, with its files",
     "учётная запись услуги {} удалена вместе с файлами"},
    {"item {} has no account of ours", "у услуги {} нет нашей учётной записи"},
    {"restore its files from a backup of the cloud; buy the service back to have an account made",
     "восстановите файлы из резервной копии облака; чтобы создать запись, снова оплатите услугу"},
    {"the account of item {} is being deleted: the call is on its way, or had no answer",
     "учётная запись услуги {} удаляется: вызов ещё идёт или остался без ответа"},
    {"look at the cloud; say it again once `bill-nextcloud item {}` says what became of it",
     "посмотрите на облако; повторите, когда `bill-nextcloud item {}` покажет, чем кончилось"},
    {"item {} is closed in the panel, and its account not yet: there is nothing to take back",
     "услуга {} в панели закрыта, а её учётная запись ещё нет: возвращать нечего"},
    {"item {} is not closed: there is nothing to take back",
     "услуга {} не закрыта: возвращать нечего"},
    {"`bill-nextcloud pause --item {}` keeps it as it is, whatever the panel says",
     "`bill-nextcloud pause --item {}` оставит её как есть, что бы ни говорила панель"},
    {"nothing is parked", "ничего не отложено"},
    {"nothing is parked with the code {}", "с кодом {} ничего не отложено"},
    {"nothing has failed for what is named", "у названного не было неудач"},
    {"`bill-nextcloud replay` lists what is parked",
     "`bill-nextcloud replay` показывает отложенное"},
    {"nothing waits under the checksum {}; nothing was changed",
     "под контрольной суммой {} ничего не ждёт; ничего не изменено"},
    {"the panel or a cloud has moved on: look at `bill-nextcloud plan` again",
     "в панели или облаке что-то изменилось: снова посмотрите `bill-nextcloud plan`"},
    {"the backup {} was put in place: it ends at event {}; {:# event was|# events were} recorded",
     "на место поставлена копия {}: она кончается событием {}; записано было {} "
     "{2|событие|события|событий}"},
    {"the backup {} was put in place: it ends at event {}; what was recorded after it is not known",
     "на место поставлена копия {}: она кончается событием {}; что записано после неё, неизвестно"},

    // problems that the panel shows, imports
    {"the panel has no processing module of ours", "в панели нет нашего модуля обработки"},
    {"the cloud is away", "облако недоступно"},
    {"What is to be taken away waits for an approval on server {}: {}. Look at it with "
     "`bill-nextcloud plan`; `bill-nextcloud approve {}` lets exactly that through",
     "То, что нужно отнять, ждёт одобрения, сервер {}: {*}. Посмотрите `bill-nextcloud plan`; "
     "`bill-nextcloud approve {}` пропустит именно это"},
    {"it is protected, or lives in another backend", "она защищена или живёт в другом хранилище"},
    {"it belongs to a service already", "она уже принадлежит услуге"},
    {"it became a service a moment ago, or may have; look at the panel's list of services before "
     "you try again",
     "она только что стала услугой или могла ею стать; прежде чем повторять, посмотрите список "
     "услуг панели"},

    // servers
    {"server {} was at {}, the panel now says {}; the accounts that are ours are on the former",
     "сервер {} был по адресу {}, теперь в панели {}; наши учётные записи остались на прежнем"},
    {"if it is the same cloud under a new address: say `bill-nextcloud accept-address {}`; if not, "
     "give the new cloud a processing module of its own",
     "если это то же облако под новым адресом, выполните `bill-nextcloud accept-address {}`; если "
     "нет, дайте новому облаку собственный модуль обработки"},
    {"if it is the same cloud under a new address: say `bill-nextcloud accept-address {}` (it must "
     "then show the instance id {}); if not, give the new cloud a processing module of its own",
     "если это то же облако под новым адресом, выполните `bill-nextcloud accept-address {}` (оно "
     "должно показать instance id {}); если нет, дайте новому облаку собственный модуль обработки"},
    {"another cloud answers at {} (server {}): its instance id is {}, our accounts are on {}; "
     "nothing is done there",
     "по адресу {} (сервер {}) отвечает другое облако: его instance id {}, а наши записи на {}; "
     "там ничего не делается"},
    {"let the address lead to {} again; if {} has the same accounts with their files, say "
     "`bill-nextcloud accept-cloud {}`; else give it a processing module of its own",
     "верните адрес к {}; если в {} те же учётные записи с файлами, выполните `bill-nextcloud "
     "accept-cloud {}`; иначе дайте ему собственный модуль обработки"},
    {"the cloud of server {} was restored from a backup: its data fingerprint is {}, it was {}; "
     "nothing is done there",
     "облако сервера {} восстановлено из копии: его data fingerprint {}, был {}; там ничего не "
     "делается"},
    {"see which accounts are missing or back there; then say `bill-nextcloud accept-cloud {}`, or "
     "`bill-nextcloud apply --accept-cloud {}`, which shows what it would do and asks",
     "посмотрите, каких записей там не хватает и какие вернулись; затем выполните `bill-nextcloud "
     "accept-cloud {}` или `bill-nextcloud apply --accept-cloud {}`, которая покажет, что сделает, "
     "и спросит"},
    {"the server is left alone until {} after: {}", "сервер не трогаем до {@} после ошибки: {*}"},
    {"another cloud than before answers for server {}",
     "за сервер {} отвечает не то облако, что раньше"},
    {"nothing of ours is there: it is looked at anew by itself",
     "ничего нашего там нет: посмотрим на него заново без вашего участия"},
    {"server {} is in maintenance mode", "сервер {} в режиме обслуживания"},
    {"switch it off with `occ maintenance:mode --off`; it is looked at again by itself",
     "выключите его: `occ maintenance:mode --off`; проверка повторится сама"},
    {"server {} waits for its database upgrade", "сервер {} ждёт обновления своей базы данных"},
    {"run `occ upgrade` there; it is looked at again by itself",
     "выполните там `occ upgrade`; проверка повторится сама"},
    {"the login {} is not an administrator of server {}",
     "пользователь {} не администратор сервера {}"},
    {"add it to the group admin, or give another login in the panel's server form",
     "добавьте его в группу admin или укажите другого в форме сервера в панели"},
    {"the panel has no service at all, but {} are known to us",
     "в панели нет ни одной услуги, а нам известно: {}"},
    {"look at the database that [panel] names: is it the right one, and is it whole?",
     "проверьте базу данных, указанную в [panel]: та ли она и вся ли на месте"},
    {"the event store belongs to the panel {}, but the configuration names the panel {}",
     "хранилище событий принадлежит панели {}, а в конфигурации указана панель {}"},
    {"name the panel's own database and key, or another store.path for this panel",
     "укажите базу данных и ключ той самой панели или другой store.path для этой"},

    // usage and verdicts
    {"item {}: {}", "услуга {}: {*}"},
    {"item {}: its account was not read", "услуга {}: её учётная запись не прочитана"},
    {"the server of this service is switched off, or the panel names none, so its account was not "
     "looked at",
     "сервер этой услуги выключен или не указан в панели, поэтому её учётную запись не смотрели"},
    {"switch it on in the panel and in the configuration, or choose the service's processing "
     "module",
     "включите его в панели и в конфигурации или выберите модуль обработки услуги"},
    {"the panel has no service of this number for our module",
     "в панели нет услуги нашего модуля с этим номером"},
    {"look at the service's processing module in the panel",
     "посмотрите модуль обработки услуги в панели"},
    {"the panel's row does not ask for what the operation is to bring about",
     "строка панели не требует того, что должна сделать операция"},
    {"wait: the row is read again", "подождите: строка будет прочитана снова"},
    {"the account could not be looked at yet", "на учётную запись пока не удалось посмотреть"},
    {"not all that is needed was done yet", "сделано ещё не всё, что нужно"},

    // said elsewhere
    {"The account {} with its files is client {}'s; the panel gives the item to client {}.",
     "Учётная запись {} с файлами принадлежит клиенту {}; панель отдаёт услугу клиенту {}."},
    {"Nothing to do: the next full pass reads all accounts.",
     "Делать ничего не нужно: следующий полный проход прочитает все записи."},
    {"on server {}: {}", "сервер {}: {*}"},
    {"on server {} ({}): {}", "сервер {} ({}): {*}"},
    {"The policy {} of this server does not allow {}.",
     "Политика {} этого сервера не разрешает: {t}."},
    {"The policy {} of this server does not allow {} of a closed item.",
     "Политика {} этого сервера не разрешает для закрытой услуги: {t}."},
    {"{}, and nothing shows that the account {} that is there now is the service's: it has not its "
     "e-mail address (where none is known, not its size).",
     "{*}, и ничто не показывает, что нынешняя учётная запись {} принадлежит услуге: у неё другой "
     "адрес e-mail (а где он неизвестен — другой размер)."},
};

}  // namespace

Table texts_of_the_core() {
    return kCoreTexts;
}

}  // namespace bn::words
