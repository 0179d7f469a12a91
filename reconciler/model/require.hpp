// What a caller must have seen to, checked in release builds as well. For places where going on
// would act on somebody's data with a value that means nothing: the program stops instead, and its
// next start reads both sides anew. Not for what a row of the panel or an answer of a cloud may
// say: that is an error or a hold.
#pragma once

namespace bn {

// Writes "file:line: what" to standard error and aborts.
[[noreturn]] void broken_requirement(const char* what, const char* file, int line) noexcept;

}  // namespace bn

// BN_REQUIRE(condition, "what must hold"): an expression, also in constexpr functions.
#define BN_REQUIRE(condition, what) \
    ((condition) ? void() : ::bn::broken_requirement(what, __FILE__, __LINE__))
