#include "controller/cli.hpp"

int main(int argc, char** argv) {
    return bn::controller::run_cli(argc, argv);
}
