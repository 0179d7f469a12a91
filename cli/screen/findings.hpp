// Findings: what was looked at, what is wrong, how to mend it; as text and as JSON. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "cli/screen/screen.hpp"
#include "controller/json/json.hpp"
#include "reconciler/model/error.hpp"

namespace bn::cli {

// Clocks that differ by more are worth a warning.
inline constexpr Duration kSkewWarning = std::chrono::seconds(30);

// How a thing is known, and how heavy it weighs.
enum class Verdict : std::uint8_t {
    kFound,    // seen, and fine
    kNote,     // good to know
    kAssumed,  // not to be seen here; how panels are known to be
    kUnknown,  // not to be seen here, and panels differ
    kWarns,    // works, but somebody should look at it
    kDoubts,   // unknown, and warns
    kStops,    // must be mended first
};

struct Finding {
    Verdict verdict = Verdict::kFound;
    std::string what;      // one sentence
    std::string remedy;    // one sentence; what warns or stops has one
    std::string evidence;  // what it was seen in; may be empty
};

struct Section {
    std::string title;
    std::vector<Finding> lines;

    void add(Verdict verdict, std::string what, std::string remedy = {}, std::string seen = {}) {
        lines.push_back({verdict, std::move(what), std::move(remedy), std::move(seen)});
    }

    void ok(std::string what) { add(Verdict::kFound, std::move(what)); }

    void note(std::string what) { add(Verdict::kNote, std::move(what)); }

    void warn(std::string what, std::string remedy) {
        add(Verdict::kWarns, std::move(what), std::move(remedy));
    }

    void fail(std::string what, std::string remedy) {
        add(Verdict::kStops, std::move(what), std::move(remedy));
    }

    // It could not be seen, and may be fine: what did not answer now may do so soon.
    void unread(const Error& error) {
        add(Verdict::kDoubts, "not known: " + error.what, error.remedy);
    }

    void fail(const Error& error) {
        fail(error.what, error.remedy.empty() ? "see the message" : error.remedy);
    }
};

struct Findings {
    std::vector<Section> sections;

    [[nodiscard]] std::uint64_t count(std::initializer_list<Verdict> verdicts) const;

    [[nodiscard]] bool passed() const { return count({Verdict::kStops}) == 0; }
};

// How a line begins, and whether it says what the thing was seen in.
enum class Form : std::uint8_t {
    kMarks,  // "ok", "note", "WARN", "FAIL"
    kBasis,  // "found", "assumed", "unknown", with the evidence
};

void draw_findings(Screen& screen, const Findings& findings, Form form);
// The document up to its sections; `format`: its name.
controller::Json findings_json(const Findings& findings, const char* format, Form form);

// Of `check`: by marks, with the verdict on a pass.
std::string render_findings(const Findings& findings, const ScreenOptions& options);
std::string findings_to_json(const Findings& findings, const char* format);

}  // namespace bn::cli
