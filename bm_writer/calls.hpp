// The panel's functions that results go back through, as values. Pure; usable from any thread.
//
// docs/panel-api.md says when each is used and what about it is not documented by the vendor.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::bm_writer {

using Params = std::vector<std::pair<std::string, std::string>>;

// "{itemtype}.open" with the item type's internal name put in: "backupservice.open". Also takes a
// fixed name ("vds.open", "service.postopen").
inline constexpr std::string_view kDefaultOpenFunction = "{itemtype}.open";

// Completes an open: the service becomes active and its operation is deleted. `params` are saved
// with it, as params of the item.
PanelCall open(
    ItemId item,
    std::string_view itemtype,
    std::string_view open_function_template = kDefaultOpenFunction,
    const Params& params = {}
);

// Which call completes a command of the module: command -> function.
using PostCalls = std::map<std::string, std::string, std::less<>>;

// suspend, resume, close, setparam, prolong, reopen: as the vendor's own modules do. Of
// cancel_prolong and prolong_addon no completion is known; postprolong, which only clears the
// operation, is taken.
const PostCalls& default_post_calls();

// The completion call of `command`; nothing for open (see above), for sync_item and for what is not
// in the table: the panel waits for none.
std::optional<PanelCall> post(
    std::string_view command, ItemId item, const PostCalls& calls = default_post_calls()
);

// The two forms in which the vendor's code saves a param. A name that the pair form itself uses
// (elid, sok, ...) is saved in the other.
enum class SaveParamForm { kNameValue, kPair };

PanelCall save_param(
    ItemId item, std::string_view name, std::string_view value, SaveParamForm form
);
// The panel stores it encrypted with its own key.
PanelCall save_crypted_param(ItemId item, std::string_view name, Secret value, SaveParamForm form);

// Back to the tariff before the change that could not be applied (item.lastpricelist).
PanelCall rollback(ItemId item);

// What the admin sees in "Running operations"; errorxml is made by error_xml.
PanelCall operation_error(std::uint32_t operation, std::string_view errorxml);
// The panel stops running it by itself.
PanelCall set_manual(std::uint32_t operation);
// Asks for the type of the manual task of a command: field "task_type"; empty: there is none.
PanelCall task_type(std::string_view command, std::optional<ItemId> item = std::nullopt);
PanelCall edit_task(
    ItemId item, std::uint32_t operation, std::string_view type, std::string_view params = {}
);

inline constexpr std::string_view kConnectProblem = "processingmodule_connect";
// No public source shows how the vendor's modules take a problem back. The panel's list of
// functions has problems.autosolve, problems.solve and problems.delete; the first, with what the
// problem was registered with, is our guess. Where it is wrong the panel answers with an error, and
// the problem stays until somebody deletes it by hand.
inline constexpr std::string_view kDefaultClearFunction = "problems.autosolve";

PanelCall register_problem(ServerId module, std::string_view name, std::string_view message);
PanelCall clear_problem(
    ServerId module, std::string_view name, std::string_view function = kDefaultClearFunction
);

// Bills the day ("2026-11-22") from itemstat.
PanelCall post_stat(ServerId module, std::string_view day);
// What get_server_config found: `xml` is the module's own document.
PanelCall set_config(ServerId module, std::string_view xml);

struct ImportedService {
    ServerId module;
    std::string itemtype;      // internal name: "backupservice"
    std::string pricelist;     // internal name of the tariff; empty: the panel's choice
    std::string service_name;  // what the admin sees: the login
    bool suspended = false;
    Params params;

    ImportedService() = default;
};

// Answers with the field "service_id".
PanelCall import_service(const ImportedService& service);

}  // namespace bn::bm_writer
