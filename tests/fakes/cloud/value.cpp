#include "tests/fakes/cloud/value.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bn::testing::cloud {
namespace {

bool is_numeric_name(std::string_view key) {
    // "007" and "1e3" are numeric for the XML writer, though not integers.
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (key.empty() || !digit(key.front()) || !digit(key.back())) {
        return false;
    }
    std::size_t others = 0;
    for (const char c : key) {
        if (c == '.' || c == 'e' || c == 'E') {
            ++others;
        } else if (!digit(c)) {
            return false;
        }
    }
    return others <= 1;
}

bool is_xml_name(std::string_view key) {
    const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
    if (key.empty() || (!letter(key.front()) && key.front() != '_')) {
        return false;
    }
    return std::all_of(key.begin(), key.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
}

Value convert(const nlohmann::ordered_json& json) {
    if (json.is_boolean()) {
        return Value(json.get<bool>());
    }
    if (json.is_number_integer()) {
        return Value(json.get<std::int64_t>());
    }
    if (json.is_number()) {
        return Value(json.get<double>());
    }
    if (json.is_string()) {
        return Value(json.get<std::string>());
    }
    if (json.is_array()) {
        Value::List list;
        for (const auto& entry : json) {
            list.push_back(convert(entry));
        }
        return Value(std::move(list));
    }
    if (json.is_object()) {
        Value::Map map;
        for (const auto& [key, entry] : json.items()) {
            map.emplace_back(key, convert(entry));
        }
        return Value(std::move(map));
    }
    return {};
}

// The code point at `i`, which moves past it; broken bytes become U+FFFD.
std::uint32_t next_code_point(std::string_view text, std::size_t& i) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(i++);
    if (first < 0x80) {
        return first;
    }
    const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    if (more == 0 || i + more > text.size()) {
        return 0xFFFD;
    }
    std::uint32_t code = first & (0x3Fu >> more);
    for (std::size_t k = 0; k < more; ++k) {
        code = (code << 6) | (byte(i++) & 0x3Fu);
    }
    return code;
}

void render_json_list(const Value::List& list, std::string& out) {
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) {
            out += ',';
        }
        render_json(list[i], out);
    }
    out += ']';
}

void render_json_map(const Value::Map& map, std::string& out) {
    bool list = true;
    for (std::size_t i = 0; i < map.size() && list; ++i) {
        list = map[i].first == std::to_string(i);
    }
    out += list ? '[' : '{';
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (i > 0) {
            out += ',';
        }
        if (!list) {
            render_json_string(map[i].first, out);
            out += ':';
        }
        render_json(map[i].second, out);
    }
    out += list ? ']' : '}';
}

bool render_xml_entry(
    std::string_view name, const Value& value, std::size_t depth, std::string& out
) {
    const std::string indent(depth, ' ');
    const auto& data = value.data();
    const auto open_close = [&](std::string_view text) {
        out += fmt::format("{}<{}>", indent, name);
        escape_xml(text, out);
        out += fmt::format("</{}>\n", name);
    };
    if (std::holds_alternative<std::monostate>(data)) {
        out += fmt::format("{}<{}/>\n", indent, name);
    } else if (const auto* b = std::get_if<bool>(&data)) {
        open_close(*b ? "1" : "");
    } else if (const auto* n = std::get_if<std::int64_t>(&data)) {
        open_close(std::to_string(*n));
    } else if (const auto* d = std::get_if<double>(&data)) {
        open_close(fmt::format("{}", *d));
    } else if (const auto* s = std::get_if<std::string>(&data)) {
        open_close(*s);
    } else {
        std::string inner;
        if (!render_xml(value, depth + 1, inner)) {
            return false;
        }
        if (inner.empty()) {
            out += fmt::format("{}<{}/>\n", indent, name);
        } else {
            out += fmt::format("{0}<{1}>\n{2}{0}</{1}>\n", indent, name, inner);
        }
    }
    return true;
}

}  // namespace

Value Value::ids(const std::vector<std::string>& ids) {
    List list;
    list.reserve(ids.size());
    for (const auto& id : ids) {
        if (is_integer_key(id)) {
            list.emplace_back(static_cast<std::int64_t>(std::stoll(id)));
        } else {
            list.emplace_back(id);
        }
    }
    return Value(std::move(list));
}

Value Value::strings(const std::vector<std::string>& texts) {
    return Value(List(texts.begin(), texts.end()));
}

Value Value::from_json(std::string_view text) {
    return convert(nlohmann::ordered_json::parse(text));
}

Value& Value::operator[](std::string_view key) {
    if (std::holds_alternative<std::monostate>(data_)) {
        data_ = Map{};
    }
    auto& map = std::get<Map>(data_);
    const auto found =
        std::find_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first == key; });
    if (found != map.end()) {
        return found->second;
    }
    return map.emplace_back(std::string(key), Value{}).second;
}

void Value::erase(std::string_view key) {
    auto& map = std::get<Map>(data_);
    std::erase_if(map, [&](const auto& entry) { return entry.first == key; });
}

bool is_integer_key(std::string_view key) {
    if (key == "0") {
        return true;
    }
    if (!key.empty() && key.front() == '-') {
        key.remove_prefix(1);
    }
    if (key.empty() || key.size() > 18 || key.front() == '0') {
        return false;
    }
    return std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void render_json_string(std::string_view text, std::string& out) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const std::uint32_t code = next_code_point(text, i);
        switch (code) {
            case '"':
                out += "\\\"";
                continue;
            case '\\':
                out += "\\\\";
                continue;
            case '/':
                out += "\\/";
                continue;
            case '\n':
                out += "\\n";
                continue;
            case '\r':
                out += "\\r";
                continue;
            case '\t':
                out += "\\t";
                continue;
            default:
                break;
        }
        if (code >= 0x20 && code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x10000) {
            out += fmt::format("\\u{:04x}", code);
        } else {
            const std::uint32_t rest = code - 0x10000;
            out +=
                fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
        }
    }
    out += '"';
}

void render_json(const Value& value, std::string& out) {
    const auto& data = value.data();
    if (const auto* b = std::get_if<bool>(&data)) {
        out += *b ? "true" : "false";
    } else if (const auto* n = std::get_if<std::int64_t>(&data)) {
        out += std::to_string(*n);
    } else if (const auto* d = std::get_if<double>(&data)) {
        out += fmt::format("{}", *d);
    } else if (const auto* s = std::get_if<std::string>(&data)) {
        render_json_string(*s, out);
    } else if (const auto* list = std::get_if<Value::List>(&data)) {
        render_json_list(*list, out);
    } else if (const auto* map = std::get_if<Value::Map>(&data)) {
        render_json_map(*map, out);
    } else {
        out += "null";
    }
}

void escape_xml(std::string_view text, std::string& out) {
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
}

bool render_xml(const Value& value, std::size_t depth, std::string& out) {
    if (const auto* list = std::get_if<Value::List>(&value.data())) {
        return std::all_of(list->begin(), list->end(), [&](const Value& entry) {
            return render_xml_entry("element", entry, depth, out);
        });
    }
    const auto* map = std::get_if<Value::Map>(&value.data());
    if (map == nullptr) {
        return true;
    }
    for (const auto& [key, entry] : *map) {
        const bool numeric = is_numeric_name(key);
        if (!numeric && !is_xml_name(key)) {
            return false;
        }
        if (!render_xml_entry(numeric ? std::string_view("element") : key, entry, depth, out)) {
            return false;
        }
    }
    return true;
}

}  // namespace bn::testing::cloud
