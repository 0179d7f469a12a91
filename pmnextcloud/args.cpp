#include "pmnextcloud/args.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.hpp"

namespace bn::pmnextcloud {
namespace {

struct Option {
    std::string_view name;
    char letter;  // 0: no short form
};

// Every option that takes a value. An unknown one is told from its value by the value being a word
// without dashes, which is passed over as well; only the known ones may have any text as value.
constexpr std::array kOptions = {
    Option{"command", 'c'},
    Option{"subcommand", 0},
    Option{"id", 0},
    Option{"item", 'i'},
    Option{"lang", 'l'},
    Option{"module", 'm'},
    Option{"itemtype", 't'},
    Option{"intname", 0},
    Option{"param", 0},
    Option{"value", 0},
    Option{"runningoperation", 0},
    Option{"level", 0},
    Option{"addon", 'a'},
    Option{"userid", 0},
    Option{"searchstring", 0},
    Option{"password", 0},
    Option{"email", 0},
    Option{"emails", 0},
    Option{"domain", 0},
    Option{"tld", 0},
};

const Option* by_name(std::string_view name) {
    const auto* it = std::ranges::find(kOptions, name, &Option::name);
    return it == kOptions.end() ? nullptr : it;
}

const Option* by_letter(char letter) {
    const auto* it = std::ranges::find(kOptions, letter, &Option::letter);
    return letter == 0 || it == kOptions.end() ? nullptr : it;
}

struct Found {
    const Option* option = nullptr;
    std::optional<std::string_view> value;  // written in the same word
};

Found recognise(std::string_view word) {
    Found found;
    if (word.starts_with("--")) {
        word.remove_prefix(2);
        const std::size_t equals = word.find('=');
        found.option = by_name(word.substr(0, equals));
        if (equals != std::string_view::npos) {
            found.value = word.substr(equals + 1);
        }
    } else if (word.size() >= 2 && word[0] == '-') {
        found.option = by_letter(word[1]);
        if (word.size() > 2) {
            found.value = word.substr(word[2] == '=' ? 3 : 2);
        }
    }
    return found;
}

// A value may begin with a dash; only a word that is an option and nothing else is none.
bool is_option(std::string_view word) {
    return recognise(word).option != nullptr && (word.starts_with("--") || word.size() == 2);
}

}  // namespace

Args Args::parse(std::span<const std::string_view> words) {
    Args args;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        args.help = args.help || word == "--help" || word == "-h";
        args.version = args.version || word == "--version";
        args.copyright = args.copyright || word == "-T";
        const Found found = recognise(word);
        if (found.option == nullptr) {
            continue;
        }
        const std::string name(found.option->name);
        if (found.value) {
            args.values_[name] = *found.value;
        } else if (i + 1 < words.size() && !is_option(words[i + 1])) {
            args.values_[name] = words[++i];
        } else {
            args.values_.erase(name);  // its value is missing
        }
    }
    return args;
}

const std::string* Args::find(std::string_view name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? nullptr : &it->second;
}

std::string_view Args::text(std::string_view name) const {
    const std::string* value = find(name);
    return value == nullptr ? std::string_view() : *value;
}

std::optional<std::uint32_t> Args::id(std::string_view name) const {
    return parse_id(text(name));
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
    const auto value = base::whole_number<std::uint32_t>(base::trim(text));
    return value == 0U ? std::nullopt : value;
}

}  // namespace bn::pmnextcloud
