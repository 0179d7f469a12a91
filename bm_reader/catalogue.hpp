// The panel's catalogue: tariffs, their disk resources, units and groups. Small; read whole.
// Built once per snapshot, then only read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bm_reader/quota_rule.hpp"
#include "bm_reader/row_source.hpp"
#include "reconciler/ports/desired_source.hpp"

namespace bn::bm_reader {

class Catalogue {
  public:
    // Reads measures, item types, pricelists, groups and the tariffs of our module.
    static Result<Catalogue> read(
        RowSource& rows, std::string_view module, const std::vector<std::string>& disk_names
    );

    // Quota of a service with this tariff and these children. `uncapped`: see disk_quota.
    [[nodiscard]] OrHold<Quota> quota(
        std::uint32_t tariff, std::span<const Child> children, bool trial, Quota uncapped
    ) const;

    // The disk resources of a tariff; none when there is no such tariff.
    [[nodiscard]] std::span<const Resource> resources(std::uint32_t tariff) const;
    // Bytes of one unit of a resource; nothing: it does not lead to bytes.
    [[nodiscard]] std::optional<std::int64_t> unit(const Resource& resource) const;

    // How the space used by a service with this tariff is billed; `ordered` are the resources of
    // its children. Fills in everything but item and server.
    [[nodiscard]] UsageMeasure usage(std::uint32_t tariff, std::span<const std::uint32_t> ordered)
        const;

    // The group of a tariff as stored, trimmed; empty: none. A fault when the cloud would refuse
    // it.
    [[nodiscard]] OrHold<std::string_view> group(std::uint32_t tariff) const;

    [[nodiscard]] bool is_disk_resource(std::uint32_t pricelist) const {
        return disk_ids_.contains(pricelist);
    }

    // May be opened on one of our servers, by the panel's own list.
    [[nodiscard]] bool is_ours(std::uint32_t tariff) const { return ours_.contains(tariff); }

    // Sold by a service of ours although the panel's list does not (any more) say so.
    void add_ours(std::uint32_t tariff) { ours_.insert(tariff); }

    // Usable groups of all tariffs of ours, sorted, each once.
    [[nodiscard]] std::vector<std::string> managed_groups() const;

  private:
    struct Pricelist {
        bool exists = false;  // false: known only as the parent of a resource
        Number parent;
        bool unnamed_resource = false;    // a resource whose name cannot be found out
        std::vector<Resource> resources;  // disk ones, sorted by id
    };

    Result<void> read_units(RowSource& rows);
    Result<void> read_pricelists(RowSource& rows, const std::vector<std::string>& disk_names);
    Result<void> read_groups(RowSource& rows, std::string_view module);
    void on_resource(Row row, Pricelist& tariff, const std::vector<std::string>& disk_names);
    // Null: there is none.
    [[nodiscard]] const Pricelist* find(std::uint32_t tariff) const;

    MeasureTable measures_;
    std::unordered_map<std::uint32_t, std::string> item_types_;
    std::unordered_map<std::uint32_t, Pricelist> pricelists_;
    std::unordered_set<std::uint32_t> disk_ids_;
    std::unordered_map<std::uint32_t, std::string> groups_;
    std::unordered_set<std::uint32_t> ours_;
};

}  // namespace bn::bm_reader
