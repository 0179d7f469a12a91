#include "bm_writer/answer.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bm_writer/text.hpp"

#include "base/text.hpp"

namespace bn::bm_writer {

namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 64;
constexpr std::size_t kShownOfBody = 120;
constexpr std::size_t kMostFields = 1000;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

Error not_an_answer(std::string_view body, std::string_view why) {
    const std::string begin = base::one_line(
        base::shortened(base::clean_utf8(body.substr(0, 4 * kShownOfBody)), kShownOfBody)
    );
    Error error(
        NextMove::kRetryCall,
        "panel.answer",
        body.empty() ? std::string("the panel answered with nothing")
                     : fmt::format("the panel's answer is no document: {}: '{}'", why, begin),
        "if it stays so, see the panel's log (var/billmgr.log)"
    );
    error.effect_unknown = true;
    return error;
}

std::string_view without_bom(std::string_view body) {
    return body.substr(0, 3) == "\xEF\xBB\xBF" ? body.substr(3) : body;
}

void add_field(PanelAnswer& answer, std::string_view name, std::string_view text) {
    if (answer.fields.size() < kMostFields) {
        answer.fields.try_emplace(base::clean_utf8(name), base::clean_utf8(text));
    }
}

// --- XML

bool has_children(const pugi::xml_node& node) {
    const auto children = node.children();
    return std::any_of(children.begin(), children.end(), [](const pugi::xml_node& child) {
        return child.type() == pugi::node_element;
    });
}

void read_xml_error(const pugi::xml_node& error, PanelAnswer& answer) {
    std::string object = error.attribute("object").value();
    std::string value = error.attribute("value").value();
    std::string description;
    for (const pugi::xml_node& param : error.children("param")) {
        const std::string_view name = param.attribute("name").value();
        std::string& target = name == "object" ? object : name == "value" ? value : description;
        if ((name == "object" || name == "value" || name == "desc") && target.empty()) {
            target = param.text().get();
        }
    }
    std::string message = error.child("msg").text().get();
    if (message.empty()) {
        message = has_children(error) ? description : error.text().get();
    }
    answer.ok = false;
    answer.error_type = base::clean_utf8(error.attribute("type").value());
    answer.error_object = base::clean_utf8(object);
    answer.error_value = base::clean_utf8(value);
    answer.message = base::clean_utf8(message);
    if (answer.error_type.empty()) {
        answer.error_type = "unknown";
    }
}

void read_xml_fields(const pugi::xml_node& parent, PanelAnswer& answer) {
    for (const pugi::xml_node& node : parent.children()) {
        if (node.type() != pugi::node_element || has_children(node) ||
            std::string_view(node.name()) == "error") {
            continue;
        }
        add_field(answer, node.name(), node.text().get());
        for (const pugi::xml_attribute& attribute : node.attributes()) {
            add_field(
                answer, fmt::format("{}@{}", node.name(), attribute.name()), attribute.value()
            );
        }
    }
}

// --- JSON

// The text of a value: itself, or the "$" of {"$": text, "$orig": raw}.
std::string json_text(const Json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_object()) {
        const auto text = value.find("$");
        return text == value.end() ? std::string() : json_text(*text);
    }
    if (value.is_number() || value.is_boolean()) {
        return value.dump();
    }
    return {};
}

bool is_simple(const Json& value) {
    if (!value.is_object()) {
        return !value.is_array();
    }
    const auto& entries = value.items();
    return std::all_of(entries.begin(), entries.end(), [](const auto& entry) {
        return entry.key().substr(0, 1) == "$" && !entry.value().is_structured();
    });
}

std::string json_member(const Json& object, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (const auto found = object.find(name); found != object.end()) {
            if (std::string text = json_text(*found); !text.empty()) {
                return text;
            }
        }
    }
    return {};
}

// One of error's `param` entries: {"$name": "object", "$": "x"} in a list, or alone.
std::string json_param(const Json& error, std::string_view wanted) {
    const auto found = error.find("param");
    if (found == error.end()) {
        return {};
    }
    const Json list = found->is_array() ? *found : Json::array({*found});
    for (const Json& param : list) {
        if (param.is_object() && json_member(param, {"$name", "name"}) == wanted) {
            return json_member(param, {"$", "value"});
        }
    }
    return {};
}

void read_json_error(const Json& error, PanelAnswer& answer) {
    answer.ok = false;
    if (!error.is_object()) {
        answer.error_type = "unknown";
        answer.message = base::clean_utf8(json_text(error));
        return;
    }
    const auto member_or_param = [&](const char* attribute, const char* name) {
        std::string text = json_member(error, {attribute, name});
        return text.empty() ? json_param(error, name) : text;
    };
    answer.error_type = base::clean_utf8(json_member(error, {"$type", "type"}));
    answer.error_object = base::clean_utf8(member_or_param("$object", "object"));
    answer.error_value = base::clean_utf8(member_or_param("$value", "value"));
    answer.message = base::clean_utf8(member_or_param("msg", "desc"));
    if (answer.error_type.empty()) {
        answer.error_type = "unknown";
    }
}

void read_json_fields(const Json& object, PanelAnswer& answer) {
    for (const auto& [name, value] : object.items()) {
        if (is_one_of(name, {"model", "doc", "error"}) || !is_simple(value) ||
            name.substr(0, 1) == "$") {
            continue;
        }
        add_field(answer, name, json_text(value));
        if (value.is_object()) {
            for (const auto& [attribute, text] : value.items()) {
                if (attribute.size() > 1) {
                    add_field(
                        answer, fmt::format("{}@{}", name, attribute.substr(1)), json_text(text)
                    );
                }
            }
        }
    }
}

// Brackets outside of strings: the parser itself would take any depth and memory for it.
bool too_deep(std::string_view body) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const char c = body[i];
        if (quoted) {
            i += c == '\\' ? 1U : 0U;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kDeepest) {
                return true;
            }
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

}  // namespace

Result<PanelAnswer> parse_xml_answer(std::string_view body) {
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(
        body.data(), body.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_auto
    );
    if (!parsed) {
        return tl::unexpected(not_an_answer(body, parsed.description()));
    }
    int roots = 0;
    for (const pugi::xml_node& node : document.children()) {
        if (node.type() == pugi::node_doctype) {
            return tl::unexpected(not_an_answer(body, "it declares a document type"));
        }
        roots += node.type() == pugi::node_element ? 1 : 0;
    }
    const pugi::xml_node root = document.document_element();
    if (roots != 1 || std::string_view(root.name()) != "doc") {
        return tl::unexpected(not_an_answer(body, "its root is not <doc>"));
    }
    PanelAnswer answer;
    answer.ok = true;
    read_xml_fields(root, answer);
    read_xml_fields(root.child("model"), answer);
    if (const pugi::xml_node error = root.child("error")) {
        read_xml_error(error, answer);
    }
    return answer;
}

Result<PanelAnswer> parse_json_answer(std::string_view body) {
    if (too_deep(body)) {
        return tl::unexpected(not_an_answer(body, "it is nested too deeply"));
    }
    const Json json = Json::parse(without_bom(body), nullptr, false);
    if (!json.is_object()) {
        return tl::unexpected(not_an_answer(body, "it is neither XML nor a JSON object"));
    }
    const auto doc = json.find("doc");
    const Json& root = doc == json.end() ? json : *doc;
    const bool known = doc != json.end() || json.contains("model") || json.contains("elem") ||
                       json.contains("error") || json.contains("ok");
    if (!known || !(root.is_object() || root.is_null())) {
        return tl::unexpected(not_an_answer(body, "it has neither doc nor model nor elem"));
    }
    PanelAnswer answer;
    answer.ok = true;
    if (root.is_null()) {
        return answer;
    }
    read_json_fields(root, answer);
    if (const auto model = root.find("model"); model != root.end() && model->is_object()) {
        read_json_fields(*model, answer);
    }
    for (const Json* holder : {&root, &json}) {
        if (const auto error = holder->find("error"); error != holder->end()) {
            read_json_error(*error, answer);
            break;
        }
    }
    return answer;
}

Result<PanelAnswer> parse_answer(std::string_view body) {
    const std::string_view text = without_bom(body);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return tl::unexpected(not_an_answer({}, ""));
    }
    return text[first] == '{' ? parse_json_answer(text.substr(first))
                              : parse_xml_answer(text.substr(first));
}

PanelAnswer masked(PanelAnswer answer, const std::vector<std::pair<std::string, Secret>>& secrets) {
    for (std::string* text :
         {&answer.error_type, &answer.error_object, &answer.error_value, &answer.message}) {
        *text = without_secrets(std::move(*text), secrets);
    }
    for (auto& [name, text] : answer.fields) {
        text = without_secrets(std::move(text), secrets);
    }
    return answer;
}

}  // namespace bn::bm_writer
