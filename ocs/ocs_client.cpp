#include "ocs/ocs_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <fmt/core.h>

#include "ocs/encode.hpp"

#include "base/text.hpp"

namespace bn::ocs {

namespace {

constexpr std::string_view kFormat = "format=json";

// The body when there is one; parsers want something to hold on to.
std::string& body_of(HttpResult& result, std::string& none) {
    return result ? result->body : none;
}

bool succeeded(const HttpResult& result) {
    return result && result->status >= 200 && result->status < 300;
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
      app_password_(looks_like_app_password(settings.password.reveal())),
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

Task<OcsClient::Exchange> OcsClient::exchange(Call call, std::string subject, HttpRequest request) {
    Exchange exchange;
    exchange.question.call = call;
    exchange.question.product = product_;
    exchange.question.major = major_;
    exchange.question.subject = std::move(subject);
    exchange.question.base_url = base_url_;
    exchange.question.app_password = app_password_;
    if (stopped_) {
        TransportError stop(Fault::kShutdown, false, "the login was refused before");
        exchange.result = tl::unexpected(std::move(stop));
        co_return exchange;
    }
    request.kind = static_cast<std::uint8_t>(call);
    exchange.result = co_await transport_->send(std::move(request));
    co_return exchange;
}

Answer OcsClient::settle(Exchange& exchange, const Envelope& envelope) {
    Answer answer;
    if (stopped_) {
        answer.verdict.effect = Effect::kNone;
        answer.verdict.error = *stopped_;
        answer.verdict.stops = Stops::kAll;
        if (!exchange.result && exchange.result.error().fault == Fault::kShutdown) {
            return answer;  // it never left
        }
    }
    std::chrono::microseconds took{};
    if (exchange.result) {
        HttpResponse& response = *exchange.result;
        Envelope seen = envelope;
        if (response.status == 503 && response.maintenance) {
            seen.shape = Shape::kEnvelope;
            seen.code = 503;
        }
        answer.verdict = judge(exchange.question, response, seen);
        answer.date = response.date;
        answer.tls = std::move(response.tls);
        took = response.took;
    } else {
        answer.verdict = judge(exchange.question, exchange.result.error());
        took = exchange.result.error().took;
    }
    if (answer.verdict.stops == Stops::kAll && !stopped_) {
        stopped_ = answer.verdict.error;
    }
    if (observer_ != nullptr) {
        observer_->on_call(
            server_,
            to_string(exchange.question.call),
            outcome_label(exchange.result, answer.verdict),
            std::chrono::duration_cast<Duration>(took)
        );
    }
    return answer;
}

// ---- reads ----

Task<StatusAnswer> OcsClient::status() {
    HttpRequest request(Method::kGet, "/status.php");
    request.want_tls = true;
    Exchange done =
        co_await exchange(Call::kStatus, "status.php of " + base_url_, std::move(request));
    StatusAnswer answer;
    Envelope envelope;
    envelope.shape = Shape::kPlainJson;
    if (succeeded(done.result)) {
        if (auto status = read_status(done.result->body)) {
            answer.status = *status;
            envelope.shape = Shape::kEnvelope;  // as good as one
            envelope.code = 200;
        }
    }
    answer.answer = settle(done, envelope);
    co_return answer;
}

Task<CapabilitiesAnswer> OcsClient::capabilities() {
    HttpRequest request(Method::kGet, path("/capabilities"));
    Exchange done =
        co_await exchange(Call::kCapabilities, "capabilities of " + base_url_, std::move(request));
    CapabilitiesAnswer answer;
    std::string none;
    Envelope envelope = read_capabilities(body_of(done.result, none), answer.capabilities);
    answer.answer = settle(done, envelope);
    co_return answer;
}

Task<AccountAnswer> OcsClient::who_am_i() {
    HttpRequest request(Method::kGet, path("/user"));
    request.want_tls = true;
    Exchange done =
        co_await exchange(Call::kWhoAmI, "our login on " + base_url_, std::move(request));
    AccountAnswer answer;
    std::string none;
    Envelope envelope =
        read_account(body_of(done.result, none), "", answer.account, answer.groups_known);
    answer.answer = settle(done, envelope);
    co_return answer;
}

Task<NamesAnswer> OcsClient::list_users(std::uint64_t limit, std::uint64_t offset) {
    HttpRequest request(
        Method::kGet, path(fmt::format("/users?limit={}&offset={}", limit, offset))
    );
    Exchange done =
        co_await exchange(Call::kListUsers, "list of accounts on " + base_url_, std::move(request));
    NamesAnswer answer;
    std::string none;
    Envelope envelope = read_names(body_of(done.result, none), "users", answer.names);
    answer.answer = settle(done, envelope);
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
    Exchange done = co_await exchange(Call::kDetails, std::move(subject), std::move(request));
    Envelope envelope;
    if (succeeded(done.result)) {
        envelope = read_details(done.result->body, *table, part, *entries);
    } else if (done.result) {
        envelope = read_envelope(done.result->body);
    }
    Answer answer = settle(done, envelope);
    co_return answer;
}

Task<AccountAnswer> OcsClient::get_user(std::string login, bool urgent) {
    HttpRequest request(Method::kGet, path("/users/" + base::percent_encoded(login)));
    request.urgent = urgent;
    std::string subject = account_subject(login);
    Exchange done = co_await exchange(Call::kGetUser, std::move(subject), std::move(request));
    AccountAnswer answer;
    std::string none;
    Envelope envelope =
        read_account(body_of(done.result, none), login, answer.account, answer.groups_known);
    answer.answer = settle(done, envelope);
    answer.account.read_at = now_();
    co_return answer;
}

Task<NamesAnswer> OcsClient::user_groups(std::string login) {
    HttpRequest request(Method::kGet, path("/users/" + base::percent_encoded(login) + "/groups"));
    std::string subject = account_subject(login);
    Exchange done = co_await exchange(Call::kUserGroups, std::move(subject), std::move(request));
    NamesAnswer answer;
    std::string none;
    Envelope envelope = read_names(body_of(done.result, none), "groups", answer.names);
    answer.answer = settle(done, envelope);
    co_return answer;
}

Task<NamesAnswer> OcsClient::list_groups() {
    HttpRequest request(Method::kGet, path("/groups"));
    Exchange done =
        co_await exchange(Call::kListGroups, "list of groups on " + base_url_, std::move(request));
    NamesAnswer answer;
    std::string none;
    Envelope envelope = read_names(body_of(done.result, none), "groups", answer.names);
    answer.answer = settle(done, envelope);
    co_return answer;
}

Task<NamesAnswer> OcsClient::group_members(std::string group) {
    std::string below = "/groups/" + group_segment(group);
    below += product_ == Product::kNextcloud ? "/users" : "";
    HttpRequest request(Method::kGet, path(below));
    std::string subject = fmt::format("group {} on {}", group, base_url_);
    Exchange done = co_await exchange(Call::kGroupMembers, std::move(subject), std::move(request));
    NamesAnswer answer;
    std::string none;
    Envelope envelope = read_names(body_of(done.result, none), "users", answer.names);
    answer.answer = settle(done, envelope);
    co_return answer;
}

// ---- writes ----

Task<Answer> OcsClient::write(Call call, std::string subject, HttpRequest request) {
    Exchange done = co_await exchange(call, std::move(subject), std::move(request));
    std::string none;
    std::string id;
    Envelope envelope = read_created(body_of(done.result, none), id);
    Answer answer = settle(done, envelope);
    answer.id = std::move(id);
    co_return answer;
}

Task<Answer> OcsClient::create(NewAccount account, Secret password, bool urgent) {
    Form form;
    form.add("userid", account.login).add("password", password.reveal());
    if (!account.group.empty()) {
        form.add("groups[]", account.group);
    }
    if (product_ == Product::kNextcloud) {
        if (!account.display_name.empty()) {
            form.add("displayName", account.display_name);
        }
        if (!account.email.empty()) {
            form.add("email", account.email);
        }
        if (!account.quota.empty()) {
            form.add("quota", account.quota);
        }
    }
    HttpRequest request(Method::kPost, path("/users"), std::move(form).take());
    request.urgent = urgent;
    std::string subject = account_subject(account.login);
    return write(Call::kCreate, std::move(subject), std::move(request));
}

Task<Answer> OcsClient::set_field(Call call, std::string login, Secret value, bool urgent) {
    std::string_view key = call == Call::kSetQuota           ? "quota"
                           : call == Call::kSetEmail         ? "email"
                           : call == Call::kSetPassword      ? "password"
                           : product_ == Product::kNextcloud ? "displayname"
                                                             : "display";
    Form form;
    form.add("key", key).add("value", value.reveal());
    HttpRequest request(
        Method::kPut, path("/users/" + base::percent_encoded(login)), std::move(form).take()
    );
    request.urgent = urgent;
    return write(call, account_subject(login), std::move(request));
}

Task<Answer> OcsClient::enable(std::string login, bool urgent) {
    HttpRequest request(Method::kPut, path("/users/" + base::percent_encoded(login) + "/enable"));
    request.urgent = urgent;
    return write(Call::kEnable, account_subject(login), std::move(request));
}

Task<Answer> OcsClient::disable(std::string login, bool urgent) {
    HttpRequest request(Method::kPut, path("/users/" + base::percent_encoded(login) + "/disable"));
    request.urgent = urgent;
    return write(Call::kDisable, account_subject(login), std::move(request));
}

Task<Answer> OcsClient::remove(std::string login, bool urgent) {
    HttpRequest request(Method::kDelete, path("/users/" + base::percent_encoded(login)));
    request.urgent = urgent;
    return write(Call::kDelete, account_subject(login), std::move(request));
}

Task<Answer> OcsClient::add_group(std::string login, std::string group, bool urgent) {
    Form form;
    form.add("groupid", group);
    HttpRequest request(
        Method::kPost,
        path("/users/" + base::percent_encoded(login) + "/groups"),
        std::move(form).take()
    );
    request.urgent = urgent;
    return write(Call::kAddGroup, account_subject(login), std::move(request));
}

Task<Answer> OcsClient::remove_group(std::string login, std::string group, bool urgent) {
    Form form;
    form.add("groupid", group);
    HttpRequest request(
        Method::kDelete,
        path("/users/" + base::percent_encoded(login) + "/groups"),
        std::move(form).take()
    );
    request.urgent = urgent;
    return write(Call::kRemoveGroup, account_subject(login), std::move(request));
}

}  // namespace bn::ocs
