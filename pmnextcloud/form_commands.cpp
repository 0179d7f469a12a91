// The commands that the panel's forms need: they take a document and most give it back.
#include <algorithm>
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
    constexpr std::array<std::string_view, 2> kOfLogin = {"auth", "not_admin"};
    constexpr std::array<std::string_view, 11> kOfUrl = {
        "url_empty",
        "url_too_long",
        "url_scheme",
        "url_bad",
        "dns",
        "connect",
        "tls",
        "not_a_cloud",
        "maintenance",
        "timeout",
        "cloud_error"};
    const auto in = [&](const auto& types) {
        return std::ranges::find(types, type) != types.end();
    };
    return in(kOfLogin)             ? "nc_username"
           : type == "app_password" ? "nc_password"
           : in(kOfUrl)             ? "base_url"
                                    : "";
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

tl::expected<std::vector<std::string>, Failure> groups_of(const nlohmann::json& answer) {
    const auto list = answer.find("groups");
    if (list == answer.end() || !list->is_array()) {
        return tl::unexpected(failure("bad_answer", "it has no list of groups"));
    }
    if (!std::ranges::all_of(*list, [](const auto& name) { return name.is_string(); })) {
        return tl::unexpected(failure("bad_answer", "a group's name is not a text"));
    }
    return list->get<std::vector<std::string>>();
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
    return environment_.ask(std::move(request), environment_.settings.probe_wait)
        .map([](const nlohmann::json&) { return ok_document(); })
        .map_error([&](Failure why) {
            why.object = field_of(why.type);
            if (why.object == "base_url" || why.object == "nc_username") {
                why.value = child_text(fields, why.object.c_str());
            }
            return why;
        });
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

Module::Done Module::tune_tariff() const {
    auto in = document();
    if (!in) {
        return tl::unexpected(in.error());
    }
    auto doc = in->child("doc");
    const std::string stored = child_text(doc, kGroupField);
    const auto names = ask_of_server(protocol::Request("probe"), environment_.settings.probe_wait)
                           .and_then(groups_of);
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
