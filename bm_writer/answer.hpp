// The panel's answers, distrusted: XML (<doc>...), which is asked for everywhere. Pure; usable from
// any thread.
//
// An error document is an answer with ok = false, whatever else stands beside it, also an <ok/>.
// A document without an error is ok: some functions answer with their document only. A form call
// that was not carried out answers with its form, which looks the same, but for the field "ok"; as
// the panel words refusals differently from version to version, its own rows are the proof.
//
// Fields: elements of the document (entries of `doc` and `model`) that hold only text; of several
// of one name the first counts. Attributes of such elements are fields too: "auth@id".
//
// Error "panel.answer" (kRetryCall): not a document at all: HTML, empty, truncated, a DOCTYPE (the
// panel sends none; entities are never expanded), another root, nested beyond reason. The body's
// beginning is in the text; mask secrets before showing it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/ports/panel_api.hpp"

namespace bn::bm_writer {

Result<PanelAnswer> parse_answer(std::string_view body);

// `text` without the secrets of a call, however they are spelled in it: plain, percent-encoded or
// with XML entities.
std::string without_secrets(
    std::string text, const std::vector<std::pair<std::string, Secret>>& secrets
);

// The answer with the call's secrets masked in every text (an error may repeat a bad value).
PanelAnswer masked(PanelAnswer answer, const std::vector<std::pair<std::string, Secret>>& secrets);

}  // namespace bn::bm_writer
