#include "controller/service/control_desk.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "bm_reader/server_mapper.hpp"
#include "bm_writer/calls.hpp"
#include "controller/control/answers.hpp"
#include "controller/reporting/error_type.hpp"
#include "controller/reporting/server_call.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller {

namespace {

constexpr std::size_t kLongestUrl = 255;

// What is wrong with an address, before anybody is asked.
std::optional<Refusal> bad_url(const std::string& url, bool allow_http) {
    Refusal error;
    error.params["url"] = url.substr(0, kLongestUrl);
    error.remedy = "give the cloud's address: https://host[:port][/sub-path]";
    if (url.empty()) {
        error.type = "url_empty";
        error.what = "the address of the cloud is empty";
        return error;
    }
    if (url.size() > kLongestUrl) {
        error.type = "url_too_long";
        error.what = "the address of the cloud is longer than 255 characters";
        return error;
    }
    const auto usable = bm_reader::usable_base_url(url, allow_http);
    if (usable) {
        return std::nullopt;
    }
    const bool plain = url.rfind("http://", 0) == 0;
    error.type = plain || url.find("://") == std::string::npos ? "url_scheme" : "url_bad";
    error.what = usable.error().what;
    if (!usable.error().remedy.empty()) {
        error.remedy = usable.error().remedy;
    }
    return error;
}

// Puts what was entered in the place of what is stored. A form shows no password: an empty one is
// the stored one, which goes to no other address and to no other login.
std::optional<Refusal> enter(
    const protocol::Request& request,
    const DesiredServer* known,
    bool allow_http,
    DesiredServer& server
) {
    const std::string url = request.base_url.value_or(server.base_url);
    if (auto bad = bad_url(url, allow_http)) {
        return bad;
    }
    server.base_url = *bm_reader::usable_base_url(url, allow_http);
    server.login = request.login.value_or(server.login);
    const bool stored = known != nullptr && known->base_url == server.base_url &&
                        known->login == server.login && request.password.reveal().empty();
    server.password = stored ? known->password : request.password;
    if (stored || !server.password.reveal().empty()) {
        return std::nullopt;
    }
    // An empty password would be one more failed login that the cloud counts against us.
    Refusal error(
        "auth",
        known == nullptr ? "the password was not given"
                         : "the password was not given, and the stored one belongs to another "
                           "address or login",
        "enter the password again"
    );
    error.params["url"] = server.base_url;
    error.params["login"] = server.login;
    return error;
}

}  // namespace

Refusal no_such_server(ServerId id) {
    Refusal error(
        "unknown_server",
        "the panel has no processing module " + std::to_string(id.value) + " of ours",
        "look at the panel's list of processing modules"
    );
    error.params["module"] = std::to_string(id.value);
    return error;
}

void ControlDesk::add(std::string verb, Answer answer) {
    verbs_.insert_or_assign(std::move(verb), std::move(answer));
}

Task<std::string> ControlDesk::answer(std::string line) {
    auto request = protocol::decode_request(line);
    if (!request) {
        co_return refusal(request.error());
    }
    const auto verb = verbs_.find(request->verb);
    if (verb == verbs_.end()) {
        const Refusal unknown(
            "bad_request",
            "the request's verb is not known",
            "the module and the service must be of one version"
        );
        co_return refusal(unknown);
    }
    co_return co_await verb->second(*std::move(request));
}

Task<std::string> ControlDesk::ping(protocol::Request) {
    co_return encode_success({{"version", context_.version}});
}

std::string ControlDesk::refused_answer(ItemId item, const OperationVerdict& verdict) const {
    Refusal error(error_type(verdict.code), verdict.what, verdict.remedy);
    error.params["item"] = std::to_string(item.value);
    error.params["code"] = verdict.code;
    const LedgerItem* known = context_.ledger().item(item);
    if (known != nullptr) {
        const LedgerServer* server = context_.ledger().server(known->server);
        error.params["login"] = known->login;
        error.params["server"] = server != nullptr ? server->name : std::string();
    }
    return refusal(error);
}

Task<std::string> ControlDesk::converge(protocol::Request request) {
    if (request.item.value == 0 || request.command.empty()) {
        const Refusal bad("bad_request", "no item or no command is named", {});
        co_return refusal(bad);
    }
    const Time since = context_.now();
    const Duration longest = context_.config.control.wait;
    const Time deadline = since + std::min(request.wait.value_or(longest), longest);
    const OperationsWatch::Wish wish(watch_, request.item, request.command);
    while (true) {
        const JudgedOperation* word = reporter_.judged(request.item, request.command, since);
        if (word != nullptr && word->verdict.verdict == Verdict::kRefused) {
            co_return refused_answer(request.item, word->verdict);
        }
        if (word != nullptr && word->verdict.verdict == Verdict::kCompleted &&
            reporter_.told(*word)) {
            co_return state_answer(true);
        }
        if (context_.stopping || context_.now() >= deadline) {
            co_return state_answer(
                false, word != nullptr ? word->verdict.what : loop_.state().panel_error
            );
        }
        co_await context_.wait_for_news(deadline);
    }
}

Task<std::string> ControlDesk::probe(protocol::Request request) {
    const std::shared_ptr<World> held = context_.world;  // a reload may replace both meanwhile
    const std::shared_ptr<PanelLink> panel_link = context_.link;
    const auto desired = held->last_desired();
    const DesiredServer* known = desired ? desired->server(request.module) : nullptr;
    DesiredServer server;
    server.id = request.module;
    if (known != nullptr) {
        server.name = known->name;
        server.base_url = known->base_url;
        server.login = known->login;
        server.password = known->password;
    }
    if (known == nullptr && !request.base_url && request.module.value != 0) {
        co_return refusal(no_such_server(request.module));
    }
    const bool entered =
        request.base_url || request.login || !request.password.reveal().empty() || known == nullptr;
    if (entered) {
        if (auto bad = enter(request, known, context_.config.panel.allow_http, server)) {
            co_return refusal(*bad);
        }
    }
    if (server.name.empty()) {
        server.name = server.base_url;
    }
    context_.secrets.add(server.password, server.login);
    const std::unique_ptr<Cloud> cloud = held->port_to_look(server);
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        co_return refusal(info.error());
    }
    if (std::optional<Error> unfit = unfit_cloud(*info, server)) {
        co_return refusal(*unfit);
    }
    if (request.verb == "server_config" && panel_link && request.module.value != 0) {
        std::string xml = "<doc><product>" + base::xml_escaped(info->product) +
                          "</product><version>" + base::xml_escaped(info->version) +
                          "</version></doc>";
        PanelCall call = bm_writer::set_config(request.module, xml);
        FollowUp none;
        const Result<PanelAnswer> told = co_await call_for_server(
            context_, panel_link, request.module, std::move(call), std::move(none)
        );
        if (!told || !told->ok) {
            context_.log.warning(
                "server {}: its product and version were not stored in the panel: {}",
                request.module.value,
                told ? told->short_text() : told.error().text()
            );
        }
    }
    co_return encode_success(
        {{"product", info->product},
         {"version", info->version},
         {"own_login", info->own_login},
         {"url", server.base_url},
         {"groups", info->groups}}
    );
}

}  // namespace bn::controller
