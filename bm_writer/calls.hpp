// The panel's functions that results go back through, as values. Pure, but for the host's time
// zone; usable from any thread.
//
// docs/panel-api.md says when each is used and what about it is not documented by the vendor.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::bm_writer {

// The name of a parameter ("userpassword", "param_pm_name") or a function ("service.postopen"):
// letters, digits, "_", "-" and ".", beginning with a letter or "_", at most 128.
bool valid_name(std::string_view name);

// kBug "panel.argument": a name or a NUL byte in the call that cannot be passed.
std::optional<Error> argument_fault(const PanelCall& call);

// Completes an open: the service becomes active and its operation is deleted. Which functions can
// do it says reconciler/decide/panel: "backupservice.open", "vds.open", "service.postopen".
PanelCall open(ItemId item, std::string_view function);

// Which call completes a command of the module: command -> function; empty: none.
using PostCalls = std::map<std::string, std::string, std::less<>>;

// As the vendor's own modules do it. Of cancel_prolong and prolong_addon no completion is known;
// postprolong, which only clears the operation, is taken.
const PostCalls& default_post_calls();

// The completion call of `command`; nothing for open (see above), for sync_item and for what is not
// in the table: the panel waits for none.
std::optional<PanelCall> post(
    std::string_view command, ItemId item, const PostCalls& calls = default_post_calls()
);

// The two forms in which the vendor's code saves a param. A name that the pair form itself uses
// (elid, sok, ...) is saved in the other.
enum class SaveParamForm { kNameValue, kPair };
// Crypted: the panel encrypts it with its own key, and the call carries it as a secret.
enum class Storage { kPlain, kCrypted };

PanelCall save_param(
    ItemId item, std::string_view name, const Secret& value, Storage storage, SaveParamForm form
);

PanelCall drop_param(ItemId item, std::string_view name);

// Back to the tariff before the change that could not be applied (item.lastpricelist).
PanelCall rollback(ItemId item);

struct OperationError {
    std::string date;  // see panel_date
    ServerId module;
    std::string module_name;  // as the admin named the server
    std::string type;         // the panel shows its message msg_error_<type>
    std::string object;
    std::string value;
    std::vector<std::pair<std::string, std::string>> params;  // fill the message's __placeholders__
    std::string message;                                      // for people
};

// The error document of a running operation: the error at the root, as all of the vendor's own
// writers put it, and beside it whose it is.
//
//   <doc>
//     <error date type object value><param name/>...<backtrace/><log/></error>
//     <processingmodule date id name><custommessage date type="error"/></processingmodule>
//   </doc>
//
// Well-formed whatever bytes come in, and never longer than an argument of a process may be:
// long texts are cut.
std::string error_xml(const OperationError& error);

// "2026-11-23 13:20:30", in this host's time zone, which is the panel's.
std::string panel_date(Time at);

// What the admin sees in "Running operations"; errorxml is made by error_xml.
PanelCall operation_error(std::uint32_t operation, std::string_view errorxml);
// The panel stops running it by itself.
PanelCall set_manual(std::uint32_t operation);
// Asks for the type of the manual task of a command: field "task_type"; empty: there is none.
PanelCall task_type(std::string_view command, ItemId item);
PanelCall edit_task(ItemId item, std::uint32_t operation, std::string_view type);

// A task about an item and no operation. `message`: for whoever gets it, as the task's params;
// empty: none. How the panel shows them is not documented.
PanelCall item_task(ItemId item, std::string_view type, std::string_view message);

PanelCall register_problem(ServerId module, std::string_view name, std::string_view message);
// No public source shows how the vendor's modules take a problem back (problems.autosolve is the
// panel's own solver of failed processes). Where the configured function is wrong, the panel
// answers with an error, and the problem stays until somebody deletes it by hand.
PanelCall clear_problem(ServerId module, std::string_view name, std::string_view function);

// Bills the day ("2026-11-22") from itemstat.
PanelCall post_stat(ServerId module, std::string_view day);
// What get_server_config found: `xml` is the module's own document.
PanelCall set_config(ServerId module, std::string_view xml);

struct ImportedService {
    ServerId module;
    std::string itemtype;  // internal name: "backupservice"; the tariff is the panel's choice
    std::string login;     // also what the admin sees
    std::string url;
    bool suspended = false;
};

// Answers with the field "service_id".
PanelCall import_service(const ImportedService& service);

}  // namespace bn::bm_writer
