// `status`: what the service says of itself, or, when it does not run, what the events say.
#include <cstdio>

#include "controller/http/http_get.hpp"
#include "controller/service/service.hpp"
#include "controller/sys/host.hpp"

#include "cli/command.hpp"

namespace bn::cli {

namespace {

Result<StatusView> ask_service(const Config& config) {
    if (config.http.listen.empty()) {
        return tl::unexpected(Error(NextMove::kHuman, "http.off", "[http] listen is empty"));
    }
    Result<HttpAnswer> answer = http_get_local("http://" + config.http.listen + "/status.json");
    if (!answer) {
        return tl::unexpected(std::move(answer.error()));
    }
    return status_from_json(answer->body);
}

Result<StatusView> ask_store(const CommandContext& context) {
    Result<std::unique_ptr<state::Store>> store = state::open_store(store_settings(context, true));
    if (!store) {
        return tl::unexpected(std::move(store.error()));
    }
    Result<Ledger> ledger = (*store)->ledger();
    if (!ledger) {
        return tl::unexpected(std::move(ledger.error()));
    }
    StatusView view = status_from_ledger(*ledger, context.config, **store, system_now());
    view.version = context.version;
    view.host = host_name();
    return view;
}

}  // namespace

int run_status(const CommandContext& context) {
    Result<StatusView> status = ask_service(context.config);
    if (!status) {
        status = ask_store(context);
    }
    if (!status) {
        return fail(status.error());
    }
    const std::string text =
        context.json ? status_to_json(*status) : render_status(*status, context.screen());
    std::fputs(text.c_str(), stdout);
    return kExitOk;
}

}  // namespace bn::cli
