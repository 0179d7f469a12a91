#include "pmwebpay/commands.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "protocol/request.hpp"

#include "pmwebpay/check.hpp"

namespace bn::pmwebpay {
namespace {

using pmnextcloud::child_text;
using pmnextcloud::Environment;
using pmnextcloud::Failure;
using pmnextcloud::failure;

constexpr Duration kFormInput = std::chrono::seconds(10);
constexpr std::size_t kLongestStoreId = 32;
constexpr std::size_t kLongestStore = 64;
constexpr std::size_t kLongestSecret = 255;

bool is_line(std::string_view text, std::size_t most) {
    return text.size() <= most && base::is_xml_text(text) &&
           text.find_first_of("\r\n\t") == std::string_view::npos;
}

// What the gateway said of the login and the password, within the time that a form may take.
std::optional<Failure> tried_login(const Environment& environment, const pugi::xml_node& form) {
    protocol::Request request("payment.probe");
    request.test = child_text(form, "test") == "on";
    request.login = std::string(base::trim(child_text(form, "api_username")));
    request.password = Secret(child_text(form, "api_password"));
    const auto answer = environment.ask_for_form(std::move(request));
    if (!answer) {
        Failure why = failure("webpay_not_tried", answer.error().text(), "api_username");
        return why;
    }
    const auto is = [&](const char* name, bool value) {
        const auto found = answer->find(name);
        return found != answer->end() && *found == value;
    };
    const std::string said = protocol::text_of(*answer, "said");
    if (!is("reached", true)) {
        return failure("webpay_not_reached", said, "api_username");
    }
    if (is("accepted", false)) {
        return failure("webpay_login_refused", said, "api_username");
    }
    if (!is("accepted", true)) {
        environment.log.warning(
            "pmvalidate: WebPay does not say whether the login is right: " + said
        );
    }
    return std::nullopt;
}

Done validate(const Environment& environment, int input) {
    const auto document =
        pmnextcloud::read_input(input, kFormInput).and_then(pmnextcloud::parse_document);
    if (!document) {
        return tl::unexpected(document.error());
    }
    const auto form = document->child("doc");
    auto fault = fault_of(form);
    if (!fault && !base::trim(child_text(form, "api_username")).empty()) {
        fault = tried_login(environment, form);
    }
    if (fault) {
        return tl::unexpected(std::move(*fault));
    }
    return pmnextcloud::ok_document();
}

Done check(const Environment& environment, std::int64_t now) {
    if (environment.do_nothing) {
        environment.log.info("checkpay: etc/billmgr.DoNothing exists, nothing is done");
        return pmnextcloud::ok_document();
    }
    const CheckResult result = check_payments(environment, now);
    if (result.waiting > 0) {
        environment.log.info(
            "checkpay: " + std::to_string(result.waiting) + " wait, " +
            std::to_string(result.settled) + " settled"
        );
    }
    return pmnextcloud::ok_document();
}

}  // namespace

std::string config_document() {
    pugi::xml_document document;
    auto doc = document.append_child("doc");
    auto features = doc.append_child("feature");
    for (const char* name : {"redirect", "notneedprofile", "pmvalidate", "checkpay"}) {
        pmnextcloud::add_text(features, name, "on");
    }
    pmnextcloud::add_text(doc.append_child("param"), "payment_script", "/mancgi/webpaypayment");
    return pmnextcloud::print(document);
}

std::optional<Failure> fault_of(const pugi::xml_node& form) {
    const auto wrong = [](const char* type, const char* field) {
        return std::optional(failure(type, "", field));
    };
    const std::string store_id(base::trim(child_text(form, "wsb_storeid")));
    if (store_id.empty() || store_id.size() > kLongestStoreId ||
        !std::ranges::all_of(store_id, [](char c) { return c >= '0' && c <= '9'; })) {
        return wrong("webpay_store_id", "wsb_storeid");
    }
    if (!is_line(child_text(form, "wsb_store"), kLongestStore)) {
        return wrong("webpay_store", "wsb_store");
    }
    // A text of blanks would sign, but nobody chose it.
    const Secret key(child_text(form, "secret_key"));
    if (base::trim(key.reveal()).empty() || base::trim(key.reveal()) != key.reveal() ||
        !is_line(key.reveal(), kLongestSecret) ||
        key.reveal().find('&') != std::string_view::npos) {
        return wrong("webpay_secret_key", "secret_key");
    }
    const std::string test = child_text(form, "test");
    if (!test.empty() && test != "on" && test != "off") {
        return wrong("webpay_test", "test");
    }
    const std::string login(base::trim(child_text(form, "api_username")));
    const Secret password(child_text(form, "api_password"));
    if (!is_line(login, kLongestSecret) || (login.empty() && !password.empty())) {
        return wrong("webpay_api_login", "api_username");
    }
    if (!is_line(password.reveal(), kLongestSecret) || (password.empty() && !login.empty())) {
        return wrong("webpay_api_password", "api_password");
    }
    return std::nullopt;
}

Done run_command(
    const Environment& environment, std::string_view command, int input, std::int64_t now
) {
    if (command.empty()) {
        return tl::unexpected(failure("option_missing", "no command was given", "command"));
    }
    if (command == "config") {
        return config_document();
    }
    if (command == "pmvalidate") {
        return validate(environment, input);
    }
    if (command == "checkpay") {
        return check(environment, now);
    }
    if (command == "messages") {
        return pmnextcloud::messages_document(pmnextcloud::TextsOf::kPayments);
    }
    return tl::unexpected(failure("unknown_command", "", "command", std::string(command)));
}

}  // namespace bn::pmwebpay
