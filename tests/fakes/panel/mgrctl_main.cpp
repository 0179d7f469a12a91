// fake-mgrctl: the panel's command line tool, on the double's database.
//
// The panel is the folder in the environment variable BN_FAKE_PANEL; without it the folder above
// the one that this program was called in, as <folder>/sbin/mgrctl.
#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/panel/faults.hpp"
#include "tests/fakes/panel/panel_functions.hpp"

namespace {

using namespace bn::testing;
using Json = nlohmann::json;

// A wrong command line.
struct Usage {
    std::string what;
};

struct CommandLine {
    bool help = false;
    std::string manager;
    AnswerFormat format = AnswerFormat::kText;
    PanelCallText call;
};

AnswerFormat to_format(const std::string& name) {
    static const std::map<std::string, AnswerFormat> kFormats = {
        {"text", AnswerFormat::kText},
        {"xml", AnswerFormat::kXml},
        {"devel", AnswerFormat::kDevel},
        {"json", AnswerFormat::kJson},
        {"bjson", AnswerFormat::kBjson},
        {"sjson", AnswerFormat::kSjson}};
    const auto found = kFormats.find(name);
    if (found == kFormats.end()) {
        throw Usage{"there is no output format '" + name + "'"};
    }
    return found->second;
}

std::pair<std::string, std::string> split(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw Usage{"'" + text + "' is not name=value"};
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void take_environment(const std::string& text, CommandLine& out) {
    const auto [name, variable] = split(text);
    const char* value = variable.starts_with('$') ? std::getenv(variable.c_str() + 1) : nullptr;
    if (value == nullptr) {
        throw Usage{"-e " + text + ": use -e name=$VARIABLE, with the variable set"};
    }
    out.call.params[name] = value;
    out.call.hidden.insert(name);
}

void take_word(const std::string& word, CommandLine& out) {
    if (out.call.function.empty()) {
        out.call.function = word;
        return;
    }
    const auto [name, value] = split(word);
    if (name == "out") {
        out.format = to_format(value);
    } else {
        out.call.params[name] = value;
    }
}

CommandLine parse(const std::vector<std::string>& args) {
    CommandLine out;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string& arg = args[i];
        const auto value = [&]() -> const std::string& {
            if (i + 1 == args.size()) {
                throw Usage{arg + " needs a value"};
            }
            return args[++i];
        };
        if (arg == "-m") {
            out.manager = value();
        } else if (arg == "-o") {
            out.format = to_format(value());
        } else if (arg == "-e") {
            take_environment(value(), out);
        } else if (arg == "-i") {
            out.help = true;
        } else if (arg == "-R" || arg == "-l" || arg == "-u") {
            continue;  // restart, lock, unlock: nothing of the double's own runs
        } else if (arg.starts_with('-')) {
            throw Usage{"there is no option '" + arg + "'"};
        } else {
            take_word(arg, out);
        }
    }
    if (out.manager != "billmgr") {
        throw Usage{"no panel '" + out.manager + "' here; use -m billmgr"};
    }
    if (out.call.function.empty() && !out.help) {
        throw Usage{"a function is needed"};
    }
    const char* ip = std::getenv("SSH_CONNECTION");
    out.call.ip = ip == nullptr ? "" : ip;
    return out;
}

// What happened with one call, for the log and for the caller.
struct Outcome {
    std::string fault;  // kind; empty: none
    Json answer;        // "ok", "form", "list", an error's type and object; null: no effect
    std::string out;
    std::string err;
    int exit = 0;
};

Outcome run(const PanelHome& home, const CommandLine& line) {
    Outcome outcome;
    const Fault* fault = nullptr;
    const std::vector<Fault> faults = take_faults(home, line.call.function);
    for (const Fault& one : faults) {
        outcome.fault = to_text(one.kind);
        fault = one.kind == FaultKind::kSlow ? nullptr : &one;
        std::this_thread::sleep_for(one.slow);
    }
    if (fault != nullptr && fault->kind == FaultKind::kUnreachable) {
        outcome.err = "mgrctl: failed to connect to billmgr: Connection refused\n";
        outcome.exit = 1;
        return outcome;
    }
    if (fault != nullptr && fault->kind == FaultKind::kGarbage) {
        outcome.out = "<html><h1>502 Bad Gateway\n";
        return outcome;
    }
    const bool error = fault != nullptr && fault->kind == FaultKind::kError;
    Answer answer;
    if (!error || fault->effect) {
        answer = answer_call(home, line.call);
        outcome.answer = answer.ok ? "ok" : answer.is_list ? "list" : "form";
        if (answer.error) {
            outcome.answer = {{"type", answer.error->type}, {"object", answer.error->object}};
        }
        outcome.exit = answer.error ? home.error_exit : 0;
    }
    if (error) {
        answer = Answer::failed(fault->type, fault->object, fault->value);
        answer.function = line.call.function;
        outcome.exit = fault->exit;
    }
    outcome.out = render(answer, line.format);
    if (fault != nullptr && fault->kind == FaultKind::kCut) {
        outcome.out.resize(outcome.out.size() / 2);
        outcome.exit = 0;
    }
    if (fault != nullptr && fault->kind == FaultKind::kLost) {
        outcome.out.clear();
        outcome.err = "mgrctl: connection to billmgr was closed\n";
        outcome.exit = 1;
    }
    return outcome;
}

void write_logs(
    const PanelHome& home,
    const std::vector<std::string>& args,
    const PanelCallText& call,
    const Outcome& outcome
) {
    Json params = Json::object();
    Json hidden = Json::object();
    for (const auto& [name, value] : call.params) {
        const bool secret = call.hidden.contains(name);
        params[name] = secret ? "***" : value;
        if (secret) {
            hidden[name] = value;
        }
    }
    home.log(
        "calls.log",
        {{"at", time_text()},
         {"pid", ::getpid()},
         {"argv", args},
         {"func", call.function},
         {"params", params},
         {"ip", call.ip},
         {"answer", outcome.answer},
         {"exit", outcome.exit},
         {"fault", outcome.fault}}
    );
    if (!hidden.empty()) {
        home.log("secrets.log", {{"at", time_text()}, {"func", call.function}, {"params", hidden}});
    }
}

std::string home_folder() {
    if (const char* folder = std::getenv("BN_FAKE_PANEL"); folder != nullptr) {
        return folder;
    }
    // As the caller named it: a link is not followed.
    const auto* program = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    return std::filesystem::absolute(program).parent_path().parent_path().string();
}

int print_help(const PanelHome& home, const std::string& function) {
    const std::string text =
        function.empty() ? functions_help(home) : function_help(home, function);
    if (text.empty()) {
        std::cout << "ERROR missed(func) There is no 'func' " << function << "\n";
        return 1;
    }
    std::cout << text;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> args(argv + 1, argv + argc);
    try {
        const CommandLine line = parse(args);
        const PanelHome home = PanelHome::read(home_folder());
        if (line.help) {
            return print_help(home, line.call.function);
        }
        const Outcome outcome = run(home, line);
        write_logs(home, args, line.call, outcome);
        std::cerr << outcome.err;
        std::cout << outcome.out << std::flush;
        return outcome.exit;
    } catch (const Usage& wrong) {
        std::cerr << "mgrctl: " << wrong.what << "\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "mgrctl: " << error.what() << "\n";
        return 1;
    }
}
