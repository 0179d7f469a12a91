#include "tests/unit/ocs/transcripts.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/places/places.hpp"

namespace bn::testing {

namespace {

std::string slurp(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

Transcript parse(const std::string& name, const std::string& text) {
    Transcript t;
    t.name = name;
    auto split = text.find("<<< RESPONSE\n");
    std::string request = text.substr(0, split);
    auto line = request.find('\n') + 1;
    std::istringstream first(request.substr(line, request.find('\n', line) - line));
    first >> t.method >> t.target;
    if (auto blank = request.find("\n\n"); blank != std::string::npos) {
        t.form = request.substr(blank + 2);
        t.form.erase(t.form.find_last_not_of('\n') + 1);
    }
    std::string response = text.substr(split + 13);
    response.erase(std::min(response.rfind("\n--- time_total"), response.size()));
    t.status = std::stoi(response.substr(9, 3));
    auto blank = response.find("\n\n");
    std::string head = response.substr(0, blank);
    t.maintenance = head.find("X-Nextcloud-Maintenance-Mode: 1") != std::string::npos;
    const std::string cookies = "Set-Cookie: (names only) ";
    if (const auto at = head.find(cookies); at != std::string::npos) {
        std::istringstream names(head.substr(at + cookies.size()));
        std::string list;
        std::getline(names, list);
        std::istringstream each(list);
        for (std::string cookie; std::getline(each, cookie, ',');) {
            const auto begin = cookie.find_first_not_of(' ');
            t.set_cookies.push_back(cookie.substr(begin, cookie.find('=') - begin + 1));
        }
    }
    t.body = blank == std::string::npos ? "" : response.substr(blank + 2);
    t.body.erase(t.body.find_last_not_of('\n') + 1);
    return t;
}

}  // namespace

std::vector<Transcript> json_transcripts(const std::string& of) {
    std::vector<Transcript> all;
    std::filesystem::path folder = testing::source_dir("/tests/golden/ocs/" + of);
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::string name = entry.path().stem().string();
        if (entry.path().extension() != ".txt" || name.find("xml") != std::string::npos ||
            name == "README") {
            continue;
        }
        Transcript t = parse(name, slurp(entry.path()));
        if (t.target.find("/ocs/") == 0 || t.target == "/status.php") {
            all.push_back(std::move(t));
        }
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

}  // namespace bn::testing
