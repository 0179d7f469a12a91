#include "bm_reader/row_mapper.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/idn.hpp"
#include "base/text.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::size_t kLongestLogin = 64;
constexpr std::string_view kLoginMarks = " _.@-'";  // beside letters and digits
constexpr std::size_t kLongestGroup = 64;
constexpr std::size_t kLongestEmail = 254;

bool dots_are_fine(std::string_view part) {
    return !part.empty() && part.front() != '.' && part.back() != '.' &&
           part.find("..") == std::string_view::npos;
}

// The operation that decides, as `decide_wanted` documents it.
struct Deciding {
    Operation operation = Operation::kOther;  // kOther: none
    bool contradictory = false;
    bool concerns_us = false;
};

Deciding deciding(std::span<const Operation> operations) {
    Deciding result;
    bool close_pending = false;
    for (const Operation op : operations) {
        if (op == Operation::kOther) {
            continue;
        }
        result.concerns_us = true;
        if (op == Operation::kKeep) {
            result.operation =
                result.operation == Operation::kOther ? Operation::kKeep : result.operation;
            continue;
        }
        result.contradictory |= close_pending && op != Operation::kClose;
        close_pending |= op == Operation::kClose;
        result.operation = op;
    }
    return result;
}

// The table of `decide_wanted`; none: held.
std::optional<Wanted> wanted_of(std::int64_t status, Operation op, bool suspend_flag) {
    constexpr std::optional<Wanted> kHeld;
    constexpr std::optional kNone = Wanted::kNothing;
    constexpr std::optional kOn = Wanted::kEnabled;
    constexpr std::optional kOff = Wanted::kDisabled;
    constexpr std::optional kGone = Wanted::kAbsent;
    constexpr std::optional<Wanted> kTable[5][7] = {
        // open, reopen, resume, suspend, close, keep, none
        {kOn, kOn, kHeld, kHeld, kGone, kNone, kNone},    // 1 ordered
        {kOn, kOn, kOn, kOff, kGone, kOn, kOn},           // 2 active
        {kHeld, kOn, kOn, kOff, kGone, kOff, kOff},       // 3 suspended
        {kHeld, kOn, kHeld, kGone, kGone, kGone, kGone},  // 4 deleted
        {kOn, kOn, kOn, kOff, kGone, kOn, kHeld},         // 5 in progress
    };
    if (status < 1 || status > 5) {
        return kHeld;
    }
    if (status == 5 && op == Operation::kKeep && suspend_flag) {
        return kOff;
    }
    return kTable[status - 1][static_cast<std::size_t>(op)];
}

std::string unknown_detail(const Number& status, const Deciding& d) {
    if (d.contradictory) {
        return "a close is pending, and a later operation that needs the account";
    }
    if (status.is(5)) {
        return "status 5 (in progress), but no operation is pending that says what is in progress";
    }
    if (status.has_value() && status.value() >= 1 && status.value() <= 5) {
        return fmt::format(
            "status {} and its pending operations contradict each other", status.value()
        );
    }
    return fmt::format("status {} is not known (1 to 5 are)", to_string(status));
}

}  // namespace

Operation to_operation(std::string_view intname) {
    static constexpr std::pair<std::string_view, Operation> kNames[] = {
        {"open", Operation::kOpen},
        {"reopen", Operation::kReopen},
        {"resume", Operation::kResume},
        {"suspend", Operation::kSuspend},
        {"close", Operation::kClose},
        {"setparam", Operation::kKeep},
        {"prolong", Operation::kKeep},
    };
    const auto* const found =
        std::ranges::find(kNames, intname, [](const auto& name) { return name.first; });
    return found == std::end(kNames) ? Operation::kOther : found->second;
}

OrHold<Decision> decide_wanted(
    const Number& status, std::span<const Operation> operations, bool suspend_flag, ItemId item
) {
    const Deciding d = deciding(operations);
    const std::optional<Wanted> wanted = status.has_value() && !d.contradictory
                                             ? wanted_of(status.value(), d.operation, suspend_flag)
                                             : std::nullopt;
    if (!wanted) {
        return tl::unexpected(HoldReason{
            HoldCode::kUnknownStatus,
            fmt::format("item {}", item.value),
            unknown_detail(status, d),
            "look at the service and its running operations in the panel; finish or delete what "
            "is stuck there"});
    }
    return Decision{*wanted, d.concerns_us};
}

std::string login_fault(std::string_view login) {
    if (login.empty()) {
        return "is empty";
    }
    if (login.size() > kLongestLogin) {
        return fmt::format("is longer than {} characters", kLongestLogin);
    }
    if (!base::only_letters_digits_and(kLoginMarks, login)) {
        return "has characters other than letters, digits, blank and _.@-'";
    }
    if (login.front() == ' ' || login.back() == ' ') {
        return "begins or ends with a blank";
    }
    return login == "." || login == ".." ? "is a name of a folder" : "";
}

std::string only_login_characters(std::string_view text) {
    std::string kept(text);
    std::erase_if(kept, [](const char& c) {
        return !base::only_letters_digits_and(kLoginMarks, {&c, 1});
    });
    return kept;
}

std::string fill_template(std::string_view text, std::uint32_t item, std::uint32_t account) {
    std::string out(text);
    base::replace_all(out, "{item}", std::to_string(item));
    base::replace_all(out, "{account}", std::to_string(account));
    return out;
}

std::string usable_email(std::string_view email) {
    email = trim(email);
    const std::size_t at = email.find('@');
    if (email.size() > kLongestEmail || at == std::string_view::npos) {
        return {};
    }
    const std::string_view local = email.substr(0, at);
    const std::string domain = base::ascii_host(email.substr(at + 1)).value_or("");
    const bool fine = dots_are_fine(local) && dots_are_fine(domain) &&
                      base::only_letters_digits_and("!#$%&'*+-/=?^_`{|}~.", local) &&
                      base::only_letters_digits_and(".-", domain);
    return fine ? base::lower_ascii(fmt::format("{}@{}", local, domain)) : std::string();
}

std::string group_fault(std::string_view group) {
    if (!base::valid_utf8(group)) {
        return "is not valid UTF-8";
    }
    const auto characters = std::ranges::count_if(group, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    });
    if (characters > static_cast<std::ptrdiff_t>(kLongestGroup)) {
        return fmt::format("is longer than {} characters", kLongestGroup);
    }
    const bool control =
        std::ranges::any_of(group, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (control) {
        return "has control characters";
    }
    return group == "admin" ? "is the cloud's group of administrators" : "";
}

}  // namespace bn::bm_reader
