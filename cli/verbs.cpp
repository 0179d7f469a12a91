#include "cli/verbs.hpp"

#include <algorithm>

namespace bn::cli {

const OptionRow kHelpRow = {
    "-h,--help", &Arguments::everything, {"Print this help", "Показать эту справку"}};

namespace {

const OptionRow kConfigRow = {
    "-c,--config FILE",
    &Arguments::config,
    {"Configuration (TOML); else $BILL_NEXTCLOUD_CONFIG, else "
     "/etc/bill-nextcloud/config.toml",
     "Конфигурация (TOML); иначе $BILL_NEXTCLOUD_CONFIG, иначе "
     "/etc/bill-nextcloud/config.toml"},
    false,
    "BILL_NEXTCLOUD_CONFIG"};
const OptionRow kJson = {
    "--json",
    &Arguments::json,
    {"Machine-readable output (docs/json.md)", "Вывод для программ (docs/json.md)"}};
const OptionRow kCliServer = {
    "--server SERVER",
    &Arguments::server,
    {"Only this server (its number in the panel)", "Только этот сервер (его номер в панели)"}};
const OptionRow kItems = {
    "--item ITEM",
    &Arguments::items,
    {"Only this item (may be repeated)", "Только эта услуга (можно повторять)"}};
const OptionRow kOfItems = {
    "--item ITEM",
    &Arguments::items,
    {"This item (may be repeated)", "Эта услуга (можно повторять)"}};
const OptionRow kOfServer = {
    "--server SERVER",
    &Arguments::server,
    {"This server (its number in the panel)", "Этот сервер (его номер в панели)"}};
const OptionRow kOfAll = {"--all", &Arguments::everything, {"Everything", "Всё"}};
const OptionRow kUntilWhen = {
    "--until TIME",
    &Arguments::until,
    {"It ends then: 21:30, 2026-12-01, or a span from now such as 8h",
     "Когда закончится: 21:30, 2026-12-01 или срок от этого момента, например 8h"}};
const OptionRow kReason = {
    "--reason TEXT", &Arguments::reason, {"Why, for the events", "Почему, для событий"}};
const OptionRow kYes = {"-y,--yes", &Arguments::yes, {"Do not ask", "Не спрашивать"}};
const OptionRow kAcceptPanel = {
    "--accept-panel",
    &Arguments::accept_panel,
    {"The panel's data went back on purpose (a restored backup): go on with it",
     "Данные панели вернулись назад намеренно (восстановлена копия): продолжать с ними"}};
const OptionRow kOtherStore = {
    "--store FILE",
    &Arguments::store,
    {"This file, a backup or an archive; only read",
     "Этот файл, резервная копия или архив; только для чтения"}};
const OptionRow kAllRows = {
    "--full", &Arguments::full, {"All rows, however many", "Все строки, сколько бы их ни было"}};
const OptionRow kFormat = {
    "--format FORMAT",
    &Arguments::format,
    {"md: tables in Markdown, for a ticket", "md: таблицы в Markdown, для заявки"}};
const OptionRow kItemId = {
    "ITEM",
    &Arguments::item,
    {"Number of the service in the panel", "Номер услуги в панели"},
    true};
const OptionRow kServerId = {
    "SERVER", &Arguments::server, {"Its number in the panel", "Его номер в панели"}, true};

// ---- what looks and changes nothing

const Verb kLooking[] = {
    {"check",
     {"Read configuration, panel and clouds; say what is wrong and how to mend it",
      "Прочитать конфигурацию, панель и облака; сказать, что не так и как исправить"},
     {{"bill-nextcloud check"}, {"bill-nextcloud check --quick --json"}},
     run_check,
     {kJson,
      {"--quick",
       &Arguments::quick,
       {"Do not count the clouds' accounts", "Не считать учётные записи облаков"}},
      {"--since TIME",
       &Arguments::since,
       {"Of what earlier versions did, name no older: a time, 3d",
        "Из сделанного прежними версиями не называть более старое: время или 3d"}}},
     Needs::kItsFaults},
    {"preflight",
     {"Look at the panel where panels differ; print the settings to use. Changes nothing",
      "Посмотреть, чем эта панель отличается от других, и назвать нужные настройки. Ничего не "
      "меняет"},
     {{"sudo bill-nextcloud preflight"}, {"sudo bill-nextcloud preflight --json | jq -r .toml"}},
     run_preflight,
     {kJson}},
    {"plan",
     {"Dry run: what would be done, and why. Cannot write to any cloud",
      "Пробный прогон: что было бы сделано и почему. Не может писать ни в одно облако"},
     {{"bill-nextcloud plan"},
      {"bill-nextcloud plan --server 3 --full"},
      {"bill-nextcloud plan --json | jq .servers"},
      {"bill-nextcloud plan --out tonight.plan"},
      {"bill-nextcloud apply tonight.plan", {"exactly this, or nothing", "именно это или ничего"}}},
     run_plan,
     {kJson,
      kCliServer,
      kItems,
      {"--out FILE",
       &Arguments::file,
       {"Save the plan for `apply FILE`; - is standard output",
        "Сохранить план для `apply FILE`; - это стандартный вывод"}},
      kFormat,
      kAllRows}},
    {"show",
     {"What a saved plan says: who made it, when, what of, and what it does",
      "Что говорит сохранённый план: кто его сделал, когда, о чём он и что сделает"},
     {{"bill-nextcloud show tonight.plan"}, {"bill-nextcloud show tonight.plan --format md"}},
     run_show,
     {{"PLAN", &Arguments::file, {"The saved plan", "Сохранённый план"}, true},
      kJson,
      kFormat,
      kAllRows},
     Needs::kWhatThereIs},
    {"item",
     {"One item on one screen: desired, actual, ledger, drift, events, what is next",
      "Одна услуга на одном экране: продано, есть, учёт, расхождения, события, что дальше"},
     {{"bill-nextcloud item 4711"}, {"bill-nextcloud item 4711 --offline --events 100"}},
     run_item,
     {kJson,
      kItemId,
      {"--events N",
       &Arguments::events,
       {"How many of its last events", "Сколько последних событий показать"}},
      {"--offline",
       &Arguments::offline,
       {"Only what the event store knows; ask nobody",
        "Только то, что есть в журнале событий; никого не спрашивать"}},
      {"--show-password",
       &Arguments::show_password,
       {"Print the first password of the account, only it",
        "Показать первый пароль учётной записи, и только его"}}}},
    {"usage",
     {"One item's month of used space, day by day, and what the panel took to bill",
      "Занятое место услуги за месяц по дням и что из этого панель взяла для счёта"},
     {{"bill-nextcloud usage 4711"},
      {"bill-nextcloud usage 4711 --month 2026-11"},
      {"bill-nextcloud usage 4711 --csv > 4711.csv"}},
     run_usage,
     {kJson,
      kItemId,
      {"--month MONTH",
       &Arguments::month,
       {"This month: 2026-11 (if not said, the present one)",
        "Этот месяц: 2026-11 (если не назван, текущий)"}},
      {"--csv",
       &Arguments::csv,
       {"One line a day, for a spreadsheet", "Строка на день, для электронной таблицы"}},
      kOtherStore}},
    {"status",
     {"What the service is doing, drift, held items, last and next pass",
      "Чем занята служба, расхождения, удержанные услуги, последний и следующий проход"},
     {{"bill-nextcloud status"}, {"bill-nextcloud status --full"}, {"watch bill-nextcloud status"}},
     run_status,
     {kJson,
      {"--full", &Arguments::full, {"All held items", "Все удержанные услуги"}},
      {"--socket PATH",
       &Arguments::socket,
       {"Ask at this control socket instead of the configuration's",
        "Спросить через этот сокет, а не через сокет из конфигурации"}}},
     Needs::kWhatThereIs},
    {"events",
     {"What was seen, decided and done", "Что было замечено, решено и сделано"},
     {{"bill-nextcloud events --item 4711"},
      {"bill-nextcloud events --since 2026-11-17 --until \"2026-11-25 21:30\" --limit 1000"},
      {"bill-nextcloud events --kind action.failed --since 2d"},
      {"bill-nextcloud events --since yesterday --until 21:30"},
      {"bill-nextcloud events --why 1042"},
      {"bill-nextcloud events --follow --json"}},
     run_events,
     {kJson,
      {"--item ITEM", &Arguments::item, {"Events of this item", "События этой услуги"}},
      {"--server SERVER",
       &Arguments::server,
       {"Events of this server and its items", "События этого сервера и его услуг"}},
      {"--kind KIND",
       &Arguments::kinds,
       {"Only this kind (may be repeated)", "Только этого вида (можно повторять)"}},
      {"--since TIME",
       &Arguments::since,
       {"From this time on: 2026-11-23, \"2026-11-23 10:20\", 10:20, yesterday, 2h, 3d",
        "Начиная с: 2026-11-23, \"2026-11-23 10:20\", 10:20, yesterday, 2h, 3d"}},
      {"--until TIME", &Arguments::until, {"Up to this time", "До этого времени"}},
      kOtherStore,
      {"--why EVENT",
       &Arguments::why,
       {"This event (id or position) and what led to it",
        "Это событие (идентификатор или номер) и что к нему привело"}},
      {"--limit N", &Arguments::limit, {"The newest so many", "Столько самых новых"}},
      {"-f,--follow",
       &Arguments::follow,
       {"Go on as events arrive", "Продолжать по мере появления событий"}}}},
};

// ---- what acts, or lets the service act

const Verb kActing[] = {
    {"apply",
     {"Show the plan, ask, carry it out, and prove it by reading again",
      "Показать план, спросить, выполнить и проверить повторным чтением"},
     {{"bill-nextcloud apply"},
      {"bill-nextcloud apply --yes --server 3"},
      {"bill-nextcloud apply tonight.plan"}},
     run_apply,
     {{"PLAN",
       &Arguments::file,
       {"A saved plan: exactly this is done, or nothing",
        "Сохранённый план: будет сделано именно это или ничего"}},
      {"--server SERVER", &Arguments::server, {"Only this server", "Только этот сервер"}},
      kItems,
      {"--approve CHECKSUM",
       &Arguments::approve,
       {"Let what waits under this checksum be taken away, and nothing else",
        "Разрешить отнять то, что ждёт под этой контрольной суммой, и ничего больше"}},
      {"--accept-address SERVER",
       &Arguments::accept_address,
       {"This server's cloud is the same one under a new address",
        "Облако этого сервера то же самое, но по новому адресу"}},
      {"--accept-cloud SERVER",
       &Arguments::accept_cloud,
       {"The cloud that answers for this server now, or was restored, is ours",
        "Облако, которое сейчас отвечает за этот сервер или было восстановлено, наше"}},
      kAcceptPanel,
      kReason,
      kYes,
      kJson,
      {"--full", &Arguments::full, {"Show all rows", "Показать все строки"}}}},
    {"adopt",
     {"Take over services that an earlier module opened. Records only; cannot write to any cloud",
      "Принять услуги, открытые прежним модулем. Только запись в журнал; не может писать ни в одно "
      "облако"},
     {{"bill-nextcloud adopt --plan"},
      {"bill-nextcloud adopt --plan --json | jq .servers"},
      {"bill-nextcloud adopt --yes --server 3"},
      {"bill-nextcloud adopt --item 1001,1002",
       {"held until a person says whose account it is",
        "удержаны, пока человек не скажет, чья это учётная запись"}},
      {"bill-nextcloud adopt --unproved --server 3",
       {"after an upgrade from 0.1.0", "после обновления с 0.1.0"}}},
     run_adopt,
     {kJson,
      {"--plan",
       &Arguments::plan_only,
       {"Show what would be recorded; record nothing",
        "Показать, что было бы записано; ничего не записывать"}},
      kCliServer,
      {"--item ITEM",
       &Arguments::items,
       {"Only these items, by your word: 7 or 7,8,9",
        "Только эти услуги, по вашему слову: 7 или 7,8,9"}},
      {"--unproved",
       &Arguments::unproved,
       {"By your word, also opened services of --server whose account nothing proves, where it has "
        "the login that the template gives them",
        "По вашему слову также открытые услуги из --server, чья учётная запись ничем не "
        "подтверждена, если её логин такой, какой даёт шаблон"}},
      kReason,
      kYes,
      kAllRows}},
    {"serve",
     {"Run as a service: passes at an interval, paid items within seconds, metrics",
      "Работать службой: проходы через интервал, оплаченное за секунды, метрики"},
     {{"bill-nextcloud serve --config /etc/bill-nextcloud/config.toml"},
      {"systemctl reload bill-nextcloud",
       {"reads the configuration again", "перечитывает конфигурацию"}}},
     run_serve,
     {}},
    {"pause",
     {"Change nothing of an item, a server, or everything, until told; the service may run",
      "Ничего не менять у услуги, сервера или вообще, пока не скажут; служба может работать"},
     {{"bill-nextcloud pause --item 4711 --reason \"files are being moved\""},
      {"bill-nextcloud pause --server 3 --until 8h --reason \"cloud upgrade\""},
      {"bill-nextcloud pause --all"}},
     run_pause,
     {kJson, kOfItems, kOfServer, kOfAll, kUntilWhen, kReason}},
    {"resume",
     {"End a pause: exactly that of what is named", "Закончить паузу: именно того, что названо"},
     {{"bill-nextcloud resume --item 4711"},
      {"bill-nextcloud resume --server 3"},
      {"bill-nextcloud resume --all"},
      {"bill-nextcloud resume --accept-panel",
       {"after a restored backup of the panel", "после восстановления панели из копии"}}},
     run_resume,
     {kJson, kOfItems, kOfServer, kOfAll, kAcceptPanel, kReason}},
    {"undelete",
     {"Keep the account of a closed item, within its retention, and let the client in again",
      "Сохранить учётную запись закрытой услуги, пока она хранится, и снова впустить клиента"},
     {{"bill-nextcloud undelete 4711 --reason \"the client called\""},
      {"bill-nextcloud undelete 4711 --until 30d"},
      {"bill-nextcloud undelete 4711 --end",
       {"it is closed anew, with a whole retention",
        "закрывается заново, с полным сроком хранения"}}},
     run_undelete,
     {kJson,
      kItemId,
      {"--until TIME",
       &Arguments::until,
       {"So long: a time, or 30d (14d if not said)",
        "До каких пор: время или 30d (если не сказано, 14d)"}},
      {"--end", &Arguments::end, {"It is not kept any more", "Больше её не хранить"}},
      kReason}},
    {"replay",
     {"Try again what failed for good and is parked; without arguments, list it",
      "Повторить то, что окончательно не удалось и отложено; без аргументов показать список"},
     {{"bill-nextcloud replay"},
      {"bill-nextcloud replay 4711"},
      {"bill-nextcloud replay --code ocs.bad_email"},
      {"bill-nextcloud replay --all"}},
     run_replay,
     {kJson,
      {"ITEM", &Arguments::item, {"Number of the service in the panel", "Номер услуги в панели"}},
      {"--code CODE",
       &Arguments::code,
       {"All that are parked with this code", "Всё, что отложено с этим кодом"}},
      {"--all", &Arguments::everything, {"All that are parked", "Всё отложенное"}},
      kReason}},
    {"refresh",
     {"Let the service read panel and clouds now and record what differs; changes nothing there",
      "Пусть служба сейчас прочитает панель и облака и запишет расхождения; там ничего не "
      "меняется"},
     {{"bill-nextcloud refresh"}, {"bill-nextcloud refresh --item 4711"}},
     run_refresh,
     {kJson, kOfItems, kOfServer, kReason}},
    {"approve",
     {"Let exactly what waits for an approval pass, with the next whole pass or not at all; the "
      "service may run",
      "Разрешить именно то, что ждёт одобрения, в ближайшем полном проходе или никогда; служба "
      "может работать"},
     {{"bill-nextcloud approve 9f86d081884c7d65 --reason \"tariff change of November\""}},
     run_approve,
     {kJson,
      {"CHECKSUM",
       &Arguments::approve,
       {"Of what waits, as plan and status print it",
        "Того, что ждёт; её показывают plan и status"},
       true},
      kReason}},
    {"accept-address",
     {"Say that a server's cloud is the same one under a new address; the service runs",
      "Сказать, что облако сервера то же самое, но по новому адресу; служба работает"},
     {{"bill-nextcloud accept-address 3 --reason \"new domain\""}},
     run_accept_address,
     {kJson, kServerId, kReason}},
    {"accept-cloud",
     {"Say that the cloud that answers for a server now, or was restored, is ours; the service "
      "runs",
      "Сказать, что облако, которое отвечает за сервер или было восстановлено, наше; служба "
      "работает"},
     {{"bill-nextcloud accept-cloud 3 --reason \"restored from the backup of Monday\""}},
     run_accept_cloud,
     {kJson, kServerId, kReason}},
    {"accept-readings",
     {"Say that the host's clock, and what is seen of a server, are right; lists what that is",
      "Сказать, что часы этой машины и увиденное на сервере верны; показывает, что именно"},
     {{"bill-nextcloud accept-readings 3", {"lists it, and asks", "показывает и спрашивает"}},
      {"bill-nextcloud accept-readings 3 --yes --reason \"forty accounts were removed on "
       "purpose\""}},
     run_accept_readings,
     {kJson, kServerId, kReason, kYes}},
};

// ---- the event store

const Verb kKeeping[] = {
    {"verify",
     {"Prove that the event store is whole and the ledger equals its replay",
      "Доказать, что журнал событий цел, а учёт равен его повторному проигрыванию"},
     {{"bill-nextcloud verify"},
      {"bill-nextcloud verify --rebuild"},
      {"bill-nextcloud verify --anchor "
       "1042:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
      {"bill-nextcloud verify --store /mnt/backup/events.db"},
      {"bill-nextcloud verify --accept",
       {"after a restored backup: docs/events.md",
        "после восстановления из копии: "
        "docs/events.md"}}},
     run_verify,
     {kJson,
      {"--rebuild",
       &Arguments::rebuild,
       {"Throw the stored ledger away and build it from the events",
        "Отбросить сохранённый учёт и построить его из событий"}},
      {"--anchor HEAD",
       &Arguments::anchor,
       {"An earlier head (position:hash) that must still be there",
        "Прежняя голова (номер:хеш), которая должна остаться на месте"}},
      kOtherStore,
      {"--accept",
       &Arguments::accept,
       {"Go on with a store whose newest events are lost (the service must be stopped)",
        "Продолжать с журналом, у которого потеряны последние события (служба должна быть "
        "остановлена)"}}}},
    {"backup",
     {"Copy the event store to a file and prove the copy; the service may run",
      "Скопировать журнал событий в файл и проверить копию; служба может работать"},
     {{"bill-nextcloud backup /mnt/backup/events-$(date +%F).db"},
      {"bill-nextcloud backup --force /mnt/backup/events.db --json"}},
     run_backup,
     {kJson,
      {"FILE",
       &Arguments::file,
       {"The file to write; - is standard output",
        "Файл, который будет записан; - это стандартный вывод"},
       true},
      {"--force",
       &Arguments::force,
       {"Replace the file, once the new one is proved", "Заменить файл, когда новый проверен"}}}},
    {"restore",
     {"Put a backup of the event store in its place; the service must be stopped",
      "Поставить резервную копию на место журнала событий; служба должна быть остановлена"},
     {{"systemctl stop bill-nextcloud"},
      {"bill-nextcloud restore /mnt/backup/events-2026-11-27.db"}},
     run_restore,
     {kJson, {"FILE", &Arguments::file, {"The backup", "Резервная копия"}, true}, kYes}},
    {"mask",
     {"Replace what the events say of an item's client, for good. --reason is required, and the "
      "service must be stopped",
      "Навсегда заменить то, что события говорят о клиенте услуги. Нужен --reason, и служба должна "
      "быть остановлена"},
     {{"bill-nextcloud mask 4711 --reason \"asked by the client on 2026-11-27\""}},
     run_mask,
     {kJson,
      kItemId,
      {"--reason TEXT", &Arguments::reason, {"Why, for the events", "Почему, для событий"}, true},
      kYes}},
    {"compact",
     {"Cut old events off; a checkpoint stands for them. The service must be stopped",
      "Отрезать старые события; их заменяет контрольная точка. Служба должна быть остановлена"},
     {{"bill-nextcloud compact --older-than 400d --archive /mnt/archive/events-2025.db"}},
     run_compact,
     {kJson,
      {"--older-than SPAN",
       &Arguments::older_than,
       {"All events that are older than this: 400d", "Все события старше этого срока: 400d"},
       true},
      {"--archive FILE",
       &Arguments::archive,
       {"Keep them in this new file, which `verify --store` proves and `events --store` reads; not "
        "standard output (-), as it is proved before anything is cut off",
        "Сохранить их в этот новый файл: его проверяет `verify --store` и читает `events --store`; "
        "не в стандартный вывод (-), так как файл проверяется до отрезания"}},
      kYes}},
    {"rotate-key",
     {"Seal all first passwords anew with a new key; the service must be stopped",
      "Запечатать все первые пароли новым ключом; служба должна быть остановлена"},
     {{"bill-nextcloud rotate-key"}},
     run_rotate_key,
     {kJson, kYes}},
    {"panel-key",
     {"Make the key that the controller shares with a panel on another host, and say what comes "
      "next",
      "Создать ключ, общий для контроллера и панели на другой машине, и сказать, что делать "
      "дальше"},
     {{"sudo bill-nextcloud panel-key"},
      {"sudo bill-nextcloud panel-key --force",
       {"a new one; the panel is refused until it has it",
        "новый; панель получает отказ, пока у неё прежний"}}},
     run_panel_key,
     {kJson,
      {"--force", &Arguments::force, {"Replace the key that there is", "Заменить имеющийся ключ"}}},
     Needs::kItsFaults},
};

// ---- about the program

const Verb kAbout[] = {
    {"doctor",
     {"Write what support needs into one text file, without secrets; look through it, then send it",
      "Записать нужное поддержке в один текстовый файл без секретов; просмотрите его и отправьте"},
     {{"bill-nextcloud doctor"},
      {"bill-nextcloud doctor /root/for-support.txt"},
      {"bill-nextcloud doctor - | less"}},
     run_doctor,
     {{"FILE",
       &Arguments::file,
       {"The file to write; - is standard output",
        "Файл, который будет записан; - это "
        "стандартный вывод"}}},
     Needs::kWhatThereIs},
    {"help",
     {"What there is; of a verb, its options and examples",
      "Что есть; для команды: её параметры и примеры"},
     {{"bill-nextcloud help"}, {"bill-nextcloud help plan"}},
     run_help,
     {{"VERB", &Arguments::topic, {"This verb", "Эта команда"}}},
     Needs::kNothing},
    {"version",
     {"Print the version, and what the program was built of",
      "Показать версию и из чего программа собрана"},
     {{"bill-nextcloud version"}, {"bill-nextcloud version --json | jq -r .commit"}},
     run_version,
     {kJson},
     Needs::kNothing},
    {"man",
     {"Print a manual page, of the program or of a verb",
      "Напечатать страницу руководства о программе или о команде"},
     {{"bill-nextcloud man plan | man -l -"},
      {"bill-nextcloud man --into /usr/local/share/man/man1"}},
     run_man,
     {{"VERB", &Arguments::topic, {"This verb", "Эта команда"}},
      {"--into FOLDER",
       &Arguments::into,
       {"Write all pages into this folder", "Записать все страницы в эту папку"}}},
     Needs::kNothing},
    {"completion",
     {"Print the script by which a shell completes verbs, options, items and servers",
      "Напечатать скрипт, по которому оболочка дополняет команды, параметры, услуги и серверы"},
     {{"bill-nextcloud completion bash > /etc/bash_completion.d/bill-nextcloud"},
      {"bill-nextcloud completion zsh > /usr/local/share/zsh/site-functions/_bill-nextcloud"}},
     run_completion,
     {{"SHELL", &Arguments::topic, {"bash or zsh", "bash или zsh"}, true}},
     Needs::kNothing},
    {"__complete",
     {"For the completion scripts: items, servers or verbs that begin so",
      "Для скриптов дополнения: услуги, серверы или команды, которые так начинаются"},
     {},
     run_complete,
     {{"WHAT", &Arguments::topic, {"items, servers or verbs", "items, servers или verbs"}, true},
      {"PREFIX", &Arguments::prefix, {"Typed already", "Уже набрано"}}},
     Needs::kWhatThereIs},
};

std::vector<Verb> all_verbs() {
    std::vector<Verb> all;
    for (const std::span<const Verb> part :
         {std::span<const Verb>(kLooking),
          std::span<const Verb>(kActing),
          std::span<const Verb>(kKeeping),
          std::span<const Verb>(kAbout)}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    for (Verb& verb : all) {
        if (verb.needs != Needs::kNothing) {
            verb.options.insert(verb.options.begin(), kConfigRow);
        }
    }
    return all;
}

}  // namespace

std::vector<std::string_view> OptionRow::names() const {
    std::vector<std::string_view> all;
    std::string_view rest = spelled.substr(0, spelled.find(' '));
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        all.push_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return all;
}

std::string_view OptionRow::value() const {
    if (placed()) {
        return spelled;
    }
    const std::size_t blank = spelled.find(' ');
    return blank == std::string_view::npos ? std::string_view() : spelled.substr(blank + 1);
}

std::span<const Verb> verbs() {
    static const std::vector<Verb> all = all_verbs();
    return all;
}

const Verb* find_verb(std::string_view name) {
    const auto found = std::ranges::find(verbs(), name, &Verb::name);
    return found == verbs().end() ? nullptr : &*found;
}

std::vector<std::string_view> verb_names() {
    std::vector<std::string_view> names;
    for (const Verb& verb : verbs()) {
        if (!verb.hidden()) {
            names.push_back(verb.name);
        }
    }
    return names;
}

}  // namespace bn::cli
