#include "bm_reader/server_mapper.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include "base/idn.hpp"
#include "base/text.hpp"
#include "bm_reader/crypted_param.hpp"
#include "bm_reader/queries.hpp"
#include "reconciler/model/address.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::size_t kLongestUrl = 255;
constexpr std::size_t kLongestName = 120;

// A param's value, or why it cannot be read.
using Value = tl::expected<Secret, ServerProblem>;
using Params = std::map<std::string, Value, std::less<>>;

using ParamsById = std::map<std::uint32_t, Params>;

const char* const kUrlRemedy =
    "correct base_url in the settings of this processing module; an example is "
    "https://cloud.example.com/nextcloud";

// The address with its host as the network writes it; nothing: it has no such form.
std::optional<std::string> in_ascii(std::string_view text) {
    const std::size_t scheme = text.find("://");
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t end = std::min(text.find_first_of("/?#:[", begin), text.size());
    const std::optional<std::string> host = base::ascii_host(text.substr(begin, end - begin));
    if (!host) {
        return std::nullopt;
    }
    return std::string(text.substr(0, begin)).append(*host).append(text.substr(end));
}

tl::unexpected<ServerProblem> bad_url(std::string_view text, std::string_view why) {
    return tl::unexpected(ServerProblem{
        fmt::format("base_url {}: {}", why, in_quotes(text)), kUrlRemedy});
}

Value opened(
    const tl::expected<ParamKey, std::string>& key,
    const std::string& key_file,
    std::string_view name,
    std::string_view stored
) {
    if (key_file.empty()) {
        return tl::unexpected(ServerProblem{
            fmt::format("{} is stored crypted, and no key file is configured", name),
            "name the panel's key (normally /usr/local/mgr5/etc/billmgr.pem) in panel.crypt_key"});
    }
    if (!key) {
        return tl::unexpected(ServerProblem{
            key.error(), "make the panel's key file readable for this service"});
    }
    return key->decrypt(stored).map_error([&](const std::string& why) {
        return ServerProblem{
            fmt::format("{} cannot be decrypted: {}", name, why),
            fmt::format(
                "check that {} is the panel's current key, or enter {} anew in the panel",
                key_file,
                name
            )};
    });
}

Result<ParamsById> read_params(RowSource& rows, const PanelSettings& settings) {
    ParamsById params;
    const std::string& key_file = settings.crypt_key_file;
    const auto key = ParamKey::load(key_file);
    const auto on_plain = [&](Row row) {
        params[id_or_none(row[0])].insert_or_assign(
            std::string(row[1].text()), Secret(std::string(row[2].text()))
        );
    };
    // A crypted value wins: the plain one beside it is older.
    const auto on_crypted = [&](Row row) {
        if (!row[2].text().empty()) {
            Value value = opened(key, key_file, row[1].text(), row[2].text());
            params[id_or_none(row[0])].insert_or_assign(
                std::string(row[1].text()), std::move(value)
            );
        }
    };
    const std::string& module = settings.module;
    return rows.each(queries::kModuleParams, module, on_plain)
        .and_then([&] { return rows.each(queries::kModuleCryptedParams, module, on_crypted); })
        .map([&] { return std::move(params); });
}

tl::expected<void, ServerProblem> fill_wishes(
    CallWishes& wishes, const Value& verify, const Value& timeout
) {
    for (const Value* each : {&verify, &timeout}) {
        if (!*each) {
            return tl::unexpected(each->error());
        }
    }
    const auto checked = usable_verify(verify->reveal());
    const auto longest = usable_timeout(timeout->reveal());
    if (!checked || !longest) {
        return tl::unexpected(!checked ? checked.error() : longest.error());
    }
    wishes = {*checked, *longest};
    return {};
}

tl::expected<void, ServerProblem> fill(
    DesiredServer& server, const Params& params, bool allow_http
) {
    const auto value = [&](const char* name) {
        const auto found = params.find(name);
        return found == params.end() ? Value(Secret()) : found->second;
    };
    const Value url = value("base_url");
    const Value login = value("nc_username");
    const Value password = value("nc_password");
    for (const Value* each : {&url, &login, &password}) {
        if (!*each) {
            return tl::unexpected(each->error());
        }
    }
    auto address = usable_base_url(url->reveal(), allow_http);
    if (!address) {
        return tl::unexpected(address.error());
    }
    server.base_url = std::move(*address);
    server.login = trim(login->reveal());
    server.password = *password;
    if (auto said = fill_wishes(server.wishes, value("verify_ssl"), value("timeout")); !said) {
        return said;
    }
    const auto missing = [](const char* name) {
        return tl::unexpected(ServerProblem{
            fmt::format("{} is empty", name),
            fmt::format("fill in {} in the settings of this processing module", name)});
    };
    if (server.login.empty()) {
        return missing("nc_username");
    }
    const bool printable = std::ranges::none_of(server.login, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == ':';
    });
    if (!base::valid_utf8(server.login) || !printable) {
        return tl::unexpected(ServerProblem{
            "nc_username has characters that no login has",
            "correct nc_username in the settings of this processing module"});
    }
    if (server.password.empty()) {
        return missing("nc_password");
    }
    return {};
}

}  // namespace

tl::expected<std::string, ServerProblem> usable_base_url(std::string_view text, bool allow_http) {
    text = trim(text);
    if (text.empty()) {
        return tl::unexpected(ServerProblem{"base_url is empty", kUrlRemedy});
    }
    // A name in other letters is longer as it is sent.
    const std::string written = in_ascii(text).value_or("");
    if (std::max(text.size(), written.size()) > kLongestUrl) {
        return bad_url(text, fmt::format("is longer than {} bytes", kLongestUrl));
    }
    const auto parsed = boost::urls::parse_uri(written);
    if (!parsed) {
        return bad_url(text, "is not an address");
    }
    const boost::urls::url_view& url = *parsed;
    const bool https = url.scheme_id() == boost::urls::scheme::https;
    if (!https && url.scheme_id() != boost::urls::scheme::http) {
        return bad_url(text, "does not begin with https://");
    }
    if (url.has_userinfo()) {  // may hold a password: not shown
        return tl::unexpected(ServerProblem{"base_url contains a login", kUrlRemedy});
    }
    if (url.encoded_host().empty()) {
        return bad_url(text, "names no host");
    }
    if (url.has_query() || url.has_fragment()) {
        return bad_url(text, "has a part after ? or #");
    }
    if (!https && !allow_http) {
        return tl::unexpected(ServerProblem{
            fmt::format("base_url {} is not encrypted", in_quotes(text)),
            "use https://, or set allow_http if the network between is trusted"});
    }
    if (url.has_port() && url.port_number() == 0) {
        return bad_url(text, "has an impossible port");
    }
    const auto host = url.encoded_host_and_port();
    const auto path = url.encoded_path();
    std::string out = https ? "https://" : "http://";
    out.append(host.data(), host.size()).append(path.data(), path.size());
    return canonical_address(out);
}

tl::expected<std::optional<bool>, ServerProblem> usable_verify(std::string_view text) {
    text = trim(text);
    if (text.empty()) {
        return std::nullopt;
    }
    if (text != "on" && text != "off") {
        return tl::unexpected(ServerProblem{
            fmt::format("verify_ssl says neither on nor off: {}", in_quotes(text)),
            "choose verify_ssl in the settings of this processing module"});
    }
    return text == "on";
}

tl::expected<std::optional<Duration>, ServerProblem> usable_timeout(std::string_view text) {
    constexpr std::uint32_t kLongest = 3600;
    text = trim(text);
    if (text.empty()) {
        return std::nullopt;
    }
    const std::uint32_t seconds = base::whole_number<std::uint32_t>(text).value_or(0);
    if (seconds == 0 || seconds > kLongest) {
        return tl::unexpected(ServerProblem{
            fmt::format("timeout is no number of seconds from 1 to 3600: {}", in_quotes(text)),
            "correct timeout in the settings of this processing module, or leave it empty"});
    }
    return std::chrono::seconds(seconds);
}

Result<ServerRows> read_servers(RowSource& rows, const PanelSettings& settings) {
    ServerRows found;
    auto done = rows.each(queries::kModules, "", [&](Row row) {
        const Number id = to_id(row[0]);
        if (!id.has_value()) {
            return;
        }
        if (row[2].text() != settings.module) {
            found.others.insert(id_of(id));
            return;
        }
        DesiredServer server;
        server.id = ServerId(id_of(id));
        server.name = clean(row[1].text(), kLongestName);
        server.active = row[3].text() == "on";
        found.servers.push_back(std::move(server));
    });
    auto params = done.and_then([&] { return read_params(rows, settings); });
    if (!params) {
        return tl::unexpected(std::move(params.error()));
    }
    std::ranges::sort(found.servers, {}, &DesiredServer::id);
    for (DesiredServer& server : found.servers) {
        const Params& own = (*params)[server.id.value];
        if (auto filled = fill(server, own, settings.allow_http); !filled) {
            server.problem = filled.error().what;
            server.remedy = filled.error().remedy;
        }
        // What is stored plain is always there.
        found.key_fails |=
            !settings.crypt_key_file.empty() &&
            !std::ranges::all_of(own, &Value::has_value, &Params::value_type::second);
    }
    return found;
}

}  // namespace bn::bm_reader
