#include "bm_reader/catalogue.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "bm_reader/queries.hpp"
#include "bm_reader/row_mapper.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

namespace {

Resource to_resource(Row row) {
    return {
        {to_number(row[9]), to_number(row[10]), to_number(row[11]), {}},
        id_of(to_id(row[0])),
        row[5].text() == "on",
        !row[2].null(),
        to_number(row[6]),
        to_number(row[7]),
        to_id(row[8])};
}

}  // namespace

Result<Catalogue> Catalogue::read(
    RowSource& rows, std::string_view module, const std::vector<std::string>& disk_names
) {
    Catalogue catalogue;
    return catalogue.read_units(rows)
        .and_then([&] { return catalogue.read_pricelists(rows, disk_names); })
        .and_then([&] { return catalogue.read_groups(rows, module); })
        .map([&] { return std::move(catalogue); });
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
    const auto on_type = [&](Row row) { item_types_[id_or_none(row[0])] = row[1].text(); };
    const auto on_pricelist = [&](Row row) {
        const Number id = to_id(row[0]);
        if (!id.has_value()) {
            return;
        }
        Pricelist& pricelist = pricelists_[id_of(id)];
        pricelist.exists = true;
        pricelist.parent = to_id(row[1]);
        if (pricelist.parent.has_value()) {
            on_resource(row, pricelists_[id_of(pricelist.parent)], disk_names);
        }
    };
    return rows.each(queries::kItemTypes, "", on_type).and_then([&] {
        item_types_.erase(0);
        return rows.each(queries::kPricelists, "", on_pricelist);
    });
}

void Catalogue::on_resource(
    Row row, Pricelist& tariff, const std::vector<std::string>& disk_names
) {
    std::string_view name = trim(row[4].text());
    if (name.empty()) {
        const auto type = item_types_.find(id_or_none(row[3]));
        if (type == item_types_.end()) {
            tariff.unnamed_resource = true;
            return;
        }
        name = type->second;
    }
    if (std::ranges::find(disk_names, name) != disk_names.end()) {
        Resource& resource = tariff.resources.emplace_back(to_resource(row));
        resource.name = name;
        disk_ids_.insert(resource.id);
    }
}

Result<void> Catalogue::read_groups(RowSource& rows, std::string_view module) {
    const auto on_tariff = [&](Row row) { ours_.insert(id_or_none(row[0])); };
    const auto on_group = [&](Row row) { groups_[id_or_none(row[0])] = trim(row[1].text()); };
    return rows.each(queries::kModuleTariffs, module, on_tariff).and_then([&] {
        ours_.erase(0);
        return rows.each(queries::kTariffGroups, "", on_group);
    });
}

const Catalogue::Pricelist* Catalogue::find(std::uint32_t tariff) const {
    const auto it = pricelists_.find(tariff);
    return it == pricelists_.end() || !it->second.exists ? nullptr : &it->second;
}

OrHold<Quota> Catalogue::quota(
    std::uint32_t tariff, std::span<const Child> children, bool trial, Quota uncapped
) const {
    const auto fault = [&](const char* detail, const char* remedy) {
        return tl::unexpected(HoldReason{
            HoldCode::kDanglingReference, fmt::format("pricelist {}", tariff), detail, remedy});
    };
    constexpr const char* kRemedy = "give the service a tariff that exists";
    const Pricelist* p = find(tariff);
    if (p == nullptr) {
        return fault("the service's tariff does not exist", kRemedy);
    }
    if (!p->parent.null()) {
        return fault("the service's tariff is a resource of another tariff", kRemedy);
    }
    if (p->resources.empty() && p->unnamed_resource) {
        return fault(
            "a resource of the tariff has neither a name of its own nor a type that exists",
            "give the tariff's resources internal names"
        );
    }
    return disk_quota(tariff, p->resources, children, trial, measures_, uncapped);
}

std::span<const Resource> Catalogue::resources(std::uint32_t tariff) const {
    const Pricelist* p = find(tariff);
    return p == nullptr || !p->parent.null() ? std::span<const Resource>() : p->resources;
}

std::optional<std::int64_t> Catalogue::unit(const Resource& resource) const {
    const auto bytes = bytes_per_unit(resource, measures_);
    return bytes ? std::optional(*bytes) : std::nullopt;
}

UsageMeasure Catalogue::usage(std::uint32_t tariff, std::span<const std::uint32_t> ordered) const {
    UsageMeasure out;
    const Pricelist* p = find(tariff);
    const Resource* resource = p == nullptr ? nullptr : usage_resource(p->resources, ordered);
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
    std::set<std::string> names;
    for (const auto& [tariff, name] : groups_) {
        if (ours_.contains(tariff) && !name.empty() && group_fault(name).empty()) {
            names.insert(name);
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace bn::bm_reader
