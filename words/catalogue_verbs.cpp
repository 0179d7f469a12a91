#include "words/catalogue.hpp"

namespace bn::words {
namespace {

constexpr Phrase kVerbsTexts[] = {
    {"give less", "укажите меньше"},
};

}  // namespace

Table texts_of_the_verbs() {
    return kVerbsTexts;
}

}  // namespace bn::words
