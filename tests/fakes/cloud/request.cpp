#include "tests/fakes/cloud/request.hpp"

#include <nlohmann/json.hpp>

namespace bn::testing::cloud {
namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void read_form(std::string_view form, Params& out) {
    while (!form.empty()) {
        const auto end = form.find('&');
        const std::string_view field = form.substr(0, end);
        form = end == std::string_view::npos ? std::string_view{} : form.substr(end + 1);
        if (field.empty()) {
            continue;
        }
        const auto equal = field.find('=');
        std::string name = url_decode(field.substr(0, equal), true);
        std::string value = equal == std::string_view::npos
                                ? std::string{}
                                : url_decode(field.substr(equal + 1), true);
        if (const auto bracket = name.find('['); bracket != std::string::npos) {
            out.lists[name.substr(0, bracket)].push_back(std::move(value));
        } else {
            out.single[std::move(name)] = std::move(value);
        }
    }
}

std::string scalar(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

void read_json(const std::string& body, Params& out) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) {
        return;
    }
    for (const auto& [name, value] : json.items()) {
        if (value.is_array()) {
            out.lists[name];  // an empty list was sent, too
            for (const auto& entry : value) {
                out.lists[name].push_back(scalar(entry));
            }
        } else if (!value.is_null()) {
            out.single[name] = scalar(value);
            if (!value.is_string()) {
                out.not_texts.insert(name);
            }
        }
    }
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string_view{} : std::string_view(it->second);
}

std::string_view Request::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view{}
                                     : std::string_view(target).substr(mark + 1);
}

std::optional<std::string> Params::get(std::string_view name) const {
    const auto it = single.find(name);
    return it == single.end() ? std::nullopt : std::optional(it->second);
}

std::string Params::text(std::string_view name) const {
    return get(name).value_or("");
}

Params read_params(const Request& request) {
    Params out;
    read_form(request.query(), out);
    const std::string_view type = request.header("content-type");
    if (type.find("json") != std::string_view::npos) {
        read_json(request.body, out);
    } else if (type.find("multipart/") == std::string_view::npos) {  // PHP skips these in a PATCH
        read_form(request.body, out);
    }
    return out;
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 207:
            return "Multi-Status";
        case 302:
            return "Found";
        case 400:
            return "Bad request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 412:
            return "Precondition failed";
        case 413:
            return "Payload Too Large";
        case 422:
            return "Unprocessable Entity";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

std::vector<std::string> decode_segments(std::string_view path) {
    std::vector<std::string> out;
    if (!path.empty() && path.front() == '/') {
        path.remove_prefix(1);
    }
    while (true) {
        const auto slash = path.find('/');
        out.push_back(url_decode(path.substr(0, slash), false));
        if (slash == std::string_view::npos) {
            return out;
        }
        path.remove_prefix(slash + 1);
    }
}

std::string url_decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 &&
            hex(text[i + 2]) >= 0) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string base64_decode(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) {
            continue;
        }
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> count) & 0xFFu);
        }
    }
    return out;
}

}  // namespace bn::testing::cloud
