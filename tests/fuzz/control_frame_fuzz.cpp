// Questions and answers on the control socket, one line each.
#include "base/text.hpp"
#include "protocol/answer.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::control_frame_fuzz {
namespace {

using protocol::Refusal;

void demand_told(const Refusal& refusal) {
    demand(
        !refusal.type.empty() && !refusal.what.empty() && !refusal.remedy.empty(),
        "a refusal says what is wrong and what to do",
        refusal.type
    );
    const protocol::Answer heard = protocol::decode_answer(protocol::encode(refusal));
    demand(!heard && heard.error() == refusal, "a refusal arrives as it was sent", refusal.what);
}

void ask(std::string_view line) {
    const auto request = protocol::decode_request(line);
    if (!request) {
        demand_told(request.error());
        return;
    }
    const std::string sent = protocol::encode(*request);
    demand(sent.find('\n') == std::string::npos, "a question is one line", sent);
    const auto again = protocol::decode_request(sent);
    demand(
        again.has_value() && protocol::encode(*again) == sent,
        "a question arrives as it was sent",
        sent
    );
    demand(
        again->item == request->item && again->items == request->items &&
            again->module == request->module && again->wait == request->wait &&
            again->base_url == request->base_url && again->login == request->login &&
            again->password.reveal() == request->password.reveal(),
        "every field arrives as it was sent",
        sent
    );
    demand(!request->wait || *request->wait >= Duration(0), "a wait is not negative", sent);
    demand(
        std::is_sorted(request->items.begin(), request->items.end()), "services are sorted", sent
    );
}

void answer(std::string_view line) {
    const protocol::Answer heard = protocol::decode_answer(line);
    if (!heard) {
        demand(!heard.error().type.empty(), "a refusal has a type", line);
        const protocol::Answer again = protocol::decode_answer(protocol::encode(heard.error()));
        demand(!again && again.error() == heard.error(), "a refusal is passed on as it was", line);
        return;
    }
    const std::string sent = protocol::encode_success(*heard);
    demand(sent.find('\n') == std::string::npos, "an answer is one line", sent);
    const protocol::Answer again = protocol::decode_answer(sent);
    demand(again.has_value() && *again == *heard, "an answer arrives as it was sent", sent);
    for (const char* key : {"item", "text", "v"}) {
        demand(base::valid_utf8(protocol::text_of(*heard, key)), "a text is UTF-8", line);
        demand(protocol::list_of(*heard, key).is_array(), "a list is one", line);
    }
}

}  // namespace

BN_FUZZ_TARGET(control_frame) {
    const std::string_view line = input.rest();
    ask(line);
    answer(line);
}

}  // namespace bn::fuzz::control_frame_fuzz
