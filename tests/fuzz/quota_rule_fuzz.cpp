// Sizes: what a tariff, its units and what was ordered come to; and the clouds' texts of a size.
#include <algorithm>

#include "bm_reader/quota_rule.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/sold.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::quota_rule_fuzz {
namespace {

using namespace bn::bm_reader;

// Mostly small, sometimes anything.
Number number_of(Input& input) {
    const std::uint8_t kind = input.byte();
    switch (kind % 4) {
        case 0:
            return {};
        case 1:
            return kind == 255 ? Number::bad() : Number(static_cast<std::int64_t>(input.number(8)));
        default:
            return Number(input.byte());
    }
}

Amounts amounts_of(Input& input) {
    Amounts amounts;
    amounts.addonlimit = number_of(input);
    amounts.addonmax = number_of(input);
    amounts.addonmaxtrial = number_of(input);
    amounts.intvalue = number_of(input);
    return amounts;
}

MeasureTable measures_of(Input& input) {
    std::vector<Measure> measures{{1, "b", {}, {}}, {2, "kib", 1, 1024}, {3, "mib", 2, 1024}};
    for (int more = input.byte() % 4; more > 0; --more) {
        const std::uint32_t id = 1 + input.byte() % 8;
        const std::uint8_t less = input.byte() % 8;
        measures.push_back(
            {id,
             input.byte() % 2 == 0 ? "b" : "unit",
             less == 0 ? Number() : Number(less),
             number_of(input)}
        );
    }
    return MeasureTable(std::move(measures));
}

void rule(Input input) {
    const MeasureTable measures = measures_of(input);
    std::vector<Resource> resources;
    for (std::uint32_t i = input.byte() % 3; i > 0; --i) {
        Resource resource;
        static_cast<Amounts&>(resource) = amounts_of(input);
        resource.id = i;
        const std::uint8_t flags = input.byte();
        resource.active = (flags & 1) != 0;
        resource.option = (flags & 6) == 6;
        resource.addontype = number_of(input);
        resource.billtype = number_of(input);
        resource.measure = Number(1 + input.byte() % 8);
        resources.push_back(std::move(resource));
    }
    std::vector<Child> children;
    for (std::uint32_t i = input.byte() % 3; i > 0; --i) {
        Child child;
        static_cast<Amounts&>(child) = amounts_of(input);
        child.id = i;
        child.resource = 1 + input.byte() % 3;
        children.push_back(child);
    }
    const bool trial = input.byte() % 2 == 1;
    const std::uint8_t word = input.byte() % 3;
    const Quota uncapped = word == 0   ? Quota::unknown()
                           : word == 1 ? Quota::unlimited()
                                       : Quota::bytes(1 << 20);
    const auto bytes = disk_quota(7, resources, children, trial, measures, uncapped);
    demand(!bytes || bytes->is_size(), "what is sold is a size");
    demand(
        !bytes || !bytes->is_unlimited() || uncapped.is_unlimited(),
        "nothing is unlimited without a word"
    );
    demand(
        bytes || (!bytes.error().detail.empty() && !bytes.error().remedy.empty()),
        "a hold says why, and what to do"
    );
    std::ranges::reverse(resources);
    std::ranges::reverse(children);
    const auto turned = disk_quota(7, resources, children, trial, measures, uncapped);
    demand(
        bytes.has_value() == turned.has_value() && (!bytes || *bytes == *turned),
        "the order of rows says nothing"
    );
    demand(!bytes || !resources.empty(), "no resource, no size");
}

void cloud_texts(std::string_view text) {
    if (const auto read = parse_cloud_text(text)) {
        demand(!read->is_unknown(), "what a cloud takes is known", text);
        demand(!read->is_not_set() || text == "default", "what a cloud takes is a size", text);
        if (read->is_not_set()) {
            return;
        }
        const Quota kept = canonical(*read);
        demand(canonical(kept) == kept, "what a cloud keeps is a fixed point", text);
        demand(same_meaning(kept, kept), "a size means itself", text);
        const auto sent = parse_cloud_text(wire_text(*read));
        demand(sent && canonical(*sent) == kept, "a cloud reads what is sent", wire_text(*read));
    }
}

void cloud_bytes(std::int64_t bytes) {
    const Quota kept = canonical(Quota::bytes(std::max<std::int64_t>(bytes, 0)));
    demand(canonical(kept) == kept, "what a cloud keeps is a fixed point", to_string(kept));
    demand(
        parse_cloud_text(wire_text(kept)) == kept, "a cloud reads what is sent", wire_text(kept)
    );
}

void sold(std::string_view text) {
    Sold before;
    before.quota = Quota::bytes(1024);
    before.wanted = Wanted::kEnabled;
    Sold after = before;
    for (const char* field :
         {"tariff", "quota", "status", "group", "login", "client", "opened before us"}) {
        apply_change(after, {field, "", std::string(text)});
    }
    Sold replayed = before;
    for (const SoldChange& change : sold_changes(before, after)) {
        apply_change(replayed, change);
    }
    demand(replayed == after, "changes lead from one reading to the other", text);
}

}  // namespace

BN_FUZZ_TARGET(quota_rule) {
    const std::uint8_t what = input.byte() % 4;
    if (what == 0) {
        const std::string_view text = input.rest();
        cloud_texts(text);
        sold(text);
    } else if (what == 1) {
        cloud_bytes(static_cast<std::int64_t>(input.number(8)));
    } else {
        rule(input);
    }
}

}  // namespace bn::fuzz::quota_rule_fuzz
