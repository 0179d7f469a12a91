#include "controller/service/import_desk.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/tokenizer.hpp>
#include <nlohmann/json.hpp>

#include "bm_writer/calls.hpp"
#include "controller/at_end.hpp"
#include "controller/control/answers.hpp"
#include "controller/reporting/delivery.hpp"
#include "controller/service/control_desk.hpp"
#include "reconciler/decide/panel.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/plan/claims.hpp"

namespace bn::controller {

namespace {

using PlainJson = nlohmann::json;

constexpr std::size_t kMostImports = 100;
constexpr const char* kTaken = "it belongs to a service already";

std::vector<std::string> words_of(const std::string& text) {
    const boost::tokenizer words(text, boost::char_separator<char>(" ,;\t\r\n"));
    return {words.begin(), words.end()};
}

// Logins of services that are held: they have no account in the reading, and yet they are services.
Task<Result<std::set<std::string>>> held_logins(
    World& world, const DesiredSnapshot& desired, const std::vector<ServerId>& servers
) {
    std::set<std::string> logins;
    std::set<ItemId> items;
    for (const Hold& hold : desired.holds) {
        const bool here = std::ranges::find(servers, hold.server) != servers.end();
        if ((here || hold.server.value == 0) && items.insert(hold.item).second) {
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

// One request's accounts of one server.
struct Importer {
    ServiceContext& context;
    const protocol::Request& request;
    std::shared_ptr<World> world;
    const DesiredSnapshot& desired;
    const DesiredServer& server;
    std::set<std::string> held;
    std::unique_ptr<Cloud> cloud =
        world->port_to_look(server, expected_identity(context.ledger(), server.id));

    // The number of the service that this account becomes, or why it becomes none.
    Task<tl::expected<std::string, std::string>> account(std::string login) {
        Result<std::optional<OwnedActualAccount>> found = co_await cloud->look(login);
        if (!found) {
            co_return tl::unexpected(found.error().text());
        }
        if (!found->has_value()) {
            co_return tl::unexpected(std::string("there is no such account"));
        }
        const OwnedActualAccount& account = **found;
        // One cloud account has one key, whatever way its login was written.
        const std::string key = login_key(account.login);
        if (held.contains(key)) {
            co_return tl::unexpected(kTaken);
        }
        std::string why = why_no_import(context.moment(), desired, server.id, account.view());
        if (!why.empty()) {
            co_return tl::unexpected(std::move(why));
        }
        bm_writer::ImportedService wanted;
        wanted.module = request.module;
        wanted.itemtype = request.itemtype;
        wanted.login = account.login;
        wanted.url = server.base_url;
        wanted.suspended = !account.enabled;
        FollowUp follow = [&](const Result<PanelAnswer>& answer) {
            return CallFollows{true, decide_imported(server.id, account.login, answer)};
        };
        const Result<PanelAnswer> told = co_await call_for_server(
            context, world, server.id, bm_writer::import_service(wanted), std::move(follow)
        );
        if (!told) {
            const char* unsure = told.error().effect_unknown
                                     ? "the panel did not answer; look there before you try again: "
                                     : "";
            co_return tl::unexpected(unsure + told.error().text());
        }
        if (!told->ok) {
            co_return tl::unexpected(told->short_text());
        }
        const auto id = told->fields.find("service_id");
        co_return id == told->fields.end() ? std::string() : id->second;
    }
};

Task<std::string> import_alone(
    ServiceContext& context, const protocol::Request& request, std::shared_ptr<World> world
) {
    // What the panel has now: an account that was made a service since the last pass is taken.
    const Result<std::shared_ptr<const DesiredSnapshot>> desired = co_await world->read_desired();
    if (!desired) {
        co_return refusal(desired.error());
    }
    const DesiredServer* server = (*desired)->server(request.module);
    if (server == nullptr) {
        co_return refusal(no_such_server(request.module));
    }
    if (!(*desired)->complete) {
        co_return refusal(
            Error(NextMove::kRetryCall, "incomplete-snapshot", (*desired)->incomplete_reason)
        );
    }
    const std::vector<ServerId> servers = servers_of_cloud(**desired, context.ledger(), server->id);
    Result<std::set<std::string>> held = co_await held_logins(*world, **desired, servers);
    if (!held) {
        co_return refusal(held.error());
    }
    Importer importer{context, request, world, **desired, *server, *std::move(held)};
    PlainJson imported = PlainJson::array();
    PlainJson skipped = PlainJson::array();
    std::set<std::string> words;
    for (const std::string& login : words_of(request.search)) {
        if (!words.insert(login_key(login)).second) {
            continue;
        }
        const tl::expected<std::string, std::string> service = co_await importer.account(login);
        if (service) {
            imported.push_back({{"login", login}, {"service", *service}});
        } else {
            skipped.push_back({{"login", login}, {"why", service.error()}});
        }
    }
    co_return encode_success({{"imported", std::move(imported)}, {"skipped", std::move(skipped)}});
}

}  // namespace

Task<std::string> answer_import(
    ServiceContext& context, std::set<ServerId>& importing, protocol::Request request
) {
    const std::shared_ptr<World> world = context.world;  // a reload may replace it meanwhile
    const ServerId id = request.module;
    const std::size_t logins = words_of(request.search).size();
    if (const std::optional<Error> why = in_maintenance(context.ledger())) {
        co_return refusal(*why);
    }
    if (!world->has_way_back() || logins == 0 || logins > kMostImports) {
        co_return refusal(Refusal(
            "bad_request",
            "one to a hundred logins are needed, and panel.api must not be off",
            "name the accounts, separated by blanks"
        ));
    }
    if (!importing.insert(id).second) {
        co_return refusal(Refusal(
            "controller_busy",
            "accounts of this server are being imported already",
            "look at the panel's list of services when that has ended, then try again"
        ));
    }
    const AtEnd imported([&importing, id] { importing.erase(id); });
    co_return co_await import_alone(context, request, world);
}

}  // namespace bn::controller
