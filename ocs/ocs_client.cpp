#include "ocs/ocs_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <fmt/core.h>

#include "base/text.hpp"
#include "ocs/encode.hpp"

namespace bn::ocs {

namespace {

constexpr std::string_view kFormat = "format=json";

bool succeeded(const HttpResult& result) {
    return result && result->status >= 200 && result->status < 300;
}

std::string_view field_of(Call call, Product product) {
    switch (call) {
        case Call::kSetQuota:
            return "quota";
        case Call::kSetEmail:
            return "email";
        case Call::kSetPassword:
            return "password";
        default:
            return product == Product::kNextcloud ? "displayname" : "display";
    }
}

}  // namespace

OcsClient::OcsClient(
    std::unique_ptr<HttpTransport> transport,
    const CloudSettings& settings,
    CloudObserver* observer,
    std::function<Time()> now
)
    : transport_(std::move(transport)),
      server_(settings.server),
      base_url_(settings.base_url),
      observer_(observer),
      now_(std::move(now)) {}

void OcsClient::set_product(Product product, int major) {
    product_ = product;
    major_ = major;
}

std::string OcsClient::path(std::string_view below) const {
    std::string_view api =
        product_ == Product::kNextcloud ? "/ocs/v2.php/cloud" : "/ocs/v1.php/cloud";
    bool has_query = below.find('?') != std::string_view::npos;
    return fmt::format("{}{}{}{}", api, below, has_query ? '&' : '?', kFormat);
}

std::string OcsClient::account_subject(std::string_view login) const {
    return fmt::format("account {} on {}", login, base_url_);
}

std::string& OcsClient::Asked::body() {
    return result ? result->body : none_;
}

Task<OcsClient::Asked> OcsClient::ask(Call call, std::string subject, HttpRequest request) {
    Asked asked;
    asked.question.call = call;
    asked.question.product = product_;
    asked.question.major = major_;
    asked.question.subject = std::move(subject);
    asked.question.base_url = base_url_;
    if (stopped_) {
        TransportError stop(TransportFault::kShutdown, false, "the login was refused before");
        asked.result = tl::unexpected(std::move(stop));
        co_return asked;
    }
    request.kind = static_cast<std::uint8_t>(call);
    asked.result = co_await transport_->send(std::move(request));
    co_return asked;
}

void OcsClient::settle(Answer& answer, Asked& asked, const Meta& meta) {
    if (stopped_) {
        answer.judged.effect = Effect::kNone;
        answer.judged.error = *stopped_;
        answer.judged.stops = Stops::kAll;
        if (!asked.result && asked.result.error().fault == TransportFault::kShutdown) {
            return;  // it never left
        }
    }
    std::chrono::microseconds took{};
    if (asked.result) {
        HttpResponse& response = *asked.result;
        Meta seen = meta;
        if (response.status == 503 && response.maintenance) {
            seen.shape = Shape::kOcs;
            seen.code = 503;
        }
        answer.judged = judge(asked.question, response, seen);
        answer.date = response.date;
        answer.tls = std::move(response.tls);
        took = response.took;
    } else {
        answer.judged = judge(asked.question, asked.result.error());
        took = asked.result.error().took;
    }
    if (answer.judged.stops == Stops::kAll && !stopped_) {
        stopped_ = answer.error();
    }
    if (observer_ != nullptr) {
        observer_->on_call(
            server_,
            to_string(asked.question.call),
            outcome_label(asked.result, answer.judged),
            std::chrono::duration_cast<Duration>(took)
        );
    }
}

// ---- reads ----

Task<StatusAnswer> OcsClient::status() {
    HttpRequest request(Method::kGet, "/status.php");
    request.want_tls = true;
    Asked asked = co_await ask(Call::kStatus, "status.php of " + base_url_, std::move(request));
    StatusAnswer answer;
    Meta meta;
    meta.shape = Shape::kPlainJson;
    if (succeeded(asked.result)) {
        if (auto status = read_status(asked.body())) {
            answer.status = *status;
            meta.shape = Shape::kOcs;  // as good as one
            meta.code = 200;
        }
    }
    settle(answer, asked, meta);
    co_return answer;
}

Task<PasswordRuleAnswer> OcsClient::password_rule() {
    HttpRequest request(Method::kGet, path("/capabilities"));
    Asked asked =
        co_await ask(Call::kCapabilities, "capabilities of " + base_url_, std::move(request));
    PasswordRuleAnswer answer;
    const Meta meta = read_password_rule(asked.body(), answer.least);
    settle(answer, asked, meta);
    co_return answer;
}

Task<AccountAnswer> OcsClient::who_am_i() {
    HttpRequest request(Method::kGet, path("/user"));
    request.want_tls = true;
    Asked asked = co_await ask(Call::kWhoAmI, "our login on " + base_url_, std::move(request));
    AccountAnswer answer;
    const Meta meta = read_account(asked.body(), "", answer.account, answer.groups_known);
    settle(answer, asked, meta);
    co_return answer;
}

Task<Answer> OcsClient::details(
    std::uint64_t limit,
    std::uint64_t offset,
    ActualTable::Builder* table,
    std::uint16_t part,
    std::uint32_t* entries
) {
    *entries = 0;
    HttpRequest request(
        Method::kGet, path(fmt::format("/users/details?limit={}&offset={}", limit, offset))
    );
    std::string subject = fmt::format("accounts from {} on {}", offset, base_url_);
    Asked asked = co_await ask(Call::kDetails, std::move(subject), std::move(request));
    Meta meta;
    if (succeeded(asked.result)) {
        meta = read_details(asked.body(), *table, part, *entries);
    } else {
        meta = read_meta(asked.body());
    }
    Answer answer;
    settle(answer, asked, meta);
    co_return answer;
}

Task<AccountAnswer> OcsClient::get_user(std::string login, bool urgent) {
    HttpRequest request(Method::kGet, path("/users/" + base::percent_encoded(login)));
    request.urgent = urgent;
    Asked asked = co_await ask(Call::kGetUser, account_subject(login), std::move(request));
    AccountAnswer answer;
    const Meta meta = read_account(asked.body(), login, answer.account, answer.groups_known);
    settle(answer, asked, meta);
    answer.account.read_at = now_();
    co_return answer;
}

Task<NamesAnswer> OcsClient::names(
    Call call, std::string subject, std::string below, std::string list
) {
    HttpRequest request(Method::kGet, path(below));
    Asked asked = co_await ask(call, std::move(subject), std::move(request));
    NamesAnswer answer;
    const Meta meta = read_names(asked.body(), list, answer.names);
    settle(answer, asked, meta);
    co_return answer;
}

Task<NamesAnswer> OcsClient::list_users(std::uint64_t limit, std::uint64_t offset) {
    std::string below = fmt::format("/users?limit={}&offset={}", limit, offset);
    return names(Call::kListUsers, "list of accounts on " + base_url_, std::move(below), "users");
}

Task<NamesAnswer> OcsClient::user_groups(std::string login) {
    std::string below = "/users/" + base::percent_encoded(login) + "/groups";
    return names(Call::kUserGroups, account_subject(login), std::move(below), "groups");
}

Task<NamesAnswer> OcsClient::list_groups() {
    return names(Call::kListGroups, "list of groups on " + base_url_, "/groups", "groups");
}

Task<NamesAnswer> OcsClient::group_members(std::string group) {
    std::string below = "/groups/" + group_segment(group);
    below += product_ == Product::kNextcloud ? "/users" : "";
    std::string subject = fmt::format("group {} on {}", group, base_url_);
    return names(Call::kGroupMembers, std::move(subject), std::move(below), "users");
}

// ---- writes ----

Task<Answer> OcsClient::write(Call call, std::string login, HttpRequest request) {
    Asked asked = co_await ask(call, account_subject(login), std::move(request));
    Answer answer;
    const Meta meta = read_created(asked.body(), answer.id);
    settle(answer, asked, meta);
    co_return answer;
}

Task<Answer> OcsClient::create(NewAccount account, Secret password, bool urgent) {
    Form form;
    form.add("userid", account.login).add("password", password.reveal());
    form.add_given("groups[]", account.group);
    if (product_ == Product::kNextcloud) {
        form.add_given("displayName", account.display_name);
        form.add_given("email", account.email);
        form.add_given("quota", account.quota);
    }
    HttpRequest request(Method::kPost, path("/users"), std::move(form).take());
    request.urgent = urgent;
    return write(Call::kCreate, std::move(account.login), std::move(request));
}

Task<Answer> OcsClient::change(Call call, std::string login, Secret value, bool urgent) {
    Method method = Method::kPut;
    std::string below = "/users/" + base::percent_encoded(login);
    Form form;
    switch (call) {
        case Call::kEnable:
            below += "/enable";
            break;
        case Call::kDisable:
            below += "/disable";
            break;
        case Call::kDelete:
            method = Method::kDelete;
            break;
        case Call::kAddGroup:
        case Call::kRemoveGroup:
            method = call == Call::kAddGroup ? Method::kPost : Method::kDelete;
            below += "/groups";
            form.add("groupid", value.reveal());
            break;
        default:
            form.add("key", field_of(call, product_)).add("value", value.reveal());
            break;
    }
    HttpRequest request(method, path(below), std::move(form).take());
    request.urgent = urgent;
    return write(call, std::move(login), std::move(request));
}

}  // namespace bn::ocs
