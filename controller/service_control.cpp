// The verbs of the control socket. No decision is taken here: a request is a trigger, or a look.
#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "bm_reader/server_mapper.hpp"
#include "bm_writer/calls.hpp"
#include "controller/control/control_answer.hpp"
#include "controller/control/xml_text.hpp"
#include "controller/planning.hpp"
#include "controller/reporting/error_type.hpp"
#include "controller/service_impl.hpp"

namespace bn::controller {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestUrl = 255;
constexpr std::size_t kMostImports = 100;

ControlError no_such_server(ServerId id) {
    ControlError error(
        "unknown_server",
        "the panel has no processing module " + std::to_string(id.value) + " of ours",
        "look at the panel's list of processing modules"
    );
    error.params["module"] = std::to_string(id.value);
    return error;
}

// What is wrong with an address, before anybody is asked.
std::optional<ControlError> bad_url(const std::string& url, bool allow_http) {
    ControlError error;
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
    const auto usable = panel::usable_base_url(url, allow_http);
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
std::optional<ControlError> enter(
    const ControlRequest& request,
    const DesiredServer* known,
    bool allow_http,
    DesiredServer& server
) {
    const std::string url = request.base_url.value_or(server.base_url);
    if (auto bad = bad_url(url, allow_http)) {
        return bad;
    }
    server.base_url = *panel::usable_base_url(url, allow_http);
    server.login = request.login.value_or(server.login);
    const bool stored = known != nullptr && known->base_url == server.base_url &&
                        known->login == server.login && request.password.reveal().empty();
    server.password = stored ? known->password : request.password;
    if (stored || !server.password.reveal().empty()) {
        return std::nullopt;
    }
    // An empty password would be one more failed login that the cloud counts against us.
    ControlError error(
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

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" ,;\t\r\n", at)) != std::string::npos) {
        const std::size_t end = std::min(text.find_first_of(" ,;\t\r\n", at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

}  // namespace

Result<void> Service::Impl::start_control() {
    if (options.config.control.socket.empty()) {
        return {};
    }
    ControlServerOptions server_options;
    server_options.path = options.config.control.socket;
    Result<std::vector<uid_t>> users = user_ids(options.config.control.users);
    if (!users) {
        return tl::unexpected(std::move(users.error()));
    }
    server_options.users = *std::move(users);
    auto handler = [this](std::string line) { return answer(std::move(line)); };
    control =
        std::make_unique<ControlServer>(executor, std::move(server_options), std::move(handler));
    return control->start();
}

Task<std::string> Service::Impl::answer(std::string line) {
    auto parsed = parse_control_request(line);
    if (!parsed) {
        co_return refusal(parsed.error());
    }
    ControlRequest request = *std::move(parsed);
    const std::string verb = request.verb;
    if (verb == "ping") {
        co_return success_answer({{"version", options.version}});
    }
    if (verb == "converge") {
        co_return co_await converge(std::move(request));
    }
    if (verb == "probe" || verb == "server_config") {
        co_return co_await probe(std::move(request), verb == "server_config");
    }
    if (verb == "statistics") {
        co_return co_await statistics(std::move(request));
    }
    if (verb == "import") {
        co_return co_await import_accounts(std::move(request));
    }
    if (verb == "drift.list") {
        co_return drift_list();
    }
    if (verb == "drift.refresh") {
        co_return co_await refresh(std::move(request));
    }
    if (verb == "drift.plan") {
        co_return co_await drift_plan(std::move(request));
    }
    if (verb == "drift.apply") {
        co_return co_await drift_apply(std::move(request));
    }
    if (verb == "pause" || verb == "resume") {
        co_return co_await pause(std::move(request), verb == "pause");
    }
    const ControlError unknown(
        "bad_request",
        "the request's verb is not known",
        "the module and the service must be of one version"
    );
    co_return refusal(unknown);
}

Time Service::Impl::deadline_of(const ControlRequest& request) const {
    const Duration longest = options.config.control.wait;
    return now() + std::min(request.wait.value_or(longest), longest);
}

// Ends when something was judged or told, or at `until`.
Task<void> Service::Impl::wait_for_news(Time until) {
    boost::asio::steady_timer timer(io);
    timer.expires_after(std::max(Duration{1}, until - now()));
    waiters.insert(&timer);
    boost::system::error_code cancelled;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    waiters.erase(&timer);
}

std::string Service::Impl::refused_answer(ItemId item, const OperationVerdict& verdict) const {
    ControlError error(error_type(verdict.code), verdict.what, verdict.remedy);
    error.params["item"] = std::to_string(item.value);
    error.params["code"] = verdict.code;
    const LedgerItem* known = journal.ledger().item(item);
    if (known != nullptr) {
        const LedgerServer* server = journal.ledger().server(known->server);
        error.params["login"] = known->login;
        error.params["server"] = server != nullptr ? server->name : std::string();
    }
    return refusal(error);
}

Task<std::string> Service::Impl::converge(ControlRequest request) {
    if (request.item.value == 0 || request.command.empty()) {
        const ControlError bad("bad_request", "no item or no command is named", {});
        co_return refusal(bad);
    }
    const Time since = now();
    const Time deadline = deadline_of(request);
    const auto asking = asked.emplace(request.item, request.command);
    schedule.trigger(request.item, since);
    poke();
    std::string answer;
    while (answer.empty()) {
        const JudgedOperation* word = reporter->judged(request.item, request.command, since);
        if (word != nullptr && word->verdict.verdict == Verdict::kRefused) {
            answer = refused_answer(request.item, word->verdict);
        } else if (word != nullptr && word->verdict.verdict == Verdict::kCompleted && word->told) {
            answer = state_answer(true);
        } else if (stopping || now() >= deadline) {
            answer = state_answer(false, word != nullptr ? word->verdict.what : panel_error);
        } else {
            co_await wait_for_news(deadline);
        }
    }
    asked.erase(asking);
    co_return answer;
}

Task<std::string> Service::Impl::probe(ControlRequest request, bool keep) {
    const std::shared_ptr<World> held = world;  // a reload may replace it meanwhile
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
        if (auto bad = enter(request, known, options.config.panel.allow_http, server)) {
            co_return refusal(*bad);
        }
    }
    if (server.name.empty()) {
        server.name = server.base_url;
    }
    secrets.add(server.password, server.login);
    const std::unique_ptr<Cloud> cloud = held->port_to_look(server);
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        co_return refusal(info.error());
    }
    if (std::optional<Error> unfit = unfit_cloud(*info, server)) {
        co_return refusal(*unfit);
    }
    if (keep && link) {
        std::string xml = "<doc><product>" + xml_text(info->product) + "</product><version>" +
                          xml_text(info->version) + "</version></doc>";
        PanelCall call = panel_api::set_config(request.module, xml);
        Result<PanelAnswer> told = co_await link->call(std::move(call));
        if (!told || !told->ok) {
            log.warning(
                "server {}: its product and version were not stored in the panel: {}",
                request.module.value,
                told ? told->short_text() : told.error().text()
            );
        }
    }
    co_return success_answer(
        {{"product", info->product},
         {"version", info->version},
         {"own_login", info->own_login},
         {"url", server.base_url},
         {"groups", info->groups}}
    );
}

// Existing accounts become services of the panel, to be assigned to clients there. Nothing is
// written to the cloud; an account that belongs to an item, an admin or another backend is left.
Task<std::string> Service::Impl::import_accounts(ControlRequest request) {
    const std::shared_ptr<World> held = world;
    const auto desired = held->last_desired();
    const DesiredServer* server = desired ? desired->server(request.module) : nullptr;
    if (server == nullptr) {
        co_return refusal(no_such_server(request.module));
    }
    const std::vector<std::string> logins = words_of(request.search);
    if (!link || logins.empty() || logins.size() > kMostImports) {
        const ControlError bad(
            "bad_request",
            "one to a hundred logins are needed, and panel.api must not be off",
            "name the accounts, separated by blanks"
        );
        co_return refusal(bad);
    }
    Json imported = Json::array();
    Json skipped = Json::array();
    const std::unique_ptr<Cloud> cloud = held->port_to_look(*server);
    for (const std::string& login : logins) {
        Result<std::optional<OwnedActualAccount>> found = co_await cloud->look(login);
        std::string why;
        if (!found) {
            why = found.error().text();
        } else if (!found->has_value()) {
            why = "there is no such account";
        } else if ((*found)->admin || !(*found)->local_backend || !(*found)->details_known) {
            why = "it is protected, or lives in another backend";
        } else if (
            journal.ledger().owner_of(request.module, login_key(login)) != nullptr ||
            server->accounts.find(login_key(login)) != DesiredTable::npos
        ) {
            why = "it belongs to a service already";
        }
        if (!why.empty()) {
            skipped.push_back({{"login", login}, {"why", why}});
            continue;
        }
        panel_api::ImportedService service;
        service.module = request.module;
        service.itemtype = request.itemtype;
        service.service_name = (*found)->login;
        service.suspended = !(*found)->enabled;
        service.params.emplace_back("username", (*found)->login);
        service.params.emplace_back("url", server->base_url);
        PanelCall call = panel_api::import_service(service);
        Result<PanelAnswer> told = co_await link->call(std::move(call));
        if (!told || !told->ok) {
            why = told ? told->short_text() : told.error().text();
            skipped.push_back({{"login", login}, {"why", why}});
            continue;
        }
        const auto id = told->fields.find("service_id");
        imported.push_back(
            {{"login", login}, {"service", id == told->fields.end() ? "" : id->second}}
        );
    }
    co_return success_answer({{"imported", std::move(imported)}, {"skipped", std::move(skipped)}});
}

}  // namespace bn::controller
