// The verbs of the control socket. No decision is taken here: a request is a trigger, or a look.
#include <algorithm>
#include <set>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "bm_reader/server_mapper.hpp"
#include "bm_writer/calls.hpp"
#include "controller/control/answers.hpp"
#include "controller/reporting/error_type.hpp"
#include "controller/service/service_impl.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller {

namespace {

using PlainJson = nlohmann::json;

constexpr std::size_t kLongestUrl = 255;
constexpr std::size_t kMostImports = 100;
constexpr const char* kTaken = "it belongs to a service already";

Refusal no_such_server(ServerId id) {
    Refusal error(
        "unknown_server",
        "the panel has no processing module " + std::to_string(id.value) + " of ours",
        "look at the panel's list of processing modules"
    );
    error.params["module"] = std::to_string(id.value);
    return error;
}

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

// Logins of services that are held: they have no account in the reading, and yet they are services.
Task<Result<std::set<std::string>>> held_logins(
    World& world, const DesiredSnapshot& desired, ServerId server
) {
    std::set<std::string> logins;
    std::set<ItemId> items;
    for (const Hold& hold : desired.holds) {
        if ((hold.server == server || hold.server.value == 0) && items.insert(hold.item).second) {
            Result<SavedParams> saved = co_await world.saved_params(hold.item);
            if (!saved) {
                co_return tl::unexpected(std::move(saved.error()));
            }
            const auto name = saved->plain.find("username");
            if (name != saved->plain.end()) {
                logins.insert(login_key(name->second.reveal()));
            }
        }
    }
    co_return std::move(logins);
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
    auto parsed = protocol::decode_request(line);
    if (!parsed) {
        co_return refusal(parsed.error());
    }
    protocol::Request request = *std::move(parsed);
    const std::string verb = request.verb;
    if (verb == "ping") {
        co_return encode_success({{"version", options.version}});
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
    const Refusal unknown(
        "bad_request",
        "the request's verb is not known",
        "the module and the service must be of one version"
    );
    co_return refusal(unknown);
}

Time Service::Impl::deadline_of(const protocol::Request& request) const {
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
    Refusal error(error_type(verdict.code), verdict.what, verdict.remedy);
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

Task<std::string> Service::Impl::converge(protocol::Request request) {
    if (request.item.value == 0 || request.command.empty()) {
        const Refusal bad("bad_request", "no item or no command is named", {});
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

Task<std::string> Service::Impl::probe(protocol::Request request, bool keep) {
    const std::shared_ptr<World> held = world;  // a reload may replace both meanwhile
    const std::shared_ptr<PanelLink> panel_link = link;
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
    if (keep && panel_link && request.module.value != 0) {
        std::string xml = "<doc><product>" + base::xml_escaped(info->product) +
                          "</product><version>" + base::xml_escaped(info->version) +
                          "</version></doc>";
        PanelCall call = bm_writer::set_config(request.module, xml);
        Result<PanelAnswer> told =
            co_await call_for_server(panel_link, request.module, std::move(call));
        if (!told || !told->ok) {
            log.warning(
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

Task<Result<PanelAnswer>> Service::Impl::call_for_server(
    std::shared_ptr<PanelLink> panel_link, ServerId server, PanelCall call
) {
    PanelCalled called;
    called.server = server;
    called.function = call.function;
    called.arguments = call.masked_arguments();
    const Time begun = now();
    Result<PanelAnswer> told = co_await panel_link->call(std::move(call));
    called.took = now() - begun;
    called.ok = told && told->ok;
    called.answer = told ? told->short_text() : told.error().text();
    std::vector<Event> events;
    events.emplace_back(std::move(called));
    RecordContext context(random_id(now()), Actor{});
    Result<void> recorded = co_await journal.record(std::move(events), std::move(context));
    if (!recorded) {
        log.warning("server {}: a call of the panel: {}", server.value, recorded.error().text());
    }
    co_return told;
}

// Existing accounts become services of the panel, to be assigned to clients there. Nothing is
// written to the cloud; an account that belongs to an item, an admin or another backend is left.
Task<std::string> Service::Impl::import_accounts(protocol::Request request) {
    const std::shared_ptr<PanelLink> panel_link = link;  // a reload may replace it meanwhile
    const ServerId id = request.module;
    const std::size_t logins = words_of(request.search).size();
    if (!panel_link || logins == 0 || logins > kMostImports) {
        const Refusal bad(
            "bad_request",
            "one to a hundred logins are needed, and panel.api must not be off",
            "name the accounts, separated by blanks"
        );
        co_return refusal(bad);
    }
    if (!importing.insert(id).second) {
        const Refusal busy(
            "controller_busy",
            "accounts of this server are being imported already",
            "look at the panel's list of services when that has ended, then try again"
        );
        co_return refusal(busy);
    }
    std::string answer = co_await import_alone(std::move(request), panel_link);
    importing.erase(id);
    co_return answer;
}

Task<std::string> Service::Impl::import_alone(
    protocol::Request request, std::shared_ptr<PanelLink> panel_link
) {
    const std::shared_ptr<World> held = world;
    // What the panel has now: an account that was made a service since the last pass is taken.
    const Result<std::shared_ptr<const DesiredSnapshot>> desired = co_await held->read_desired();
    if (!desired) {
        co_return refusal(desired.error());
    }
    const DesiredServer* server = (*desired)->server(request.module);
    if (server == nullptr) {
        co_return refusal(no_such_server(request.module));
    }
    if (!(*desired)->complete) {
        const Error partial(
            NextMove::kRetryCall, "incomplete-snapshot", (*desired)->incomplete_reason
        );
        co_return refusal(partial);
    }
    const Result<std::set<std::string>> taken = co_await held_logins(*held, **desired, server->id);
    if (!taken) {
        co_return refusal(taken.error());
    }
    PlainJson imported = PlainJson::array();
    PlainJson skipped = PlainJson::array();
    const std::unique_ptr<Cloud> cloud = held->port_to_look(*server);
    std::set<std::string> words;
    for (const std::string& login : words_of(request.search)) {
        if (!words.insert(login_key(login)).second) {
            continue;
        }
        Result<std::optional<OwnedActualAccount>> found = co_await cloud->look(login);
        std::string why;
        std::string service;
        if (!found) {
            why = found.error().text();
        } else if (!found->has_value()) {
            why = "there is no such account";
        } else if (taken->contains(login_key((*found)->login))) {
            why = kTaken;
        } else {
            why = co_await import_account(request, panel_link, *server, **found, service);
        }
        if (why.empty()) {
            imported.push_back({{"login", login}, {"service", service}});
        } else {
            skipped.push_back({{"login", login}, {"why", why}});
        }
    }
    co_return encode_success({{"imported", std::move(imported)}, {"skipped", std::move(skipped)}});
}

Task<std::string> Service::Impl::import_account(
    const protocol::Request& request,
    std::shared_ptr<PanelLink> panel_link,
    const DesiredServer& server,
    const OwnedActualAccount& account,
    std::string& service
) {
    // One cloud account has one key, whatever way its login was written.
    std::string key = login_key(account.login);
    if (account.admin || !account.local_backend || !account.details_known) {
        co_return "it is protected, or lives in another backend";
    }
    if (server.accounts.find(key) != DesiredTable::npos) {
        imports.seen(server.id, key);
        co_return kTaken;
    }
    if (journal.ledger().owner_of(server.id, key) != nullptr) {
        co_return kTaken;
    }
    if (imports.has(server.id, key, now())) {
        co_return "it became a service a moment ago, or may have; look at the panel's list of "
                  "services before you try again";
    }
    bm_writer::ImportedService wanted;
    wanted.module = request.module;
    wanted.itemtype = request.itemtype;
    wanted.service_name = account.login;
    wanted.suspended = !account.enabled;
    wanted.params.emplace_back("username", account.login);
    wanted.params.emplace_back("url", server.base_url);
    PanelCall call = bm_writer::import_service(wanted);
    Result<PanelAnswer> told = co_await call_for_server(panel_link, server.id, std::move(call));
    if (!told) {
        const Error& error = told.error();
        if (!error.effect_unknown) {
            co_return error.text();
        }
        imports.note(server.id, std::move(key), now());
        co_return "the panel did not answer; look there before you try again: " + error.text();
    }
    if (!told->ok) {
        co_return told->short_text();
    }
    imports.note(server.id, std::move(key), now());
    const auto id = told->fields.find("service_id");
    service = id == told->fields.end() ? std::string() : id->second;
    co_return std::string();
}

}  // namespace bn::controller
