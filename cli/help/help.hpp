// Help and manual pages, made from the table of verbs. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "cli/verbs.hpp"

namespace bn::cli {

// `width` in columns.
std::string help_of_all(Language language, std::size_t width);
std::string help_of(const Verb& verb, Language language, std::size_t width);

// "--out FILE", and what it does.
struct HelpRow {
    std::string left;
    std::string right;
};

HelpRow row_of(const OptionRow& option, Language language);

// "bill-nextcloud plan [OPTIONS]", "bill-nextcloud item [OPTIONS] ITEM"
std::string usage_of(const Verb& verb, Language language);

// Of `help VERB` and `man VERB`. Errors (kHuman): "command.verb".
Result<const Verb*> verb_of_topic(const std::string& topic, Language language);

// roff for man(1), section 1.
std::string man_of_all(Language language);
std::string man_of(const Verb& verb, Language language);

// What both say behind the verbs.
inline constexpr Phrase kTagline{
    "Keeps Nextcloud and ownCloud equal to what was sold in BILLmanager.",
    "Держит Nextcloud и ownCloud равными тому, что продано в BILLmanager."};
inline constexpr Phrase kFirstSteps{
    "Begin with `check`, look at `plan`, then `apply` once or `serve` for good.",
    "Начните с `check`, посмотрите `plan`, затем один раз `apply` или постоянно `serve`."};
inline constexpr Phrase kExitCodes{
    "0 nothing to do, 1 error, 2 drift, 3 a part is not known (2 and 3 together: 3).",
    "0 делать нечего, 1 ошибка, 2 есть расхождения, 3 часть неизвестна (2 и 3 вместе: 3)."};

}  // namespace bn::cli
