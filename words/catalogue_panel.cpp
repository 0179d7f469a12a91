#include "words/catalogue.hpp"

namespace bn::words {
namespace {

constexpr Phrase kPanelTexts[] = {
    {"it is empty", "пусто"},
};

}  // namespace

Table texts_of_the_panel() {
    return kPanelTexts;
}

}  // namespace bn::words
