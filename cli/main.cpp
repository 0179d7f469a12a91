#include "base/bundle.hpp"
#include "cli/command.hpp"

int main(int argc, char** argv) {
    bn::base::keep_to_own_files();
    return bn::cli::run_cli(argc, argv);
}
