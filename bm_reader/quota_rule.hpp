// The panel's own rule for what a service may use, in exact integers.
//
// A tariff's resources are rows of `pricelist` whose parent is the tariff; what a client ordered on
// top is a row of `item` whose parent is the service ("child"). The resource that counts is called
// `disk` or `disc`. The rule, for a resource p and the child c of this service (or none):
//
//   integer, billtype 3 (by statistics)  c.addonmax, else p.addonmax
//   integer, any other                   (c.addonlimit, else p.addonlimit, else 0)
//                                        + (c.intvalue, else 0)
//   trial (item.period = -100)           at most c.addonmaxtrial, else p.addonmaxtrial, if any
//
// By statistics without a maximum (none, or 0) the panel says no size at all: pay per use. What is
// sold then is the configuration's word (`uncapped`), unless another resource of the tariff says a
// size; without such a word the item is held.
//
// in units of p.measure. What the rule does not cover is never guessed; it holds the item:
//   - a boolean or enumeration resource (no unit), an unknown addontype or billtype;
//   - a resource that is switched off and that nobody ordered. With a child it counts, as in the
//     panel's C++ base class; without one, the panel's Python library loses it and falls back to
//     a default of 100 MiB, which is how clients lost their space;
//   - compound (4) and manual (10) resources; an option of a compound counts only with a child;
//   - two resources, or two children of one resource, that say different amounts;
//   - negative amounts, fractions, anything beyond 2^63-1 bytes; units that do not lead to bytes.
//
// Pure; tables are built once and then read from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "bm_reader/text.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/quota.hpp"

namespace bn::bm_reader {

// Why a row cannot be used: a Hold without its item.
struct HoldReason {
    HoldCode code = HoldCode::kUnknownStatus;
    std::string where;
    std::string detail;
    std::string remedy;
    friend bool operator==(const HoldReason&, const HoldReason&) = default;
};

template <class T>
using OrHold = tl::expected<T, HoldReason>;

// A row of `measure`: 1 unit = relation x the unit `less`.
struct Measure {
    std::uint32_t id = 0;
    std::string intname;
    Number less;
    Number relation;
};

// Knows how many bytes one of each unit is.
class MeasureTable {
  public:
    MeasureTable() = default;
    explicit MeasureTable(std::vector<Measure> measures);

    // `amount` units of the measure `id` in bytes. The fault's `where` names the measure.
    [[nodiscard]] OrHold<std::int64_t> to_bytes(std::int64_t amount, std::uint32_t id) const;

  private:
    // bytes = amount * multiply / divide; one of the two is 1.
    struct Factor {
        std::int64_t multiply = 1;
        std::int64_t divide = 1;
    };

    [[nodiscard]] const Measure* find(std::uint32_t id) const;
    // The product of relations from `from` down to `to`; nothing when the chain ends before.
    [[nodiscard]] OrHold<std::optional<std::int64_t>> descend(const Measure& from, std::uint32_t to)
        const;
    [[nodiscard]] OrHold<Factor> factor(const Measure& measure) const;

    std::vector<Measure> measures_;  // sorted by id
    std::optional<std::uint32_t> byte_;
    std::unordered_map<std::uint32_t, OrHold<Factor>> factors_;
};

// What both kinds of rows say of a resource.
struct Amounts {
    Number addonlimit;
    Number addonmax;
    Number addonmaxtrial;
    Number intvalue;  // ordered; rows of `pricelist` have none
    friend bool operator==(const Amounts&, const Amounts&) = default;
};

// A row of `pricelist` that is a tariff's disk resource.
struct Resource : Amounts {
    std::uint32_t id = 0;
    bool active = false;
    bool option = false;  // of a compound resource
    Number addontype;
    Number billtype;
    Number measure;         // an id
    std::string name = {};  // internal name, or its type's
};

// A row of `item` whose parent is a service.
struct Child : Amounts {
    std::uint32_t id = 0;
    std::uint32_t resource = 0;  // its pricelist
};

// Used space is billed by the day's statistics.
inline bool by_statistics(const Resource& resource) {
    return resource.billtype.is(3);
}

// The resource by which used space is billed: one of a service's resources, the one billed by
// statistics before others, else the first. Null: none counts.
const Resource* usage_resource(
    std::span<const Resource> resources, std::span<const std::uint32_t> ordered
);

// How many bytes one unit of the resource is. A fault when it has no unit of whole bytes.
OrHold<std::int64_t> bytes_per_unit(const Resource& resource, const MeasureTable& measures);

// What the service may use: bytes, or unlimited. `resources` are the disk resources of its tariff
// (none: a fault), `children` the service's children; those of other resources are ignored.
// `uncapped`: what is sold where use is billed and the panel names no maximum; unknown: a fault.
OrHold<Quota> disk_quota(
    std::uint32_t tariff,
    std::span<const Resource> resources,
    std::span<const Child> children,
    bool trial,
    const MeasureTable& measures,
    Quota uncapped = Quota::unknown()
);

}  // namespace bn::bm_reader
