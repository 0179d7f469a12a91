#include "bm_reader/quota_rule.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bn::bm_reader {

namespace {

enum AddonType : std::int64_t { kInteger = 2 };

enum BillType : std::int64_t { kCompound = 4, kCalculated = 5, kManual = 10 };

tl::unexpected<HoldReason> fault(
    HoldCode code, std::string where, std::string detail, std::string remedy
) {
    return tl::unexpected(HoldReason{code, std::move(where), std::move(detail), std::move(remedy)});
}

tl::unexpected<HoldReason> bad_measure(std::uint32_t id, std::string detail) {
    return fault(
        HoldCode::kBadMeasure,
        fmt::format("measure {}", id),
        std::move(detail),
        "mend the chain of units down to 'byte' in the panel's list of measures, or give the "
        "resource another unit"
    );
}

tl::unexpected<HoldReason> bad_number(const std::string& where, const std::string& detail) {
    return fault(
        HoldCode::kBadNumber, where, detail, fmt::format("correct the amount of {}", where)
    );
}

std::string pricelist(std::uint32_t id) {
    return fmt::format("pricelist {}", id);
}

// The child's own value, else the resource's; a fault when the one that counts is not usable.
OrHold<Number> amount(
    const Resource& r, const Child* c, Number Amounts::*column, std::string_view name
) {
    const bool own = c != nullptr && !(c->*column).null();
    const Number number = own ? c->*column : r.*column;
    if (number.is_bad() || number.value_or(0) < 0) {
        return bad_number(
            own ? fmt::format("item {}", c->id) : pricelist(r.id),
            fmt::format("{} is {}: it must be a whole number of 0 or more", name, to_string(number))
        );
    }
    return number;
}

OrHold<void> check_kind(const Resource& r) {
    if (!r.addontype.is(kInteger)) {
        return fault(
            HoldCode::kUnknownAddonType,
            pricelist(r.id),
            fmt::format(
                "the disk resource has addontype {}: only an integer resource (2) has an amount "
                "of bytes",
                to_string(r.addontype)
            ),
            "make the resource an integer one with a unit"
        );
    }
    const bool known = r.billtype.has_value() && r.billtype.value() >= 0 &&
                       r.billtype.value() <= kCalculated && r.billtype.value() != kCompound;
    if (!known) {
        return fault(
            HoldCode::kUnknownAddonType,
            pricelist(r.id),
            fmt::format("the disk resource has billtype {}", to_string(r.billtype)),
            "bill the resource as included, ordered, by statistics or calculated"
        );
    }
    return {};
}

// In units of the resource; nothing: the panel names no size.
using Units = std::optional<std::int64_t>;

// Nobody sells a maximum of nothing: a panel whose form was left empty may store it so. Of a
// service, it is the tariff's then.
OrHold<Units> ceiling(const Resource& r, const Child* c) {
    const auto size = [](const Number& most) {
        return most.value_or(0) == 0 ? Units() : Units(most.value());
    };
    return amount(r, c, &Amounts::addonmax, "addonmax").map(size).and_then([&](Units own) {
        return own || c == nullptr ? OrHold<Units>(own)
                                   : amount(r, nullptr, &Amounts::addonmax, "addonmax").map(size);
    });
}

OrHold<Units> included_and_ordered(const Resource& r, const Child* c) {
    const auto included = amount(r, c, &Amounts::addonlimit, "addonlimit");
    const auto ordered = amount(r, c, &Amounts::intvalue, "intvalue");
    if (!included || !ordered) {
        return tl::unexpected(!included ? included.error() : ordered.error());
    }
    std::int64_t sum = 0;
    if (__builtin_add_overflow(included->value_or(0), ordered->value_or(0), &sum)) {
        return bad_number(
            c == nullptr ? pricelist(r.id) : fmt::format("item {}", c->id),
            "included and ordered amount together are beyond 2^63-1"
        );
    }
    return Units(sum);
}

OrHold<Units> units(const Resource& r, const Child* c, bool trial) {
    auto value = by_statistics(r) ? ceiling(r, c) : included_and_ordered(r, c);
    if (!value || !trial) {
        return value;
    }
    return amount(r, c, &Amounts::addonmaxtrial, "addonmaxtrial").map([&](const Number& cap) {
        const bool none = cap.null() || (!*value && cap.value() == 0);
        return none ? *value : Units(std::min(value->value_or(cap.value()), cap.value()));
    });
}

// Whether the resource is part of a service: `ordered` says that the service has a child of it.
bool counts(const Resource& resource, bool ordered) {
    const bool never = resource.billtype.is(kCompound) || resource.billtype.is(kManual);
    return !never && (ordered || (resource.active && !resource.option));
}

tl::unexpected<HoldReason> no_disk(std::uint32_t tariff, std::string detail, std::string remedy) {
    return fault(HoldCode::kNoDisk, pricelist(tariff), std::move(detail), std::move(remedy));
}

// The children of one resource: the first, and the last whose amounts are others.
struct OwnAmount {
    const Child* first = nullptr;
    const Child* other = nullptr;
};

OwnAmount children_of(const Resource& r, std::span<const Child> children) {
    OwnAmount own;
    for (const Child& child : children) {
        if (child.resource != r.id) {
            continue;
        }
        if (own.first == nullptr) {
            own.first = &child;
        } else if (static_cast<const Amounts&>(child) != *own.first) {
            own.other = &child;
        }
    }
    return own;
}

// The measure of a resource, applied to `amount`.
OrHold<std::int64_t> in_bytes(
    const Resource& resource, std::int64_t amount, const MeasureTable& measures
) {
    if (!resource.measure.has_value()) {
        return fault(
            HoldCode::kBadMeasure,
            pricelist(resource.id),
            fmt::format("the disk resource's measure is {}", to_string(resource.measure)),
            "give the resource a unit such as GiB"
        );
    }
    auto bytes = measures.to_bytes(amount, id_of(resource.measure));
    if (!bytes) {
        HoldReason why = bytes.error();
        why.detail = fmt::format("unit of {}: {}", pricelist(resource.id), why.detail);
        return tl::unexpected(std::move(why));
    }
    return bytes;
}

// What the panel says of one resource: a size, or by nothing that it says none.
OrHold<std::optional<std::int64_t>> size_in_bytes(
    const Resource& r, const OwnAmount& own, bool trial, const MeasureTable& measures
) {
    if (own.other != nullptr) {
        return bad_number(
            fmt::format("item {}", own.other->id),
            fmt::format(
                "items {} and {} both order {} for this service, with different amounts",
                own.first->id,
                own.other->id,
                pricelist(r.id)
            )
        );
    }
    const auto amount = check_kind(r).and_then([&] { return units(r, own.first, trial); });
    if (!amount) {
        return tl::unexpected(amount.error());
    }
    // Without an amount the unit is looked at all the same: used space is billed in it.
    return in_bytes(r, amount->value_or(0), measures).map([&](std::int64_t bytes) {
        return *amount ? std::optional(bytes) : std::nullopt;
    });
}

OrHold<Quota> without_a_size(const Resource& r, Quota uncapped) {
    if (uncapped.is_size()) {
        return uncapped;
    }
    return fault(
        HoldCode::kBadNumber,
        pricelist(r.id),
        "billed by statistics without a maximum (addonmax): the panel names no size",
        R"(say what is sold then: uncapped = "none" (unlimited) or a size like uncapped = "100 GiB", )"
        "in [defaults] or in the section of the server; or give the resource a maximum"
    );
}

}  // namespace

MeasureTable::MeasureTable(std::vector<Measure> measures) : measures_(std::move(measures)) {
    std::ranges::sort(measures_, {}, &Measure::id);
    const auto byte = std::ranges::find(measures_, "byte", &Measure::intname);
    if (byte != measures_.end()) {
        byte_ = byte->id;
    }
    for (const Measure& m : measures_) {
        factors_.emplace(m.id, factor(m));
    }
}

const Measure* MeasureTable::find(std::uint32_t id) const {
    const auto it = std::ranges::lower_bound(measures_, id, {}, &Measure::id);
    return it == measures_.end() || it->id != id ? nullptr : &*it;
}

OrHold<std::optional<std::int64_t>> MeasureTable::descend(const Measure& from, std::uint32_t to)
    const {
    std::int64_t product = 1;
    const Measure* m = &from;
    for (std::size_t steps = 0; m->id != to; ++steps) {
        if (steps > measures_.size()) {
            return bad_measure(from.id, fmt::format("the units of {} form a circle", from.id));
        }
        if (m->less.null()) {
            return std::nullopt;
        }
        if (!m->relation.has_value() || m->relation.value() <= 0) {
            return bad_measure(
                m->id,
                fmt::format("relation is {}: it must be a number above 0", to_string(m->relation))
            );
        }
        if (__builtin_mul_overflow(product, m->relation.value(), &product)) {
            return bad_measure(from.id, "one unit is more than 2^63-1 bytes");
        }
        const Measure* next = m->less.has_value() ? find(id_of(m->less)) : nullptr;
        if (next == nullptr) {
            return bad_measure(
                m->id, fmt::format("lessmeasure {} does not exist", to_string(m->less))
            );
        }
        m = next;
    }
    return product;
}

OrHold<MeasureTable::Factor> MeasureTable::factor(const Measure& measure) const {
    if (!byte_) {
        return bad_measure(measure.id, "there is no unit with the internal name 'byte'");
    }
    const auto down = descend(measure, *byte_);
    if (down && *down) {
        return Factor{**down, 1};
    }
    const auto up = down ? descend(*find(*byte_), measure.id) : down;
    if (!up) {
        return tl::unexpected(up.error());
    }
    if (*up) {
        return Factor{1, **up};
    }
    return bad_measure(measure.id, "the unit does not lead to bytes");
}

OrHold<std::int64_t> MeasureTable::to_bytes(std::int64_t amount, std::uint32_t id) const {
    const auto it = factors_.find(id);
    if (it == factors_.end()) {
        return bad_measure(id, fmt::format("measure {} does not exist", id));
    }
    if (!it->second) {
        return tl::unexpected(it->second.error());
    }
    const Factor& factor = *it->second;
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(amount, factor.multiply, &bytes)) {
        return fault(
            HoldCode::kBadNumber,
            fmt::format("measure {}", id),
            fmt::format("{} of this unit are more than 2^63-1 bytes", amount),
            "correct the amount or its unit"
        );
    }
    if (bytes % factor.divide != 0) {
        return bad_measure(id, fmt::format("{} of this unit are no whole bytes", amount));
    }
    return bytes / factor.divide;
}

const Resource* usage_resource(
    std::span<const Resource> resources, std::span<const std::uint32_t> ordered
) {
    const Resource* chosen = nullptr;
    for (const Resource& r : resources) {
        if (!counts(r, std::ranges::find(ordered, r.id) != ordered.end())) {
            continue;
        }
        const bool better = chosen != nullptr && by_statistics(r) && !by_statistics(*chosen);
        if (chosen == nullptr || better) {
            chosen = &r;
        }
    }
    return chosen;
}

OrHold<std::int64_t> bytes_per_unit(const Resource& resource, const MeasureTable& measures) {
    return check_kind(resource).and_then([&] { return in_bytes(resource, 1, measures); });
}

OrHold<Quota> disk_quota(
    std::uint32_t tariff,
    std::span<const Resource> resources,
    std::span<const Child> children,
    bool trial,
    const MeasureTable& measures,
    Quota uncapped
) {
    std::optional<std::int64_t> result;
    const Resource* chosen = nullptr;
    const Resource* sizeless = nullptr;
    const Resource* passed_over = nullptr;
    for (const Resource& r : resources) {
        const OwnAmount own = children_of(r, children);
        if (!counts(r, own.first != nullptr)) {
            passed_over = &r;
            continue;
        }
        const auto bytes = size_in_bytes(r, own, trial, measures);
        if (!bytes) {
            return tl::unexpected(bytes.error());
        }
        if (!*bytes) {
            sizeless = &r;
            continue;
        }
        if (result && *result != **bytes) {
            return no_disk(
                tariff,
                fmt::format(
                    "two disk resources, {} and {}, say {} and {}",
                    pricelist(chosen->id),
                    pricelist(r.id),
                    to_string(Quota::bytes(*result)),
                    to_string(Quota::bytes(**bytes))
                ),
                "leave one of them on the tariff"
            );
        }
        result = **bytes;
        chosen = &r;
    }
    if (result) {
        return Quota::bytes(*result);
    }
    if (sizeless != nullptr) {
        return without_a_size(*sizeless, uncapped);
    }
    if (passed_over != nullptr) {
        return no_disk(
            tariff,
            fmt::format(
                "its disk resource, {}, does not count: {}",
                pricelist(passed_over->id),
                passed_over->active ? "it is compound, manual, or an option that nobody ordered"
                                    : "it is switched off and nobody ordered it"
            ),
            "switch the resource on, or add another one named disk"
        );
    }
    return no_disk(
        tariff, "the tariff has no resource disk or disc", "add an integer resource named disk"
    );
}

}  // namespace bn::bm_reader
