#include "bm_reader/quota_rule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::bm_reader::quota_rule_test {
namespace {

constexpr std::int64_t kGib = 1LL << 30;

MeasureTable units() {
    return MeasureTable(
        {{1, "byte", {}, {}},
         {2, "kib", 1, 1024},
         {3, "mib", 2, 1024},
         {4, "gib", 3, 1024},
         {5, "tib", 4, 1024}}
    );
}

Resource disk(std::int64_t billtype = 2) {
    Resource r;
    r.id = 20;
    r.active = true;
    r.addontype = 2;
    r.billtype = billtype;
    r.measure = 4;
    return r;
}

Child child() {
    Child c;
    c.id = 99;
    c.resource = 20;
    return c;
}

HoldCode code_of(const OrHold<std::int64_t>& value) {
    EXPECT_FALSE(value.has_value());
    EXPECT_TRUE(
        value || (!value.error().where.empty() && !value.error().detail.empty() &&
                  !value.error().remedy.empty())
    );
    return value ? HoldCode::kPaused : value.error().code;
}

OrHold<std::int64_t> in_bytes(const OrHold<Quota>& quota) {
    return quota.map([](Quota q) { return q.is_bytes() ? q.count() : -1; });
}

OrHold<std::int64_t> one(
    const Resource& r,
    const std::vector<Child>& children = {},
    bool trial = false,
    Quota uncapped = Quota::unknown()
) {
    return in_bytes(disk_quota(10, std::span(&r, 1), children, trial, units(), uncapped));
}

TEST(QuotaRule, IncludedPlusOrdered) {
    Resource r = disk();
    r.addonlimit = 10;
    EXPECT_EQ(one(r), 10 * kGib);
    Child c = child();
    c.intvalue = 5;
    EXPECT_EQ(one(r, {c}), 15 * kGib);
    c.addonlimit = 3;  // personal override of the included amount
    EXPECT_EQ(one(r, {c}), 8 * kGib);
    r.addonlimit = {};
    c.addonlimit = {};
    EXPECT_EQ(one(r, {c}), 5 * kGib);
    EXPECT_EQ(one(r), 0);
}

TEST(QuotaRule, ByStatisticsTakesTheCeiling) {
    Resource r = disk(3);
    r.addonlimit = 10;
    EXPECT_EQ(code_of(one(r)), HoldCode::kBadNumber);
    r.addonmax = 200;
    EXPECT_EQ(one(r), 200 * kGib);
    Child c = child();
    c.addonmax = 7;
    c.intvalue = 100;
    EXPECT_EQ(one(r, {c}), 7 * kGib);
}

TEST(QuotaRule, PayPerUseWithoutAMaximumIsSoldAsTheConfigurationSays) {
    Resource r = disk(3);
    for (const Number& none : {Number(), Number(0)}) {
        r.addonmax = none;
        const auto held = one(r);
        ASSERT_FALSE(held);
        EXPECT_EQ(held.error().where, "pricelist 20");
        EXPECT_NE(held.error().remedy.find("uncapped"), std::string::npos);
        const auto unlimited =
            disk_quota(10, std::span(&r, 1), {}, false, units(), Quota::unlimited());
        EXPECT_EQ(unlimited, Quota::unlimited());
        EXPECT_EQ(one(r, {}, false, Quota::bytes(7 * kGib)), 7 * kGib);
    }
    // A maximum that the panel names goes before the setting, also the client's own.
    Child c = child();
    c.addonmax = 3;
    EXPECT_EQ(one(r, {c}, false, Quota::unlimited()), 3 * kGib);
    r.addonmaxtrial = 1;
    EXPECT_EQ(one(r, {}, true, Quota::unlimited()), kGib);
    EXPECT_EQ(one(r, {}, true), kGib);
    // What cannot be billed in bytes is held whatever is said.
    r.measure = 77;
    EXPECT_EQ(code_of(one(r, {}, false, Quota::unlimited())), HoldCode::kBadMeasure);
    r = disk(3);
    r.addonmax = -1;
    EXPECT_EQ(code_of(one(r, {}, false, Quota::unlimited())), HoldCode::kBadNumber);
}

TEST(QuotaRule, ASizeBesidePayPerUseCounts) {
    Resource use = disk(3);
    Resource size = disk(1);
    size.id = 21;
    size.addonlimit = 5;
    for (const Quota uncapped : {Quota::unknown(), Quota::unlimited()}) {
        const Resource both[] = {use, size};
        EXPECT_EQ(in_bytes(disk_quota(10, both, {}, false, units(), uncapped)), 5 * kGib);
        const Resource turned[] = {size, use};
        EXPECT_EQ(in_bytes(disk_quota(10, turned, {}, false, units(), uncapped)), 5 * kGib);
    }
}

TEST(QuotaRule, EveryKindOfBilling) {
    for (const std::int64_t billtype : {0, 1, 2, 3, 5}) {
        Resource r = disk(billtype);
        r.addonlimit = 1;
        r.addonmax = 1;
        EXPECT_EQ(one(r), kGib) << billtype;
    }
    for (const std::int64_t billtype : {4, 10}) {
        Resource r = disk(billtype);
        r.addonlimit = 1;
        EXPECT_EQ(code_of(one(r)), HoldCode::kNoDisk) << billtype;
        EXPECT_EQ(code_of(one(r, {child()})), HoldCode::kNoDisk) << billtype;
    }
    for (const Number& billtype : {Number(), Number(6), Number(-1), Number(11), Number::bad()}) {
        Resource r = disk();
        r.billtype = billtype;
        EXPECT_EQ(code_of(one(r)), HoldCode::kUnknownAddonType);
    }
}

TEST(QuotaRule, OnlyIntegersHaveBytes) {
    for (const Number& type :
         {Number(), Number(0), Number(1), Number(3), Number(9), Number::bad()}) {
        Resource r = disk();
        r.addontype = type;
        r.addonlimit = 10;
        EXPECT_EQ(code_of(one(r)), HoldCode::kUnknownAddonType);
    }
}

TEST(QuotaRule, TrialCaps) {
    Resource r = disk();
    r.addonlimit = 10;
    EXPECT_EQ(one(r, {}, true), 10 * kGib);
    r.addonmaxtrial = 2;
    EXPECT_EQ(one(r, {}, true), 2 * kGib);
    EXPECT_EQ(one(r, {}, false), 10 * kGib);
    r.addonmaxtrial = 50;  // larger: no cap
    EXPECT_EQ(one(r, {}, true), 10 * kGib);
    Child c = child();
    c.addonmaxtrial = 1;
    EXPECT_EQ(one(r, {c}, true), kGib);
}

TEST(QuotaRule, InactiveCountsOnlyWhenOrdered) {
    Resource r = disk();
    r.active = false;
    r.addonlimit = 10;
    EXPECT_EQ(code_of(one(r)), HoldCode::kNoDisk);
    EXPECT_EQ(one(r, {child()}), 10 * kGib);
    r.active = true;
    r.option = true;
    EXPECT_EQ(code_of(one(r)), HoldCode::kNoDisk);
    EXPECT_EQ(one(r, {child()}), 10 * kGib);
}

TEST(QuotaRule, TwoResourcesMustAgree) {
    Resource a = disk();
    a.addonlimit = 1;
    Resource b = disk();
    b.id = 21;
    b.addonlimit = 1024;
    b.measure = 3;
    const Resource both[] = {a, b};
    EXPECT_EQ(in_bytes(disk_quota(10, both, {}, false, units())), kGib);
    const Child extra[] = {[] {
        Child c = child();
        c.resource = 21;
        c.intvalue = 1;
        return c;
    }()};
    EXPECT_EQ(code_of(in_bytes(disk_quota(10, both, extra, false, units()))), HoldCode::kNoDisk);
    EXPECT_EQ(code_of(in_bytes(disk_quota(10, {}, {}, false, units()))), HoldCode::kNoDisk);
}

TEST(QuotaRule, TwoChildrenMustAgree) {
    Resource r = disk();
    r.addonlimit = 1;
    Child a = child();
    a.intvalue = 1;
    Child b = a;
    b.id = 100;
    EXPECT_EQ(one(r, {a, b}), 2 * kGib);
    b.intvalue = 2;
    EXPECT_EQ(code_of(one(r, {a, b})), HoldCode::kBadNumber);
    Child c = a;
    c.id = 101;
    EXPECT_EQ(code_of(one(r, {a, b, c})), HoldCode::kBadNumber);  // not only the last counts
    b.resource = 77;  // of another tariff, left over from a change
    EXPECT_EQ(one(r, {a, b}), 2 * kGib);
}

TEST(QuotaRule, BadAmountsHold) {
    Resource r = disk();
    for (const Number& amount : {Number(-1), Number::bad(), Number(INT64_MAX), Number(1LL << 33)}) {
        r.addonlimit = amount;
        EXPECT_EQ(code_of(one(r)), HoldCode::kBadNumber);
    }
    r.addonlimit = (1LL << 33) - 1;  // the last whole GiB below 2^63
    EXPECT_EQ(one(r), ((1LL << 33) - 1) * kGib);
    r.addonlimit = INT64_MAX;
    Child c = child();
    c.intvalue = 1;
    EXPECT_EQ(code_of(one(r, {c})), HoldCode::kBadNumber);
    c.intvalue = -5;
    const auto fault = one(r, {c});
    ASSERT_FALSE(fault);
    EXPECT_EQ(fault.error().where, "item 99");
}

TEST(Measures, UpAndDownToBytes) {
    // bit below byte: a unit that is smaller than a byte leads up.
    const MeasureTable table({{1, "byte", 9, 8}, {4, "gib", 1, kGib}, {9, "bit", {}, {}}});
    EXPECT_EQ(table.to_bytes(2, 4), 2 * kGib);
    EXPECT_EQ(table.to_bytes(7, 1), 7);
    EXPECT_EQ(table.to_bytes(16, 9), 2);
    EXPECT_EQ(code_of(table.to_bytes(15, 9)), HoldCode::kBadMeasure);
}

TEST(Measures, BrokenChainsHold) {
    EXPECT_EQ(code_of(units().to_bytes(1, 77)), HoldCode::kBadMeasure);
    const MeasureTable circle({{1, "byte", {}, {}}, {2, "a", 3, 2}, {3, "b", 2, 2}});
    EXPECT_EQ(code_of(circle.to_bytes(1, 2)), HoldCode::kBadMeasure);
    for (const Number& relation : {Number(), Number(0), Number(-1), Number::bad()}) {
        const MeasureTable table({{1, "byte", {}, {}}, {2, "kib", 1, relation}});
        EXPECT_EQ(code_of(table.to_bytes(0, 2)), HoldCode::kBadMeasure);
    }
    const MeasureTable dangling({{1, "byte", {}, {}}, {2, "kib", 55, 1024}});
    EXPECT_EQ(code_of(dangling.to_bytes(1, 2)), HoldCode::kBadMeasure);
    const MeasureTable no_byte({{2, "kib", {}, {}}});
    EXPECT_EQ(code_of(no_byte.to_bytes(1, 2)), HoldCode::kBadMeasure);
    const MeasureTable apart({{1, "byte", {}, {}}, {2, "piece", {}, {}}});
    EXPECT_EQ(code_of(apart.to_bytes(1, 2)), HoldCode::kBadMeasure);
    const MeasureTable huge({{1, "byte", {}, {}}, {2, "x", 1, INT64_MAX}, {3, "y", 2, 4}});
    EXPECT_EQ(code_of(huge.to_bytes(0, 3)), HoldCode::kBadMeasure);
}

// The rule once more, written as it is spoken, in 128 bits.
__extension__ typedef __int128 Wide;

std::optional<std::int64_t> naive(const Resource& r, const Child* c, bool trial) {
    const auto pick = [&](Number own, Number of_tariff) { return own.null() ? of_tariff : own; };
    const Child none;
    const Child& own = c == nullptr ? none : *c;
    Wide value = 0;
    if (r.billtype.value() == 3) {
        const bool empty = own.addonmax.value_or(0) == 0;
        const Number ceiling = empty ? r.addonmax : own.addonmax;
        const Number trial_most = trial ? pick(own.addonmaxtrial, r.addonmaxtrial) : Number();
        if (ceiling.value_or(0) < 0 || (ceiling.value_or(0) == 0 && trial_most.value_or(0) == 0)) {
            return std::nullopt;
        }
        value = ceiling.value_or(0) == 0 ? trial_most.value() : ceiling.value();
    } else {
        const Number included = pick(own.addonlimit, r.addonlimit);
        if (included.value_or(0) < 0 || own.intvalue.value_or(0) < 0) {
            return std::nullopt;
        }
        value = Wide(included.value_or(0)) + own.intvalue.value_or(0);
        if (value > INT64_MAX) {
            return std::nullopt;
        }
    }
    if (trial) {
        const Number cap = pick(own.addonmaxtrial, r.addonmaxtrial);
        if (cap.value_or(0) < 0) {
            return std::nullopt;
        }
        if (!cap.null() && cap.value() < value) {
            value = cap.value();
        }
    }
    for (std::int64_t unit = r.measure.value(); unit > 1; --unit) {
        value *= 1024;
    }
    return value > INT64_MAX ? std::nullopt : std::optional(static_cast<std::int64_t>(value));
}

Number any_number() {
    return *rc::gen::weightedOneOf<Number>(
        {{2, rc::gen::just(Number())},
         {6,
          rc::gen::map(rc::gen::inRange<std::int64_t>(0, 5000), [](auto n) { return Number(n); })},
         {1, rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](auto n) { return Number(n); })}}
    );
}

TEST(QuotaRule, AgreesWithTheRuleAsSpoken) {
    const MeasureTable table = units();
    EXPECT_TRUE(rc::check("exact or held, never another value", [&] {
        Resource r = disk(*rc::gen::element<std::int64_t>(0, 1, 2, 3, 5));
        r.measure = *rc::gen::inRange<std::int64_t>(1, 6);
        r.addonlimit = any_number();
        r.addonmax = any_number();
        r.addonmaxtrial = any_number();
        Child c = child();
        c.addonlimit = any_number();
        c.addonmax = any_number();
        c.addonmaxtrial = any_number();
        c.intvalue = any_number();
        const bool with_child = *rc::gen::arbitrary<bool>();
        const bool trial = *rc::gen::arbitrary<bool>();
        const Child* own = with_child ? &c : nullptr;
        const auto children = std::span(&c, with_child ? 1 : 0);
        const auto got = in_bytes(disk_quota(10, std::span(&r, 1), children, trial, table));
        const auto want = naive(r, own, trial);
        RC_ASSERT(got.has_value() == want.has_value());
        RC_ASSERT((!want || *got == *want));
    }));
}

}  // namespace
}  // namespace bn::bm_reader::quota_rule_test
