// The commands that the panel's forms need: they take a document and most give it back.
#include <array>
#include <utility>

#include "pmnextcloud/commands.hpp"
#include "reconciler/plan/groups.hpp"

namespace bn::pmnextcloud {
namespace {

constexpr const char* kGroupField = "usergroup";
constexpr std::string_view kAdminGroup = "admin";

// The form's field that a person must look at.
std::string field_of(std::string_view type) {
    constexpr std::array kFields = {
        std::pair(std::string_view("auth"), "nc_username"),
        std::pair(std::string_view("not_admin"), "nc_username"),
        std::pair(std::string_view("app_password"), "nc_password"),
        std::pair(std::string_view("url_empty"), "base_url"),
        std::pair(std::string_view("url_too_long"), "base_url"),
        std::pair(std::string_view("url_scheme"), "base_url"),
        std::pair(std::string_view("url_bad"), "base_url"),
        std::pair(std::string_view("dns"), "base_url"),
        std::pair(std::string_view("connect"), "base_url"),
        std::pair(std::string_view("tls"), "base_url"),
        std::pair(std::string_view("not_a_cloud"), "base_url"),
        std::pair(std::string_view("maintenance"), "base_url"),
        std::pair(std::string_view("timeout"), "base_url"),
        std::pair(std::string_view("cloud_error"), "base_url"),
    };
    for (const auto& [name, field] : kFields) {
        if (name == type) {
            return field;
        }
    }
    return {};
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

std::string no_group(Language lang) {
    return lang == Language::kRussian ? "-- без группы --" : "-- no group --";
}

std::string not_there(const std::string& name, Language lang) {
    return name + (lang == Language::kRussian ? " (недоступна в облаке)"
                                              : " (not available in the cloud)");
}

}  // namespace

Module::Done Module::probe_form(const pugi::xml_node& fields, std::uint32_t module) const {
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
    const auto answer = environment_.ask(std::move(request), environment_.settings.probe_wait);
    if (!answer) {
        Failure why = answer.error();
        why.object = field_of(why.type);
        if (why.object == "base_url" || why.object == "nc_username") {
            why.value = child_text(fields, why.object.c_str());
        }
        return tl::unexpected(std::move(why));
    }
    return ok_document();
}

Module::Done Module::check_connection() const {
    const auto in = document();
    if (!in) {
        return tl::unexpected(in.error());
    }
    const auto module = in->child("doc").child("processingmodule");
    if (!module) {
        return tl::unexpected(failure("document_bad", "it has no element processingmodule"));
    }
    return probe_form(module, module_id(module, args_));
}

Module::Done Module::tune_connection() const {
    const auto in = document();
    if (!in) {
        return tl::unexpected(in.error());
    }
    const auto doc = in->child("doc");
    bool whole = true;
    for (const char* field : {"base_url", "nc_username", "nc_password"}) {
        whole = whole && !child_text(doc, field).empty();
    }
    if (whole && !only_opens_a_form(doc)) {
        if (auto probed = probe_form(doc, 0); !probed) {
            return tl::unexpected(std::move(probed.error()));
        }
    }
    return print(*in);
}

tl::expected<std::vector<std::string>, Failure> Module::groups() const {
    const auto module = required_id("module");
    if (!module) {
        return tl::unexpected(module.error());
    }
    protocol::Request request("probe");
    request.module = ServerId(*module);
    const auto answer = environment_.ask(std::move(request), environment_.settings.probe_wait);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    const auto list = answer->find("groups");
    if (list == answer->end() || !list->is_array()) {
        return tl::unexpected(failure("bad_answer", "it has no list of groups"));
    }
    std::vector<std::string> names;
    for (const auto& name : *list) {
        if (!name.is_string()) {
            return tl::unexpected(failure("bad_answer", "a group's name is not a text"));
        }
        names.push_back(name.get<std::string>());
    }
    return names;
}

Module::Done Module::tune_tariff() const {
    auto in = document();
    if (!in) {
        return tl::unexpected(in.error());
    }
    auto doc = in->child("doc");
    const std::string stored = child_text(doc, kGroupField);
    const auto names = groups();
    if (!names) {
        // A tariff can be saved while its cloud is down: what is stored stays, alone.
        environment_.log.warning(
            "the groups of the cloud are not known, the tariff's group stays as it is: " +
            names.error().text()
        );
        set_choices(doc, kGroupField, {{stored, stored.empty() ? no_group(lang()) : stored}});
        return print(*in);
    }
    const ResolvedGroup group = resolve_group(stored, *names);
    Choices choices{{"", no_group(lang())}};
    for (const std::string& name : *names) {
        // The group of the cloud's administrators is never given to a client.
        if (!name.empty() && name != kAdminGroup) {
            choices.emplace_back(name, name);
        }
    }
    if (group.state == GroupState::kFound && group.name != stored) {
        environment_.log.info(
            "the tariff's group is stored as the position " + stored + ", which is " + group.name
        );
        set_field(doc, kGroupField, group.name);
    } else if (group.state == GroupState::kMissing || group.state == GroupState::kBad) {
        choices.emplace_back(stored, not_there(stored, lang()));
    }
    set_choices(doc, kGroupField, choices);
    return print(*in);
}

}  // namespace bn::pmnextcloud
