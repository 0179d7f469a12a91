// `serve`: the service. The loop itself is in service.cpp.
#include "cli/command.hpp"
#include "controller/service/service.hpp"

namespace bn::cli {

int run_serve(const CommandContext& context) {
    Result<OpenStore> open = open_with_ledger(context, false);
    if (!open) {
        return fail(open.error());
    }
    ServiceOptions options;
    options.config = context.config;
    options.config_path = context.config_path;
    options.version = context.version;
    Service service(
        std::move(options), *open->store, std::move(open->ledger), context.sink, *context.secrets
    );
    return service.run();
}

}  // namespace bn::cli
