#include "tests/unit/fake_cloud/transcript.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/unit/fake_cloud/raw_client.hpp"

namespace bn::testing {
namespace {

constexpr const char* kRequest = ">>> REQUEST\n";
constexpr const char* kResponse = "<<< RESPONSE\n";

std::string trimmed_end(std::string text) {
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        out.push_back(line);
    }
    return out;
}

// "Basic base64(user:password)" is written for readers; the wire wants the real thing.
std::string real_header(const std::string& line) {
    const std::string mark = "Authorization: Basic base64(";
    if (line.compare(0, mark.size(), mark) == 0) {
        return "Authorization: Basic " +
               base64(line.substr(mark.size(), line.size() - mark.size() - 1));
    }
    if (line.compare(0, 6, "Host: ") == 0) {
        return line.substr(0, line.find(' ', 6));
    }
    return line;
}

void read_request(const std::string& text, Transcript& out) {
    const auto blank = text.find("\n\n");
    const auto lines = lines_of(text.substr(0, blank));
    const auto first = lines.at(0).find(' ');
    const auto last = lines.at(0).rfind(' ');
    out.method = lines[0].substr(0, first);
    out.target = lines[0].substr(first + 1, last - first - 1);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        out.headers.push_back(real_header(lines[i]));
    }
    if (blank != std::string::npos) {
        out.body = trimmed_end(text.substr(blank + 2));
    }
}

void read_reply(const std::string& text, Transcript& out) {
    const auto blank = text.find("\n\n");
    const auto lines = lines_of(text.substr(0, blank));
    out.status = std::atoi(lines.at(0).c_str() + lines[0].find(' ') + 1);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto colon = lines[i].find(": ");
        std::string name = lines[i].substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
            return static_cast<char>(std::tolower(c));
        });
        out.reply_headers.emplace(std::move(name), lines[i].substr(colon + 2));
    }
    const auto end = text.rfind("--- time_total");
    out.reply_body = trimmed_end(text.substr(blank + 2, end - blank - 2));
    out.reply_body.erase(0, out.reply_body.find_first_not_of('\n'));
}

Transcript read_one(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream buffer;
    buffer << file.rdbuf();
    const std::string text = buffer.str();
    const auto request = text.find(kRequest);
    const auto response = text.find(kResponse);
    if (request != 0 || response == std::string::npos) {
        throw std::runtime_error(path.string() + " is no transcript");
    }
    Transcript out;
    out.name = path.stem().string();
    for (const char* version : {"v1", "v2"}) {
        for (const char* format : {"json", "xml"}) {
            const std::string suffix = std::string(".") + version + "-" + format;
            if (out.name.size() > suffix.size() &&
                out.name.compare(out.name.size() - suffix.size(), suffix.size(), suffix) == 0) {
                out.variant = std::string(version) + "." + format;
            }
        }
    }
    const std::size_t head = std::string(kRequest).size();
    read_request(text.substr(head, response - head), out);
    read_reply(text.substr(response + std::string(kResponse).size()), out);
    return out;
}

}  // namespace

std::vector<Transcript> read_transcripts(const std::string& folder) {
    std::vector<Transcript> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".txt") {
            out.push_back(read_one(entry.path()));
        }
    }
    std::sort(out.begin(), out.end(), [](const Transcript& a, const Transcript& b) {
        return a.name < b.name;
    });
    return out;
}

}  // namespace bn::testing
