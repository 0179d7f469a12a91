// Texts of any kind: made fit, cut, encoded, and read as times, addresses and names.
#include "base/codec.hpp"
#include "base/text.hpp"
#include "bm_reader/row_mapper.hpp"
#include "bm_reader/server_mapper.hpp"
#include "bm_reader/text.hpp"
#include "cli/screen/display.hpp"
#include "reconciler/model/time.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::texts_fuzz {
namespace {

void fit(std::string_view text) {
    const std::string clean = base::clean_utf8(text);
    demand(base::is_xml_text(clean), "a cleaned text fits XML", text);
    demand(base::clean_utf8(clean) == clean, "it is cleaned once", text);
    demand(base::is_xml_text(text) == (clean == text), "a clean text stays", text);
    for (const std::size_t most : {0U, 1U, 7U, 40U}) {
        const std::string cut = base::shortened(clean, most);
        demand(
            cut.size() <= most + 3 && base::valid_utf8(cut),
            "a text is cut between characters",
            clean
        );
    }
    const std::string_view trimmed = base::trim(text);
    demand(base::trim(trimmed) == trimmed, "it is trimmed once", text);
    demand(
        base::one_line(std::string(text)).find_first_of("\r\n\t") == std::string::npos,
        "in one line",
        text
    );
    demand(base::valid_utf8(bm_reader::in_quotes(text)), "what is shown is UTF-8", text);
    demand(base::valid_utf8(bm_reader::clean(text, 20)), "what is shown is UTF-8", text);
    for (const char c : cli::escaped(text)) {
        demand(
            static_cast<unsigned char>(c) >= 0x20, "no control character reaches the screen", text
        );
    }
}

void encoded(std::string_view text) {
    demand(base::from_hex(base::to_hex(text)) == text, "hexadecimal and back", text);
    demand(
        base::only_letters_digits_and("%-._~", base::percent_encoded(text)), "fit for a URL", text
    );
    demand(
        base::xml_escaped(text).find_first_of("<>\"") == std::string::npos,
        "fit for an attribute",
        text
    );
    base::from_base64(text);
    base::from_hex(text);
}

void names(std::string_view text) {
    const std::string email = bm_reader::usable_email(text);
    demand(bm_reader::usable_email(email) == email, "an address stays one", text);
    const std::string login = bm_reader::only_login_characters(text);
    demand(bm_reader::only_login_characters(login) == login, "a login's characters stay", text);
    if (const auto url = bm_reader::usable_base_url(text, true)) {
        demand(bm_reader::usable_base_url(*url, true) == *url, "an address stays one", *url);
        demand(url->starts_with("http") && !url->ends_with('/'), "an address has one form", *url);
    } else {
        demand(
            !url.error().what.empty() && !url.error().remedy.empty(), "a refusal says why", text
        );
    }
    if (const auto time = parse_time(text)) {
        demand(
            parse_time(format_time(*time)) == *time,
            "a time is read as it is written",
            format_time(*time)
        );
    } else {
        demand(!time.error().empty(), "a refusal says why", text);
    }
    const bm_reader::Number number = bm_reader::to_number(bm_reader::Cell(text));
    demand(!number.null(), "a text is not NULL", text);
    const bm_reader::Number id = bm_reader::to_id(bm_reader::Cell(text));
    demand(!id.has_value() || (id.value() > 0 && id.value() <= 0xFFFFFFFF), "an id is one", text);
}

}  // namespace

BN_FUZZ_TARGET(texts) {
    const std::string_view text = input.rest();
    fit(text);
    encoded(text);
    names(text);
}

}  // namespace bn::fuzz::texts_fuzz
