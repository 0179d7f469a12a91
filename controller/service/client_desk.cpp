#include "controller/service/client_desk.hpp"

#include <nlohmann/json.hpp>

#include "controller/control/answers.hpp"

namespace bn::controller {

namespace {

// The item's account, if it is ours and the client's to whom the panel sold it.
const LedgerItem* account_of(const Ledger& ledger, ItemId id) {
    const LedgerItem* item = ledger.item(id);
    return item != nullptr && owns(*item) && !row_of_another_client(*item) ? item : nullptr;
}

Refusal no_account(ItemId item) {
    Refusal error(
        "no_account",
        "item " + std::to_string(item.value) + " has no account of ours",
        "an account is there from the opening of its service until its deletion"
    );
    error.params["item"] = std::to_string(item.value);
    return error;
}

// Where our accounts are, as it was last proved; the panel's form may say another address by now.
std::string address_of(const ServiceContext& context, ServerId id) {
    const LedgerServer* proved = context.ledger().server(id);
    if (proved != nullptr && !proved->address.empty()) {
        return proved->address;
    }
    const auto desired = context.world->last_desired();
    const DesiredServer* server = desired ? desired->server(id) : nullptr;
    return server != nullptr ? server->base_url : std::string();
}

}  // namespace

std::string answer_link(const ServiceContext& context, const protocol::Request& request) {
    const LedgerItem* item = account_of(context.ledger(), request.item);
    const std::string url = item != nullptr ? address_of(context, item->server) : std::string();
    if (url.empty()) {
        return refusal(no_account(request.item));
    }
    return encode_success({{"url", url}, {"login", item->login}});
}

}  // namespace bn::controller
