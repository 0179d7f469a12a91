#include "tests/fakes/cloud/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/fakes/cloud/api.hpp"

namespace bn::testing::cloud {
namespace {

constexpr std::array<std::pair<std::string_view, FaultKind>, 18> kNames{{
    {"server-error", FaultKind::kServerError},
    {"listener-throws", FaultKind::kListenerThrows},
    {"deadlock", FaultKind::kDeadlock},
    {"drop", FaultKind::kDrop},
    {"delay", FaultKind::kDelay},
    {"slow-body", FaultKind::kSlowBody},
    {"truncated", FaultKind::kTruncated},
    {"garbage", FaultKind::kGarbage},
    {"html-page", FaultKind::kHtmlPage},
    {"huge-body", FaultKind::kHugeBody},
    {"no-ocs", FaultKind::kNoOcs},
    {"wrong-types", FaultKind::kWrongTypes},
    {"unauthorized", FaultKind::kUnauthorized},
    {"maintenance", FaultKind::kMaintenance},
    {"bad-gateway", FaultKind::kBadGateway},
    {"gateway-timeout", FaultKind::kGatewayTimeout},
    {"too-many", FaultKind::kTooMany},
    {"redirect", FaultKind::kRedirect},
}};

bool endpoint_matches(std::string_view wanted, std::string_view endpoint) {
    if (wanted.empty() || wanted == endpoint) {
        return true;
    }
    return endpoint.size() > wanted.size() && endpoint[wanted.size()] == '.' &&
           endpoint.substr(0, wanted.size()) == wanted;
}

Reply made(int status, std::string type, std::string body) {
    Reply reply;
    reply.status = status;
    reply.content_type = std::move(type);
    reply.body = std::make_shared<const std::string>(std::move(body));
    return reply;
}

Reply html(int status, std::string_view title) {
    return made(
        status,
        "text/html; charset=UTF-8",
        "<!DOCTYPE html>\n<html><head><title>" + std::string(title) +
            "</title></head><body></body></html>\n"
    );
}

Reply huge(std::uint64_t bytes) {
    constexpr std::string_view head = R"({"ocs":{"meta":{"status":"ok","statuscode":200},"data":")";
    std::string body(head);
    body.append(bytes, 'x');
    body += "\"}}";
    return made(200, "application/json; charset=utf-8", std::move(body));
}

Reply outer_failure(int http, int code, std::string message, bool v2, bool json) {
    Answer answer = Answer::fail(code, std::move(message));
    answer.outer = true;
    answer.http = http;
    return render(answer, v2, json, Profile());
}

}  // namespace

std::optional<FaultKind> parse_fault_kind(std::string_view name) {
    for (const auto& [text, kind] : kNames) {
        if (text == name) {
            return kind;
        }
    }
    return std::nullopt;
}

std::optional<Fault> Faults::strike(std::string_view endpoint, std::string_view user) {
    for (Fault& fault : faults_) {
        if (fault.times == 0 || !endpoint_matches(fault.endpoint, endpoint) ||
            (!fault.user.empty() && lower(fault.user) != lower(user))) {
            continue;
        }
        if (fault.skip > 0) {
            --fault.skip;
            continue;
        }
        if (fault.times != Fault::kForever) {
            --fault.times;
        }
        return fault;
    }
    return std::nullopt;
}

Reply spoil(const Fault& fault, Reply reply, bool v2, bool json) {
    constexpr const char* kJson = "application/json; charset=utf-8";
    switch (fault.kind) {
        case FaultKind::kServerError:
        case FaultKind::kListenerThrows:
        case FaultKind::kDeadlock:
            return render(Answer::exception(), v2, json, Profile());
        case FaultKind::kDrop:
            reply.drop = true;
            return reply;
        case FaultKind::kDelay:
            reply.delay += fault.delay;
            return reply;
        case FaultKind::kSlowBody:
            reply.per_kilobyte = fault.delay;
            return reply;
        case FaultKind::kTruncated:
            reply.cut_at = reply.body ? std::max<std::size_t>(1, reply.body->size() / 2) : 0;
            return reply;
        case FaultKind::kGarbage:
            return made(200, kJson, "{\"ocs\":\x01\x02]]");
        case FaultKind::kHtmlPage:
            return html(200, "Sign in to the network");
        case FaultKind::kHugeBody:
            return huge(fault.bytes);
        case FaultKind::kNoOcs:
            return made(200, kJson, R"({"status":"ok","data":[]})");
        case FaultKind::kWrongTypes:
            return made(
                200, kJson, R"({"ocs":{"meta":"ok","data":{"users":7,"id":[],"quota":"x"}}})"
            );
        case FaultKind::kUnauthorized:
            return login_refused();
        case FaultKind::kMaintenance:
            reply = outer_failure(503, 503, "Service unavailable", v2, json);
            reply.headers.emplace_back("X-Nextcloud-Maintenance-Mode", "1");
            return reply;
        case FaultKind::kBadGateway:
            return html(502, "502 Bad Gateway");
        case FaultKind::kGatewayTimeout:
            return html(504, "504 Gateway Time-out");
        case FaultKind::kTooMany:
            return made(429, "text/html; charset=UTF-8", "");
        case FaultKind::kRedirect:
            reply = html(302, "302 Found");
            reply.headers.emplace_back("Location", "https://elsewhere.example.test/");
            return reply;
    }
    return reply;
}

}  // namespace bn::testing::cloud
