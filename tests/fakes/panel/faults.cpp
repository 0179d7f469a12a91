#include "tests/fakes/panel/faults.hpp"

#include <array>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace bn::testing {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<FaultKind, const char*>, 6> kKinds = {
    {{FaultKind::kUnreachable, "unreachable"},
     {FaultKind::kSlow, "slow"},
     {FaultKind::kError, "error"},
     {FaultKind::kCut, "cut"},
     {FaultKind::kLost, "lost"},
     {FaultKind::kGarbage, "garbage"}}};

Fault to_fault(const Json& json) {
    Fault fault;
    const auto kind = json.at("kind").get<std::string>();
    bool known = false;
    for (const auto& [value, name] : kKinds) {
        if (kind == name) {
            fault.kind = value;
            known = true;
        }
    }
    if (!known) {
        throw std::runtime_error("faults.json: there is no kind '" + kind + "'");
    }
    fault.function = json.value("function", fault.function);
    fault.times = json.value("times", fault.times);
    fault.slow = std::chrono::milliseconds(json.value("ms", 0));
    fault.exit = json.value("exit", fault.exit);
    fault.effect = json.value("effect", fault.effect);
    fault.type = json.value("type", fault.type);
    fault.object = json.value("object", fault.object);
    fault.value = json.value("value", fault.value);
    return fault;
}

bool fits(const Fault& fault, const std::string& function) {
    if (fault.times == 0) {
        return false;
    }
    if (fault.function.ends_with('*')) {
        return function.starts_with(fault.function.substr(0, fault.function.size() - 1));
    }
    return fault.function == function;
}

Json read_list(const PanelHome& home) {
    const std::string text = file_text(home.path("faults.json"));
    return text.empty() ? Json::array() : Json::parse(text);
}

// Beside it, then over it: a reader never sees half a file.
void write_list(const PanelHome& home, const Json& list) {
    const auto fresh = home.path("faults.json.new");
    std::ofstream(fresh) << list.dump(1) << "\n";
    std::filesystem::rename(fresh, home.path("faults.json"));
}

}  // namespace

const char* to_text(FaultKind kind) {
    for (const auto& [value, name] : kKinds) {
        if (kind == value) {
            return name;
        }
    }
    return "?";
}

std::vector<Fault> take_faults(const PanelHome& home, const std::string& function) {
    const HomeLock lock(home, "faults");
    Json list = read_list(home);
    std::vector<Fault> hits;
    bool counted = false;
    for (Json& json : list) {
        const Fault fault = to_fault(json);
        if (!fits(fault, function)) {
            continue;
        }
        hits.push_back(fault);
        if (fault.times > 0) {
            json["times"] = fault.times - 1;
            counted = true;
        }
        if (fault.kind != FaultKind::kSlow) {
            break;
        }
    }
    if (counted) {
        write_list(home, list);
    }
    return hits;
}

void add_fault(const PanelHome& home, const std::string& json) {
    const Json fault = Json::parse(json);
    static_cast<void>(to_fault(fault));  // refuses what it cannot read
    const HomeLock lock(home, "faults");
    Json list = read_list(home);
    list.push_back(fault);
    write_list(home, list);
}

void clear_faults(const PanelHome& home) {
    const HomeLock lock(home, "faults");
    write_list(home, Json::array());
}

}  // namespace bn::testing
