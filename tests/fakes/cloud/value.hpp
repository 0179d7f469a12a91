// A value as PHP would hold it (ordered maps), and its two renderings as the OCS API sends them,
// oddities included: see render_json and render_xml. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bn::testing::cloud {

class Value {
  public:
    using List = std::vector<Value>;
    using Map = std::vector<std::pair<std::string, Value>>;

    Value() = default;  // null

    Value(bool b) : data_(b) {}  // NOLINT(google-explicit-constructor): written like a literal

    Value(int n) : data_(std::int64_t{n}) {}  // NOLINT(google-explicit-constructor)

    Value(std::int64_t n) : data_(n) {}  // NOLINT(google-explicit-constructor)

    Value(double n) : data_(n) {}  // NOLINT(google-explicit-constructor)

    Value(const char* s) : data_(std::string(s)) {}  // NOLINT(google-explicit-constructor)

    Value(std::string s) : data_(std::move(s)) {}  // NOLINT(google-explicit-constructor)

    Value(List l) : data_(std::move(l)) {}  // NOLINT(google-explicit-constructor)

    Value(Map m) : data_(std::move(m)) {}  // NOLINT(google-explicit-constructor)

    // A list of strings, of which digit-only ones become numbers: what PHP makes of array keys.
    static Value ids(const std::vector<std::string>& ids);
    static Value strings(const std::vector<std::string>& texts);
    // Reads JSON text. REQUIRES: valid JSON.
    static Value from_json(std::string_view text);

    // The entry of a map, made when missing. REQUIRES: a map or null.
    Value& operator[](std::string_view key);
    // Removes an entry of a map.
    void erase(std::string_view key);

    using Data = std::variant<
        std::monostate,
        bool,
        std::int64_t,
        double,
        std::string,
        std::vector<Value>,
        std::vector<std::pair<std::string, Value>>>;

    [[nodiscard]] const Data& data() const { return data_; }

  private:
    Data data_;
};

// True for texts that PHP turns into an integer when they are array keys.
bool is_integer_key(std::string_view key);

// As PHP's json_encode: "\/", "\u0441"; an empty map is [], a map with the keys 0, 1, ... a list.
void render_json(const Value& value, std::string& out);
// One JSON string, quoted.
void render_json_string(std::string_view text, std::string& out);

// The children of an XML element, indented by `depth` blanks. Map keys become element names
// (numeric ones and lists: "element"). False when a key is no XML name: the server then sends an
// empty body.
[[nodiscard]] bool render_xml(const Value& value, std::size_t depth, std::string& out);
void escape_xml(std::string_view text, std::string& out);

}  // namespace bn::testing::cloud
