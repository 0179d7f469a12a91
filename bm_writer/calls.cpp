#include "bm_writer/calls.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <ranges>
#include <sstream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/text.hpp"

namespace bn::bm_writer {

namespace {

std::string text(std::uint32_t number) {
    return std::to_string(number);
}

PanelCall on_item(std::string function, ItemId item) {
    return PanelCall(std::move(function), {{"elid", text(item.value)}, {"sok", "ok"}});
}

PanelCall on_operation(std::string function, std::uint32_t operation) {
    return PanelCall(std::move(function), {{"elid", text(operation)}});
}

bool fits_pair_form(std::string_view name) {
    constexpr std::array<std::string_view, 8> kTaken = {
        "elid", "sok", "crypted", "func", "out", "lang", "auth", "name"};
    return std::ranges::find(kTaken, name) == kTaken.end();
}

// Of a server's problem "processingmodule_connect".
PanelCall on_problem(std::string_view function, ServerId module, std::string_view name) {
    return PanelCall(
        std::string(function),
        {{"name", "processingmodule_connect"},
         {"id", text(module.value)},
         {"param_pm_name", std::string(name)},
         {"param_pm_id", text(module.value)}}
    );
}

// The kernel takes at most 128 KiB for one argument. Each character may become six in XML, and the
// sum of all texts stays below a sixth of that.
constexpr std::size_t kLongestTerm = 128;
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kBudget = 18000;
constexpr std::size_t kMostParams = 64;

class Writer {
  public:
    std::string text(std::string_view bytes, std::size_t most) {
        most = std::min(most, left_);
        // Cut before it is cleaned (which may make three bytes of one), then once more.
        std::string clean = base::shortened(base::clean_utf8(bytes.substr(0, most)), most);
        left_ -= std::min(left_, clean.size());
        return clean;
    }

    void attribute(pugi::xml_node node, const char* name, std::string_view value) {
        node.append_attribute(name) = text(value, kLongestTerm).c_str();
    }

    void element_text(pugi::xml_node node, std::string_view value) {
        node.append_child(pugi::node_pcdata).set_value(text(value, kLongestText).c_str());
    }

  private:
    std::size_t left_ = kBudget;
};

}  // namespace

bool valid_name(std::string_view name) {
    constexpr std::size_t kLongest = 128;
    constexpr std::string_view kNotFirst = "0123456789-.";
    return !name.empty() && name.size() <= kLongest &&
           kNotFirst.find(name.front()) == std::string_view::npos &&
           base::only_letters_digits_and("_-.", name);
}

std::optional<Error> argument_fault(const PanelCall& call) {
    const auto fault = [&](const char* what, std::string_view name) {
        return Error(
            NextMove::kBug,
            "panel.argument",
            fmt::format(
                "{}: {} '{}' cannot be passed to the panel",
                base::shortened(call.function, 60),
                what,
                base::shortened(name, 60)
            )
        );
    };
    const auto bad = [&](std::string_view name, std::string_view value) {
        return !valid_name(name) || value.find('\0') != std::string_view::npos;
    };
    if (!valid_name(call.function)) {
        return fault("the function", call.function);
    }
    for (const auto& [name, value] : call.arguments) {
        if (bad(name, value)) {
            return fault("the argument", name);
        }
    }
    for (const auto& [name, secret] : call.secrets) {
        if (bad(name, secret.reveal())) {
            return fault("the secret", name);
        }
    }
    return std::nullopt;
}

PanelCall open(ItemId item, std::string_view function) {
    return on_item(std::string(function), item);
}

const PostCalls& default_post_calls() {
    static const PostCalls calls = {
        {"suspend", "service.postsuspend"},
        {"resume", "service.postresume"},
        {"close", "service.postclose"},
        {"setparam", "service.postsetparam"},
        {"prolong", "service.postprolong"},
        {"reopen", "service.postreopen"},
        {"cancel_prolong", "service.postprolong"},
        {"prolong_addon", "service.postprolong"},
    };
    return calls;
}

std::optional<PanelCall> post(std::string_view command, ItemId item, const PostCalls& calls) {
    const auto found = calls.find(command);
    if (found == calls.end() || found->second.empty()) {
        return std::nullopt;
    }
    return on_item(found->second, item);
}

PanelCall save_param(
    ItemId item, std::string_view name, const Secret& value, Storage storage, SaveParamForm form
) {
    PanelCall call = on_item("service.saveparam", item);
    const bool pair = form == SaveParamForm::kPair && fits_pair_form(name);
    const std::string_view field = pair ? name : "value";
    if (!pair) {
        call.arguments.emplace_back("name", name);
    }
    if (storage == Storage::kCrypted) {
        call.secrets.emplace_back(field, value);
        call.arguments.emplace_back("crypted", "on");
    } else {
        call.arguments.emplace_back(field, value.reveal());
        if (pair) {
            call.arguments.emplace_back("crypted", "off");
        }
    }
    return call;
}

PanelCall drop_param(ItemId item, std::string_view name) {
    PanelCall call = on_item("service.dropparam", item);
    call.arguments.emplace_back("name", name);
    return call;
}

PanelCall rollback(ItemId item) {
    return on_item("service.changepricelist.rollback", item);
}

std::string error_xml(const OperationError& error) {
    pugi::xml_document document;
    Writer writer;
    pugi::xml_node doc = document.append_child("doc");
    pugi::xml_node node = doc.append_child("error");
    writer.attribute(node, "date", error.date);
    writer.attribute(node, "type", error.type);
    writer.attribute(node, "object", error.object);
    writer.attribute(node, "value", error.value);
    for (const auto& [name, value] : error.params | std::views::take(kMostParams)) {
        pugi::xml_node child = node.append_child("param");
        writer.attribute(child, "name", name);
        writer.element_text(child, value);
    }
    for (const char* unused : {"backtrace", "log"}) {
        writer.element_text(node.append_child(unused), "");
    }
    pugi::xml_node module = doc.append_child("processingmodule");
    writer.attribute(module, "date", error.date);
    module.append_attribute("id") = error.module.value;
    writer.attribute(module, "name", error.module_name);
    pugi::xml_node message = module.append_child("custommessage");
    writer.attribute(message, "date", error.date);
    message.append_attribute("type") = "error";
    writer.element_text(message, error.message);
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return out.str();
}

std::string panel_date(Time at) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    std::tm tm{};
    if (::localtime_r(&seconds, &tm) == nullptr) {
        return {};
    }
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", tm);
}

PanelCall operation_error(std::uint32_t operation, std::string_view errorxml) {
    PanelCall call = on_operation("runningoperation.edit", operation);
    call.arguments.emplace_back("sok", "ok");
    call.arguments.emplace_back("errorxml", errorxml);
    return call;
}

PanelCall set_manual(std::uint32_t operation) {
    return on_operation("runningoperation.setmanual", operation);
}

PanelCall task_type(std::string_view command, ItemId item) {
    return PanelCall(
        "task.gettype", {{"operation", std::string(command)}, {"item", text(item.value)}}
    );
}

PanelCall edit_task(ItemId item, std::uint32_t operation, std::string_view type) {
    return PanelCall(
        "task.edit",
        {{"item", text(item.value)},
         {"runningoperation", text(operation)},
         {"type", std::string(type)},
         {"sok", "ok"}}
    );
}

PanelCall item_task(ItemId item, std::string_view type, std::string_view message) {
    PanelCall call(
        "task.edit", {{"item", text(item.value)}, {"type", std::string(type)}, {"sok", "ok"}}
    );
    if (!message.empty()) {
        pugi::xml_document document;
        const std::string clean = base::clean_utf8(message);
        document.append_child("doc").append_child("message").text().set(clean.c_str());
        std::ostringstream out;
        document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
        call.arguments.emplace_back("params", out.str());
    }
    return call;
}

PanelCall register_problem(ServerId module, std::string_view name, std::string_view message) {
    PanelCall call = on_problem("problems.register", module, name);
    call.arguments.emplace_back("param_errormsg", message);
    call.arguments.emplace_back("level", "error");
    call.arguments.emplace_back("sok", "ok");
    return call;
}

PanelCall clear_problem(ServerId module, std::string_view name, std::string_view function) {
    PanelCall call = on_problem(function, module, name);
    call.arguments.emplace_back("sok", "ok");
    return call;
}

PanelCall post_stat(ServerId module, std::string_view day) {
    return PanelCall(
        "service.poststat", {{"elid", text(module.value)}, {"date", std::string(day)}}
    );
}

PanelCall set_config(ServerId module, std::string_view xml) {
    return PanelCall(
        "processing.setconfig",
        {{"elid", text(module.value)}, {"config", std::string(xml)}, {"sok", "ok"}}
    );
}

PanelCall import_service(const ImportedService& service) {
    return PanelCall(
        "processing.import.service",
        {{"sok", "ok"},
         {"module", text(service.module.value)},
         {"import_itemtype_intname", service.itemtype},
         {"import_pricelist_intname", ""},
         {"import_service_name", service.login},
         {"status", service.suspended ? "3" : "2"},
         {"username", service.login},
         {"url", service.url}}
    );
}

}  // namespace bn::bm_writer
