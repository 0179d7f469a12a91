#include "pmnextcloud/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/text.hpp"

namespace bn::pmnextcloud {
namespace {

constexpr Duration kLongestWait = std::chrono::minutes(10);

using base::trim;

// "15s", "500ms", "2m"; a bare number is seconds.
std::optional<Duration> parse_wait(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > kLongestWait.count()) {
        return std::nullopt;
    }
    const std::string_view unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
    Duration wait{};
    if (unit == "ms") {
        wait = Duration(number);
    } else if (unit.empty() || unit == "s") {
        wait = std::chrono::seconds(number);
    } else if (unit == "m") {
        wait = std::chrono::minutes(number);
    } else {
        return std::nullopt;
    }
    return wait <= kLongestWait ? std::optional(wait) : std::nullopt;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
}

class Reader {
  public:
    void line(std::string_view text, int number) {
        text = trim(text);
        if (text.empty() || text.front() == '#') {
            return;
        }
        const std::size_t equals = text.find('=');
        const std::string_view key = trim(text.substr(0, equals));
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view() : trim(text.substr(equals + 1));
        if (const std::string fault = set(key, value); !fault.empty()) {
            settings_.problems.push_back(
                "pmnextcloud.conf line " + std::to_string(number) + ": " + fault +
                "; the line is passed over"
            );
        }
    }

    Settings take() {
        if (!itemtypes_.empty()) {
            settings_.itemtypes = std::move(itemtypes_);
        }
        return std::move(settings_);
    }

  private:
    std::string set(std::string_view key, std::string_view value) {
        if (key == "itemtype") {
            if (!is_name(value)) {
                return "itemtype needs the internal name of a product type, e.g. backupservice";
            }
            if (std::ranges::find(itemtypes_, value) == itemtypes_.end()) {
                itemtypes_.emplace_back(value);
            }
            return {};
        }
        if (key == "socket") {
            if (!value.starts_with('/') || value.size() > 107) {
                return "socket needs an absolute path of at most 107 bytes";
            }
            settings_.socket = value;
            return {};
        }
        return set_wait(key, value);
    }

    std::string set_wait(std::string_view key, std::string_view value) {
        Duration* target = key == "wait"         ? &settings_.wait
                           : key == "probe_wait" ? &settings_.probe_wait
                           : key == "stat_wait"  ? &settings_.stat_wait
                           : key == "page_wait"  ? &settings_.page_wait
                           : key == "grace"      ? &settings_.grace
                                                 : nullptr;
        if (target == nullptr) {
            return "the keys are itemtype, socket, wait, probe_wait, stat_wait, page_wait, grace";
        }
        const auto wait = parse_wait(value);
        if (!wait) {
            return std::string(key) + " needs a time of at most 10m, e.g. 15s";
        }
        *target = *wait;
        return {};
    }

    Settings settings_;
    std::vector<std::string> itemtypes_;
};

}  // namespace

Settings parse_settings(std::string_view text) {
    Reader reader;
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        reader.line(text.substr(0, end), number);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return reader.take();
}

}  // namespace bn::pmnextcloud
