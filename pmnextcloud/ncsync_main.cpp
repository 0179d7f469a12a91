// The panel's add-on ncsync: the page "Nextcloud: drift". Everything comes by variables; the answer
// is one document on the standard output.
#include <unistd.h>

#include <exception>
#include <map>
#include <string>
#include <string_view>

#include "pmnextcloud/commands.hpp"
#include "pmnextcloud/drift_page.hpp"
#include "pmnextcloud/environment.hpp"

namespace {

using namespace bn::pmnextcloud;

int say(const std::string& text) {
    return write_all(STDOUT_FILENO, text) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc > 1 && std::string_view(argv[1]) == "--version") {
            return say("ncsync " BN_VERSION "\n");
        }
        return say(drift_page(variables(), read_environment("ncsync")));
    } catch (const std::exception& error) {
        return say(internal_error(error.what(), Language::kEnglish).document);
    } catch (...) {
        return say(internal_error("an error of an unknown kind", Language::kEnglish).document);
    }
}
