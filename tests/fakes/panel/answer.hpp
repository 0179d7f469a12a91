// What a function of the panel answers, and its shapes: XML, JSON ({"doc": {"name": {"$": text}}}),
// bjson (flat: {"elem": [..], "model": {..}}) and text.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bn::testing {

enum class AnswerFormat : std::uint8_t { kText, kXml, kDevel, kJson, kBjson, kSjson };

using Fields = std::vector<std::pair<std::string, std::string>>;

struct AnswerRow {
    Fields fields;
    std::map<std::string, std::string> orig = {};  // field -> the raw value beside its text
};

// An element with more below it. Only the shapes that have a tree show it: XML and JSON.
struct AnswerNode {
    std::string name;
    Fields attributes = {};
    Fields fields = {};
    std::vector<AnswerNode> nodes = {};
};

struct AnswerError {
    std::string type;
    std::string object;
    std::string value;
    std::string message;
};

struct Answer {
    std::string function;
    bool ok = false;
    std::string ok_type;            // "form", "list", ...: empty: a bare <ok/>
    std::string ok_target;          // text of the element
    Fields fields;                  // a form's, or single values: /doc/<name>
    std::vector<AnswerNode> nodes;  // /doc/<name>/..., after the fields
    std::vector<AnswerRow> rows;
    bool is_list = false;
    std::unique_ptr<AnswerError> error;

    static Answer done(Fields fields = {});
    static Answer form(Fields fields);
    static Answer list(std::vector<AnswerRow> rows);
    static Answer failed(std::string type, std::string object, std::string value = {});
};

std::string render(const Answer& answer, AnswerFormat format);

}  // namespace bn::testing
