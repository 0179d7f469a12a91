// A struct lists its fields once: in stored order, under their JSON names.
//
// BN_FIELDS(Type, a, b, ...) inside of `Type` gives it
//   each_field(visitor, value)  calls visitor("a", value.a), visitor("b", value.b), ...
//   operator==                  over all members
// The stored bytes and the JSON of events and of the ledger follow from it (state/): for an event
// that was released, the list never changes without a new version.
#pragma once

#include <type_traits>

#define BN_PARENS ()
#define BN_EXPAND(...) BN_EXPAND3(BN_EXPAND3(BN_EXPAND3(BN_EXPAND3(__VA_ARGS__))))
#define BN_EXPAND3(...) BN_EXPAND2(BN_EXPAND2(BN_EXPAND2(BN_EXPAND2(__VA_ARGS__))))
#define BN_EXPAND2(...) BN_EXPAND1(BN_EXPAND1(BN_EXPAND1(BN_EXPAND1(__VA_ARGS__))))
#define BN_EXPAND1(...) __VA_ARGS__
#define BN_EACH(field, ...)       \
    visitor(#field, value.field); \
    __VA_OPT__(BN_EACH_NEXT BN_PARENS(__VA_ARGS__))
#define BN_EACH_NEXT() BN_EACH

#define BN_FIELDS(Type, ...)                                                               \
    static void each_field([[maybe_unused]] auto& visitor, [[maybe_unused]] auto& value) { \
        __VA_OPT__(BN_EXPAND(BN_EACH(__VA_ARGS__)))                                        \
    }                                                                                      \
    friend bool operator==(const Type&, const Type&) = default

namespace bn {

// A type that lists its fields.
template <class T>
concept HasFields = requires(std::remove_const_t<T>& value, int& visitor) {
    std::remove_const_t<T>::each_field(visitor, value);
};

}  // namespace bn
