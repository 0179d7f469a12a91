#include "reconciler/model/hold.hpp"

#include <array>
#include <utility>

namespace bn {
namespace {

constexpr auto kNames = std::to_array<std::pair<HoldCode, std::string_view>>({
    {HoldCode::kNoTariff, "no-tariff"},
    {HoldCode::kDanglingReference, "dangling-reference"},
    {HoldCode::kNoDisk, "no-disk"},
    {HoldCode::kUnknownStatus, "unknown-status"},
    {HoldCode::kUnknownAddonType, "unknown-addon-type"},
    {HoldCode::kBadMeasure, "bad-measure"},
    {HoldCode::kBadNumber, "bad-number"},
    {HoldCode::kBadLogin, "bad-login"},
    {HoldCode::kLoginClash, "login-clash"},
    {HoldCode::kBadGroup, "bad-group"},
    {HoldCode::kBadSecret, "bad-secret"},
    {HoldCode::kNoServer, "no-server"},
    {HoldCode::kServerDisabled, "server-disabled"},
    {HoldCode::kMovedServer, "moved-server"},
    {HoldCode::kBadServer, "bad-server"},
    {HoldCode::kNotOurs, "not-ours"},
    {HoldCode::kProtected, "protected"},
    {HoldCode::kMissingGroup, "missing-group"},
    {HoldCode::kIncompleteRead, "incomplete-read"},
    {HoldCode::kForeignBackend, "foreign-backend"},
    {HoldCode::kLoginChanged, "login-changed"},
    {HoldCode::kInDoubt, "in-doubt"},
    {HoldCode::kBackoff, "backoff"},
    {HoldCode::kFighting, "fighting"},
    {HoldCode::kRefused, "refused"},
    {HoldCode::kRetention, "retention"},
    {HoldCode::kVanished, "vanished"},
    {HoldCode::kPolicy, "policy"},
    {HoldCode::kBlastRadius, "blast-radius"},
    {HoldCode::kIncompleteSnapshot, "incomplete-snapshot"},
    {HoldCode::kPaused, "paused"},
});

static_assert(
    kNames.size() == static_cast<std::size_t>(HoldCode::kPaused) + 1, "a hold code without a name"
);

}  // namespace

std::string_view to_string(HoldCode code) {
    for (const auto& [known, name] : kNames) {
        if (known == code) {
            return name;
        }
    }
    return "unknown";
}

std::optional<HoldCode> parse_hold_code(std::string_view name) {
    for (const auto& [code, known] : kNames) {
        if (known == name) {
            return code;
        }
    }
    return std::nullopt;
}

}  // namespace bn
