#include "bm_writer/answer.hpp"

#include <pugixml.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::size_t kShownOfBody = 120;
constexpr std::size_t kMostFields = 1000;

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

void add_field(PanelAnswer& answer, std::string_view name, std::string_view text) {
    if (answer.fields.size() < kMostFields) {
        answer.fields.try_emplace(base::clean_utf8(name), base::clean_utf8(text));
    }
}

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

}  // namespace

Result<PanelAnswer> parse_answer(std::string_view body) {
    if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return tl::unexpected(not_an_answer({}, ""));
    }
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

std::string without_secrets(
    std::string text, const std::vector<std::pair<std::string, Secret>>& secrets
) {
    constexpr std::string_view kMask = "***";
    for (const auto& [name, secret] : secrets) {
        if (!secret.empty()) {
            base::replace_all(text, secret.reveal(), kMask);
            base::replace_all(text, base::percent_encoded(secret.reveal()), kMask);
            base::replace_all(text, base::xml_escaped(secret.reveal()), kMask);
        }
    }
    return text;
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
