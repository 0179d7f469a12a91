#include "state/event_json.hpp"

#include <concepts>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "state/event_codec.hpp"
#include "state/event_fields.hpp"

namespace bn::state {

namespace {

class JsonWriter {
  public:
    std::string take() { return std::move(out_); }

    void begin(char bracket) {
        out_ += bracket;
        first_ = true;
    }

    void end(char bracket) {
        out_ += bracket;
        first_ = false;
    }

    void name(const char* key) {
        comma();
        text(key);
        out_ += ':';
    }

    template <class T>
    void operator()(const char* key, const T& value) {
        name(key);
        put(value);
    }

    template <std::integral T>
    void put(T value) {
        out_ += fmt::format("{}", value);
    }

    void put(const bool& value) { out_ += value ? "true" : "false"; }

    void put(const std::string& value) { text(value); }

    void put(std::string_view value) { text(value); }

    template <class Tag>
    void put(const StrongId<Tag>& id) {
        put(id.value);
    }

    void put(const Time& t) { text(format_time(t)); }

    void put(const Duration& d) { put(d.count()); }

    void put(const HoldCode& code) { text(to_string(code)); }

    void put(const ActionKind& kind) { text(to_string(kind)); }

    void put(const UsageLevel& level) { text(to_string(level)); }

    void put(const NextMove& move) { text(to_string(move)); }

    // The only one-byte number in an event is a set of drift fields.
    void put(const DriftMask& mask) {
        begin('[');
        for (const auto field : kAllDriftFields) {
            if (has(mask, field)) {
                comma();
                text(to_string(field));
            }
        }
        end(']');
    }

    void put(const Quota& q) {
        if (q.is_bytes()) {
            put(q.count());
        } else {
            out_ += q.is_unlimited() ? "\"unlimited\"" : "null";
        }
    }

    template <class T>
    void put(const std::optional<T>& value) {
        if (value) {
            put(*value);
        } else {
            out_ += "null";
        }
    }

    template <class T>
    void put(const std::vector<T>& values) {
        begin('[');
        for (const auto& value : values) {
            comma();
            first_ = true;
            put(value);
            first_ = false;
        }
        end(']');
    }

    template <class T>
    requires HasFields<JsonWriter, const T>

    void put(const T& value) {
        begin('{');
        fields(*this, value);
        end('}');
    }

  private:
    void comma() {
        if (!first_) {
            out_ += ',';
        }
        first_ = false;
    }

    void text(std::string_view value) {
        out_ += '"';
        while (!value.empty()) {
            const auto length = base::character_length(value);  // 0: bytes that are no UTF-8
            if (length == 0) {
                out_ += "\\ufffd";
            } else if (length > 1) {
                out_ += value.substr(0, length);
            } else {
                character(value.front());
            }
            value.remove_prefix(length == 0 ? 1 : length);
        }
        out_ += '"';
    }

    void character(char c) {
        if (c == '"' || c == '\\') {
            out_ += '\\';
            out_ += c;
        } else if (c == '\n') {
            out_ += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out_ += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out_ += c;
        }
    }

    std::string out_;
    bool first_ = true;
};

}  // namespace

std::string fields_json(const Event& event) {
    JsonWriter json;
    std::visit([&json](const auto& e) { json.put(e); }, event);
    return json.take();
}

std::string to_json_line(const Envelope& event) {
    const auto& kind = kind_of(event.event);
    JsonWriter json;
    json.begin('{');
    json("schema", kEventJsonSchema);
    json("position", event.position);
    json("id", event.id);
    json("at", event.at);
    json("stream", event.stream);
    json("version", event.version);
    json("kind", kind.name);
    json("kind_version", kind.version);
    json.name("actor");
    json.begin('{');
    json("kind", event.actor.kind);
    json("name", event.actor.name);
    json.end('}');
    json("correlation", event.correlation);
    json("causation", event.causation);
    json.name("data");
    std::visit([&json](const auto& e) { json.put(e); }, event.event);
    json.end('}');
    return json.take();
}

}  // namespace bn::state
