// Every SQL text of the reader. The same text runs on MariaDB 5.5 to 11, MySQL 8 and SQLite: no
// CTE, no window function, no hint. Flat scans in key order; nothing is asked per item.
//
// `{module}` is replaced by the module's name, which was checked to be letters, digits and -_.
// only.
#pragma once

#include <string_view>

namespace bn::bm_reader::queries {

struct Query {
    std::string_view name;  // for messages and counters
    std::string_view sql;
};

// All modules, not only ours: tells a service of another module from one whose module is gone.
inline constexpr Query kModules{
    "modules", "SELECT id, name, module, active FROM processingmodule ORDER BY id"};

inline constexpr Query kModuleParams{
    "module params",
    "SELECT p.processingmodule, p.intname, p.value FROM processingparam p "
    "JOIN processingmodule m ON m.id = p.processingmodule WHERE m.module = '{module}' "
    "AND p.intname IN ('base_url', 'nc_username', 'nc_password', 'verify_ssl', 'timeout') "
    "ORDER BY p.processingmodule, p.intname"};

inline constexpr Query kModuleCryptedParams{
    "crypted module params",
    "SELECT p.processingmodule, p.intname, p.value FROM processingcryptedparam p "
    "JOIN processingmodule m ON m.id = p.processingmodule WHERE m.module = '{module}' "
    "AND p.intname IN ('base_url', 'nc_username', 'nc_password', 'verify_ssl', 'timeout') "
    "ORDER BY p.processingmodule, p.intname"};

// Tariffs that may be opened on our servers.
inline constexpr Query kModuleTariffs{
    "tariffs of modules",
    "SELECT l.pricelist, l.processingmodule FROM processingmodule2pricelist l "
    "JOIN processingmodule m ON m.id = l.processingmodule WHERE m.module = '{module}' "
    "ORDER BY l.pricelist, l.processingmodule"};

// Tariffs of services that our servers have, whatever the panel's list says of them now.
inline constexpr Query kServiceTariffs{
    "tariffs of services",
    "SELECT DISTINCT i.pricelist, i.processingmodule FROM item i "
    "JOIN processingmodule m ON m.id = i.processingmodule WHERE m.module = '{module}' "
    "AND i.parent IS NULL AND i.status <> 4"};

// A panel may lack the name.
inline constexpr Query kTariffNames{
    "names of tariffs", "SELECT id, name FROM pricelist WHERE parent IS NULL ORDER BY id"};

inline constexpr Query kMeasures{
    "measures", "SELECT id, intname, lessmeasure, relation FROM measure ORDER BY id"};

inline constexpr Query kItemTypes{"item types", "SELECT id, intname FROM itemtype ORDER BY id"};

inline constexpr Query kPricelists{
    "tariffs and resources",
    "SELECT id, parent, compound, itemtype, intname, active, addontype, billtype, measure, "
    "addonlimit, addonmax, addonmaxtrial FROM pricelist ORDER BY id"};

inline constexpr Query kTariffGroups{
    "groups of tariffs",
    "SELECT pricelist, value FROM pricelistparam WHERE intname = 'usergroup' ORDER BY pricelist"};

inline constexpr Query kOperations{
    "running operations", "SELECT item, id, intname FROM runningoperation ORDER BY item, id"};

// All services of the panel: a row that went to another module is not a row that is gone. A panel
// may lack opendate.
inline constexpr Query kServices{
    "services",
    "SELECT id, account, pricelist, processingmodule, period, status, autosuspend, "
    "employeesuspend, abusesuspend, opendate FROM item WHERE parent IS NULL ORDER BY id"};

inline constexpr Query kChildren{
    "ordered resources",
    "SELECT parent, id, pricelist, addonlimit, addonmax, addonmaxtrial, intvalue FROM item "
    "WHERE parent IS NOT NULL ORDER BY parent, id"};

// In the order of the table itself: by account, the database would have to look up every row.
inline constexpr Query kOwners{
    "owners",
    "SELECT account, id, email, realname FROM `user` WHERE enabled = 'on' "
    "AND account IS NOT NULL ORDER BY id"};

inline constexpr Query kLogins{
    "saved logins", "SELECT item, value FROM itemparam WHERE intname = 'username' ORDER BY item"};

// How far the panel's counters have come (PanelMark).
inline constexpr Query kNewestHistory{"newest history", "SELECT MAX(id) FROM history_item"};

inline constexpr Query kNextItem{
    "next number of a service",
    "SELECT auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() "
    "AND table_name = 'item'"};

// Operations that wait for services of ours. A panel may lack some columns; {trycount}, {manual},
// {last} and {task} are filled in with the column or with NULL, see panel_source.cpp.
inline constexpr Query kPending{
    "pending operations",
    "SELECT r.id, r.item, r.intname, t.intname, {trycount}, {manual}, {last}, {task} "
    "FROM runningoperation r JOIN item i ON i.id = r.item "
    "JOIN processingmodule m ON m.id = i.processingmodule "
    "LEFT JOIN pricelist p ON p.id = i.pricelist LEFT JOIN itemtype t ON t.id = p.itemtype "
    "WHERE m.module = '{module}' AND i.parent IS NULL ORDER BY r.id"};

// Services that use space, with what their disk resource may be.
inline constexpr Query kServicesInUse{
    "services in use",
    "SELECT i.id, i.pricelist, i.processingmodule FROM item i "
    "JOIN processingmodule m ON m.id = i.processingmodule WHERE m.module = '{module}' "
    "AND i.parent IS NULL AND i.status IN (2, 3) ORDER BY i.id"};

inline constexpr Query kOrderedResources{
    "resources of services in use",
    "SELECT c.parent, c.pricelist FROM item c JOIN item i ON i.id = c.parent "
    "JOIN processingmodule m ON m.id = i.processingmodule WHERE m.module = '{module}' "
    "AND i.status IN (2, 3) ORDER BY c.parent, c.id"};

// One item; {item} is a number.
inline constexpr Query kSavedItem{
    "an item", "SELECT status, {last} FROM item i WHERE i.id = {item}"};

inline constexpr Query kSavedOperations{
    "operations of an item", "SELECT id FROM runningoperation WHERE item = {item} ORDER BY id"};

inline constexpr Query kSavedParams{
    "params of an item",
    "SELECT intname, value FROM itemparam WHERE item = {item} ORDER BY intname"};

inline constexpr Query kSavedCryptedParams{
    "crypted params of an item",
    "SELECT intname, value FROM itemcryptedparam WHERE item = {item} ORDER BY intname"};

// Whose credentials are stored without encryption; the values themselves are not read.
inline constexpr Query kPlainServerPasswords{
    "plain passwords of modules",
    "SELECT DISTINCT p.processingmodule FROM processingparam p "
    "JOIN processingmodule m ON m.id = p.processingmodule WHERE m.module = '{module}' "
    "AND p.intname = 'nc_password' AND p.value <> '' ORDER BY p.processingmodule"};

inline constexpr Query kPlainServicePasswords{
    "plain passwords of services",
    "SELECT i.processingmodule, COUNT(*) FROM itemparam p JOIN item i ON i.id = p.item "
    "JOIN processingmodule m ON m.id = i.processingmodule WHERE m.module = '{module}' "
    "AND i.parent IS NULL AND p.intname = 'userpassword' AND p.value <> '' "
    "GROUP BY i.processingmodule ORDER BY i.processingmodule"};

// For the panel's check only.
inline constexpr Query kItemsByStatus{
    "items by status",
    "SELECT i.status, COUNT(*) FROM item i JOIN processingmodule m ON m.id = i.processingmodule "
    "WHERE m.module = '{module}' AND i.parent IS NULL GROUP BY i.status ORDER BY i.status"};

// Tables that we touch, also those that a panel may lack.
inline constexpr std::string_view kTables =
    "('account', 'history_item', 'item', 'itemcryptedparam', 'itemparam', 'itemstat', 'itemtype', "
    "'measure', 'pricelist', 'pricelistparam', 'processingcryptedparam', 'processingmodule', "
    "'processingmodule2pricelist', 'processingparam', 'runningoperation', 'task', 'user')";

// What the texts above touch, and nothing else.
struct Needed {
    std::string_view table;
    std::string_view columns;  // blank-separated
};

inline constexpr Needed kNeeded[] = {
    {"item",
     "id parent account pricelist processingmodule period status autosuspend employeesuspend "
     "abusesuspend addonlimit addonmax addonmaxtrial intvalue"},
    {"itemparam", "item intname value"},
    {"itemtype", "id intname"},
    {"measure", "id intname lessmeasure relation"},
    {"pricelist",
     "id parent compound itemtype intname active addontype billtype measure addonlimit addonmax "
     "addonmaxtrial"},
    {"pricelistparam", "pricelist intname value"},
    {"processingcryptedparam", "processingmodule intname value"},
    {"processingmodule", "id name module active"},
    {"processingmodule2pricelist", "processingmodule pricelist"},
    {"processingparam", "processingmodule intname value"},
    {"runningoperation", "id item intname"},
    {"user", "id account email realname enabled"},
};

}  // namespace bn::bm_reader::queries
