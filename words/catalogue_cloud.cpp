#include "words/catalogue.hpp"

namespace bn::words {
namespace {

constexpr Phrase kCloudTexts[] = {
    {"the cloud did not answer", "облако не ответило"},
};

}  // namespace

Table texts_of_the_cloud() {
    return kCloudTexts;
}

}  // namespace bn::words
