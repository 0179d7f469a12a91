#include "words/catalogue.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "reconciler/model/agreement.hpp"

namespace bn::words {
namespace {

using Pieces = std::vector<std::string_view>;

constexpr std::string_view kPlace = "{}";

Pieces split(std::string_view text, std::string_view at) {
    Pieces pieces;
    for (std::size_t end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
        pieces.push_back(text.substr(0, end));
        text.remove_prefix(end + at.size());
    }
    pieces.push_back(text);
    return pieces;
}

// A row whose key is cut at its places.
struct Template {
    Pieces literals;
    std::string_view russian;
    std::size_t weight = 0;  // characters of its own
    std::vector<std::size_t> times;
    std::vector<std::size_t> words;    // places that hold no blank, or that in quotes
    std::vector<std::size_t> numbers;  // and what a number stands at
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end != text.data() ? std::optional(value) : std::nullopt;
}

// What {...} in a Russian text stands for.
struct Place {
    std::size_t which = 0;
    std::string_view how;
};

// `next` is the place that one without a number means. Places have one digit.
Place place_of(std::string_view inside, std::size_t& next) {
    if (const auto given = number(inside)) {
        return {*given, inside.substr(1)};
    }
    return {next++, inside};
}

// Calls plain(text) and place(Place) for the pieces, in order.
template <class Plain, class OnPlace>
void walk(std::string_view text, Plain plain, OnPlace on_place) {
    std::size_t next = 0;
    for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
        const std::size_t close = text.find('}', open);
        plain(text.substr(0, open));
        on_place(place_of(text.substr(open + 1, close - open - 1), next));
        text.remove_prefix(close + 1);
    }
    plain(text);
}

// A row with fewer characters of its own would be found in many a sentence: what is put in there
// is a word.
constexpr std::size_t kWeak = 14;

bool is_word(std::string_view text) {
    return text.find(' ') == std::string_view::npos;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_time(std::string_view text) {
    return number(text.substr(0, text.find('-'))) && is_word(text);
}

bool is_in_quotes(std::string_view text) {
    return text.size() > 1 && text.starts_with('\'') && text.find('\'', 1) == text.size() - 1;
}

bool is_one_thing(std::string_view text) {
    return is_word(text) || is_in_quotes(text);
}

// A number, and then `literal`; a number alone when it is the last place.
bool begins_with_number(std::string_view text, std::string_view literal, bool last) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view rest = text.substr(digits);
    return digits > 0 && (last ? rest.empty() : rest.starts_with(literal));
}

// Where what stands at place `i` - 1 ends, before literal `i`: not within its quotes, and before a
// number where one follows.
std::size_t end_of_place(const Template& made_from, std::size_t i, std::string_view text) {
    const std::string_view literal = made_from.literals[i];
    const bool number_follows = std::ranges::find(made_from.numbers, i) != made_from.numbers.end();
    const bool last = i + 2 == made_from.literals.size();
    const auto from = [&](std::size_t at) {
        const auto follows = [&] {
            const std::string_view rest = text.substr(at + literal.size());
            return begins_with_number(rest, made_from.literals[i + 1], last);
        };
        at = text.find(literal, at);
        while (at != std::string_view::npos && number_follows && !follows()) {
            at = text.find(literal, at + 1);
        }
        return at;
    };
    const std::size_t quote = text.starts_with('\'') ? text.find('\'', 1) : std::string_view::npos;
    const std::size_t behind = quote == std::string_view::npos ? quote : from(quote);
    return behind == std::string_view::npos ? from(0) : behind;
}

// What stands at the places of the template that the text was made from.
std::optional<Pieces> places(const Template& made_from, std::string_view text) {
    const Pieces& literals = made_from.literals;
    if (text.size() < made_from.weight || !text.starts_with(literals.front())) {
        return std::nullopt;
    }
    if (literals.size() == 1) {
        return text == literals.front() ? std::optional<Pieces>(Pieces()) : std::nullopt;
    }
    if (!text.ends_with(literals.back())) {
        return std::nullopt;
    }
    text.remove_prefix(literals.front().size());
    text.remove_suffix(literals.back().size());
    Pieces found;
    for (std::size_t i = 1; i + 1 < literals.size(); ++i) {
        const std::size_t at = end_of_place(made_from, i, text);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        found.push_back(text.substr(0, at));
        text.remove_prefix(at + literals[i].size());
    }
    found.push_back(text);
    const auto at = [&found](std::size_t i) { return found.at(i); };
    const bool fits = std::ranges::all_of(made_from.times, is_time, at) &&
                      std::ranges::all_of(made_from.words, is_one_thing, at) &&
                      std::ranges::all_of(made_from.numbers, is_number, at);
    return fits ? std::optional(std::move(found)) : std::nullopt;
}

// The places of a key that hold a number with the words that agree with it.
std::vector<std::size_t> plurals_of(std::string_view key) {
    std::vector<std::size_t> plurals;
    std::size_t place = 0;
    for (std::size_t at = key.find('{'); at != std::string_view::npos; at = key.find('{', at + 1)) {
        if (key.substr(at).starts_with("{:")) {
            plurals.push_back(place);
        }
        ++place;
    }
    return plurals;
}

// The rows by the first character of their key, which the text begins with, too; those that begin
// with a place in a list of their own. The most literal first.
class Index {
  public:
    Index() {
        for (const Phrase& row : catalogue()) {
            for (std::string& english : sentences_of(row.english)) {
                add(sentences_.emplace_back(std::move(english)), row);
            }
        }
        for (std::vector<Template>& list : by_first_) {
            std::ranges::stable_sort(list, std::ranges::greater(), &Template::weight);
        }
        std::ranges::stable_sort(open_, std::ranges::greater(), &Template::weight);
    }

    // The Russian text and what belongs into it.
    struct Found {
        std::string_view russian;
        Pieces places;
        std::size_t weight = 0;
    };

    [[nodiscard]] std::optional<Found> find(std::string_view text) const {
        if (text.empty()) {
            return std::nullopt;
        }
        std::optional<Found> best = first_in(by_first_.at(slot(text)), text);
        std::optional<Found> open = first_in(open_, text);
        return open && (!best || open->weight > best->weight) ? open : best;
    }

  private:
    void add(std::string_view english, const Phrase& row) {
        Template one{split(english, kPlace), row.russian, 0, {}, {}, plurals_of(row.english)};
        for (const std::string_view literal : one.literals) {
            one.weight += literal.size();
        }
        walk(
            row.russian,
            [](std::string_view) {},
            [&one](const Place& place) {
                if (place.how == "#" || place.how.starts_with('|')) {
                    one.numbers.push_back(place.which);
                } else if (place.how == "@") {
                    one.times.push_back(place.which);
                } else if (one.weight < kWeak && place.how != "*") {
                    one.words.push_back(place.which);
                }
            }
        );
        constexpr std::size_t kNumber = 4;  // characters that a number stands for
        if (!one.times.empty() || one.weight + kNumber * one.numbers.size() >= kWeak) {
            one.words.clear();  // a time is sign enough
        }
        const std::string_view first = one.literals.front();
        (first.empty() ? open_ : by_first_.at(slot(first))).push_back(std::move(one));
    }

    static std::size_t slot(std::string_view text) {
        return static_cast<unsigned char>(text.front());
    }

    static std::optional<Found> first_in(const std::vector<Template>& list, std::string_view text) {
        for (const Template& one : list) {
            if (auto found = places(one, text)) {
                return Found{one.russian, *std::move(found), one.weight};
            }
        }
        return std::nullopt;
    }

    std::deque<std::string> sentences_;  // what the templates are pieces of
    std::array<std::vector<Template>, 256> by_first_;
    std::vector<Template> open_;
};

const Index& index() {
    static const Index index;
    return index;
}

std::optional<std::string> russian(std::string_view text);
std::optional<std::string> russian_text(std::string_view text);  // that is no error

// "1.4 GiB (1503238554 B)": nothing when it is no size.
std::optional<std::string> russian_size(std::string_view text) {
    constexpr Phrase kUnits[] = {
        {"B", "Б"},
        {"KiB", "КиБ"},
        {"MiB", "МиБ"},
        {"GiB", "ГиБ"},
        {"TiB", "ТиБ"},
        {"PiB", "ПиБ"},
        {"EiB", "ЭиБ"}};
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    if (digits == 0 || digits + 1 >= text.size() || text[digits] != ' ') {
        return std::nullopt;
    }
    const std::string_view after = text.substr(digits + 1);
    const std::size_t end = std::min(after.find(' '), after.size());
    const auto* const unit = std::ranges::find(kUnits, after.substr(0, end), &Phrase::english);
    if (unit == std::end(kUnits)) {
        return std::nullopt;
    }
    std::string size(text.substr(0, digits));
    std::ranges::replace(size, '.', ',');
    size.append(" ").append(unit->russian);
    const std::string_view exact = after.substr(end);
    if (exact.empty()) {
        return size;
    }
    if (!exact.starts_with(" (") || !exact.ends_with(" B)")) {
        return std::nullopt;
    }
    return size.append(exact.substr(0, exact.size() - 2)).append("Б)");
}

// What is no text of ours stays as it is.
std::string russian_or_same(std::string_view text) {
    if (auto found = russian_size(text)) {
        return *std::move(found);
    }
    auto found = russian(text);
    return found ? *std::move(found) : std::string(on_screen(text, Language::kRussian));
}

std::string filled_place(const Place& place, const Pieces& places) {
    const std::string_view value =
        place.which < places.size() ? places[place.which] : std::string_view();
    if (place.how.starts_with('|')) {
        const Pieces forms = split(place.how.substr(1), "|");
        const std::size_t form = russian_form(number(value).value_or(0));
        return std::string(form < forms.size() ? forms[form] : forms.back());
    }
    return place.how == "*"   ? russian_or_same(value)
           : place.how == "t" ? std::string(on_screen(value, Language::kRussian))
                              : std::string(value);
}

std::string filled(std::string_view text, const Pieces& places) {
    std::string out;
    walk(
        text,
        [&out](std::string_view plain) { out += plain; },
        [&](const Place& place) { out += filled_place(place, places); }
    );
    return out;
}

// "what (remedy) [code]", as an error is told on one line. The remedy begins where both are ours.
std::optional<std::string> russian_error(std::string_view text) {
    const std::size_t bracket = text.rfind(" [");
    if (!text.ends_with(']') || bracket == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view told = text.substr(0, bracket);
    const std::string code(text.substr(bracket));
    if (!is_word(code.substr(1))) {
        return std::nullopt;
    }
    for (std::size_t open = told.find(" ("); told.ends_with(')') && open != std::string_view::npos;
         open = told.find(" (", open + 1)) {
        const auto what = russian_text(told.substr(0, open));
        const auto remedy = russian_text(told.substr(open + 2, told.size() - open - 3));
        if (what && remedy) {
            return std::string(*what).append(" (").append(*remedy).append(")").append(code);
        }
    }
    const auto what = russian_text(told);
    return what ? std::optional(*what + code) : std::nullopt;
}

// The text of the pieces from `from` up to `to`, with what stands between them.
std::string_view joined(const Pieces& pieces, std::size_t from, std::size_t to) {
    const char* const begin = pieces[from].data();
    const std::string_view last = pieces[to];
    return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
}

// What begins with piece `from` of a list: itself, or a sentence that has the mark between pieces
// within. `to` becomes its last piece.
std::optional<std::string> russian_piece(const Pieces& pieces, std::size_t from, std::size_t& to) {
    constexpr std::size_t kMost = 3;
    to = from;
    if (auto said = russian(pieces[from])) {
        return said;
    }
    for (std::size_t last = from + 1; last < std::min(from + kMost, pieces.size()); ++last) {
        if (const auto found = index().find(joined(pieces, from, last))) {
            to = last;
            return filled(found->russian, found->places);
        }
    }
    return std::nullopt;
}

// Of a list; `some`: a part that is no text of ours stays as it is, but not all of them.
std::optional<std::string> russian_parts(
    std::string_view text, std::string_view between, bool some
) {
    const Pieces pieces = split(text, between);
    if (pieces.size() == 1) {
        return std::nullopt;
    }
    std::string all;
    bool any = false;
    for (std::size_t from = 0, to = 0; from < pieces.size(); from = to + 1) {
        const auto said = russian_piece(pieces, from, to);
        any = any || said;
        if (!said && !some) {
            return std::nullopt;
        }
        all.append(said.value_or(std::string(pieces[from]))).append(between);
    }
    all.resize(all.size() - between.size());
    return any ? std::optional(std::move(all)) : std::nullopt;
}

// "panel.sqlite: cannot read /x": what stands before the colon names a thing, and stays.
std::optional<std::string> russian_of_a_thing(std::string_view text) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos || !is_word(text.substr(0, colon))) {
        return std::nullopt;
    }
    const auto found = index().find(text.substr(colon + 2));
    return found ? std::optional(std::string(text.substr(0, colon + 2))
                                     .append(filled(found->russian, found->places)))
                 : std::nullopt;
}

std::optional<std::string> russian_text(std::string_view text) {
    if (const auto found = index().find(text)) {
        return filled(found->russian, found->places);
    }
    if (auto named = russian_of_a_thing(text)) {
        return named;
    }
    auto parts = russian_parts(text, "; ", true);
    return parts ? parts : russian_parts(text, ", ", false);
}

std::optional<std::string> russian(std::string_view text) {
    // No sentence of ours is longer; what comes from outside may be, and is looked at in vain.
    constexpr std::size_t kLongest = 4096;
    if (text.size() > kLongest) {
        return std::nullopt;
    }
    auto error = russian_error(text);
    return error ? error : russian_text(text);
}

}  // namespace

const std::vector<Phrase>& catalogue() {
    static const std::vector<Phrase> all = [] {
        std::vector<Phrase> rows;
        for (const Table& table :
             {texts_of_the_core(),
              texts_of_the_panel(),
              texts_of_the_cloud(),
              texts_of_the_store(),
              texts_of_the_controller(),
              texts_of_the_verbs()}) {
            rows.insert(rows.end(), table.begin(), table.end());
        }
        return rows;
    }();
    return all;
}

std::vector<std::string> sentences_of(std::string_view key) {
    std::vector<std::string> all(1);
    const auto append = [&all](std::string_view text) {
        std::ranges::for_each(all, [text](std::string& one) { one += text; });
    };
    for (std::size_t open = key.find("{:"); open != std::string_view::npos; open = key.find("{:")) {
        append(key.substr(0, open));
        const std::size_t close = key.find('}', open);
        const std::string_view forms = key.substr(open + 2, close - open - 2);
        const std::vector<std::string> before = std::exchange(all, {});
        for (const std::uint64_t count : {1U, 2U}) {
            const Pieces around = split(agreeing(count, forms), "#");
            for (const std::string& one : before) {
                all.push_back(
                    one + std::string(around.front()).append(kPlace).append(around.back())
                );
            }
        }
        key.remove_prefix(close + 1);
    }
    append(key);
    return all;
}

std::string value_in(std::string_view text, Language language) {
    return language == Language::kEnglish ? std::string(text) : russian_or_same(text);
}

std::string side_of(std::string_view kind, std::string_view value, Language language) {
    constexpr std::string_view kNaming[] = {
        "set-email", "set-name", "make-group", "add-group", "remove-group"};
    return std::ranges::find(kNaming, kind) != std::end(kNaming) ? std::string(value)
                                                                 : value_in(value, language);
}

std::string in_language(std::string_view text, Language language) {
    return language == Language::kEnglish ? std::string(text)
                                          : russian(text).value_or(std::string(text));
}

}  // namespace bn::words
