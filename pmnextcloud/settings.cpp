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
    constexpr std::pair<std::string_view, Duration> kUnits[] = {
        {"ms", std::chrono::milliseconds(1)},
        {"s", std::chrono::seconds(1)},
        {"", std::chrono::seconds(1)},
        {"m", std::chrono::minutes(1)},
    };
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > kLongestWait.count()) {
        return std::nullopt;
    }
    const std::string_view unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
    for (const auto& [name, length] : kUnits) {
        if (name == unit && number * length <= kLongestWait) {
            return number * length;
        }
    }
    return std::nullopt;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
}

// Takes one setting; what is wrong with it, or nothing.
std::string take(Settings& settings, std::string_view key, std::string_view value) {
    constexpr std::pair<std::string_view, Duration Settings::*> kWaits[] = {
        {"wait", &Settings::wait},
        {"probe_wait", &Settings::probe_wait},
        {"form_wait", &Settings::form_wait},
        {"stat_wait", &Settings::stat_wait},
        {"page_wait", &Settings::page_wait},
        {"grace", &Settings::grace},
    };
    if (key == "itemtype") {
        if (!is_name(value)) {
            return "itemtype needs the internal name of a product type, e.g. backupservice";
        }
        if (std::ranges::find(settings.itemtypes, value) == settings.itemtypes.end()) {
            settings.itemtypes.emplace_back(value);
        }
        return {};
    }
    if (key == "socket") {
        if (!value.starts_with('/') || value.size() > 107) {
            return "socket needs an absolute path of at most 107 bytes";
        }
        settings.socket = value;
        return {};
    }
    if (key == "controller") {
        // Passed over, it would have the socket asked instead: a bad one is refused when it is
        // used.
        settings.controller = value;
        return value.empty()
                   ? "controller needs host:port, e.g. ctl.example.com:9449 or [2001:db8::2]:9449"
                   : "";
    }
    if (key == "key_file") {
        if (value.empty()) {
            return "key_file needs a path, e.g. etc/pmnextcloud.key";
        }
        settings.key_file = value;
        return {};
    }
    for (const auto& [name, member] : kWaits) {
        if (name == key) {
            const auto wait = parse_wait(value);
            settings.*member = wait.value_or(settings.*member);
            return wait ? "" : std::string(key) + " needs a time of at most 10m, e.g. 15s";
        }
    }
    return "the keys are itemtype, socket, controller, key_file, wait, probe_wait, form_wait, "
           "stat_wait, page_wait, grace";
}

}  // namespace

Settings parse_settings(std::string_view text) {
    Settings settings;
    settings.itemtypes.clear();
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        const std::string_view line = trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const std::size_t equals = std::min(line.find('='), line.size());
        const std::string_view value = line.substr(std::min(equals + 1, line.size()));
        const std::string fault = take(settings, trim(line.substr(0, equals)), trim(value));
        if (!fault.empty()) {
            settings.problems.push_back(
                "pmnextcloud.conf line " + std::to_string(number) + ": " + fault +
                "; the line is passed over"
            );
        }
    }
    if (settings.itemtypes.empty()) {
        settings.itemtypes = Settings().itemtypes;
    }
    return settings;
}

}  // namespace bn::pmnextcloud
