// The processing module pmnextcloud: one command, one document on the standard output. Each command
// is one question to the controller and its answer as the panel's document; no command decides
// anything, so any may be repeated.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "pmnextcloud/args.hpp"
#include "pmnextcloud/documents.hpp"
#include "pmnextcloud/environment.hpp"
#include "reconciler/plan/groups.hpp"
#include "words/local_time.hpp"

namespace bn::pmnextcloud {
namespace {

using nlohmann::json;
using protocol::list_of;
using protocol::text_of;
using Done = tl::expected<std::string, Failure>;  // the document

constexpr Duration kInputLimit = std::chrono::seconds(10);
constexpr const char* kGroupField = "usergroup";
constexpr std::string_view kAdminGroup = "admin";
constexpr const char* kVerifyField = "verify_ssl";
constexpr words::Phrase kVerified{"Check it", "Проверять"};
constexpr words::Phrase kUnverified{
    "Do not check it (unsafe: the password may be read on the way)",
    "Не проверять (опасно: пароль могут перехватить)"};
constexpr words::Phrase kNoGroup{"-- no group --", "-- без группы --"};
constexpr words::Phrase kNotThere{" (not available in the cloud)", " (недоступна в облаке)"};
constexpr words::Phrase kNoName{
    " (names no group: choose one)", " (не называет группы: выберите её)"};

// What the panel wants, and all that is there to answer it.
struct Order {
    const Environment& environment;
    const Args& args;

    [[nodiscard]] Language lang() const { return words::language_of(args.text("lang")); }

    [[nodiscard]] tl::expected<std::uint32_t, Failure> required_id(const char* option) const {
        const std::string* text = args.find(option);
        if (text == nullptr) {
            return tl::unexpected(failure("option_missing", "the command needs it", option));
        }
        if (const auto id = parse_id(*text)) {
            return *id;
        }
        return tl::unexpected(
            failure("option_bad", "a number from 1 to 4294967295 is expected", option, *text)
        );
    }

    // Asks about the server that the option module names.
    [[nodiscard]] tl::expected<json, Failure> ask_of_server(
        protocol::Request request, Duration wait
    ) const {
        return required_id("module").and_then([&](std::uint32_t module) {
            request.module = ServerId(module);
            return environment.ask(std::move(request), wait);
        });
    }

    [[nodiscard]] static tl::expected<pugi::xml_document, Failure> document() {
        return read_input(STDIN_FILENO, kInputLimit).and_then(parse_document);
    }

    // What the controller said to an order that it works on.
    [[nodiscard]] Done accepted(const json& answer) const {
        const std::string state = text_of(answer, "state");
        if (state != "done" && state != "working") {
            return tl::unexpected(failure("bad_answer", "it does not say whether the work is done")
            );
        }
        environment.log.info(
            std::string(args.text("command")) + ": " +
            (state == "done" ? "done" : "the controller goes on and completes it later")
        );
        return ok_document();
    }
};

// What was taken over and what was not, for people; the panel looks only for <ok/> and errors.
std::string import_document(const json& answer, Language language) {
    pugi::xml_document document;
    auto doc = document.append_child("doc");
    doc.append_child("ok");
    const auto list = [&](const char* key, const char* element, const char* detail) {
        for (const auto& row : list_of(answer, key)) {
            if (row.is_object()) {
                auto node = doc.append_child(element);
                add_text(node, "login", text_of(row, "login"));
                add_text(node, detail, words::told(text_of(row, detail), language));
            }
        }
    };
    list("imported", "imported", "service");
    list("skipped", "skipped", "why");
    return print(document);
}

Done converge(const Order& order) {
    const auto item = order.required_id("item");
    // The panel passes 0, or nothing, when there is no operation.
    const auto given = order.args.text("runningoperation");
    const auto operation = given.empty() || given == "0" ? tl::expected<std::uint32_t, Failure>(0)
                                                         : order.required_id("runningoperation");
    if (!item || !operation) {
        return tl::unexpected(!item ? item.error() : operation.error());
    }
    protocol::Request request("converge");
    request.item = ItemId(*item);
    request.command = order.args.text("command");
    order.environment.log.info(
        request.command + ": item " + std::to_string(*item) + ", operation " +
        std::to_string(*operation)
    );
    return order.environment.ask(std::move(request), order.environment.settings.wait)
        .map_error([&](Failure why) {
            why.params.emplace("item", std::to_string(*item));
            return why;
        })
        .and_then([&](const json& answer) { return order.accepted(answer); });
}

// The panel leads the client, or its staff, to where the service is used. It has judged whose
// service that is.
Done link(const Order& order) {
    const auto item = order.required_id("item");
    if (!item) {
        return tl::unexpected(item.error());
    }
    protocol::Request request("link");
    request.item = ItemId(*item);
    return order.environment.ask_for_form(std::move(request))
        .and_then([](const json& answer) -> Done {
            const std::string url = text_of(answer, "url");
            if (!url.starts_with("https://") && !url.starts_with("http://")) {
                return tl::unexpected(failure("bad_answer", "it has no address of a cloud"));
            }
            pugi::xml_document document;
            auto doc = document.append_child("doc");
            add_text(doc, "url", url);
            add_text(doc, "panelcount", "1");
            return print(document);
        });
}

Done statistics(const Order& order) {
    return order
        .ask_of_server(protocol::Request("statistics"), order.environment.settings.stat_wait)
        .and_then([&](const json& answer) { return order.accepted(answer); });
}

Done server_config(const Order& order) {
    return order
        .ask_of_server(protocol::Request("server_config"), order.environment.settings.probe_wait)
        .map([](const json&) { return ok_document(); });
}

Done import(const Order& order) {
    protocol::Request request("import");
    request.itemtype = order.args.text("itemtype");
    if (request.itemtype.empty()) {
        request.itemtype = order.environment.settings.itemtypes.front();
    }
    request.search = order.args.text("searchstring");
    return order.ask_of_server(std::move(request), order.environment.settings.stat_wait)
        .map([&](const json& answer) { return import_document(answer, order.lang()); });
}

// ---- the commands that the panel's forms need: they take a document and most give it back ----

// The form's field that a person must look at.
std::string field_of(std::string_view type) {
    constexpr std::pair<std::string_view, const char*> kFields[] = {
        {"auth", "nc_username"},
        {"not_admin", "nc_username"},
        {"app_password", "nc_password"},
        {"verify_bad", "verify_ssl"},
        {"timeout_bad", "timeout"},
        {"url_empty", "base_url"},
        {"url_too_long", "base_url"},
        {"url_scheme", "base_url"},
        {"url_bad", "base_url"},
        {"dns", "base_url"},
        {"connect", "base_url"},
        {"tls", "base_url"},
        {"not_a_cloud", "base_url"},
        {"maintenance", "base_url"},
        {"timeout", "base_url"},
        {"cloud_error", "base_url"},
    };
    const auto* const found =
        std::ranges::find(kFields, type, [](const auto& field) { return field.first; });
    return found == std::end(kFields) ? "" : found->second;
}

std::uint32_t module_id(const pugi::xml_node& module, const Args& args) {
    for (const std::string& text :
         {child_text(module, "id"), std::string(module.attribute("id").value())}) {
        if (const auto id = parse_id(text)) {
            return *id;
        }
    }
    return args.id("module").value_or(0);
}

// Opening the form of an existing server must not fail because the server does: the form is where
// its address is corrected. What is saved is looked at by check_connection.
bool only_opens_a_form(const pugi::xml_node& doc) {
    return child_text(doc, "func").starts_with("processing.edit") && child_text(doc, "sok").empty();
}

tl::expected<std::vector<std::string>, Failure> groups_of(const json& answer) {
    const auto list = answer.find("groups");
    if (list == answer.end() || !list->is_array()) {
        return tl::unexpected(failure("bad_answer", "it has no list of groups"));
    }
    if (!std::ranges::all_of(*list, [](const auto& name) { return name.is_string(); })) {
        return tl::unexpected(failure("bad_answer", "a group's name is not a text"));
    }
    return list->get<std::vector<std::string>>();
}

Done probe_form(const Order& order, const pugi::xml_node& fields, std::uint32_t module) {
    protocol::Request request("probe");
    request.module = ServerId(module);
    // What was entered is looked at, never the saved server in its place. An empty password may
    // mean the saved one: that is for the controller to judge, which reads it.
    const auto entered = [&](const char* field) -> std::optional<std::string> {
        const bool shown = module == 0 || fields.child(field);
        return shown ? std::optional(child_text(fields, field)) : std::nullopt;
    };
    request.base_url = entered("base_url");
    request.login = entered("nc_username");
    request.password = Secret(entered("nc_password").value_or(""));
    const auto said = [&](const char* field) {
        return fields.child(field) ? std::optional(child_text(fields, field)) : std::nullopt;
    };
    request.verify_ssl = said(kVerifyField);
    request.timeout = said("timeout");
    return order.environment.ask_for_form(std::move(request))
        .map([](const json&) { return ok_document(); })
        .map_error([&](Failure why) {
            why.object = field_of(why.type);
            if (!why.object.empty() && why.object != "nc_password") {
                why.value = child_text(fields, why.object.c_str());
            }
            return why;
        });
}

Done check_connection(const Order& order) {
    const auto in = Order::document();
    if (!in) {
        return tl::unexpected(in.error());
    }
    const auto module = in->child("doc").child("processingmodule");
    if (!module) {
        return tl::unexpected(failure("document_bad", "it has no element processingmodule"));
    }
    return probe_form(order, module, module_id(module, order.args));
}

Done tune_connection(const Order& order) {
    auto in = Order::document();
    if (!in) {
        return tl::unexpected(in.error());
    }
    auto doc = in->child("doc");
    bool whole = true;
    for (const char* field : {"base_url", "nc_username", "nc_password"}) {
        whole = whole && !child_text(doc, field).empty();
    }
    if (whole && !only_opens_a_form(doc)) {
        if (auto probed = probe_form(order, doc, 0); !probed) {
            return tl::unexpected(std::move(probed.error()));
        }
    }
    // The first one is what a form without a value shows.
    set_choices(
        doc,
        kVerifyField,
        {{"on", std::string(kVerified.in(order.lang()))},
         {"off", std::string(kUnverified.in(order.lang()))}}
    );
    return print(*in);
}

Done tune_tariff(const Order& order) {
    auto in = Order::document();
    if (!in) {
        return tl::unexpected(in.error());
    }
    auto doc = in->child("doc");
    const std::string stored = child_text(doc, kGroupField);
    const std::string none(kNoGroup.in(order.lang()));
    const auto names = order.required_id("module")
                           .and_then([&](std::uint32_t module) {
                               protocol::Request request("probe");
                               request.module = ServerId(module);
                               return order.environment.ask_for_form(std::move(request));
                           })
                           .and_then(groups_of);
    if (!names) {
        // A tariff can be saved while its cloud is down: what is stored stays, alone.
        order.environment.log.warning(
            "the groups of the cloud are not known, the tariff's group stays as it is: " +
            names.error().text()
        );
        set_choices(doc, kGroupField, {{stored, stored.empty() ? none : stored}});
        return print(*in);
    }
    const ResolvedGroup group = resolve_group(stored, *names);
    Choices choices{{"", none}};
    for (const std::string& name : *names) {
        // The group of the cloud's administrators is never given to a client.
        if (!name.empty() && name != kAdminGroup) {
            choices.emplace_back(name, name);
        }
    }
    // What is stored stays chosen until a person chooses another one.
    if (group.state == GroupState::kUnsaid) {
        choices.emplace_back(stored, stored + std::string(kNoName.in(order.lang())));
    } else if (group.state == GroupState::kMissing || group.state == GroupState::kBad) {
        choices.emplace_back(stored, stored + std::string(kNotThere.in(order.lang())));
    }
    set_choices(doc, kGroupField, choices);
    return print(*in);
}

// ---- all of them ----

struct Command {
    std::string_view name;
    Done (*run)(const Order&);
    bool declared;    // in `features`
    bool in_dry_run;  // does nothing while etc/billmgr.DoNothing exists
};

Done features(const Order& order);

Done messages(const Order&) {
    return messages_document();
}

// For the installer and for people: whether the controller answers.
Done ping(const Order& order) {
    return order.environment.ask(protocol::Request("ping"), Duration{0})
        .map([](const json& answer) {
            pugi::xml_document document;
            auto doc = document.append_child("doc");
            doc.append_child("ok");
            add_text(doc, "version", text_of(answer, "version"));
            return print(document);
        });
}

Done nothing(const Order&) {
    return ok_document();
}

// Not declared: `features` itself, and operations that need nothing of a cloud (no module of a
// service declares them). Those that a former version declared are answered all the same.
// `transition` is what the panel may call the feature transition_control_panel by.
constexpr std::array kCommands = {
    Command{"features", &features, false, false},
    Command{"check_connection", &check_connection, true, false},
    Command{"tune_connection", &tune_connection, true, false},
    Command{"open", &converge, true, true},
    Command{"close", &converge, true, true},
    Command{"suspend", &converge, true, true},
    Command{"resume", &converge, true, true},
    Command{"setparam", &converge, true, true},
    Command{"prolong", &converge, false, true},
    Command{"reopen", &converge, false, true},
    Command{"cancel_prolong", &converge, false, true},
    Command{"prolong_addon", &converge, false, true},
    Command{"sync_item", &converge, true, true},
    Command{"stat", &statistics, true, true},
    Command{"get_server_config", &server_config, true, false},
    Command{"pricelist_dynamic_settings", &nothing, true, false},
    Command{"pricelist_dynamic_settings_tune", &tune_tariff, true, false},
    Command{"import", &import, true, false},
    Command{"transition_control_panel", &link, true, false},
    Command{"transition", &link, false, false},
    Command{"messages", &messages, false, false},
    Command{"ping", &ping, false, false},
};

Done features(const Order& order) {
    pugi::xml_document document;
    auto doc = document.append_child("doc");
    const auto add = [](pugi::xml_node parent, const char* element, std::string_view name) {
        auto node = parent.append_child(element);
        node.append_attribute("name").set_value(std::string(name).c_str());
        return node;
    };
    auto itemtypes = doc.append_child("itemtypes");
    for (const std::string& itemtype : order.environment.settings.itemtypes) {
        add(itemtypes, "itemtype", itemtype);
    }
    auto params = doc.append_child("params");
    add(params, "param", "base_url");
    add(params, "param", "nc_username");
    add(params, "param", "nc_password").append_attribute("crypted").set_value("yes");
    add(params, "param", kVerifyField);
    add(params, "param", "timeout");
    auto list = doc.append_child("features");
    for (const Command& command : kCommands) {
        if (command.declared) {
            add(list, "feature", command.name);
        }
    }
    return print(document);
}

// A controller on another host cannot see the file. It may be away: that is no matter of the panel.
void tell_maintenance(const Environment& environment) {
    const auto heard = environment.ask(protocol::Request("maintenance"), Duration{0});
    if (!heard) {
        environment.log.info("the controller was not told of it: " + heard.error().text());
    }
}

struct Answer {
    std::string document;
    int exit_code = 0;
};

// Always one document; exit code 0, or 1 with an error document.
Answer run_command(const Args& args) {
    const Environment environment = read_environment("pmnextcloud");
    const Order order{environment, args};
    const std::string name(args.text("command"));
    Done done = tl::unexpected(failure("option_missing", "no command was given", "command"));
    if (!name.empty()) {
        const auto* const command = std::ranges::find(kCommands, name, &Command::name);
        if (command == kCommands.end()) {
            done = tl::unexpected(failure("unknown_command", "", "command", name));
        } else if (command->in_dry_run && environment.do_nothing) {
            environment.log.info(name + ": etc/billmgr.DoNothing exists, nothing is done");
            tell_maintenance(environment);
            done = ok_document();
        } else {
            done = command->run(order);
        }
    }
    if (done) {
        return {std::move(*done), 0};
    }
    environment.log.error((name.empty() ? "no command" : name) + ": " + done.error().text());
    return {error_document(done.error(), order.lang()), 1};
}

// The answer when something that nobody foresaw is thrown.
Answer internal_error(const std::string& what, Language lang) {
    return {error_document(failure("internal", what), lang), 1};
}

constexpr const char* kHelp = R"(pmnextcloud --command COMMAND [options]

BILLmanager's processing module for Nextcloud and ownCloud. The panel starts it; it hands the order
to the running controller (bill-nextcloud serve) and prints one XML document. By hand:

  pmnextcloud --command features                      what the module can do
  pmnextcloud --command sync_item --item 7            look at service 7 now
  pmnextcloud --command get_server_config --module 3  look at the cloud of processing module 3

Commands for the panel
  features, check_connection, tune_connection, open, close, suspend, resume, setparam, prolong,
  reopen, cancel_prolong, prolong_addon, sync_item, stat, get_server_config,
  pricelist_dynamic_settings, pricelist_dynamic_settings_tune, import, transition_control_panel,
  messages, ping

Options (also --option=value, in any order; unknown ones are passed over)
  -c, --command           -i, --item              -m, --module
  -l, --lang (en, ru)     -t, --itemtype          --runningoperation
  --searchstring          -T  copyright           --version, --help

Exit code 0, or 1 with an error document. Log: var/pmnextcloud.log under the panel's folder.
Settings: etc/pmnextcloud.conf there. The panel's folder is found from where the module is
installed; BN_PANEL_ROOT overrides it.
)";

int say(const Answer& answer) {
    return write_all(STDOUT_FILENO, answer.document) ? answer.exit_code : 1;
}

}  // namespace
}  // namespace bn::pmnextcloud

int main(int argc, char** argv) {
    using namespace bn::pmnextcloud;
    auto lang = bn::words::Language::kEnglish;
    try {
        const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        const Args args = Args::parse(words);
        lang = bn::words::language_of(args.text("lang"));
        if (args.find("command") == nullptr) {
            if (args.help) {
                return say({kHelp, 0});
            }
            if (args.version) {
                return say({"pmnextcloud " BN_VERSION "\n", 0});
            }
            if (args.copyright) {
                return say(
                    {"bill-nextcloud, processing module for Nextcloud and ownCloud, "
                     "version " BN_VERSION "\n",
                     0}
                );
            }
        }
        return say(run_command(args));
    } catch (const std::exception& error) {
        return say(internal_error(error.what(), lang));
    } catch (...) {
        return say(internal_error("an error of an unknown kind", lang));
    }
}
