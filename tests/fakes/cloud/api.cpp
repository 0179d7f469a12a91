#include "tests/fakes/cloud/api.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bn::testing::cloud {
namespace {

constexpr std::string_view kHead = "<?xml version=\"1.0\"?>\n<ocs>\n";
constexpr std::string_view kInvalidQuery =
    "Invalid query, please check the syntax. API specifications are here: "
    "http://www.freedesktop.org/wiki/Specifications/open-collaboration-services.\n";

int http_status(int code, bool v2) {
    if (code == 997) {
        return 401;
    }
    if (!v2) {
        return 200;
    }
    switch (code) {
        case 100:
            return 200;
        case 998:
            return 404;
        case 996:
            return 500;
        case 403:
            return 403;
        case 404:
            return 404;
        case 422:
            return 422;
        case 429:
            return 429;
        default:
            return 400;
    }
}

int shown_code(const Answer& answer, bool v2, const Profile& profile, int http) {
    if (!v2) {
        return answer.code;
    }
    if (profile.owncloud) {
        return http;  // this product forgets the OCS code on version 2
    }
    return answer.code == 100 ? 200 : answer.code == 996 && !profile.new_codes ? 500 : answer.code;
}

std::string json_body(const Answer& answer, int code, bool totals) {
    std::string out = fmt::format(
        R"({{"ocs":{{"meta":{{"status":"{}","statuscode":{},"message":)",
        answer.code == 100 ? "ok" : "failure",
        code
    );
    render_json_string(answer.message, out);
    out += totals ? R"(,"totalitems":"","itemsperpage":""},"data":)" : R"(},"data":)";
    if (answer.json_data) {
        out += *answer.json_data;
    } else {
        render_json(answer.data, out);
    }
    out += "}}";
    return out;
}

std::string xml_body(const Answer& answer, int code, bool totals) {
    std::string out(kHead);
    out += fmt::format(
        " <meta>\n  <status>{}</status>\n  <statuscode>{}</statuscode>\n  <message>",
        answer.code == 100 ? "ok" : "failure",
        code
    );
    escape_xml(answer.message, out);
    out += "</message>\n";
    if (totals) {
        out += "  <totalitems></totalitems>\n  <itemsperpage></itemsperpage>\n";
    }
    out += " </meta>\n";
    std::string data;
    if (!render_xml(answer.data, 2, data)) {
        return {};
    }
    out += data.empty() ? " <data/>\n" : fmt::format(" <data>\n{} </data>\n", data);
    out += "</ocs>\n";
    return out;
}

Reply plain_reply(int status, std::string content_type, std::string body = {}) {
    Reply reply;
    reply.status = status;
    reply.content_type = std::move(content_type);
    if (!body.empty()) {
        reply.body = std::make_shared<const std::string>(std::move(body));
    }
    return reply;
}

bool wants_json(const Request& request, const Params& params) {
    if (const auto format = params.get("format")) {
        return *format == "json";
    }
    return request.header("accept").find("application/json") != std::string_view::npos;
}

// False: this call is an edit and over the limit.
bool takes_edit(Call& call) {
    if (call.route.endpoint == "user.patch") {
        return call.gate.take_edit(call.me(), call.now_ms, Edit::kSeveralFields);
    }
    return call.route.endpoint.rfind("user.edit", 0) != 0 ||
           call.gate.take_edit(call.me(), call.now_ms, Edit::kOneField);
}

void add_cookies(const World& world, const Login& login, Reply& reply) {
    if (world.keeps_cookies_back) {
        return;
    }
    for (const auto& cookie : login.set_cookies) {
        reply.headers.emplace_back("Set-Cookie", cookie);
    }
}

}  // namespace

Answer Answer::ok(Value data) {
    Answer a;
    a.data = std::move(data);
    return a;
}

Answer Answer::fail(int code, std::string message) {
    Answer a;
    a.code = code;
    a.message = std::move(message);
    a.data = Value(Value::List{});
    return a;
}

Answer bad_parameter(const Call& call) {
    return call.world.profile.major >= 34 ? Answer::fail(Answer::kBadParameter)
                                          : Answer::exception();
}

Answer Answer::exception() {
    Answer a = fail(996, "Internal Server Error\n");
    a.outer = true;
    return a;
}

bool Call::manages(const Account& account) const {
    return is_admin() ||
           std::any_of(account.groups.begin(), account.groups.end(), [&](const std::string& group) {
               return me().subadmin_of.count(group) > 0;
           });
}

Reply render(const Answer& answer, bool v2, bool json, const Profile& profile) {
    if (answer.code == Answer::kBadParameter) {
        return plain_reply(400, "text/html; charset=UTF-8");
    }
    const int http = answer.http != 0 ? answer.http : http_status(answer.code, v2);
    const int code = shown_code(answer, v2, profile, http);
    const bool totals = !v2 && !answer.outer;
    if (json) {
        return plain_reply(
            http, "application/json; charset=utf-8", json_body(answer, code, totals)
        );
    }
    std::string body = xml_body(answer, code, totals);
    if (body.empty()) {
        return plain_reply(200, "text/html; charset=UTF-8");
    }
    return plain_reply(
        http,
        answer.outer ? "text/xml; charset=UTF-8" : "application/xml; charset=utf-8",
        std::move(body)
    );
}

Reply login_refused(bool v2, bool json) {
    Answer answer = Answer::fail(997, "Unauthorised");
    answer.outer = !json;
    Reply reply = render(answer, v2 || !json, json, Profile());
    reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Authorisation Required\"");
    return reply;
}

Answer not_subadmin() {
    return Answer::fail(403, "Logged in user must be at least a sub admin");
}

std::string translated(const Call& call, std::string message) {
    const std::string language = lower(call.request.header("accept-language")).substr(0, 2);
    if (language == "ru") {
        if (message == "User already exists") {
            return "Пользователь уже существует";
        }
        if (message.find("characters long") != std::string::npos) {
            return fmt::format(
                "Длина пароля должна быть не менее {} символов", call.world.password_min_length
            );
        }
    }
    if (language == "de" && message == "User already exists") {
        return "Benutzer existiert bereits";
    }
    return message;
}

bool read_window(const Call& call, std::optional<std::int64_t>& limit, std::int64_t& offset) {
    const auto number = [](const std::string& text) {
        return static_cast<std::int64_t>(std::strtoll(text.c_str(), nullptr, 10));
    };
    limit.reset();
    const auto text = call.params.get("limit");
    if (text && call.world.profile.major >= 34 && number(*text) <= 0) {
        return false;
    }
    if (text && number(*text) >= 0) {
        limit = number(*text);
    }
    offset = number(call.params.text("offset"));
    return offset >= 0;
}

Api::Api(World& world, Gate& gate) : world_(world), gate_(gate) {}

Route Api::find_route(const Request& request) const {
    Route route;
    auto segments = decode_segments(request.path());
    const bool ocs = segments.size() >= 2 && segments[0] == "ocs" &&
                     (segments[1] == "v1.php" || segments[1] == "v2.php");
    if (!ocs) {
        if (segments[0] == "status.php") {
            route.endpoint = "status";
            route.known = true;
        } else if (segments[0] == "remote.php") {
            route.endpoint = "dav";
            route.known = true;
        }
        return route;
    }
    segments.erase(segments.begin(), segments.begin() + 2);
    if (segments.size() > 1 && segments.back().empty()) {
        route.wrong_method = true;  // a trailing slash
        return route;
    }
    route_general(request.method, segments, route);
    if (world_.profile.owncloud) {
        route_owncloud(request.method, segments, route);
    } else {
        route_users(request.method, segments, world_.profile, route);
        route_groups(request.method, segments, route);
    }
    if (route.known && route.write) {
        const Params params = read_params(request);
        if (route.endpoint == "user.create") {
            route.user = params.text("userid");
        } else if (route.endpoint == "user.edit") {
            route.endpoint += "." + params.text("key");
        } else if (route.endpoint == "group.create") {
            route.group = params.text("groupid");
        }
    }
    return route;
}

Reply Api::handle(
    const Request& request, const Route& route, std::int64_t now_ms, Halfway halfway
) {
    const std::string_view host = request.header("host");
    if (route.endpoint == "status") {
        return status_php(world_);
    }
    if (world_.trusted_hosts.count(std::string(host.substr(0, host.rfind(':')))) == 0 &&
        world_.trusted_hosts.count(std::string(host)) == 0) {
        return untrusted_host();
    }
    Call call{world_, gate_, request, route, read_params(request), {}, now_ms};
    call.v2 = request.path().find("/v1.php") == std::string_view::npos;
    call.json = wants_json(request, call.params);
    call.halfway = halfway;
    if (world_.maintenance || world_.needs_upgrade) {
        Answer answer = Answer::fail(503, "Service unavailable");
        answer.outer = true;
        answer.http = 503;
        Reply reply = render(answer, call.v2, call.json, Profile());
        reply.headers.emplace_back("X-Nextcloud-Maintenance-Mode", "1");
        return reply;
    }
    call.login = gate_.enter(request, now_ms);
    if (route.endpoint == "dav") {
        Reply reply = web_dav(call);
        add_cookies(world_, call.login, reply);
        return reply;
    }
    Reply reply;
    if (call.login.throttled) {
        reply = render(Answer::fail(429, "Reached maximum delay"), true, call.json, Profile());
    } else if (call.login.refused) {
        reply = login_refused(call.v2, call.json && world_.profile.major >= 32);
    } else if (route.wrong_method) {
        reply = plain_reply(
            405, call.json ? "application/json; charset=utf-8" : "text/xml; charset=UTF-8"
        );
    } else {
        reply = cached(call);
    }
    reply.delay += call.login.delay;
    add_cookies(world_, call.login, reply);
    return reply;
}

Reply Api::cached(Call& call) {
    const bool cacheable = call.json && !call.route.write && call.login.account != nullptr &&
                           call.request.header("ocs-apirequest") == "true" &&
                           call.route.endpoint.rfind("users.", 0) == 0;
    if (!cacheable) {
        const Answer answer = run(call);
        if (answer.code == -1) {
            return plain_reply(412, "application/json; charset=utf-8", answer.message);
        }
        if (answer.code == -2) {
            return plain_reply(429, "text/html; charset=UTF-8");
        }
        return render(answer, call.v2, call.json, world_.profile);
    }
    constexpr std::size_t max_bytes = 256u << 20;
    if (pages_revision_ != world_.revision() || pages_bytes_ > max_bytes) {
        pages_.clear();
        pages_bytes_ = 0;
        pages_revision_ = world_.revision();
    }
    const std::string key = call.me().id + ' ' + call.request.target;
    if (const auto it = pages_.find(key); it != pages_.end()) {
        Reply reply = plain_reply(200, "application/json; charset=utf-8");
        reply.body = it->second;
        return reply;
    }
    Reply reply = render(run(call), call.v2, call.json, world_.profile);
    if (reply.status == 200 && reply.body) {
        pages_.emplace(key, reply.body);
        pages_bytes_ += reply.body->size();
    }
    return reply;
}

Answer Api::run(Call& call) {
    const Route& route = call.route;
    if (!route.known) {
        const bool old = call.v2 && !world_.profile.new_codes;
        Answer answer = Answer::fail(old ? 404 : 998, std::string(kInvalidQuery));
        answer.outer = true;
        return answer;
    }
    if (!route.public_page && call.login.account == nullptr) {
        return Answer::fail(997, "Current user is not logged in");
    }
    if (!world_.profile.owncloud && call.login.account != nullptr &&
        call.request.header("ocs-apirequest") != "true" &&
        (world_.profile.major < 32 || call.request.header("ocs-apirequest").empty())) {
        return Answer::fail(-1, R"({"message":"CSRF check failed"})");
    }
    if (route.write && !world_.profile.owncloud) {
        const bool stale =
            call.login.kind == LoginKind::kSession &&
            call.now_ms - call.login.confirmed_ms > gate_.confirmation_window.count();
        const bool token =
            world_.profile.refuses_app_passwords && call.login.kind == LoginKind::kAppPassword;
        if (stale || token) {
            return Answer::fail(403, "Password confirmation is required");
        }
        if (!takes_edit(call)) {
            return Answer::fail(-2);
        }
    }
    return route.handler(call);
}

}  // namespace bn::testing::cloud
