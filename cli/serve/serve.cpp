// `serve`: the service. The loop itself is in service.cpp.
#include "cli/command.hpp"
#include "controller/service/service.hpp"

namespace bn::cli {

Result<int> run_serve(const CommandContext& context) {
    return open_with_ledger(context, Opening::kServe).map([&context](OpenStore open) {
        return run_service(
            {context.config,
             context.config_path,
             context.version,
             *open.store,
             std::move(open.ledger),
             context.sink,
             *context.secrets}
        );
    });
}

}  // namespace bn::cli
