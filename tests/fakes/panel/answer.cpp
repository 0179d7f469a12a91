#include "tests/fakes/panel/answer.hpp"

#include <pugixml.hpp>

#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bn::testing {

namespace {

using OrderedJson = nlohmann::ordered_json;

std::string dumped(const OrderedJson& json) {
    return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string message_of(const AnswerError& error) {
    if (!error.message.empty()) {
        return error.message;
    }
    if (error.type == "missed") {
        return fmt::format("There is no '{}' {}", error.object, error.value);
    }
    if (error.type == "value") {
        return fmt::format("The field '{}' has the wrong value '{}'", error.object, error.value);
    }
    return fmt::format("Error {} {} {}", error.type, error.object, error.value);
}

void add_text(pugi::xml_node parent, const std::string& name, const std::string& text) {
    parent.append_child(name.c_str()).text().set(text.c_str());
}

void add_param(pugi::xml_node parent, const char* name, const std::string& text, bool message) {
    pugi::xml_node param = parent.append_child("param");
    param.append_attribute("name") = name;
    if (message) {
        param.append_attribute("type") = "msg";
    }
    param.text().set(text.c_str());
}

void add_error(pugi::xml_node doc, const AnswerError& error, const std::string& function) {
    pugi::xml_node node = doc.append_child("error");
    node.append_attribute("type") = error.type.c_str();
    node.append_attribute("object") = error.object.c_str();
    node.append_attribute("lang") = "en";
    add_param(node, "object", error.object, true);
    add_param(node, "value", error.value, false);
    add_param(node, "desc", "desc_empty", true);
    pugi::xml_node action = node.append_child("stack").append_child("action");
    action.append_attribute("level") = "30";
    action.append_attribute("user") = "root";
    action.text().set(function.c_str());
    add_text(node, "msg", message_of(error));
}

void add_row(pugi::xml_node doc, const AnswerRow& row) {
    pugi::xml_node elem = doc.append_child("elem");
    for (const auto& [name, text] : row.fields) {
        pugi::xml_node field = elem.append_child(name.c_str());
        field.text().set(text.c_str());
        if (const auto orig = row.orig.find(name); orig != row.orig.end()) {
            field.append_attribute("orig") = orig->second.c_str();
        }
    }
}

void add_node(pugi::xml_node parent, const AnswerNode& node) {
    pugi::xml_node made = parent.append_child(node.name.c_str());
    for (const auto& [name, text] : node.attributes) {
        made.append_attribute(name.c_str()) = text.c_str();
    }
    for (const auto& [name, text] : node.fields) {
        add_text(made, name, text);
    }
    for (const AnswerNode& below : node.nodes) {
        add_node(made, below);
    }
}

pugi::xml_document to_tree(const Answer& answer) {
    pugi::xml_document document;
    pugi::xml_node doc = document.append_child("doc");
    doc.append_attribute("lang") = "en";
    doc.append_attribute("func") = answer.function.c_str();
    if (answer.error) {
        add_error(doc, *answer.error, answer.function);
        return document;
    }
    for (const auto& [name, text] : answer.fields) {
        add_text(doc, name, text);
    }
    for (const AnswerNode& node : answer.nodes) {
        add_node(doc, node);
    }
    for (const AnswerRow& row : answer.rows) {
        add_row(doc, row);
    }
    if (answer.is_list) {
        add_text(doc, "p_elems", fmt::to_string(answer.rows.size()));
    }
    if (answer.ok) {
        pugi::xml_node ok = doc.append_child("ok");
        if (!answer.ok_type.empty()) {
            ok.append_attribute("type") = answer.ok_type.c_str();
            ok.text().set(answer.ok_target.c_str());
        }
    }
    return document;
}

std::string xml(const Answer& answer) {
    std::ostringstream out;
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    to_tree(answer).save(out, "", pugi::format_raw | pugi::format_no_declaration);
    out << "\n";
    return out.str();
}

// An element: its attributes as "$name", its text as "$", its children by name; several children
// of one name, and `elem` always, as a list.
OrderedJson json_of(pugi::xml_node node) {
    OrderedJson out = OrderedJson::object();
    for (const pugi::xml_attribute attribute : node.attributes()) {
        out[std::string("$") + attribute.name()] = attribute.value();
    }
    if (!node.text().empty()) {
        out["$"] = node.text().get();
    }
    for (const pugi::xml_node child : node.children()) {
        if (child.type() != pugi::node_element) {
            continue;
        }
        const std::string name = child.name();
        OrderedJson value = json_of(child);
        if (name == "elem" && !out.contains(name)) {
            out[name] = OrderedJson::array();
        }
        if (!out.contains(name)) {
            out[name] = std::move(value);
        } else if (out[name].is_array()) {
            out[name].push_back(std::move(value));
        } else {
            out[name] = OrderedJson::array({out[name], std::move(value)});
        }
    }
    return out;
}

std::string flat(const Answer& answer, bool model) {
    OrderedJson out = OrderedJson::object();
    if (answer.error) {
        out["error"] = {
            {"type", answer.error->type},
            {"object", answer.error->object},
            {"value", answer.error->value},
            {"msg", message_of(*answer.error)}};
        return dumped(out);
    }
    if (answer.is_list) {
        out["elem"] = OrderedJson::array();
    }
    for (const AnswerRow& row : answer.rows) {
        OrderedJson elem = OrderedJson::object();
        for (const auto& [name, text] : row.fields) {
            elem[name] = text;
        }
        out["elem"].push_back(std::move(elem));
    }
    OrderedJson& fields = model ? (out["model"] = OrderedJson::object()) : out;
    for (const auto& [name, text] : answer.fields) {
        fields[name] = text;
    }
    if (answer.ok) {
        out["ok"] = answer.ok_target;
    }
    return dumped(out);
}

std::string text(const Answer& answer) {
    if (answer.error) {
        return fmt::format(
            "ERROR {}({}) {}\n", answer.error->type, answer.error->object, message_of(*answer.error)
        );
    }
    std::string out;
    for (const AnswerRow& row : answer.rows) {
        std::string line;
        for (const auto& [name, value] : row.fields) {
            line += fmt::format("{}{}={}", line.empty() ? "" : " ", name, value);
        }
        out += line + "\n";
    }
    for (const auto& [name, value] : answer.fields) {
        out += fmt::format("{}={}\n", name, value);
    }
    return out + (answer.ok ? "OK\n" : "");
}

}  // namespace

Answer Answer::done(Fields fields) {
    Answer answer;
    answer.ok = true;
    answer.fields = std::move(fields);
    return answer;
}

Answer Answer::form(Fields fields) {
    Answer answer;
    answer.fields = std::move(fields);
    return answer;
}

Answer Answer::list(std::vector<AnswerRow> rows) {
    Answer answer;
    answer.is_list = true;
    answer.rows = std::move(rows);
    return answer;
}

Answer Answer::failed(std::string type, std::string object, std::string value) {
    Answer answer;
    answer.error = std::make_unique<AnswerError>();
    answer.error->type = std::move(type);
    answer.error->object = std::move(object);
    answer.error->value = std::move(value);
    return answer;
}

std::string render(const Answer& answer, AnswerFormat format) {
    switch (format) {
        case AnswerFormat::kText:
            return text(answer);
        case AnswerFormat::kXml:
        case AnswerFormat::kDevel:
            return xml(answer);
        case AnswerFormat::kJson:
            return dumped(OrderedJson{{"doc", json_of(to_tree(answer).first_child())}});
        case AnswerFormat::kBjson:
            return flat(answer, true);
        case AnswerFormat::kSjson:
            return flat(answer, false);
    }
    return {};
}

}  // namespace bn::testing
