// The command line of a processing module: what the panel passes, in whatever order and form.
//
// Known options take a value: `--item 7`, `--item=7`, `-i 7`, `-i7`. Unknown options are passed
// over, with a value or without: panels of other versions pass more. The last of several wins.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bn::pmnextcloud {

class Args {
  public:
    Args() = default;

    // `words` without the program's name.
    static Args parse(std::span<const std::string_view> words);

    // By long name without dashes, e.g. "item". Null: not given, or given without a value.
    [[nodiscard]] const std::string* find(std::string_view name) const;
    [[nodiscard]] std::string_view text(std::string_view name) const;  // "" when not given

    // A positive number that fits an id; nullopt when absent or anything else.
    [[nodiscard]] std::optional<std::uint32_t> id(std::string_view name) const;

    bool help = false;
    bool version = false;
    bool copyright = false;  // -T

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

// Decimal digits only, 1 to 4294967295, blanks around them allowed.
std::optional<std::uint32_t> parse_id(std::string_view text);

}  // namespace bn::pmnextcloud
