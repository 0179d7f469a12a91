#include "controller/service/pages.hpp"

#include <unistd.h>

#include <utility>

#include "controller/service/service.hpp"
#include "controller/sys/host.hpp"

namespace bn::controller {

ServicePages::ServicePages(ServiceContext& context, const PassLoop& loop)
    : context_(context), loop_(loop), started_at_(context.now()) {}

Result<void> ServicePages::start() {
    if (context_.config.http.listen.empty()) {
        return {};
    }
    HttpPages pages;
    pages["/metrics"] = [this] {
        context_.metrics.set_event_store(
            context_.journal.store().size_bytes(), context_.ledger().last_event()
        );
        return HttpAnswer(
            200, "text/plain; version=0.0.4; charset=utf-8", context_.metrics.expose()
        );
    };
    pages["/healthz"] = [] { return HttpAnswer(200, "text/plain; charset=utf-8", "ok\n"); };
    pages["/readyz"] = [this] { return ready(); };
    pages["/status.json"] = [this] {
        return HttpAnswer(200, "application/json", status_to_json(status()));
    };
    AdminHttpOptions options;
    options.listen = context_.config.http.listen;
    http_ = std::make_unique<AdminHttp>(context_.executor, std::move(options), std::move(pages));
    return http_->start();
}

void ServicePages::stop() {
    if (http_) {
        http_->stop();
    }
}

HttpAnswer ServicePages::ready() const {
    const char* type = "text/plain; charset=utf-8";
    const PassState& state = loop_.state();
    if (context_.stopping) {
        return HttpAnswer(503, type, "stopping\n");
    }
    if (!state.panel_error.empty()) {
        return HttpAnswer(503, type, "the panel cannot be read: " + state.panel_error + "\n");
    }
    if (!state.ever_passed) {
        return HttpAnswer(503, type, "the first pass has not ended yet\n");
    }
    return HttpAnswer(200, type, "ready\n");
}

StatusView ServicePages::status() const {
    const PassState& state = loop_.state();
    StatusView view = status_from_ledger(
        context_.ledger(), context_.config, context_.journal.store(), context_.now()
    );
    view.version = context_.version;
    view.host = host_name();
    view.pid = static_cast<std::uint32_t>(getpid());
    view.running = true;
    view.doing = state.doing;
    view.started_at = started_at_;
    view.next_pass = loop_.next_full();
    view.panel_error = state.panel_error;
    view.config_refused = config_refused_;
    view.config_waiting = config_waiting_;
    for (StatusServer& server : view.servers) {
        const auto seen = state.seen.find(server.server);
        if (seen != state.seen.end()) {
            server.unmanaged = seen->second.unmanaged;
            server.backlog = seen->second.backlog;
        }
    }
    return view;
}

}  // namespace bn::controller
