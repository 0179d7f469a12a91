#include "controller/service/import_desk.hpp"

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

Task<std::string> ImportDesk::answer(protocol::Request request) {
    const std::shared_ptr<World> world = context_.world;  // a reload may replace it meanwhile
    const ServerId id = request.module;
    const std::size_t logins = words_of(request.search).size();
    if (!world->has_way_back() || logins == 0 || logins > kMostImports) {
        const Refusal bad(
            "bad_request",
            "one to a hundred logins are needed, and panel.api must not be off",
            "name the accounts, separated by blanks"
        );
        co_return refusal(bad);
    }
    if (!importing_.insert(id).second) {
        const Refusal busy(
            "controller_busy",
            "accounts of this server are being imported already",
            "look at the panel's list of services when that has ended, then try again"
        );
        co_return refusal(busy);
    }
    const AtEnd imported([this, id] { importing_.erase(id); });
    co_return co_await import_alone(std::move(request), world);
}

Task<std::string> ImportDesk::import_alone(
    protocol::Request request, std::shared_ptr<World> world
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
        const Error partial(
            NextMove::kRetryCall, "incomplete-snapshot", (*desired)->incomplete_reason
        );
        co_return refusal(partial);
    }
    const Result<std::set<std::string>> taken = co_await held_logins(*world, **desired, server->id);
    if (!taken) {
        co_return refusal(taken.error());
    }
    PlainJson imported = PlainJson::array();
    PlainJson skipped = PlainJson::array();
    const std::unique_ptr<Cloud> cloud = world->port_to_look(*server);
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
            why = co_await import_account(request, world, *server, **found, service);
        }
        if (why.empty()) {
            imported.push_back({{"login", login}, {"service", service}});
        } else {
            skipped.push_back({{"login", login}, {"why", why}});
        }
    }
    co_return encode_success({{"imported", std::move(imported)}, {"skipped", std::move(skipped)}});
}

Task<std::string> ImportDesk::import_account(
    const protocol::Request& request,
    std::shared_ptr<World> world,
    const DesiredServer& server,
    const OwnedActualAccount& account,
    std::string& service
) {
    // One cloud account has one key, whatever way its login was written.
    const bool taken = server.accounts.find(login_key(account.login)) != DesiredTable::npos;
    std::string why = why_no_import(context_.moment(), server.id, account.view(), taken);
    if (!why.empty()) {
        co_return why;
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
    PanelCall call = bm_writer::import_service(wanted);
    const Result<PanelAnswer> told =
        co_await call_for_server(context_, world, server.id, std::move(call), std::move(follow));
    if (!told) {
        std::string text = told.error().text();
        co_return told.error().effect_unknown
            ? "the panel did not answer; look there before you try again: " + text
            : text;
    }
    if (!told->ok) {
        co_return told->short_text();
    }
    const auto id = told->fields.find("service_id");
    service = id == told->fields.end() ? std::string() : id->second;
    co_return std::string();
}

}  // namespace bn::controller
