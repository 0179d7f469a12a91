#include "pmnextcloud/documents.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "words/local_time.hpp"

namespace bn::pmnextcloud {
namespace {

// Blank texts are kept where they are an element's only content; the rest of the blanks between
// elements is layout. A document type is parsed in order to be refused.
constexpr unsigned kParseFlags =
    (pugi::parse_default | pugi::parse_ws_pcdata_single) | pugi::parse_doctype;

bool attributes_fit(const pugi::xml_node& node) {
    std::set<std::string_view> names;
    for (const auto& attribute : node.attributes()) {
        if (!base::is_xml_text(attribute.name()) || !base::is_xml_text(attribute.value()) ||
            !names.insert(attribute.name()).second) {
            return false;
        }
    }
    return true;
}

// Checks what the parser does not: character codes, repeated attributes, depth. Without recursion.
struct Checker : pugi::xml_tree_walker {
    std::string fault;

    bool for_each(pugi::xml_node& node) override {
        if (node.type() == pugi::node_doctype) {
            fault = "it has a document type, which is not allowed";
        } else if (depth() > kMaxDepth) {
            fault = "its elements are nested more than " + std::to_string(kMaxDepth) + " deep";
        } else if (!base::is_xml_text(node.name()) || !base::is_xml_text(node.value())) {
            fault = "it has characters that XML does not allow";
        } else if (!attributes_fit(node)) {
            fault = "an element has an attribute twice, or with characters that XML does not allow";
        }
        return fault.empty();
    }
};

std::string root_fault(const pugi::xml_document& document) {
    int roots = 0;
    for (const auto& node : document.children()) {
        roots += node.type() == pugi::node_element ? 1 : 0;
    }
    if (roots != 1 || std::strcmp(document.document_element().name(), "doc") != 0) {
        return "its one outermost element must be doc";
    }
    return {};
}

tl::unexpected<Failure> bad_document(const std::string& what) {
    return tl::unexpected(failure("document_bad", what));
}

void set_attribute(pugi::xml_node node, const char* name, std::string_view value) {
    node.append_attribute(name).set_value(base::clean_utf8(value).c_str());
}

void append_text(pugi::xml_node node, std::string_view text) {
    node.append_child(pugi::node_pcdata).set_value(base::clean_utf8(text).c_str());
}

// Whatever a text mentions is there for the panel to fill in.
Params all_params(const Failure& failure, const words::PanelText& text) {
    Params params = failure.params;
    params.emplace("what", "");
    params.emplace("remedy", "");
    params["object"] = failure.object;
    params["value"] = failure.value;
    for (const std::string& language : {text.english, text.russian}) {
        for (const std::string& name : words::placeholders(language)) {
            params.emplace(name, "");
        }
    }
    return params;
}

}  // namespace

std::string Failure::text() const {
    const auto what = params.find("what");
    return type + ": " + (what == params.end() ? std::string() : what->second);
}

Failure failure(std::string type, std::string what, std::string object, std::string value) {
    return Failure{
        std::move(type), std::move(object), std::move(value), {{"what", std::move(what)}}};
}

Failure to_failure(const protocol::Refusal& error) {
    Failure made{error.type, "", "", error.params};
    made.params["what"] = error.what;
    made.params["remedy"] = error.remedy;
    // The core writes its names with dashes, keys of the panel's messages have underscores.
    std::ranges::replace(made.type, '-', '_');
    if (words::find_text(made.type) == nullptr) {
        made.params["type"] = error.type;
        made.type = "other";
    }
    return made;
}

tl::expected<pugi::xml_document, Failure> parse_document(std::string_view bytes) {
    if (bytes.size() > kMaxDocument) {
        return tl::unexpected(failure("document_big", "more than 1 MiB"));
    }
    if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return bad_document("it is empty");
    }
    if (bytes.find('\0') != std::string_view::npos) {
        return bad_document("it has zero bytes; only UTF-8 is read");
    }
    pugi::xml_document document;
    const auto parsed = document.load_buffer(bytes.data(), bytes.size(), kParseFlags);
    if (!parsed) {
        return bad_document(
            std::string(parsed.description()) + " at byte " + std::to_string(parsed.offset)
        );
    }
    Checker checker;
    document.traverse(checker);
    if (checker.fault.empty()) {
        checker.fault = root_fault(document);
    }
    if (!checker.fault.empty()) {
        return bad_document(checker.fault);
    }
    return document;
}

std::string print(const pugi::xml_document& document) {
    std::ostringstream out;
    document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
    std::string text = out.str() + '\n';
    // The writer leaves a carriage return in a text as it is, and the next reader makes a newline
    // of it. One that was read stood there as a reference; it can stand in texts only.
    base::replace_all(text, "\r", "&#13;");
    return text;
}

std::string ok_document() {
    pugi::xml_document document;
    document.append_child("doc").append_child("ok");
    return print(document);
}

std::string error_document(const Failure& failure, Language language) {
    const words::PanelText* text = words::find_text(failure.type);
    if (text == nullptr) {
        text = words::find_text("internal");
    }
    Params params = all_params(failure, *text);
    for (const char* const ours : {"what", "remedy"}) {
        params[ours] = words::told(params[ours], language);
    }
    pugi::xml_document document;
    auto error = document.append_child("doc").append_child("error");
    set_attribute(error, "type", text->type);
    set_attribute(error, "object", failure.object);
    set_attribute(error, "value", failure.value);
    set_attribute(error, "lang", language == Language::kRussian ? "ru" : "en");
    for (const auto& [name, value] : params) {
        auto param = error.append_child("param");
        set_attribute(param, "name", name);
        append_text(param, value.empty() ? std::string_view("-") : std::string_view(value));
    }
    error.append_child("backtrace");
    add_text(error, "msg", words::fill(text->in(language), params));
    return print(document);
}

std::string child_text(const pugi::xml_node& node, const char* name) {
    return node.child(name).text().get();
}

void add_text(pugi::xml_node parent, const char* name, std::string_view text) {
    append_text(parent.append_child(name), text);
}

void set_choices(pugi::xml_node doc, const char* name, const Choices& choices) {
    for (auto list = doc.child("slist"); list;) {
        const auto next = list.next_sibling("slist");
        if (std::strcmp(list.attribute("name").value(), name) == 0) {
            doc.remove_child(list);
        }
        list = next;
    }
    auto list = doc.append_child("slist");
    set_attribute(list, "name", name);
    for (const auto& [key, label] : choices) {
        auto choice = list.append_child("val");
        set_attribute(choice, "key", key);
        append_text(choice, label);
    }
}

std::string messages_document(TextsOf texts) {
    pugi::xml_document document;
    auto messages = document.append_child("messages");
    constexpr std::array kLanguages = {
        std::pair("en", Language::kEnglish), std::pair("ru", Language::kRussian)};
    for (const auto& [name, lang] : kLanguages) {
        auto section = messages.append_child("lang");
        set_attribute(section, "name", name);
        for (const words::PanelText& text : words::all_texts()) {
            if (texts == TextsOf::kServices && text.type.starts_with("webpay_")) {
                continue;
            }
            auto message = section.append_child("msg");
            set_attribute(message, "name", "msg_error_" + std::string(text.type));
            append_text(message, text.in(lang));
        }
    }
    std::ostringstream out;
    document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
    return out.str();
}

}  // namespace bn::pmnextcloud
