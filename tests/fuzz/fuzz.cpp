#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"

namespace bn::fuzz {

std::uint8_t Input::byte() {
    return static_cast<std::uint8_t>(number(1));
}

std::uint64_t Input::number(std::size_t bytes) {
    std::uint64_t value = 0;
    const std::size_t there = std::min(bytes, left_.size());
    for (std::size_t i = 0; i < there; ++i) {
        value |= std::uint64_t{static_cast<unsigned char>(left_[i])} << (8 * i);
    }
    left_.remove_prefix(there);
    return value;
}

std::string_view Input::line() {
    const std::size_t end = std::min(left_.find('\n'), left_.size());
    const std::string_view line = left_.substr(0, end);
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return line;
}

void broken(std::string_view demand, std::string_view of) {
    std::fprintf(
        stderr,
        "BROKEN: %.*s: '%.*s'\n",
        static_cast<int>(demand.size()),
        demand.data(),
        static_cast<int>(std::min<std::size_t>(of.size(), 2000)),
        of.data()
    );
    std::abort();
}

void demand_told(const Error& error) {
    demand_told(error.code, error.what, error.remedy);
}

void demand_told(std::string_view code, std::string_view what, std::string_view remedy) {
    demand(
        !code.empty() && base::only_letters_digits_and("._-", code), "a refusal has a code", code
    );
    demand(!what.empty(), "a refusal says what is wrong", code);
    demand(!remedy.empty(), "a refusal says what to do", what);
    demand(base::valid_utf8(what), "a refusal is UTF-8", what);
    demand(what.size() < 5000, "a refusal is short", what);
}

std::vector<Named>& targets() {
    static std::vector<Named> all;
    return all;
}

}  // namespace bn::fuzz
