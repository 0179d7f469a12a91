#include "ocs/ocs_codec.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

#include <fmt/core.h>
#include <simdjson.h>

#include "base/text.hpp"

namespace bn::ocs {

namespace {

namespace od = simdjson::ondemand;
using simdjson::SUCCESS;

od::parser& parser() {
    thread_local od::parser shared;
    return shared;
}

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxMessage = 300;
constexpr int kMaxCode = 9999;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Opens the document; false for anything that is no JSON object.
bool open(std::string& body, od::document& document, od::object& root) {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    const std::size_t mark = body.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    simdjson::padded_string_view view(
        body.data() + mark, body.size() - mark, body.capacity() - mark
    );
    return parser().iterate(view).get(document) == SUCCESS &&
           document.get_object().get(root) == SUCCESS;
}

// A text, or a number or literal as it is written.
bool text_of(od::value value, std::string_view& text) {
    od::json_type type{};
    if (value.type().get(type) != SUCCESS) {
        return false;
    }
    if (type == od::json_type::string) {
        return value.get_string().get(text) == SUCCESS;
    }
    if (type == od::json_type::number || type == od::json_type::boolean) {
        text = value.raw_json_token();
        while (!text.empty() && (blank(text.back()))) {
            text.remove_suffix(1);
        }
        return true;
    }
    text = {};
    return type == od::json_type::null;
}

// true, false, 1 or 0, as a word or in quotes. `known`: it is one of these.
bool flag_of(od::value value, bool& flag, bool& known) {
    std::string_view text;
    if (!text_of(value, text)) {
        return false;
    }
    flag = text == "true" || text == "1";
    known = flag || text == "false" || text == "0";
    return true;
}

bool number_of(od::value value, double& number) {
    std::string_view text;
    if (!text_of(value, text) || text.empty()) {
        return false;
    }
    const char* end = text.data() + text.size();
    auto parsed = std::from_chars(text.data(), end, number);
    return parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(number);
}

// For each field of an object. False: damaged.
template <class Each>
bool for_fields(od::object& object, Each each) {
    for (auto item : object) {
        std::string_view key;
        od::value inner;
        if (item.unescaped_key().get(key) != SUCCESS || item.value().get(inner) != SUCCESS ||
            !each(key, inner)) {
            return false;
        }
    }
    return true;
}

// An empty PHP map comes as []; a list with something in it is none.
template <class Each>
bool for_fields(od::value value, Each each) {
    od::json_type type{};
    if (value.type().get(type) != SUCCESS) {
        return false;
    }
    if (type == od::json_type::array) {
        od::array array;
        bool empty = false;
        return value.get_array().get(array) == SUCCESS && array.is_empty().get(empty) == SUCCESS &&
               empty;
    }
    if (type == od::json_type::null) {
        return true;
    }
    od::object object;
    if (type != od::json_type::object || value.get_object().get(object) != SUCCESS) {
        return false;
    }
    return for_fields(object, each);
}

template <class Each>
bool for_elements(od::value value, Each each) {
    od::json_type type{};
    if (value.type().get(type) != SUCCESS) {
        return false;
    }
    if (type == od::json_type::object) {  // PHP makes a map of a list with holes
        return for_fields(value, [&](std::string_view, od::value inner) { return each(inner); });
    }
    od::array array;
    if (type != od::json_type::array || value.get_array().get(array) != SUCCESS) {
        return type == od::json_type::null;
    }
    for (auto item : array) {
        od::value inner;
        if (item.get(inner) != SUCCESS || !each(inner)) {
            return false;
        }
    }
    return true;
}

// Cut, and fit to be shown.
std::string message_of(std::string_view text) {
    return base::shortened(base::clean_utf8(text.substr(0, kMaxMessage)), kMaxMessage);
}

bool read_fields(od::value fields, Meta& meta) {
    return for_fields(fields, [&](std::string_view key, od::value value) {
        if (key == "statuscode") {
            double code = 0;
            if (!number_of(value, code) || code < 0 || code > kMaxCode) {
                return false;
            }
            meta.code = static_cast<int>(code);
        } else if (key == "message") {
            std::string_view text;
            if (!text_of(value, text)) {
                return false;
            }
            meta.message = message_of(text);
        }
        return true;
    });
}

// A refused login is answered in XML whatever was asked for.
void read_xml_meta(std::string_view body, Meta& meta) {
    constexpr std::string_view kOpen = "<statuscode>";
    const auto at = body.find(kOpen);
    if (!body.starts_with("<?xml") || body.find("<ocs>") == std::string_view::npos ||
        at == std::string_view::npos) {
        return;
    }
    const char* begin = body.data() + at + kOpen.size();
    std::uint16_t code = 0;
    if (std::from_chars(begin, body.data() + body.size(), code).ec != std::errc() || code == 0 ||
        code > kMaxCode) {
        return;
    }
    meta.code = code;
    constexpr std::string_view kMessage = "<message>";
    auto from = body.find(kMessage);
    const auto to = body.find("</message>");
    if (from != std::string_view::npos && to != std::string_view::npos && from < to) {
        from += kMessage.size();
        meta.message = message_of(body.substr(from, to - from));
    }
    meta.shape = Shape::kOcs;
}

// The meta, handing `data` to `on_data` (which returns false for damage).
template <class OnData>
Meta read_ocs(std::string& body, OnData on_data) {
    Meta meta;
    if (std::all_of(body.begin(), body.end(), blank)) {
        return meta;
    }
    meta.shape = Shape::kOther;
    od::document document;
    od::object root;
    if (!open(body, document, root)) {
        read_xml_meta(body, meta);
        return meta;
    }
    bool has_meta = false;
    const auto in_ocs = [&](std::string_view name, od::value inner) {
        if (name == "meta") {
            has_meta = true;
            return read_fields(inner, meta);
        }
        return name == "data" ? on_data(inner) : true;
    };
    const bool sound = for_fields(root, [&](std::string_view key, od::value value) {
        return key != "ocs" || for_fields(value, in_ocs);
    });
    if (!sound) {
        return meta;
    }
    meta.shape = has_meta && meta.code != 0 ? Shape::kOcs : Shape::kPlainJson;
    return meta;
}

// The meta, handing the member `name` of the data to `take`.
template <class Take>
Meta read_member(std::string& body, std::string_view name, Take take) {
    return read_ocs(body, [&](od::value data) {
        return for_fields(data, [&](std::string_view key, od::value value) {
            return key != name || take(value);
        });
    });
}

// The same of a list that a success must have: one that is not there is not an empty one.
template <class Take>
Meta read_list(std::string& body, std::string_view name, Take take) {
    bool there = false;
    Meta meta = read_member(body, name, [&](od::value list) {
        od::json_type type{};
        there = list.type().get(type) == SUCCESS && type != od::json_type::null;
        return take(list);
    });
    const bool success = meta.code == 100 || meta.code == 200;
    if (meta.shape == Shape::kOcs && success && !there) {
        meta.shape = Shape::kOther;
    }
    return meta;
}

Quota quota_of_number(double number) {
    if (number >= 0 && number < 9.2e18) {
        return Quota::bytes(static_cast<std::int64_t>(number));
    }
    return number == -3 ? Quota::unlimited() : Quota::unknown();
}

// Nextcloud: {"quota":N|"none"|-3,"used":N}. ownCloud: {"definition":"5 GB","used":N,...}.
// `defined`: it is ownCloud's.
bool read_quota(od::value value, ActualAccount& account, bool& defined) {
    Quota& quota = account.quota;
    return for_fields(value, [&](std::string_view key, od::value inner) {
        std::string_view text;
        double number = 0;
        if (key == "used") {
            if (!text_of(inner, text)) {
                return false;
            }
            auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
            account.has_files = parsed.ec == std::errc() && number > 0;
            if (parsed.ec == std::errc() && number >= 0 && number < 9.2e18) {
                account.used = static_cast<std::uint64_t>(number);
            }
        } else if (key == "quota" || key == "definition") {
            defined = defined || key == "definition";
            if (!text_of(inner, text)) {
                return false;
            }
            const char* end = text.data() + text.size();
            auto parsed = std::from_chars(text.data(), end, number);
            if (text == "none") {
                quota = Quota::unlimited();
            } else if (!text.empty() && parsed.ec == std::errc() && parsed.ptr == end) {
                quota = quota_of_number(number);
            } else {
                // ownCloud's definition is what is stored: `default`, or what is no size, is none.
                quota = parse_cloud_text(text).value_or(
                    key == "definition" ? Quota::not_set() : Quota::unknown()
                );
            }
        }
        return true;
    });
}

std::string_view lower(std::string_view text, std::string& room) {
    auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (std::none_of(text.begin(), text.end(), upper)) {
        return text;
    }
    room = text;
    for (char& c : room) {
        c = upper(c) ? static_cast<char>(c + 32) : c;
    }
    return room;
}

// One account's object, read field by field; reused from entry to entry.
class AccountReader {
  public:
    ActualAccount account;
    bool groups_known = false;

    AccountReader() { account.details_known = false; }

    bool read(od::value value) {
        auto groups = std::move(account.groups);
        groups.clear();
        account = ActualAccount();
        account.groups = std::move(groups);
        account.details_known = false;
        groups_known = false;
        quota_defined_ = false;
        const bool sound = for_fields(value, [this](std::string_view key, od::value inner) {
            return field(key, inner);
        });
        // ownCloud measures nothing before the first login makes a home.
        if (quota_defined_ && account.last_login == Time() && !account.used) {
            account.used = 0;
        }
        return sound;
    }

  private:
    bool field(std::string_view key, od::value value) {
        using Take = bool (AccountReader::*)(od::value);
        static constexpr std::pair<std::string_view, Take> kFields[] = {
            {"id", &AccountReader::id},
            {"quota", &AccountReader::quota},
            {"email", &AccountReader::email},
            {"groups", &AccountReader::groups},
            {"enabled", &AccountReader::enabled},
            {"backend", &AccountReader::backend},
            {"lastLogin", &AccountReader::last_login},
            {"last_login", &AccountReader::last_login_in_seconds},
            {"displayname", &AccountReader::name},
            {"display-name", &AccountReader::name},
        };
        const auto* const known =
            std::ranges::find(kFields, key, &std::pair<std::string_view, Take>::first);
        return known == std::end(kFields) || (this->*known->second)(value);
    }

    bool id(od::value value) { return text_of(value, account.login); }

    bool name(od::value value) { return text_of(value, account.display_name); }

    bool quota(od::value value) { return read_quota(value, account, quota_defined_); }

    bool enabled(od::value value) { return flag_of(value, account.enabled, account.details_known); }

    bool email(od::value value) {
        std::string_view text;
        bool sound = text_of(value, text);
        account.email = lower(text, email_room_);
        return sound;
    }

    bool backend(od::value value) {
        std::string_view text;
        bool sound = text_of(value, text);
        account.local_backend = text.empty() || text == "Database";
        return sound;
    }

    bool last_login(od::value value) { return logged_in_at(value, 1); }

    bool last_login_in_seconds(od::value value) { return logged_in_at(value, 1000); }

    bool logged_in_at(od::value value, double milliseconds) {
        constexpr double kEnd = 1e14;  // milliseconds: the year 5138
        double when = 0;
        if (number_of(value, when) && when >= 0 && when * milliseconds < kEnd) {
            account.last_login = Time(Duration(std::llround(when * milliseconds)));
        }
        return true;
    }

    bool groups(od::value value) {
        groups_known = true;
        return for_elements(value, [this](od::value item) {
            std::string_view name;
            if (!text_of(item, name)) {
                return false;
            }
            account.admin = account.admin || name == "admin";
            account.groups.push_back(name);
            return true;
        });
    }

    std::string email_room_;
    bool quota_defined_ = false;
};

}  // namespace

Meta read_meta(std::string& body) {
    return read_ocs(body, [](od::value) { return true; });
}

Meta read_created(std::string& body, std::string& id) {
    return read_member(body, "id", [&](od::value value) {
        std::string_view text;
        const bool sound = text_of(value, text);
        id = text.substr(0, kMaxName);
        return sound;
    });
}

Meta read_names(std::string& body, std::string_view list, std::vector<std::string>& names) {
    return read_list(body, list, [&](od::value value) {
        return for_elements(value, [&](od::value item) {
            std::string_view name;
            if (!text_of(item, name)) {
                return false;
            }
            names.emplace_back(name.substr(0, kMaxName));
            return true;
        });
    });
}

Meta read_details(std::string& body, AccountSink& sink, std::uint16_t part, PageCount& page) {
    AccountReader reader;
    std::vector<AccountSink::Key> there;
    const auto each = [&](std::string_view key, od::value value) {
        if (!reader.read(value)) {
            return false;
        }
        if (reader.account.login.empty()) {
            reader.account.login = key;
        }
        // Without its groups it may be an administrator.
        reader.account.details_known = reader.account.details_known && reader.groups_known;
        ++page.entries;
        if (!reader.account.login.empty()) {
            there.push_back(AccountSink::key_of(reader.account.login));
            sink.table.add(reader.account, part);
        }
        return true;
    };
    Meta meta = read_list(body, "users", [&](od::value users) {
        od::json_type type{};
        if (users.type().get(type) != SUCCESS || type != od::json_type::array) {
            return for_fields(users, each);
        }
        // PHP makes a list of a map whose keys are 0, 1, ...: of an account that is named "0".
        std::size_t number = 0;
        return for_elements(users, [&](od::value user) {
            const std::string name = std::to_string(number++);
            return each(name, user) && reader.account.login == name;
        });
    });
    for (const AccountSink::Key key : meta.shape == Shape::kOcs ? there : decltype(there)()) {
        page.fresh += sink.met.insert(key).second ? 1U : 0U;
    }
    return meta;
}

Meta read_account(
    std::string& body, std::string_view login, OwnedActualAccount& account, bool& groups_known
) {
    AccountReader reader;
    Meta meta = read_ocs(body, [&](od::value data) { return reader.read(data); });
    const ActualAccount& seen = reader.account;
    account.login = seen.login.empty() ? login : seen.login;
    account.email = seen.email;
    account.display_name = reader.account.display_name;
    const AccountState& state = seen;
    static_cast<AccountState&>(account) = state;
    account.groups.assign(seen.groups.begin(), seen.groups.end());
    std::sort(account.groups.begin(), account.groups.end());
    groups_known = reader.groups_known;
    return meta;
}

std::optional<ServerStatus> read_status(std::string& body) {
    od::document document;
    od::object root;
    if (!open(body, document, root)) {
        return std::nullopt;
    }
    ServerStatus status;
    const bool sound = for_fields(root, [&](std::string_view key, od::value value) {
        std::string_view text;
        bool known = false;
        if (key == "maintenance") {
            return flag_of(value, status.maintenance, known);
        }
        if (key == "needsDbUpgrade") {
            return flag_of(value, status.needs_upgrade, known);
        }
        if (key == "productname" && text_of(value, text)) {
            status.product = text.substr(0, kMaxName);
        } else if (key == "versionstring" && text_of(value, text)) {
            status.version = text.substr(0, kMaxName);
        }
        return true;
    });
    if (!sound) {
        return std::nullopt;
    }
    const char* begin = status.version.data();
    auto parsed = std::from_chars(begin, begin + status.version.size(), status.major);
    if (parsed.ec != std::errc() || status.product.empty()) {
        return std::nullopt;
    }
    return status;
}

std::optional<HomeFacts> read_home(std::string_view body) {
    constexpr std::size_t kIdDigits = 8;  // of a file's number, before the instance id
    const auto text_of_element = [body](std::string_view name) -> std::optional<std::string_view> {
        const std::string open = fmt::format("<oc:{}>", name);
        const std::size_t at = body.find(open);
        const std::size_t end = body.find(fmt::format("</oc:{}>", name));
        if (at == std::string_view::npos || end == std::string_view::npos ||
            end < at + open.size() || end - at > kMaxName) {
            return std::nullopt;
        }
        return body.substr(at + open.size(), end - at - open.size());
    };
    const auto id = text_of_element("id");
    if (!id || body.find("multistatus") == std::string_view::npos) {
        return std::nullopt;
    }
    HomeFacts facts;
    const std::size_t digits = std::min(id->find_first_not_of("0123456789"), id->size());
    if (digits >= kIdDigits && std::ranges::all_of(*id, base::is_letter_or_digit)) {
        facts.identity = id->substr(digits);
    }
    if (const auto mark = text_of_element("data-fingerprint")) {
        const bool sound = std::ranges::all_of(*mark, base::is_letter_or_digit);
        facts.data_fingerprint = !sound ? "" : mark->empty() ? "none" : std::string(*mark);
    }
    return facts;
}

Meta read_password_rule(std::string& body, std::uint32_t& least) {
    const auto length = [&least](od::value value) {
        double number = 0;
        if (number_of(value, number) && number > 0 && number < 1000) {
            least = static_cast<std::uint32_t>(number);
        }
        return true;
    };
    const auto of_owncloud = [&](std::string_view key, od::value value) {
        return key != "minimum_characters" || length(value);
    };
    const auto policy = [&](std::string_view key, od::value value) {
        return key == "minLength"               ? length(value)
               : key == "password_requirements" ? for_fields(value, of_owncloud)
                                                : true;
    };
    auto app = [&](std::string_view key, od::value value) {
        return key != "password_policy" || for_fields(value, policy);
    };
    return read_member(body, "capabilities", [&](od::value all) { return for_fields(all, app); });
}

}  // namespace bn::ocs
