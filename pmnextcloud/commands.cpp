#include "pmnextcloud/commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bn::pmnextcloud {
namespace {

using protocol::list_of;
using protocol::text_of;

// What was taken over and what was not, for people; the panel looks only for <ok/> and errors.
std::string import_document(const nlohmann::json& answer) {
    pugi::xml_document document;
    auto doc = document.append_child("doc");
    doc.append_child("ok");
    const auto list = [&](const char* key, const char* element, const char* detail) {
        for (const auto& row : list_of(answer, key)) {
            if (row.is_object()) {
                auto node = doc.append_child(element);
                add_text(node, "login", text_of(row, "login"));
                add_text(node, detail, text_of(row, detail));
            }
        }
    };
    list("imported", "imported", "service");
    list("skipped", "skipped", "why");
    return print(document);
}

}  // namespace

struct Module::Command {
    std::string_view name;
    Done (Module::*run)() const;
    bool declared;    // in `features`
    bool in_dry_run;  // does nothing while etc/billmgr.DoNothing exists
};

std::span<const Module::Command> Module::commands() {
    // Not declared: `features` itself, and operations for which the panel knows no completion call
    // (they would stay in its list of running operations), which are answered all the same.
    static constexpr std::array kCommands = {
        Command{"features", &Module::features, false, false},
        Command{"check_connection", &Module::check_connection, true, false},
        Command{"tune_connection", &Module::tune_connection, true, false},
        Command{"open", &Module::converge, true, true},
        Command{"close", &Module::converge, true, true},
        Command{"suspend", &Module::converge, true, true},
        Command{"resume", &Module::converge, true, true},
        Command{"setparam", &Module::converge, true, true},
        Command{"prolong", &Module::converge, true, true},
        Command{"reopen", &Module::converge, true, true},
        Command{"cancel_prolong", &Module::converge, false, true},
        Command{"prolong_addon", &Module::converge, false, true},
        Command{"sync_item", &Module::converge, true, true},
        Command{"stat", &Module::statistics, true, true},
        Command{"get_server_config", &Module::server_config, true, false},
        Command{"pricelist_dynamic_settings", &Module::nothing, true, false},
        Command{"pricelist_dynamic_settings_tune", &Module::tune_tariff, true, false},
        Command{"import", &Module::import, true, false},
        Command{"messages", &Module::messages, false, false},
    };
    return kCommands;
}

Module::Module(const Environment& environment, Args args, Input input)
    : environment_(environment), args_(std::move(args)), input_(std::move(input)) {}

Answer Module::run() const {
    const std::string name(args_.text("command"));
    Done done = tl::unexpected(failure("option_missing", "no command was given", "command"));
    if (!name.empty()) {
        const auto all = commands();
        const auto command = std::ranges::find(all, name, &Command::name);
        if (command == all.end()) {
            done = tl::unexpected(failure("unknown_command", "", "command", name));
        } else if (command->in_dry_run && environment_.do_nothing) {
            environment_.log.info(name + ": etc/billmgr.DoNothing exists, nothing is done");
            done = ok_document();
        } else {
            done = (this->*command->run)();
        }
    }
    if (done) {
        return {std::move(*done), 0};
    }
    environment_.log.error((name.empty() ? "no command" : name) + ": " + done.error().text());
    return {error_document(done.error(), lang()), 1};
}

Module::Done Module::features() const {
    pugi::xml_document document;
    auto doc = document.append_child("doc");
    const auto add = [](pugi::xml_node parent, const char* element, std::string_view name) {
        auto node = parent.append_child(element);
        node.append_attribute("name").set_value(std::string(name).c_str());
        return node;
    };
    auto itemtypes = doc.append_child("itemtypes");
    for (const std::string& itemtype : environment_.settings.itemtypes) {
        add(itemtypes, "itemtype", itemtype);
    }
    auto params = doc.append_child("params");
    add(params, "param", "base_url");
    add(params, "param", "nc_username");
    add(params, "param", "nc_password").append_attribute("crypted").set_value("yes");
    auto list = doc.append_child("features");
    for (const Command& command : commands()) {
        if (command.declared) {
            add(list, "feature", command.name);
        }
    }
    return print(document);
}

// A member like the others of the table.
// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
Module::Done Module::messages() const {
    return messages_document();
}

// A member like the others of the table.
// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
Module::Done Module::nothing() const {
    return ok_document();
}

tl::expected<std::uint32_t, Failure> Module::required_id(const char* option) const {
    const std::string* text = args_.find(option);
    if (text == nullptr) {
        return tl::unexpected(failure("option_missing", "the command needs it", option));
    }
    const auto id = parse_id(*text);
    if (!id) {
        return tl::unexpected(
            failure("option_bad", "a number from 1 to 4294967295 is expected", option, *text)
        );
    }
    return *id;
}

tl::expected<nlohmann::json, Failure> Module::ask_of_server(
    protocol::Request request, Duration wait
) const {
    return required_id("module").and_then([&](std::uint32_t module) {
        request.module = ServerId(module);
        return environment_.ask(std::move(request), wait);
    });
}

tl::expected<pugi::xml_document, Failure> Module::document() const {
    return input_().and_then(parse_document);
}

Module::Done Module::wait_for_state(const nlohmann::json& answer) const {
    const std::string state = text_of(answer, "state");
    if (state != "done" && state != "working") {
        return tl::unexpected(failure("bad_answer", "it does not say whether the work is done"));
    }
    environment_.log.info(
        std::string(args_.text("command")) + ": " +
        (state == "done" ? "done" : "the controller goes on and completes it later")
    );
    return ok_document();
}

Module::Done Module::converge() const {
    const auto item = required_id("item");
    // The panel passes 0, or nothing, when there is no operation.
    const auto given = args_.text("runningoperation");
    const auto operation = given.empty() || given == "0" ? tl::expected<std::uint32_t, Failure>(0)
                                                         : required_id("runningoperation");
    if (!item || !operation) {
        return tl::unexpected(!item ? item.error() : operation.error());
    }
    protocol::Request request("converge");
    request.item = ItemId(*item);
    request.command = args_.text("command");
    environment_.log.info(
        request.command + ": item " + std::to_string(*item) + ", operation " +
        std::to_string(*operation)
    );
    return environment_.ask(std::move(request), environment_.settings.wait)
        .map_error([&](Failure why) {
            why.params.emplace("item", std::to_string(*item));
            return why;
        })
        .and_then([&](const nlohmann::json& answer) { return wait_for_state(answer); });
}

Module::Done Module::statistics() const {
    return ask_of_server(protocol::Request("statistics"), environment_.settings.stat_wait)
        .and_then([&](const nlohmann::json& answer) { return wait_for_state(answer); });
}

Module::Done Module::server_config() const {
    return ask_of_server(protocol::Request("server_config"), environment_.settings.probe_wait)
        .map([](const nlohmann::json&) { return ok_document(); });
}

Module::Done Module::import() const {
    protocol::Request request("import");
    request.itemtype = args_.text("itemtype");
    if (request.itemtype.empty()) {
        request.itemtype = environment_.settings.itemtypes.front();
    }
    request.search = args_.text("searchstring");
    return ask_of_server(std::move(request), environment_.settings.stat_wait).map(import_document);
}

Answer internal_error(const std::string& what, Language lang) {
    return {error_document(failure("internal", what), lang), 1};
}

}  // namespace bn::pmnextcloud
