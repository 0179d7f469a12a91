// `status`: what the service says of itself, or, when it does not run, what the events say.
#include "cli/command.hpp"
#include "cli/status/status_screen.hpp"
#include "controller/http/http_get.hpp"
#include "controller/service/service.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

Result<StatusView> ask_service(const Config& config) {
    if (config.http.listen.empty()) {
        return tl::unexpected(human_error("http.off", "[http] listen is empty", ""));
    }
    Result<HttpAnswer> answer = http_get_local("http://" + config.http.listen + "/status.json");
    if (!answer) {
        return tl::unexpected(std::move(answer.error()));
    }
    return status_from_json(answer->body);
}

Result<StatusView> ask_store(const CommandContext& context) {
    Result<OpenStore> open = open_with_ledger(context, true);
    if (!open) {
        return tl::unexpected(std::move(open.error()));
    }
    StatusView view = status_from_ledger(open->ledger, context.config, *open->store, system_now());
    view.version = context.version;
    view.host = host_name();
    return view;
}

}  // namespace

int run_status(const CommandContext& context) {
    const Result<StatusView> status = ask_service(context.config).or_else([&context](const Error&) {
        return ask_store(context);
    });
    if (!status) {
        return fail(status.error());
    }
    print(context.args.json ? status_to_json(*status) : render_status(*status, context.screen()));
    return kExitOk;
}

}  // namespace bn::cli
