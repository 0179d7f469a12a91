#include "reconciler/model/sold.hpp"

#include <charconv>

namespace bn {
namespace {

std::string quota_text(Quota quota) {
    return quota.is_bytes() ? std::to_string(quota.count()) : to_string(quota);
}

constexpr const char* kOpenedBeforeUs = "opened before us";

std::string yes_text(bool so) {
    return so ? "yes" : "";
}

template <class T>
bool parse_number(std::string_view text, T& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
}

void read_quota(Quota& quota, std::string_view text) {
    std::int64_t bytes = 0;
    if (text == to_string(Quota::unlimited())) {
        quota = Quota::unlimited();
    } else if (text == to_string(Quota::unknown())) {
        quota = Quota::unknown();
    } else if (parse_number(text, bytes) && bytes >= 0) {
        quota = Quota::bytes(bytes);
    }
}

}  // namespace

std::vector<SoldChange> sold_changes(const Sold& before, const Sold& after) {
    std::vector<SoldChange> changes;
    const auto compare = [&](const char* field, std::string was, std::string is) {
        if (was != is) {
            changes.push_back({field, std::move(was), std::move(is)});
        }
    };
    compare("tariff", std::to_string(before.tariff), std::to_string(after.tariff));
    compare("quota", quota_text(before.quota), quota_text(after.quota));
    compare("status", std::string(to_string(before.wanted)), std::string(to_string(after.wanted)));
    compare("group", before.group, after.group);
    compare("login", before.login, after.login);
    compare("client", std::to_string(before.client), std::to_string(after.client));
    compare(kOpenedBeforeUs, yes_text(before.opened_before_us), yes_text(after.opened_before_us));
    return changes;
}

void apply_change(Sold& sold, const SoldChange& change) {
    if (change.field == "tariff") {
        parse_number(change.after, sold.tariff);
    } else if (change.field == "quota") {
        read_quota(sold.quota, change.after);
    } else if (change.field == "status") {
        sold.wanted = from_name<Wanted>(change.after).value_or(sold.wanted);
    } else if (change.field == "group") {
        sold.group = change.after;
    } else if (change.field == "login") {
        sold.login = change.after;
    } else if (change.field == "client") {
        parse_number(change.after, sold.client);
    } else if (change.field == kOpenedBeforeUs) {
        sold.opened_before_us = change.after == yes_text(true);
    }
}

}  // namespace bn
