#include "controller/config/config_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include <boost/tokenizer.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"

namespace bn::controller {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

// Levenshtein with one row.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    if (text == "0") {
        return Duration(0);
    }
    std::int64_t total = 0;
    bool any = false;
    while (!text.empty()) {
        std::int64_t count = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
        if (parsed.ec != std::errc() || count < 0) {
            return std::nullopt;
        }
        text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
        const std::size_t length = std::min(text.find_first_of("0123456789"), text.size());
        const auto* const unit = std::ranges::find(kUnits, text.substr(0, length), &Unit::name);
        constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
        if (unit == kUnits.end() || count > (kMost - total) / unit->milliseconds) {
            return std::nullopt;
        }
        total += count * unit->milliseconds;
        any = true;
        text.remove_prefix(length);
    }
    return any ? std::optional(Duration(total)) : std::nullopt;
}

std::string print_duration(Duration d) {
    std::int64_t rest = d.count();
    if (rest <= 0) {
        return "0";
    }
    std::string text;
    for (const auto& unit : kUnits) {
        if (rest >= unit.milliseconds) {
            text += fmt::format("{}{}", rest / unit.milliseconds, unit.name);
            rest %= unit.milliseconds;
        }
    }
    return text;
}

std::optional<FieldSet> parse_fields(
    std::string_view text, std::span<const std::string_view> taken
) {
    FieldSet fields;
    const std::string copy(text);
    for (const std::string& name : boost::tokenizer(copy, boost::char_separator<char>(" ,"))) {
        const auto* const field =
            std::ranges::find(kAllDriftFields, name, [](DriftField f) { return to_string(f); });
        if (field == std::end(kAllDriftFields) || std::ranges::find(taken, name) == taken.end()) {
            return std::nullopt;
        }
        fields.mask |= static_cast<DriftMask>(*field);
    }
    return fields;
}

std::optional<std::vector<std::uint32_t>> parse_percents(std::string_view text) {
    std::vector<std::uint32_t> shares;
    const std::string copy(text);
    for (const std::string& one : boost::tokenizer(copy, boost::char_separator<char>(" ,"))) {
        const auto share = base::whole_number<std::uint32_t>(one).value_or(0);
        if (share < 1 || share > 100 || (!shares.empty() && share <= shares.back())) {
            return std::nullopt;
        }
        shares.push_back(share);
    }
    return shares;
}

std::optional<Quota> parse_uncapped(std::string_view text) {
    if (text == "hold") {
        return Quota::unknown();
    }
    if (text == "none") {
        return Quota::unlimited();
    }
    constexpr std::pair<std::string_view, int> kSizes[] = {
        {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
    const std::size_t blank = std::min(text.find(' '), text.size());
    const auto count = base::whole_number<std::uint32_t>(text.substr(0, blank)).value_or(0);
    const std::string_view unit = text.substr(std::min(blank + 1, text.size()));
    const auto* const size =
        std::ranges::find(kSizes, unit, &std::pair<std::string_view, int>::first);
    constexpr std::uint32_t kMost = 1U << 20;  // TiB
    if (count == 0 || size == std::end(kSizes) || (size->second == 40 && count > kMost)) {
        return std::nullopt;
    }
    return Quota::bytes(std::int64_t{count} << size->second);
}

std::string to_string(const FieldSet& fields) {
    std::vector<std::string_view> names;
    for (const DriftField field : kAllDriftFields) {
        if (has(fields.mask, field)) {
            names.push_back(to_string(field));
        }
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<std::string_view> nearest(
    std::string_view name, const std::vector<std::string_view>& candidates
) {
    const auto edits = [name](std::string_view candidate) { return distance(name, candidate); };
    const auto best = std::ranges::min_element(candidates, {}, edits);
    return best != candidates.end() && edits(*best) <= std::max<std::size_t>(2, name.size() / 3)
               ? std::optional(*best)
               : std::nullopt;
}

std::string toml_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\u{:04X}", byte);
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string mask_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t at = url.rfind('@');
    const std::size_t colon = url.substr(0, at).find(':', begin);
    return at == std::string_view::npos || colon == std::string_view::npos
               ? std::string(url)
               : fmt::format("{}********{}", url.substr(0, colon + 1), url.substr(at));
}

}  // namespace bn::controller
