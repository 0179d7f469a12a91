#include "ocs/ocs_client.hpp"

#include <algorithm>

#include <boost/asio/awaitable.hpp>
#include <fmt/core.h>

#include "base/text.hpp"
#include "ocs/session.hpp"

namespace bn::ocs {

namespace {

constexpr std::string_view kFormat = "format=json";

bool succeeded(const HttpResult& result) {
    return result && result->status >= 200 && result->status < 300;
}

// Reads a document of its own, which is no envelope of OCS; what it is if `parse` finds nothing.
template <class Parse>
auto reader_of(Parse parse, Shape otherwise) {
    return [parse, otherwise](auto& asked, auto& answer) {
        Meta meta;
        meta.shape = otherwise;
        if (succeeded(asked.result)) {
            if (auto data = parse(asked.body())) {
                answer.data = *std::move(data);
                meta.shape = Shape::kOcs;  // as good as one
                meta.code = 200;
            }
        }
        return meta;
    };
}

// A write to an account that is there.
struct Change {
    Call call;
    Method method;
    std::string_view below;  // the account's path
    std::string_view field;  // what the value is for; empty: there is none
};

constexpr std::string_view kGroupField = "groupid";

constexpr Change kChanges[] = {
    {Call::kSetQuota, Method::kPut, "", "quota"},
    {Call::kSetEmail, Method::kPut, "", "email"},
    {Call::kSetPassword, Method::kPut, "", "password"},
    {Call::kSetName, Method::kPut, "", "displayname"},
    {Call::kEnable, Method::kPut, "/enable", ""},
    {Call::kDisable, Method::kPut, "/disable", ""},
    {Call::kDelete, Method::kDelete, "", ""},
    {Call::kAddGroup, Method::kPost, "/groups", kGroupField},
    {Call::kRemoveGroup, Method::kDelete, "/groups", kGroupField},
};

}  // namespace

std::string group_segment(std::string_view group, Product product) {
    std::string once = base::percent_encoded(group);
    const bool twice =
        product == Product::kNextcloud && group.find_first_of("+%") != std::string_view::npos;
    return twice ? base::percent_encoded(once) : once;
}

bool looks_like_app_password(std::string_view password) {
    if (password.size() == 72) {
        return std::ranges::all_of(password, base::is_letter_or_digit);
    }
    if (password.size() != 29) {
        return false;
    }
    for (std::size_t i = 0; i < password.size(); ++i) {
        bool dash = i % 6 == 5;
        if (dash ? password[i] != '-' : !base::is_letter_or_digit(password[i])) {
            return false;
        }
    }
    return true;
}

bool logs_in_by_token(const CloudSettings& settings) {
    return settings.bearer || looks_like_app_password(settings.password.reveal());
}

OcsClient::OcsClient(
    std::unique_ptr<HttpTransport> transport,
    const CloudSettings& settings,
    CloudObserver* observer,
    std::function<Time()> now
)
    : transport_(std::move(transport)),
      server_(settings.server),
      observer_(observer),
      now_(std::move(now)),
      identity_(settings.identity),
      by_token_(logs_in_by_token(settings)) {
    about_.base_url = settings.base_url;
}

void OcsClient::set_product(Product product, int major) {
    about_.product = product;
    about_.major = major;
}

std::string OcsClient::path(std::string_view below) const {
    std::string_view api =
        about_.product == Product::kNextcloud ? "/ocs/v2.php/cloud" : "/ocs/v1.php/cloud";
    bool has_query = below.find('?') != std::string_view::npos;
    return fmt::format("{}{}{}{}", api, below, has_query ? '&' : '?', kFormat);
}

std::string OcsClient::group_subject(std::string_view group) const {
    return fmt::format("group {} on {}", group, about_.base_url);
}

std::string OcsClient::account_subject(std::string_view login) const {
    return fmt::format("account {} on {}", login, about_.base_url);
}

Task<OcsClient::Asked> OcsClient::ask(Call call, std::string subject, HttpRequest request) {
    Asked asked;
    asked.question = about_;
    asked.question.call = call;
    asked.question.subject = std::move(subject);
    if (stopped_) {
        TransportError stop(TransportFault::kShutdown, false, "this port has closed itself");
        asked.result = tl::unexpected(std::move(stop));
        co_return asked;
    }
    request.kind = static_cast<std::uint8_t>(call);
    if (about_.product == Product::kOwncloud && call != Call::kStatus && call != Call::kWhoAmI &&
        call != Call::kHome && !by_token_) {
        request.opener = path("/user");
    }
    HttpRequest again = writes(call) ? HttpRequest() : request;
    asked.result = co_await transport_->send(std::move(request));
    if (!writes(call) && !asked.result && asked.result.error().fault == TransportFault::kBroken) {
        // A web server that is reloaded closes the connections that we kept.
        again.new_connection = true;
        asked.result = co_await transport_->send(std::move(again));
    }
    co_return asked;
}

namespace {

// The cloud may show who it is where a session begins, and only there.
std::string instance_shown(const HttpResponse& response, std::string_view expected) {
    std::string shown = instance_of(response.set_cookies, expected);
    return shown.empty() ? instance_of(response.opener_cookies, expected) : shown;
}

}  // namespace

std::optional<Judgement> OcsClient::another_cloud(
    const Question& question, const HttpResponse& response
) {
    std::string shown = instance_shown(response, identity_);
    if (shown.empty()) {
        return std::nullopt;  // not shown: that proves nothing
    }
    shown_ = std::move(shown);
    identity_ = identity_.empty() ? shown_ : identity_;
    if (shown_ == identity_) {
        return std::nullopt;
    }
    Judgement judged;
    judged.effect = writes(question.call) ? Effect::kUnknown : Effect::kNone;
    judged.stops = Stops::kAll;
    judged.error = Error(
        Concern::kServer,
        NextMove::kHuman,
        "ocs.other_cloud",
        fmt::format(
            "{}: another cloud answered: its instance id is {}, ours is {}",
            question.subject,
            shown_,
            identity_
        ),
        fmt::format("let {} lead to the cloud that our accounts are on", question.base_url)
    );
    judged.error.effect_unknown = judged.effect == Effect::kUnknown;
    return judged;
}

void OcsClient::settle(Answer& answer, Asked& asked, const Meta& meta) {
    if (stopped_) {
        answer.effect = Effect::kNone;
        answer.error = *stopped_;
        answer.stops = Stops::kAll;
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
        std::optional<Judgement> other = another_cloud(asked.question, response);
        static_cast<Judgement&>(answer) =
            other ? *std::move(other) : judge(asked.question, response, seen);
        answer.shown = instance_shown(response, identity_);
        answer.date = response.date;
        answer.tls = std::move(response.tls);
        took = response.took;
    } else {
        static_cast<Judgement&>(answer) = judge(asked.question, asked.result.error());
        took = asked.result.error().took;
    }
    if (answer.stops == Stops::kAll && !stopped_) {
        stopped_ = answer.error;
    }
    if (observer_ != nullptr) {
        observer_->on_call(
            server_,
            to_string(asked.question.call),
            outcome_label(asked.result, answer),
            std::chrono::duration_cast<Duration>(took)
        );
    }
}

template <class A, class Read>
Task<A> OcsClient::told(Call call, std::string subject, HttpRequest request, Read read) {
    Asked asked = co_await ask(call, std::move(subject), std::move(request));
    A answer;
    const Meta meta = read(asked, answer);
    settle(answer, asked, meta);
    co_return answer;
}

// ---- reads ----

Task<Told<ServerStatus>> OcsClient::status() {
    HttpRequest request(Method::kGet, "/status.php");
    request.want_tls = true;
    return told<Told<ServerStatus>>(
        Call::kStatus,
        "status.php of " + about_.base_url,
        std::move(request),
        reader_of(read_status, Shape::kPlainJson)
    );
}

Task<Told<std::uint32_t>> OcsClient::password_rule() {
    HttpRequest request(Method::kGet, path("/capabilities"));
    const auto read = [](Asked& asked, Told<std::uint32_t>& answer) {
        return read_password_rule(asked.body(), answer.data);
    };
    return told<Told<std::uint32_t>>(
        Call::kCapabilities, "capabilities of " + about_.base_url, std::move(request), read
    );
}

Task<AccountAnswer> OcsClient::who_am_i() {
    shown_.clear();  // whether it is shown now is part of the answer
    HttpRequest request(Method::kGet, path("/user"));
    request.want_tls = true;
    request.fresh = true;
    const auto read = [](Asked& asked, AccountAnswer& answer) {
        return read_account(asked.body(), "", answer.account, answer.groups_known);
    };
    return told<AccountAnswer>(
        Call::kWhoAmI, "our login on " + about_.base_url, std::move(request), read
    );
}

Task<Told<HomeFacts>> OcsClient::home(std::string own_login) {
    HttpRequest request(
        Method::kPropfind,
        "/remote.php/dav/files/" + base::percent_encoded(own_login) + "/",
        R"(<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns">)"
        "<d:prop><oc:id/><oc:data-fingerprint/></d:prop></d:propfind>"
    );
    return told<Told<HomeFacts>>(
        Call::kHome,
        "our files on " + about_.base_url,
        std::move(request),
        reader_of(read_home, Shape::kOther)
    );
}

Task<Told<PageCount>> OcsClient::details(PageRange range, AccountSink* sink, std::uint16_t part) {
    HttpRequest request(
        Method::kGet,
        path(fmt::format("/users/details?limit={}&offset={}", range.size, range.offset))
    );
    const auto read = [sink, part](Asked& asked, Told<PageCount>& answer) {
        return succeeded(asked.result) ? read_details(asked.body(), *sink, part, answer.data)
                                       : read_meta(asked.body());
    };
    std::string subject = fmt::format("accounts from {} on {}", range.offset, about_.base_url);
    return told<Told<PageCount>>(Call::kDetails, std::move(subject), std::move(request), read);
}

Task<AccountAnswer> OcsClient::get_user(std::string login, bool urgent) {
    return account(Call::kGetUser, Method::kGet, std::move(login), "", urgent);
}

Task<AccountAnswer> OcsClient::patch(
    std::string login, std::vector<std::pair<std::string, std::string>> fields, bool urgent
) {
    base::Form form;
    for (const auto& [name, value] : fields) {
        form.add(name, value);
    }
    return account(Call::kPatch, Method::kPatch, std::move(login), form.text(), urgent);
}

Task<AccountAnswer> OcsClient::account(
    Call call, Method method, std::string login, std::string form, bool urgent
) {
    HttpRequest request(method, path("/users/" + base::percent_encoded(login)), std::move(form));
    request.urgent = urgent;
    std::string subject = account_subject(login);
    const auto read = [this, login = std::move(login)](Asked& asked, AccountAnswer& answer) {
        answer.account.read_at = now_();
        return read_account(asked.body(), login, answer.account, answer.groups_known);
    };
    return told<AccountAnswer>(call, std::move(subject), std::move(request), read);
}

Task<NamesAnswer> OcsClient::names(
    Call call, std::string subject, std::string_view below, const char* list
) {
    HttpRequest request(Method::kGet, path(below));
    const auto read = [list](Asked& asked, NamesAnswer& answer) {
        return read_names(asked.body(), list, answer.data);
    };
    return told<NamesAnswer>(call, std::move(subject), std::move(request), read);
}

Task<NamesAnswer> OcsClient::list_users(std::uint64_t limit, std::uint64_t offset) {
    const std::string below = fmt::format("/users?limit={}&offset={}", limit, offset);
    return names(Call::kListUsers, "list of accounts on " + about_.base_url, below, "users");
}

Task<NamesAnswer> OcsClient::user_groups(const std::string& login) {
    const std::string below = "/users/" + base::percent_encoded(login) + "/groups";
    return names(Call::kUserGroups, account_subject(login), below, "groups");
}

Task<NamesAnswer> OcsClient::list_groups() {
    return names(Call::kListGroups, "list of groups on " + about_.base_url, "/groups", "groups");
}

Task<NamesAnswer> OcsClient::group_members(const std::string& group) {
    std::string below = "/groups/" + group_segment(group, about_.product);
    below += about_.product == Product::kNextcloud ? "/users" : "";
    return names(Call::kGroupMembers, group_subject(group), below, "users");
}

// ---- writes ----

Task<Answer> OcsClient::write(Call call, std::string subject, HttpRequest request) {
    const auto read = [](Asked& asked, Answer& answer) {
        return read_created(asked.body(), answer.id);
    };
    return told<Answer>(call, std::move(subject), std::move(request), read);
}

Task<Answer> OcsClient::create_group(const std::string& group, bool urgent) {
    base::Form form;
    form.add(kGroupField, group);
    HttpRequest request(Method::kPost, path("/groups"), form.text());
    request.urgent = urgent;
    return write(Call::kCreateGroup, group_subject(group), std::move(request));
}

Task<Answer> OcsClient::create(const Action& action, const Secret& password) {
    const CreateFields& fields = *action.create;
    base::Form form;
    const auto add_given = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            form.add(name, value);
        }
    };
    form.add("userid", action.login);
    form.add("password", password.reveal());
    add_given("groups[]", fields.group);
    if (about_.product == Product::kNextcloud) {
        add_given("displayName", fields.display_name);
        add_given("email", fields.email);
        add_given("quota", fields.quota.is_size() ? wire_text(fields.quota) : "");
    }
    HttpRequest request(Method::kPost, path("/users"), form.text());
    request.urgent = action.urgent;
    // Of several that ownCloud makes at once one may have the password of another, and says 100.
    request.single = about_.product == Product::kOwncloud;
    return write(Call::kCreate, account_subject(action.login), std::move(request));
}

Task<Answer> OcsClient::change(
    Call call, const std::string& login, const Secret& value, bool urgent
) {
    const Change& what = *std::ranges::find(kChanges, call, &Change::call);
    const bool old_name = call == Call::kSetName && about_.product == Product::kOwncloud;
    base::Form form;
    if (what.field == kGroupField) {
        form.add(kGroupField, value.reveal());
    } else if (!what.field.empty()) {
        form.add("key", old_name ? "display" : what.field);
        form.add("value", value.reveal());
    }
    const std::string below = fmt::format("/users/{}{}", base::percent_encoded(login), what.below);
    HttpRequest request(what.method, path(below), form.text());
    if (call == Call::kRemoveGroup) {
        request.target += "&" + request.form;  // some fronts drop the body of a DELETE
    }
    request.urgent = urgent;
    return write(call, account_subject(login), std::move(request));
}

}  // namespace bn::ocs
