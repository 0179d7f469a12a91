// `serve`: the service. The loop itself is in service.cpp.
#include "controller/service/service.hpp"
#include "controller/sys/host.hpp"

#include "cli/command.hpp"

namespace bn::cli {

int run_serve(const CommandContext& context) {
    Result<std::unique_ptr<state::Store>> store = state::open_store(store_settings(context, false));
    if (!store) {
        return fail(store.error());
    }
    Result<Ledger> ledger = (*store)->ledger();
    if (!ledger) {
        return fail(ledger.error());
    }
    ServiceOptions options;
    options.config = context.config;
    options.config_path = context.config_path;
    options.version = context.version;
    options.now = system_now;
    Service service(
        std::move(options), **store, *std::move(ledger), context.sink, *context.secrets
    );
    return service.run();
}

}  // namespace bn::cli
