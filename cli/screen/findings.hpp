// Findings: what was looked at, what is wrong, how to mend it; as text and as JSON. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/screen/screen.hpp"
#include "reconciler/model/error.hpp"

namespace bn::cli {

enum class Mark : std::uint8_t { kOk, kNote, kWarn, kFail };

struct Finding {
    Mark mark = Mark::kOk;
    std::string what;    // one sentence
    std::string remedy;  // one sentence; warn and fail have one
};

struct Section {
    std::string title;
    std::vector<Finding> lines;

    void ok(std::string what) { lines.push_back({Mark::kOk, std::move(what), ""}); }

    void note(std::string what) { lines.push_back({Mark::kNote, std::move(what), ""}); }

    void warn(std::string what, std::string remedy) {
        lines.push_back({Mark::kWarn, std::move(what), std::move(remedy)});
    }

    void fail(std::string what, std::string remedy) {
        lines.push_back({Mark::kFail, std::move(what), std::move(remedy)});
    }

    void fail(const Error& error) {
        fail(error.what, error.remedy.empty() ? "see the message" : error.remedy);
    }
};

struct Findings {
    std::vector<Section> sections;

    [[nodiscard]] std::uint64_t count(Mark mark) const;

    [[nodiscard]] bool passed() const { return count(Mark::kFail) == 0; }
};

std::string render_findings(const Findings& findings, const ScreenOptions& options);
// `format`: the document's name.
std::string findings_to_json(const Findings& findings, const char* format);

}  // namespace bn::cli
