#include "words/catalogue.hpp"

namespace bn::words {
namespace {

constexpr Phrase kStoreTexts[] = {
    {"the event store cannot be read", "хранилище событий не читается"},
};

}  // namespace

Table texts_of_the_store() {
    return kStoreTexts;
}

}  // namespace bn::words
