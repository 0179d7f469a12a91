// What every fuzz target is written with: the input in pieces, and demands that must hold for
// whatever comes in. A demand that fails ends the process with a sentence; libFuzzer keeps the
// input.
//
// A target is `BN_FUZZ_TARGET(name) { ... input ... }` in name_fuzz.cpp: libFuzzer's entry where
// the preset `fuzz` builds it, else an entry in the list that `fuzz-replay` goes through. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/error.hpp"

namespace bn::fuzz {

// The bytes of one input, taken from the front.
class Input {
  public:
    explicit Input(std::string_view bytes) : left_(bytes) {}

    // 0 at the end.
    std::uint8_t byte();
    // Little-endian; zeros at the end.
    std::uint64_t number(std::size_t bytes);
    // Up to a line end, which is dropped.
    std::string_view line();

    std::string_view rest() { return std::exchange(left_, {}); }

    [[nodiscard]] bool empty() const { return left_.empty(); }

  private:
    std::string_view left_;
};

// Ends the process: what was demanded, and of what.
[[noreturn]] void broken(std::string_view demand, std::string_view of);

inline void demand(bool holds, std::string_view what, std::string_view of = {}) {
    if (!holds) {
        broken(what, of);
    }
}

// A refusal says what is wrong and what to do, in UTF-8 that fits a screen.
void demand_told(const Error& error);
void demand_told(std::string_view code, std::string_view what, std::string_view remedy);

using Target = void (*)(Input);

struct Named {
    const char* name;
    Target run;
};

// All targets of this program.
std::vector<Named>& targets();

}  // namespace bn::fuzz

// In a namespace of the source's name.
#ifdef BN_FUZZER
#define BN_FUZZ_ENTRY(target)                                                           \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
        target(bn::fuzz::Input({reinterpret_cast<const char*>(data), size}));           \
        return 0;                                                                       \
    }
#else
#define BN_FUZZ_ENTRY(target) \
    static const bool target##_known = (bn::fuzz::targets().push_back({#target, &target}), true);
#endif

#define BN_FUZZ_TARGET(target)           \
    static void target(bn::fuzz::Input); \
    BN_FUZZ_ENTRY(target)                \
    static void target(bn::fuzz::Input input)
