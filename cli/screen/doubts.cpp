#include "cli/screen/doubts.hpp"

#include <utility>

namespace bn::cli {

namespace {

constexpr Phrase kStoreDoubt{
    "Nothing is done, for the event store is not to be trusted: {}",
    "Ничего не выполняется: журналу событий нельзя доверять: {}"};
constexpr Phrase kMaintenance{
    "Nothing is changed and the panel is told nothing, for the panel is in maintenance {}",
    "Ничего не меняется и панели ничего не сообщается: панель на обслуживании {}"};
constexpr Phrase kMaintenanceRemedy{
    "end it in the panel: remove etc/billmgr.DoNothing on its host; where nobody can tell, see "
    "that "
    "the panel can be reached and that the module there is of this version",
    "завершите обслуживание в панели: удалите etc/billmgr.DoNothing на её машине; если это "
    "неизвестно, проверьте, что панель доступна и её модуль той же версии"};
constexpr Phrase kOtherConfig{
    "The service that runs goes by another configuration than {}: what it does may not be what is "
    "shown here",
    "Работающая служба использует не ту конфигурацию, что в {}: она может делать не то, что здесь "
    "показано"};
constexpr Phrase kOtherConfigRemedy{
    "let it read that file (`systemctl reload bill-nextcloud`), or name its own file with -c",
    "дайте ей прочитать этот файл (`systemctl reload bill-nextcloud`) или укажите её файл через "
    "-c"};
constexpr Phrase kPanelDoubt{
    "Nothing is closed or deleted, for the panel's data is older than what was seen before",
    "Ничего не закрывается и не удаляется: данные панели старее уже виденных"};
constexpr Phrase kPanelRemedy{
    "a replica that lags, or a backup; if it is meant to be so: bill-nextcloud resume "
    "--accept-panel",
    "отставшая реплика или резервная копия; если так и задумано: bill-nextcloud resume "
    "--accept-panel"};
constexpr Phrase kClockDoubt{
    "Nothing is closed or deleted on server {}, for the clock of this host went back",
    "На сервере {} ничего не закрывается и не удаляется: часы этой машины шли назад"};
constexpr Phrase kClockRemedy{
    "set the clock right; if it is right: bill-nextcloud accept-readings {}",
    "исправьте часы; если они верны: bill-nextcloud accept-readings {}"};

}  // namespace

InDoubt InDoubt::by(
    const Ledger& ledger, const std::optional<Error>& store, const DesiredSnapshot* panel, Time now
) {
    InDoubt doubts;
    doubts.store = store;
    doubts.maintenance = ledger.panel().maintenance;
    doubts.panel = ledger.panel().behind_since.has_value() ||
                   (panel != nullptr && is_older(panel->mark, ledger.panel().mark));
    for (const auto& [id, server] : ledger.servers()) {
        if (clock_in_doubt(ledger, id, now)) {
            doubts.clock.push_back(id);
        }
    }
    return doubts;
}

std::vector<Doubt> InDoubt::in(Language language) const {
    std::vector<Doubt> doubts;
    if (store) {
        const std::string why = store->what + (store->code.empty() ? "" : " [" + store->code + "]");
        doubts.push_back(
            {"store", say(language, kStoreDoubt, said(why, language)), store->remedy, true}
        );
    }
    if (maintenance) {
        doubts.push_back(
            {"maintenance",
             say(language, kMaintenance, said(to_text(*maintenance), language)),
             say(language, kMaintenanceRemedy),
             true}
        );
    }
    if (!other_config.empty()) {
        doubts.push_back(
            {"config",
             say(language, kOtherConfig, other_config),
             say(language, kOtherConfigRemedy),
             false}
        );
    }
    if (panel) {
        doubts.push_back({"panel", say(language, kPanelDoubt), say(language, kPanelRemedy)});
    }
    for (const ServerId server : clock) {
        doubts.push_back(
            {"clock",
             say(language, kClockDoubt, server.value),
             say(language, kClockRemedy, server.value)}
        );
    }
    return doubts;
}

std::string render_doubts(const std::vector<Doubt>& doubts, const ScreenOptions& options) {
    Screen screen(options);
    for (const Doubt& doubt : doubts) {
        screen.line("! " + doubt.what, 0, Colour::kRed);
        screen.remedy(doubt.remedy, 2);
    }
    screen.raw(doubts.empty() ? "" : "\n");
    return screen.take();
}

}  // namespace bn::cli
