#include "cli/command_line.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "controller/config/config_values.hpp"

namespace bn::cli {
namespace {

constexpr Phrase kDidYouMean{" (did you mean `{}`?)", " (может быть, `{}`?)"};
constexpr Phrase kUnknownVerb{
    "there is no verb '{}'{}; `bill-nextcloud help` lists all",
    "нет команды '{}'{}; список всех: `bill-nextcloud help`"};
constexpr Phrase kUnknownOption{
    "`{}` has no option '{}'{}; see `bill-nextcloud help {}`",
    "у `{}` нет параметра '{}'{}; смотрите `bill-nextcloud help {}`"};
constexpr Phrase kOptionFirst{
    "there is no option '{}' before the verb{}; options stand behind it, `bill-nextcloud help` "
    "lists the verbs",
    "перед командой нет параметра '{}'{}; параметры пишутся после неё, список команд: "
    "`bill-nextcloud help`"};
constexpr Phrase kNoValue{"{} has no value; give {}", "у {} нет значения; укажите {}"};
constexpr Phrase kNoValueTaken{
    "{} takes no value, '{}' was given", "{} не принимает значения, а дано '{}'"};
constexpr Phrase kTwice{
    "{} is given more than once; give it once", "{} указан больше одного раза; укажите один раз"};
constexpr Phrase kNoNumber{
    "{}: '{}' is not a number that fits; give digits only, such as 4711",
    "{}: '{}' не подходит как число; укажите только цифры, например 4711"};
constexpr Phrase kNotGiven{
    "{} is missing: {}; see `bill-nextcloud help {}`",
    "не хватает {}: {}; смотрите `bill-nextcloud help {}`"};
constexpr Phrase kNotExpected{
    "`{}` does not expect '{}'; see `bill-nextcloud help {}`",
    "`{}` не ожидает '{}'; смотрите `bill-nextcloud help {}`"};

using Read = tl::expected<void, std::string>;

class CommandLineReader {
  public:
    CommandLineReader(
        std::span<const std::string_view> words, const Variable& variable, Language language
    )
        : words_(words), variable_(variable), language_(language) {}

    tl::expected<CommandLine, std::string> read() {
        Read done = before_the_verb();
        if (done && line_.verb != nullptr) {
            done = behind_the_verb();
        }
        if (done && line_.verb != nullptr && !line_.help) {
            done = from_the_environment().and_then([this] { return all_required(); });
        }
        return std::move(done).map([this] { return std::move(line_); });
    }

  private:
    template <class... Args>
    [[nodiscard]] tl::unexpected<std::string> wrong(const Phrase& phrase, const Args&... args)
        const {
        return tl::unexpected(say(language_, phrase, args...));
    }

    // Nothing: there are no more.
    std::optional<std::string_view> next() {
        if (at_ == words_.size()) {
            return std::nullopt;
        }
        return words_[at_++];
    }

    Read before_the_verb() {
        std::vector<std::string_view> config;  // is the verb's
        while (const auto word = next()) {
            if (*word == "-h" || *word == "--help") {
                line_.help = true;
                return {};
            }
            if (*word == "--version") {
                line_.verb = find_verb("version");
                return {};
            }
            if (*word == "--config-reference") {
                line_.reference = true;
                return {};
            }
            if (*word == "-c" || *word == "--config") {
                config.push_back(*word);
                const auto value = next();
                if (!value) {
                    return wrong(kNoValue, *word, "FILE");
                }
                config.push_back(*value);
            } else if (word->starts_with("--config=")) {
                config.push_back(*word);
            } else if (word->starts_with('-')) {
                const std::vector<std::string_view> known{
                    "--help", "--version", "--config", "--config-reference"};
                return wrong(kOptionFirst, *word, did_you_mean(*word, known, language_));
            } else {
                line_.verb = find_verb(*word);
                if (line_.verb == nullptr) {
                    return tl::unexpected(unknown_verb(*word, language_));
                }
                return hand_over(config);
            }
        }
        return {};
    }

    // Options that stood before the verb, as if they stood behind it.
    Read hand_over(const std::vector<std::string_view>& words) {
        if (words.empty()) {
            return {};
        }
        const auto rest = std::exchange(words_, std::span(words));
        const std::size_t at = std::exchange(at_, 0);
        Read done = behind_the_verb();
        words_ = rest;
        at_ = at;
        return done;
    }

    Read behind_the_verb() {
        bool options = true;
        while (const auto word = next()) {
            Read done;
            if (options && *word == "--") {
                options = false;
            } else if (options && word->starts_with('-') && *word != "-") {
                done = word->starts_with("--") ? long_option(*word) : short_options(*word);
            } else {
                done = placed(*word);
            }
            if (!done || line_.help) {
                return done;
            }
        }
        return {};
    }

    // Null: the verb has none of that name.
    [[nodiscard]] const OptionRow* row_of(std::string_view name) const {
        if (const auto help = kHelpRow.names(); std::ranges::find(help, name) != help.end()) {
            return &kHelpRow;
        }
        for (const OptionRow& row : line_.verb->options) {
            const auto names = row.names();
            if (!row.placed() && std::ranges::find(names, name) != names.end()) {
                return &row;
            }
        }
        return nullptr;
    }

    [[nodiscard]] tl::unexpected<std::string> unknown_option(std::string_view name) const {
        std::vector<std::string_view> known = kHelpRow.names();
        for (const OptionRow& row : line_.verb->options) {
            const auto names = row.names();
            if (!row.placed()) {
                known.insert(known.end(), names.begin(), names.end());
            }
        }
        std::erase_if(known, [](std::string_view one) { return !one.starts_with("--"); });
        const std::string_view verb = line_.verb->name;
        return wrong(kUnknownOption, verb, name, did_you_mean(name, known, language_), verb);
    }

    // "--out FILE", "--out=FILE"
    Read long_option(std::string_view word) {
        const std::size_t equals = word.find('=');
        const std::string_view name = word.substr(0, equals);
        const OptionRow* row = row_of(name);
        if (row == nullptr) {
            return unknown_option(name);
        }
        if (equals == std::string_view::npos) {
            return given(*row, name, std::nullopt);
        }
        const std::string_view value = word.substr(equals + 1);
        return row->flag() ? wrong(kNoValueTaken, name, value) : given(*row, name, value);
    }

    // "-c FILE", "-cFILE", "-yc FILE"
    Read short_options(std::string_view word) {
        word.remove_prefix(1);
        while (!word.empty() && !line_.help) {
            const std::string name = "-" + std::string(word.substr(0, 1));
            word.remove_prefix(1);
            const OptionRow* row = row_of(name);
            if (row == nullptr) {
                return unknown_option(name);
            }
            const bool here = !row->flag() && !word.empty();
            Read done = given(*row, name, here ? std::optional(word) : std::nullopt);
            if (!done || here) {
                return done;
            }
        }
        return {};
    }

    Read given(const OptionRow& row, std::string_view name, std::optional<std::string_view> value) {
        if (&row == &kHelpRow) {
            line_.help = true;
            return {};
        }
        if (!row.flag() && !value) {
            value = next();
            // The next option is no value: it was forgotten.
            if (!value || value->starts_with("--")) {
                return wrong(kNoValue, name, row.value());
            }
        }
        return take(row, name, value.value_or(""));
    }

    Read placed(std::string_view word) {
        for (const OptionRow& row : line_.verb->options) {
            if (row.placed() && std::ranges::find(given_, &row) == given_.end()) {
                return take(row, row.spelled, word);
            }
        }
        return wrong(kNotExpected, line_.verb->name, word, line_.verb->name);
    }

    Read take(const OptionRow& row, std::string_view name, std::string_view value) {
        if (!row.repeated() && std::ranges::find(given_, &row) != given_.end()) {
            return wrong(kTwice, name);
        }
        given_.push_back(&row);
        // Of a shell's unset variable.
        const bool hidden = line_.verb->hidden();
        if (!row.flag() && value.empty() && !hidden) {
            return wrong(kNoValue, name, row.value());
        }
        const bool fits =
            std::visit([&](auto member) { return store(line_.args.*member, value); }, row.target);
        return fits ? Read() : wrong(kNoNumber, name, value);
    }

    // False: it is no such value.
    static bool store(bool& flag, std::string_view) { return flag = true; }

    static bool store(std::string& text, std::string_view value) {
        text = value;
        return true;
    }

    static bool store(std::vector<std::string>& texts, std::string_view value) {
        texts.emplace_back(value);
        return true;
    }

    static bool store(std::uint64_t& number, std::string_view value) {
        const auto read = base::whole_number<std::uint64_t>(value);
        number = read.value_or(0);
        return read.has_value();
    }

    static bool store(std::optional<std::uint32_t>& number, std::string_view value) {
        number = base::whole_number<std::uint32_t>(value);
        return number.has_value();
    }

    // "7,8,9"
    static bool store(std::vector<std::uint32_t>& numbers, std::string_view value) {
        while (true) {
            const std::size_t comma = value.find(',');
            const auto read = base::whole_number<std::uint32_t>(value.substr(0, comma));
            if (!read) {
                return false;
            }
            numbers.push_back(*read);
            if (comma == std::string_view::npos) {
                return true;
            }
            value.remove_prefix(comma + 1);
        }
    }

    Read from_the_environment() {
        for (const OptionRow& row : line_.verb->options) {
            if (row.variable == nullptr || std::ranges::find(given_, &row) != given_.end()) {
                continue;
            }
            if (const std::string value = variable_(row.variable); !value.empty()) {
                if (Read done = take(row, row.variable, value); !done) {
                    return done;
                }
            }
        }
        return {};
    }

    Read all_required() {
        for (const OptionRow& row : line_.verb->options) {
            if (row.required && std::ranges::find(given_, &row) == given_.end()) {
                return wrong(kNotGiven, row.spelled, row.about.in(language_), line_.verb->name);
            }
        }
        return {};
    }

    std::span<const std::string_view> words_;
    const Variable& variable_;
    Language language_;
    std::size_t at_ = 0;
    CommandLine line_;
    std::vector<const OptionRow*> given_;
};

}  // namespace

std::string did_you_mean(
    std::string_view name, const std::vector<std::string_view>& candidates, Language language
) {
    const std::optional<std::string_view> meant = nearest(name, candidates);
    return meant ? say(language, kDidYouMean, *meant) : std::string();
}

std::string unknown_verb(std::string_view name, Language language) {
    return say(language, kUnknownVerb, name, did_you_mean(name, verb_names(), language));
}

tl::expected<CommandLine, std::string> read_command_line(
    std::span<const std::string_view> words, const Variable& variable, Language language
) {
    return CommandLineReader(words, variable, language).read();
}

}  // namespace bn::cli
