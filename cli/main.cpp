#include "cli/command.hpp"

int main(int argc, char** argv) {
    return bn::cli::run_cli(argc, argv);
}
