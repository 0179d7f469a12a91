// What does not belong to accounts or groups: status, capabilities, app passwords, WebDAV.
#include <fmt/format.h>

#include "tests/fakes/cloud/api.hpp"

namespace bn::testing::cloud {
namespace {

// Nextcloud 25.0.2 as recorded in tests/golden/ocs.
constexpr std::string_view kCapabilities = R"json(
{"core": {"pollinterval": 60, "webdav-root": "remote.php/webdav", "reference-api": true,
"reference-regex": "(\\s|\\n|^)(https?:\\/\\/)((?:[-A-Z0-9+_]+\\.)+[-A-Z]+(?:\\/[-A-Z0-9+&@#%?=~_|!:,.;()]*)*)(\\s|\\n|$)"},
"bruteforce": {"delay": 0}, "metadataAvailable": {"size": ["/image\\/.*/"],
"gps": ["/image\\/.*/"]}, "files": {"bigfilechunking": true,
"blacklisted_files": [".htaccess"],
"directEditing": {"url": "https://cloud.example.test/ocs/v2.php/apps/files/api/v1/directEditing",
"etag": "4ce473bf0dbeb3a09bb0f38e30bc31c4"}, "comments": true, "undelete": true,
"versioning": true}, "ocm": {"enabled": true, "apiVersion": "1.0-proposal1",
"endPoint": "https://cloud.example.test/ocm", "resourceTypes": [{"name": "file",
"shareTypes": ["user", "group"], "protocols": {"webdav": "/public.php/webdav/"}}]},
"dav": {"chunking": "1.0", "bulkupload": "1.0"}, "files_sharing": {"api_enabled": true,
"public": {"enabled": true, "password": {"enforced": false,
"askForOptionalPassword": false}, "expire_date": {"enabled": false},
"multiple_links": true, "expire_date_internal": {"enabled": false},
"expire_date_remote": {"enabled": false}, "send_mail": false, "upload": true,
"upload_files_drop": true}, "resharing": true, "user": {"send_mail": false,
"expire_date": {"enabled": true}}, "group_sharing": true, "group": {"enabled": true,
"expire_date": {"enabled": true}}, "default_permissions": 31,
"federation": {"outgoing": true, "incoming": true, "expire_date": {"enabled": true},
"expire_date_supported": {"enabled": true}}, "sharee": {"query_lookup_default": false,
"always_show_unique": true}, "sharebymail": {"enabled": true,
"send_password_by_mail": true, "upload_files_drop": {"enabled": true},
"password": {"enabled": true, "enforced": false}, "expire_date": {"enabled": true,
"enforced": false}}}, "notifications": {"ocs-endpoints": ["list", "get", "delete",
"delete-all", "icons", "rich-strings", "action-web", "user-status"], "push": ["devices",
"object-data", "delete"], "admin-notifications": ["ocs", "cli"]},
"password_policy": {"minLength": 10, "enforceNonCommonPassword": true,
"enforceNumericCharacters": false, "enforceSpecialCharacters": false,
"enforceUpperLowerCase": false,
"api": {"generate": "https://cloud.example.test/ocs/v2.php/apps/password_policy/api/v1/generate",
"validate": "https://cloud.example.test/ocs/v2.php/apps/password_policy/api/v1/validate"}},
"provisioning_api": {"version": "1.15.0", "AccountPropertyScopesVersion": 2,
"AccountPropertyScopesFederatedEnabled": true,
"AccountPropertyScopesPublishedEnabled": true}, "theming": {"name": "Nextcloud",
"url": "https://nextcloud.com", "slogan": "a safe home for all your data",
"color": "#0082c9", "color-text": "#ffffff", "color-element": "#0082c9",
"color-element-bright": "#0082c9", "color-element-dark": "#0082c9",
"logo": "https://cloud.example.test/core/img/logo/logo.svg?v=0",
"background": "https://cloud.example.test/core/img/background.png?v=0",
"background-plain": false, "background-default": true,
"logoheader": "https://cloud.example.test/core/img/logo/logo.svg?v=0",
"favicon": "https://cloud.example.test/core/img/logo/logo.svg?v=0"},
"user_status": {"enabled": true, "supports_emoji": true}}
)json";

Answer get_capabilities(Call& call) {
    return Answer::ok(
        capabilities(call.world, call.gate, call.now_ms, call.login.account != nullptr)
    );
}

Answer get_app_password(Call& call) {
    if (call.login.kind == LoginKind::kAppPassword) {
        return Answer::fail(403, "You cannot request an new apppassword with an apppassword");
    }
    Value data;
    data["apppassword"] = call.gate.new_app_password(call.me());
    return Answer::ok(std::move(data));
}

Reply xml_reply(int status, std::string body) {
    Reply reply;
    reply.status = status;
    reply.content_type = "application/xml; charset=utf-8";
    reply.body = std::make_shared<const std::string>(std::move(body));
    return reply;
}

Reply dav_error(int status, std::string_view exception, std::string_view message) {
    return xml_reply(
        status,
        fmt::format(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<d:error xmlns:d=\"DAV:\" "
            "xmlns:s=\"http://sabredav.org/ns\">\n  <s:exception>Sabre\\DAV\\Exception\\{}"
            "</s:exception>\n  <s:message>{}</s:message>\n</d:error>\n",
            exception,
            message
        )
    );
}

}  // namespace

Value capabilities(const World& world, const Gate& gate, std::int64_t now_ms, bool logged_in) {
    const Profile& p = world.profile;
    Value data;
    Value& version = data["version"];
    version["major"] = p.major;
    version["minor"] = p.minor;
    version["micro"] = p.micro;
    version["string"] = p.version;
    version["edition"] = p.owncloud ? "Community" : "";
    version["extendedSupport"] = false;
    static const Value recorded = Value::from_json(kCapabilities);
    Value all = recorded;
    const auto failed = gate.failed_logins(now_ms);
    all["bruteforce"]["delay"] = failed == 0 ? 0 : 100 << std::min<std::size_t>(failed, 8);
    if (!logged_in) {
        Value few;
        for (const char* key : {"bruteforce", "metadataAvailable", "theming"}) {
            few[key] = all[key];
        }
        data["capabilities"] = std::move(few);
        return data;
    }
    all["password_policy"]["minLength"] = static_cast<std::int64_t>(world.password_min_length);
    data["capabilities"] = std::move(all);
    return data;
}

Reply status_php(const World& world) {
    const Profile& p = world.profile;
    Value data;
    data["installed"] = true;
    data["maintenance"] = world.maintenance;
    data["needsDbUpgrade"] = world.needs_upgrade;
    data["version"] = fmt::format("{}.{}", p.version, p.micro + 1);
    data["versionstring"] = p.version;
    data["edition"] = p.owncloud ? "Community" : "";
    data["productname"] = p.product;
    data["extendedSupport"] = false;
    Reply reply;
    reply.content_type = "application/json";
    std::string text;
    render_json(data, text);
    reply.body = std::make_shared<const std::string>(std::move(text));
    return reply;
}

Reply untrusted_host() {
    Reply reply;
    reply.status = 400;
    reply.content_type = "text/html; charset=UTF-8";
    reply.body = std::make_shared<const std::string>(
        "<!DOCTYPE html>\n<html class=\"ng-csp\" lang=\"en\">\n<head><title>Nextcloud</title>"
        "</head>\n<body><h2>Access through untrusted domain</h2>\n<p>Please contact your "
        "administrator.</p></body>\n</html>\n"
    );
    return reply;
}

// Just enough of the files service: a first login, an upload over quota, a disabled account.
Reply web_dav(Call& call) {
    if (call.login.disabled) {
        return dav_error(503, "ServiceUnavailable", "OC\\User\\LoginException: User disabled");
    }
    if (call.login.account == nullptr) {
        return dav_error(
            401,
            "NotAuthenticated",
            "No public access to this resource., Username or password was incorrect"
        );
    }
    Account& me = call.me();
    if (me.last_login_ms == 0) {
        me.last_login_ms = call.now_ms / 1000 * 1000;
        call.world.changed(me);
    }
    const auto segments = decode_segments(call.request.path());
    const std::string file = segments.size() > 4 ? segments[4] : "";
    Value quota = call.world.quota_object(me);
    const auto* limit = std::get_if<std::int64_t>(&quota["quota"].data());
    const auto* free = std::get_if<std::int64_t>(&quota["free"].data());
    if (call.request.method == "PUT") {
        const auto size = static_cast<std::int64_t>(call.request.body.size());
        if (*limit >= 0 && *free < size) {
            return dav_error(
                507,
                "InsufficientStorage",
                fmt::format(
                    "Insufficient space in //{}, {} required, {} available", file, size, *free
                )
            );
        }
        me.used_bytes += size;
        call.world.changed(me);
        return xml_reply(201, "");
    }
    return xml_reply(
        207,
        fmt::format(
            "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d=\"DAV:\" "
            "xmlns:s=\"http://sabredav.org/ns\" xmlns:oc=\"http://owncloud.org/ns\" "
            "xmlns:nc=\"http://nextcloud.org/ns\"><d:response><d:href>{}</d:href><d:propstat>"
            "<d:prop><d:resourcetype><d:collection/></d:resourcetype><d:quota-used-bytes>{}"
            "</d:quota-used-bytes><d:quota-available-bytes>{}</d:quota-available-bytes>"
            "<oc:id>00012572{}</oc:id><oc:data-fingerprint>{}</oc:data-fingerprint></d:prop>"
            "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>",
            call.request.path(),
            me.used_bytes,
            *limit < 0 ? *limit : *free,
            call.world.instance,
            call.world.data_fingerprint
        )
    );
}

void route_general(const std::string& method, const std::vector<std::string>& s, Route& out) {
    if (method != "GET" || s.size() != 2) {
        return;
    }
    if (s[0] == "cloud" && s[1] == "capabilities") {
        out.endpoint = "capabilities";
        out.handler = get_capabilities;
        out.known = out.public_page = true;
    } else if (s[0] == "cloud" && s[1] == "user") {
        route_self(out);
    } else if (s[0] == "core" && s[1] == "getapppassword") {
        out.endpoint = "app_password";
        out.handler = get_app_password;
        out.known = true;
    }
}

}  // namespace bn::testing::cloud
