#include "words/catalogue.hpp"

namespace bn::words {
namespace {

constexpr Phrase kControllerTexts[] = {
    {"it has no value", "значение не задано"},
};

}  // namespace

Table texts_of_the_controller() {
    return kControllerTexts;
}

}  // namespace bn::words
