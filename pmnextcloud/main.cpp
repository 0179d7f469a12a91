// The processing module pmnextcloud: one command, one document on the standard output.
#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pmnextcloud/commands.hpp"
#include "pmnextcloud/environment.hpp"
#include "pmnextcloud/process.hpp"

namespace {

using namespace bn::pmnextcloud;

constexpr bn::Duration kInputLimit = std::chrono::seconds(10);

int say(const Answer& answer) {
    return write_all(STDOUT_FILENO, answer.document) ? answer.exit_code : 1;
}

Answer run(const Args& args) {
    const Environment environment = read_environment("pmnextcloud");
    const Module module(environment, args, [] { return read_input(STDIN_FILENO, kInputLimit); });
    return module.run();
}

}  // namespace

int main(int argc, char** argv) {
    Language lang = Language::kEnglish;
    try {
        const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        const Args args = Args::parse(words);
        lang = bn::words::language_of(args.text("lang"));
        if (args.find("command") == nullptr) {
            if (args.help) {
                return say({help_text(), 0});
            }
            if (args.version) {
                return say({version_text("pmnextcloud"), 0});
            }
            if (args.copyright) {
                return say({copyright_text(), 0});
            }
        }
        return say(run(args));
    } catch (const std::exception& error) {
        return say(internal_error(error.what(), lang));
    } catch (...) {
        return say(internal_error("an error of an unknown kind", lang));
    }
}
