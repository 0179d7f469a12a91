// Port: the panel's API, the way results go back. Implemented by bm_writer.
//
// Blocking: called on threads of its own, never on the loop. Implementations are thread-safe; the
// shell bounds how many calls run at once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/secret.hpp"

namespace bn {

// One call of one of the panel's functions. Arguments in order; names are unique. Secrets are
// passed so that they appear in no argv, no log and no event.
struct PanelCall {
    std::string function;  // "service.postsuspend"
    std::vector<std::pair<std::string, std::string>> arguments;
    std::vector<std::pair<std::string, Secret>> secrets;

    PanelCall() = default;

    explicit PanelCall(std::string f, std::vector<std::pair<std::string, std::string>> a = {})
        : function(std::move(f)), arguments(std::move(a)) {}

    // "elid=7 sok=ok value=***": what logs and events show of the arguments. A long value is cut.
    [[nodiscard]] std::string masked_arguments() const;
};

// What the panel answered. An error document is an answer, whatever the exit code was.
struct PanelAnswer {
    bool ok = false;  // an <ok/>, or the document that was asked for, and no error
    // Of an error document: its type, object and value, and the text for people.
    std::string error_type;
    std::string error_object;
    std::string error_value;
    std::string message;
    // Simple fields of the answer (elements without children, `model` entries): name -> text.
    std::map<std::string, std::string> fields;

    PanelAnswer() = default;
    [[nodiscard]] std::string short_text() const;  // "ok", or "error missed (task): text", one line
};

class PanelApi {
  public:
    virtual ~PanelApi() = default;

    // Errors: kRetryCall "panel.unreachable" (not running, timed out: the call may have taken
    // effect, see Error::effect_unknown), kHuman "panel.mgrctl" / "panel.login" / "panel.tls"
    // (cannot work until somebody changes something), kRetryCall "panel.answer" (not an answer).
    // All but the last concern the panel. An error document of the panel is no Error but a
    // PanelAnswer with ok = false.
    virtual Result<PanelAnswer> call(const PanelCall& call) = 0;
};

// One day's usage of one item, in the unit of its add-on.
struct ItemUsageRow {
    ItemId item;
    std::string param;          // internal name of the add-on: "disk", "disc"
    std::string value;          // decimal text with at most four digits after the point
    std::uint32_t measure = 0;  // measure.id of the add-on

    ItemUsageRow() = default;
    friend bool operator==(const ItemUsageRow&, const ItemUsageRow&) = default;
};

// The one table that is written directly, as the panel's own library does it: itemstat.
class UsageSink {
  public:
    virtual ~UsageSink() = default;
    // Replaces the values of `day` ("2026-11-22"): written twice, a day is still counted once. All
    // rows or none.
    virtual Result<void> replace(std::string_view day, const std::vector<ItemUsageRow>& rows) = 0;
};

}  // namespace bn
