// dying-apply CONFIG N before|after: `apply --yes`, but the process is killed by SIGKILL just
// before or just after its N-th commit. Ends like `apply` when it never comes that far.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cli/command.hpp"

int main(int argc, char** argv) {
    using namespace bn::cli;
    if (argc != 4) {
        std::fputs("usage: dying-apply CONFIG N before|after\n", stderr);
        return 64;
    }
    tl::expected<Config, ConfigErrors> config = load_config(argv[1]);
    if (!config) {
        std::fputs(to_string(config.error()).c_str(), stderr);
        return 64;
    }
    SecretRegistry secrets;
    CommandContext context;
    context.config = *std::move(config);
    context.config_path = argv[1];
    context.version = "test";
    context.secrets = &secrets;
    context.sink = *make_log_sink(context.config.log, secrets);
    const auto last = static_cast<std::uint64_t>(std::atoll(argv[2]));
    const auto point = std::string(argv[3]) == "before" ? bn::state::CommitPoint::kBefore
                                                        : bn::state::CommitPoint::kAfter;
    context.on_commit = [last, point](bn::state::CommitPoint at, std::uint64_t n) {
        if (at == point && n == last) {
            kill(getpid(), SIGKILL);
        }
    };
    context.args.yes = true;
    return run_apply(context).value_or(kExitError);
}
