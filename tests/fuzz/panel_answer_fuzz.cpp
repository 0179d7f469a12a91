// The panel's answers: a secret in the first line, then the document.
#include "base/text.hpp"
#include "bm_writer/answer.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::panel_answer_fuzz {
namespace {

void demand_clean(const PanelAnswer& answer, std::string_view document) {
    demand(answer.ok == answer.error_type.empty(), "an answer is yes or an error", document);
    demand(answer.fields.size() <= 1000, "fields are bounded", document);
    for (const std::string* text :
         {&answer.error_type, &answer.error_object, &answer.error_value, &answer.message}) {
        demand(base::is_xml_text(*text), "what is read is clean UTF-8", *text);
    }
    for (const auto& [name, text] : answer.fields) {
        demand(base::is_xml_text(name) && base::is_xml_text(text), "a field is clean UTF-8", text);
    }
    demand(answer.short_text().find('\n') == std::string::npos, "in one line", answer.short_text());
}

// Where the mask itself cannot spell it.
void demand_masked(const PanelAnswer& answer, const std::string& secret) {
    if (secret.empty() || secret.find('*') != std::string::npos) {
        return;
    }
    const PanelAnswer shown = bm_writer::masked(answer, {{"value", Secret(secret)}});
    const auto hidden = [&](const std::string& text) {
        demand(text.find(secret) == std::string::npos, "a secret is masked", text);
    };
    hidden(shown.message);
    hidden(shown.error_value);
    for (const auto& [name, text] : shown.fields) {
        hidden(text);
    }
}

}  // namespace

BN_FUZZ_TARGET(panel_answer) {
    const std::string secret(input.line());
    const std::string_view document = input.rest();
    const Result<PanelAnswer> answer = bm_writer::parse_answer(document);
    if (!answer) {
        bn::fuzz::demand_told(answer.error());
        demand(answer.error().effect_unknown, "what is no answer may have had an effect", document);
        return;
    }
    demand_clean(*answer, document);
    demand_masked(*answer, secret);
}

}  // namespace bn::fuzz::panel_answer_fuzz
