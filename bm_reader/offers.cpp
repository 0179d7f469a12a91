#include "bm_reader/offers.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bm_reader/catalogue.hpp"
#include "bm_reader/queries.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::size_t kLongestTariffName = 120;

// "10 GiB", or the bare number where its unit is not known.
std::string size_text(std::int64_t amount, const Offer& offer) {
    std::int64_t bytes = 0;
    return offer.unit && !__builtin_mul_overflow(amount, *offer.unit, &bytes) && bytes >= 0
               ? to_string(Quota::bytes(bytes))
               : fmt::format("{} units", amount);
}

std::int64_t positive(const Number& number) {
    return number.has_value() && number.value() > 0 ? number.value() : 0;
}

std::string offer_name(const Offer& offer) {
    const std::string tariff = offer.tariff_name.empty()
                                   ? fmt::format("tariff {}", offer.tariff)
                                   : fmt::format("tariff {} ({})", offer.tariff, offer.tariff_name);
    return fmt::format("{}, resource {} ({})", tariff, offer.resource.id, offer.resource.name);
}

constexpr const char* kSellBySize =
    R"(to sell a size, bill the resource as included or ordered. To bill use, take its maximum out )"
    R"(and set uncapped ("none", or the most that a service may use)";

// By the month, days are added up: what is half of a limit each day is over it on the third.
OfferFinding added_up(
    const std::string& name, const Offer& offer, std::int64_t limit, const char* what, bool certain
) {
    const std::int64_t unit = offer.unit.value_or(0);
    std::int64_t bytes = 0;
    const bool known = unit > 0 && !__builtin_mul_overflow(limit, unit, &bytes);
    const std::string half = known ? to_string(Quota::bytes(bytes / 2)) : "half of that";
    OfferFinding finding;
    finding.what = fmt::format(
        "{}: billed by statistics, with {} {}. {}the panel adds up the days of a calendar month, "
        "so a service that uses {} is over it on day 3: {}",
        name,
        what,
        size_text(limit, offer),
        certain ? "" : "It is not known how this panel counts. If it counts by the month, ",
        half,
        limit == positive(offer.resource.addonmax) ? "the panel suspends it, paid or not"
                                                   : "the client pays for more than he uses"
    );
    finding.evidence = fmt::format(
        "pricelist {}: billtype 3, statistics.counted is \"{}\"",
        offer.resource.id,
        certain ? "month" : "unknown"
    );
    finding.remedy = fmt::format(
        "{}{}). Or let the panel count by day, and say statistics.counted = \"day\"",
        certain ? "" : "see in the form of the resource how it counts, and say it. ",
        kSellBySize
    );
    return finding;
}

std::vector<OfferFinding> judge_by_use(
    const std::string& name, const Offer& offer, Counted counted
) {
    std::vector<OfferFinding> found;
    const std::int64_t most = positive(offer.resource.addonmax);
    const std::int64_t included = positive(offer.resource.addonlimit);
    if (counted != Counted::kByDay && (most > 0 || included > 0)) {
        found.push_back(added_up(
            name,
            offer,
            most > 0 ? most : included,
            most > 0 ? "a maximum of" : "an included amount of",
            counted == Counted::kByMonth
        ));
    }
    if (most == 0 && offer.holds_uncapped) {
        OfferFinding& held = found.emplace_back();
        held.what = name +
                    ": billed by statistics without a maximum, and so without a quota: its "
                    "services are held";
        held.evidence = fmt::format(
            "pricelist {}: addonmax is {}", offer.resource.id, to_string(offer.resource.addonmax)
        );
        held.remedy =
            R"(set uncapped = "none" (unlimited) or a size like "100 GiB" in [defaults] or )"
            "in the section of the server; or give the resource a maximum";
    }
    if (found.empty()) {
        constexpr const char* kCounted[] = {"", " by the day", " by the days of a month, added up"};
        found.push_back(
            {fmt::format(
                 "{}: pays by use{}, {}",
                 name,
                 kCounted[static_cast<std::size_t>(counted)],
                 most > 0 ? "at most " + size_text(most, offer) : "without a maximum in the panel"
             ),
             fmt::format("pricelist {}: billtype 3", offer.resource.id),
             {}}
        );
    }
    return found;
}

// Tariffs of ours, with the servers that they are sold on.
Result<std::map<std::uint32_t, std::set<ServerId>>> read_sold_on(
    RowSource& rows, const std::string& module
) {
    std::map<std::uint32_t, std::set<ServerId>> sold_on;
    const auto on_link = [&](Row row) {
        if (const std::uint32_t tariff = id_or_none(row[0]); tariff != 0) {
            sold_on[tariff].insert(ServerId(id_or_none(row[1])));
        }
    };
    return rows.each(queries::kModuleTariffs, module, on_link)
        .and_then([&] { return rows.each(queries::kServiceTariffs, module, on_link); })
        .map([&] { return std::move(sold_on); });
}

Result<std::map<std::uint32_t, std::string>> read_names(RowSource& rows, bool named) {
    std::map<std::uint32_t, std::string> names;
    if (!named) {
        return names;
    }
    const auto on_name = [&](Row row) {
        names[id_or_none(row[0])] = clean(row[1].text(), kLongestTariffName);
    };
    return rows.each(queries::kTariffNames, "", on_name).map([&] { return std::move(names); });
}

}  // namespace

std::vector<OfferFinding> judge_offer(const Offer& offer, Counted counted) {
    const std::string name = offer_name(offer);
    if (by_statistics(offer.resource)) {
        return judge_by_use(name, offer, counted);
    }
    const std::string kind = offer.resource.billtype.is(2)   ? "sells a size that is ordered"
                             : offer.resource.billtype.is(5) ? "sells a size that the panel counts"
                                                             : "sells a fixed size";
    const std::int64_t included = positive(offer.resource.addonlimit);
    const std::string amount =
        included > 0 ? fmt::format(", {} included", size_text(included, offer)) : "";
    return {
        {fmt::format("{}: {}{}", name, kind, amount),
         fmt::format(
             "pricelist {}: billtype {}", offer.resource.id, to_string(offer.resource.billtype)
         ),
         {}}};
}

Result<std::vector<Offer>> read_offers(RowSource& rows, const PanelSettings& settings, bool named) {
    auto sold_on = read_sold_on(rows, settings.module);
    auto names = sold_on.and_then([&](const auto&) { return read_names(rows, named); });
    if (!names) {
        return tl::unexpected(std::move(names.error()));
    }
    auto catalogue = Catalogue::read(rows, settings.module, settings.disk_names);
    return catalogue.map([&](const Catalogue& read) {
        std::vector<Offer> offers;
        for (const auto& [tariff, servers] : *sold_on) {
            const bool held = !settings.unlimited.contains(tariff) &&
                              std::ranges::any_of(servers, [&](ServerId server) {
                                  return !settings.uncapped_on(server).is_size();
                              });
            for (const Resource& resource : read.resources(tariff)) {
                if (resource.active) {
                    offers.push_back({tariff, (*names)[tariff], resource, read.unit(resource), held}
                    );
                }
            }
        }
        return offers;
    });
}

Result<std::vector<OfferFinding>> judge_offers(
    RowSource& rows, const PanelSettings& settings, bool named
) {
    return read_offers(rows, settings, named).map([&](const std::vector<Offer>& offers) {
        std::vector<OfferFinding> all;
        for (const Offer& offer : offers) {
            std::vector<OfferFinding> found = judge_offer(offer, settings.counted);
            std::ranges::move(found, std::back_inserter(all));
        }
        return all;
    });
}

}  // namespace bn::bm_reader
