// The panel's XML documents: what comes in is checked hard, what goes out is always well-formed.
// Pure. Errors are values; texts of errors never hold what was read (a form has passwords in it).
#pragma once

#include <pugixml.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "protocol/request.hpp"
#include "words/panel_texts.hpp"

namespace bn::pmnextcloud {

using words::Language;
using words::Params;

constexpr std::size_t kMaxDocument = std::size_t{1} << 20;  // bytes
constexpr int kMaxDepth = 100;                              // elements inside each other

// What goes wrong, as the panel is told: `type` has a text, `object` is the option or form field.
struct Failure {
    std::string type;
    std::string object;
    std::string value;
    Params params;  // fill the text's placeholders; "what" and "remedy" are shown in detail

    [[nodiscard]] std::string text() const;  // "type: what", for the log
};

Failure failure(
    std::string type, std::string what, std::string object = {}, std::string value = {}
);

// Of a type without a text becomes "other", with the type as a param.
Failure to_failure(const protocol::Refusal& error);

// A document with the one root `doc`, without document type and entities of its own.
tl::expected<pugi::xml_document, Failure> parse_document(std::string_view bytes);

std::string print(const pugi::xml_document& document);

std::string ok_document();
std::string error_document(const Failure& failure, Language language);

// The text of a child element, "" when there is none.
std::string child_text(const pugi::xml_node& node, const char* name);

// <name>text</name>, the text made fit for XML.
void add_text(pugi::xml_node parent, const char* name, std::string_view text);

using Choices = std::vector<std::pair<std::string, std::string>>;  // key, label

// The choices of a form's drop-down; those that the document already had are replaced.
void set_choices(pugi::xml_node doc, const char* name, const Choices& choices);

// The texts of both languages, as the panel's XML file of a module has them: those of services, or
// all, as the payment module has texts of its own beside them.
enum class TextsOf { kServices, kPayments };
std::string messages_document(TextsOf texts = TextsOf::kServices);

}  // namespace bn::pmnextcloud
