// fuzz-replay CORPORA [TARGET]: gives every kept input of each target to it once, without a fuzzer.
// An input is a file of CORPORA/<target>. Ends with 0 when all demands held.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

// How many inputs of the folder the target got.
std::size_t replay(const bn::fuzz::Named& target, const fs::path& folder) {
    std::size_t inputs = 0;
    for (const fs::directory_entry& file : fs::directory_iterator(folder)) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        std::fprintf(
            stderr, "%s\n", file.path().c_str()
        );  // the last one is it, should it end here
        target.run(bn::fuzz::Input(bytes));
        ++inputs;
    }
    return inputs;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: fuzz-replay CORPORA [TARGET]\n", stderr);
        return 64;
    }
    std::size_t found = 0;
    for (const bn::fuzz::Named& target : bn::fuzz::targets()) {
        if (argc > 2 && std::string(argv[2]) != target.name) {
            continue;
        }
        ++found;
        const std::size_t inputs = replay(target, fs::path(argv[1]) / target.name);
        std::printf("%-16s %zu inputs\n", target.name, inputs);
        if (inputs == 0) {
            std::fprintf(stderr, "no input is kept for %s\n", target.name);
            return 1;
        }
    }
    return found == 0 ? 64 : 0;
}
