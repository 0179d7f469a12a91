// Every status, code and odd shape of an answer, and every way to get none: what it means and what
// to do next. One table of rules (ocs_errors.cpp); the first that matches decides. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ocs/http_transport.hpp"
#include "ocs/ocs_codec.hpp"
#include "reconciler/model/error.hpp"

namespace bn::ocs {

enum class Product : std::uint8_t { kNextcloud, kOwncloud };
std::string_view to_string(Product product);

// The kinds of calls. Names (endpoint labels of metrics) are stable.
enum class Call : std::uint8_t {
    kStatus,
    kCapabilities,
    kWhoAmI,
    kListUsers,
    kDetails,
    kGetUser,
    kUserGroups,
    kListGroups,
    kGroupMembers,
    kCreate,
    kSetQuota,
    kSetEmail,
    kSetPassword,
    kSetName,
    kEnable,
    kDisable,
    kDelete,
    kAddGroup,
    kRemoveGroup,
    kHome,   // our own files, over WebDAV: which cloud it is, and whether it was restored
    kPatch,  // several fields of an account
    kCreateGroup,
};
inline constexpr std::size_t kCallCount = 22;
std::string_view to_string(Call call);
bool writes(Call call);

// What a call did to the cloud.
enum class Effect : std::uint8_t {
    kDone,     // success
    kAlready,  // it was so before
    kNone,     // certainly nothing
    kUnknown,  // perhaps
    kLook,     // a GET of the account tells
    kBegun,    // as kLook; what is there is this create's, unfinished, or of who was as quick
    kVain,     // nothing by this call, which came too late; a GET tells what stands there
    kAbsent,   // reads: the account is certainly not there
    kWhoAmI,   // a GET with our login tells whether the login is bad or the account
};

// What makes no sense any more with these settings.
enum class Stops : std::uint8_t {
    kNothing,
    kWrites,  // the login is good for reading only
    kAll,     // the login is refused
};

// What one answer, or none, means.
struct Judgement {
    Effect effect = Effect::kUnknown;
    Error error;  // empty code on success
    Stops stops = Stops::kNothing;
    bool sent = true;       // the server may have counted the request
    bool too_much = false;  // it took too long, or its answer was too large: less may do

    Judgement() = default;

    [[nodiscard]] bool ok() const { return error.code.empty(); }
};

// What there is to judge.
struct Question {
    Call call = Call::kStatus;
    Product product = Product::kNextcloud;
    int major = 0;        // 0: not known yet
    std::string subject;  // for the sentence: "user ivan on https://cloud.example"
    std::string base_url;

    Question() = default;
};

Judgement judge(const Question& question, const HttpResponse& response, const Meta& meta);
Judgement judge(const Question& question, const TransportError& error);

// "ok", "2xx_error", "3xx", "4xx", "5xx", "timeout", "network", "local": metric labels.
std::string_view outcome_label(const HttpResult& result, const Judgement& judged);

}  // namespace bn::ocs
