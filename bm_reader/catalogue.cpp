#include "bm_reader/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bm_reader/queries.hpp"
#include "bm_reader/row_mapper.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

namespace {

Resource to_resource(Row row) {
    Resource r;
    r.id = id_of(to_id(row[0]));
    r.tariff = id_of(to_id(row[1]));
    r.option = !row[2].null();
    r.active = row[5].text() == "on";
    r.addontype = to_number(row[6]);
    r.billtype = to_number(row[7]);
    r.measure = to_id(row[8]);
    r.addonlimit = to_number(row[9]);
    r.addonmax = to_number(row[10]);
    r.addonmaxtrial = to_number(row[11]);
    return r;
}

}  // namespace

Result<Catalogue> Catalogue::read(
    RowSource& rows, std::string_view module, const std::vector<std::string>& disk_names
) {
    Catalogue catalogue;
    if (auto done = catalogue.read_units(rows); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = catalogue.read_pricelists(rows, disk_names); !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = catalogue.read_groups(rows, module); !done) {
        return tl::unexpected(done.error());
    }
    return catalogue;
}

Result<void> Catalogue::read_units(RowSource& rows) {
    std::vector<Measure> measures;
    auto done = rows.each(queries::kMeasures, "", [&](Row row) {
        if (const Number id = to_id(row[0]); id.has_value()) {
            measures.push_back(
                {id_of(id), std::string(row[1].text()), to_id(row[2]), to_number(row[3])}
            );
        }
    });
    measures_ = MeasureTable(std::move(measures));
    return done;
}

Result<void> Catalogue::read_pricelists(
    RowSource& rows, const std::vector<std::string>& disk_names
) {
    auto types = rows.each(queries::kItemTypes, "", [&](Row row) {
        if (const Number id = to_id(row[0]); id.has_value()) {
            item_types_[id_of(id)] = row[1].text();
        }
    });
    if (!types) {
        return types;
    }
    auto done = rows.each(queries::kPricelists, "", [&](Row row) {
        const Number id = to_id(row[0]);
        const Number parent = to_id(row[1]);
        if (!id.has_value()) {
            return;
        }
        pricelists_[id_of(id)].parent = parent;
        if (!parent.has_value()) {
            return;
        }
        std::string_view name = trim(row[4].text());
        if (name.empty()) {
            const Number type = to_id(row[3]);
            const auto it = type.has_value() ? item_types_.find(id_of(type)) : item_types_.end();
            if (it == item_types_.end()) {
                unnamed_.insert(id_of(parent));
                return;
            }
            name = it->second;
        }
        if (std::ranges::find(disk_names, name) != disk_names.end()) {
            resources_.push_back(to_resource(row));
            resources_.back().name = name;
        }
    });
    index_resources();
    return done;
}

void Catalogue::index_resources() {
    std::ranges::sort(resources_, [](const Resource& a, const Resource& b) {
        return std::pair(a.tariff, a.id) < std::pair(b.tariff, b.id);
    });
    for (std::uint32_t i = 0; i < resources_.size(); ++i) {
        disk_ids_.insert(resources_[i].id);
        const auto tariff = pricelists_.find(resources_[i].tariff);
        if (tariff != pricelists_.end() && tariff->second.count++ == 0) {
            tariff->second.first = i;
        }
    }
    for (const std::uint32_t id : unnamed_) {
        if (const auto tariff = pricelists_.find(id); tariff != pricelists_.end()) {
            tariff->second.unnamed_resource = true;
        }
    }
}

Result<void> Catalogue::read_groups(RowSource& rows, std::string_view module) {
    auto linked = rows.each(queries::kModuleTariffs, module, [&](Row row) {
        if (const Number tariff = to_id(row[0]); tariff.has_value()) {
            ours_.insert(id_of(tariff));
        }
    });
    if (!linked) {
        return linked;
    }
    return rows.each(queries::kTariffGroups, "", [&](Row row) {
        if (const Number tariff = to_id(row[0]); tariff.has_value()) {
            groups_[id_of(tariff)] = trim(row[1].text());
        }
        return true;
    });
}

OrHold<std::int64_t> Catalogue::quota(
    std::uint32_t tariff, std::span<const Child> children, bool trial
) const {
    const auto it = pricelists_.find(tariff);
    const std::string_view remedy = "give the service a tariff that exists";
    const auto fault = [&](HoldCode code, std::string detail) {
        return tl::unexpected(HoldReason{
            code, fmt::format("pricelist {}", tariff), std::move(detail), std::string(remedy)});
    };
    if (it == pricelists_.end()) {
        return fault(HoldCode::kDanglingReference, "the service's tariff does not exist");
    }
    const Pricelist& p = it->second;
    if (!p.parent.null()) {
        return fault(
            HoldCode::kDanglingReference, "the service's tariff is a resource of another tariff"
        );
    }
    if (p.count == 0 && p.unnamed_resource) {
        return tl::unexpected(HoldReason{
            HoldCode::kDanglingReference,
            fmt::format("pricelist {}", tariff),
            "a resource of the tariff has neither a name of its own nor a type that exists",
            "give the tariff's resources internal names"});
    }
    return disk_bytes(tariff, resources_of(p), children, trial, measures_);
}

UsageMeasure Catalogue::usage(std::uint32_t tariff, std::span<const std::uint32_t> ordered) const {
    UsageMeasure out;
    const auto it = pricelists_.find(tariff);
    const Resource* resource =
        it == pricelists_.end() ? nullptr : usage_resource(resources_of(it->second), ordered);
    if (resource == nullptr) {
        return out;
    }
    out.has_addon = true;
    out.param = resource->name;
    const auto unit = bytes_per_unit(*resource, measures_);
    if (unit) {
        out.measure = id_of(resource->measure);
        out.bytes_per_unit = *unit;
    } else {
        out.problem = fmt::format("{} ({})", unit.error().detail, unit.error().remedy);
    }
    return out;
}

OrHold<std::string_view> Catalogue::group(std::uint32_t tariff) const {
    const auto it = groups_.find(tariff);
    if (it == groups_.end()) {
        return std::string_view();
    }
    if (const std::string why = group_fault(it->second); !why.empty()) {
        return tl::unexpected(HoldReason{
            HoldCode::kBadGroup,
            fmt::format("pricelistparam usergroup of pricelist {}", tariff),
            fmt::format("the group {} {}", in_quotes(it->second), why),
            "choose another group in the tariff's settings"});
    }
    return std::string_view(it->second);
}

std::vector<std::string> Catalogue::managed_groups() const {
    std::vector<std::string> names;
    for (const auto& [tariff, name] : groups_) {
        if (ours_.contains(tariff) && !name.empty() && group_fault(name).empty()) {
            names.push_back(name);
        }
    }
    std::ranges::sort(names);
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
    return names;
}

}  // namespace bn::bm_reader
