// What a way of selling space means: values in, findings out; and the reading of them.
#include "bm_reader/offers.hpp"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::bm_reader::offers_test {
namespace {

using testing::FakePanel;
using ::testing::HasSubstr;
using testing::Id;
using ::testing::Not;

constexpr std::int64_t kGib = 1LL << 30;

Offer offer(std::int64_t billtype, Number most = {}, Number included = {}) {
    Offer o;
    o.tariff = 12;
    o.tariff_name = "Cloud";
    o.resource.id = 34;
    o.resource.name = "disk";
    o.resource.billtype = billtype;
    o.resource.addonmax = most;
    o.resource.addonlimit = included;
    o.unit = kGib;
    return o;
}

OfferFinding only(const Offer& o, Counted counted) {
    const auto found = judge_offer(o, counted);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? OfferFinding() : found.front();
}

TEST(Offers, ASizeIsFineHoweverThePanelCounts) {
    for (const Counted counted : {Counted::kUnknown, Counted::kByDay, Counted::kByMonth}) {
        const OfferFinding fixed = only(offer(1, {}, 10), counted);
        EXPECT_EQ(
            fixed.what, "tariff 12 (Cloud), resource 34 (disk): sells a fixed size, 10 GiB included"
        );
        EXPECT_EQ(fixed.remedy, "");
        EXPECT_THAT(only(offer(2), counted).what, HasSubstr("ordered"));
        EXPECT_EQ(only(offer(2), counted).remedy, "");
    }
}

TEST(Offers, AMaximumOfAMonthSuspendsWhoIsWithinIt) {
    const OfferFinding month = only(offer(3, 10), Counted::kByMonth);
    EXPECT_THAT(month.what, HasSubstr("tariff 12 (Cloud), resource 34 (disk)"));
    EXPECT_THAT(month.what, HasSubstr("a maximum of 10 GiB"));
    EXPECT_THAT(month.what, HasSubstr("a service that uses 5 GiB is over it on day 3"));
    EXPECT_THAT(month.what, HasSubstr("suspends it, paid or not"));
    EXPECT_THAT(month.remedy, HasSubstr("included or ordered"));
    EXPECT_THAT(month.remedy, HasSubstr("uncapped"));
    const OfferFinding unknown = only(offer(3, 10), Counted::kUnknown);
    EXPECT_THAT(unknown.what, HasSubstr("It is not known how this panel counts"));
    EXPECT_THAT(unknown.remedy, HasSubstr("statistics.counted"));
    const OfferFinding day = only(offer(3, 10), Counted::kByDay);
    EXPECT_THAT(day.what, HasSubstr("by the day, at most 10 GiB"));
    EXPECT_EQ(day.remedy, "");
}

TEST(Offers, AnIncludedAmountOfAMonthIsUsedUp) {
    Offer o = offer(3, {}, 4);
    o.holds_uncapped = false;
    const OfferFinding month = only(o, Counted::kByMonth);
    EXPECT_THAT(month.what, HasSubstr("an included amount of 4 GiB"));
    EXPECT_THAT(month.what, HasSubstr("the client pays for more than he uses"));
    EXPECT_THAT(month.what, Not(HasSubstr("suspend")));
    EXPECT_EQ(only(o, Counted::kByDay).remedy, "");
    // Without a unit nothing is said in bytes.
    o.unit.reset();
    EXPECT_THAT(only(o, Counted::kByMonth).what, HasSubstr("4 units"));
}

TEST(Offers, WithoutAMaximumTheSettingDecides) {
    Offer o = offer(3);
    const OfferFinding held = only(o, Counted::kByMonth);
    EXPECT_THAT(held.what, HasSubstr("its services are held"));
    EXPECT_THAT(held.remedy, HasSubstr("uncapped"));
    o.holds_uncapped = false;
    for (const Counted counted : {Counted::kUnknown, Counted::kByDay, Counted::kByMonth}) {
        EXPECT_THAT(only(o, counted).what, HasSubstr("pays by use"));
        EXPECT_EQ(only(o, counted).remedy, "");
    }
    o.holds_uncapped = true;
    o.resource.addonlimit = 4;
    EXPECT_EQ(judge_offer(o, Counted::kByMonth).size(), 2U);
}

class OffersOfAPanel : public ::testing::Test {
  protected:
    OffersOfAPanel() {
        settings_.kind = DatabaseKind::kSqlite;
        settings_.sqlite_file = file_;
    }

    ~OffersOfAPanel() override {
        for (const char* suffix : {"", "-wal", "-shm"}) {
            std::filesystem::remove(file_ + suffix);
        }
    }

    PanelReport report() {
        const auto read =
            check_panel(settings_, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
        EXPECT_TRUE(read) << (read ? "" : read.error().text());
        return read.value_or(PanelReport());
    }

    void bill_by_use(Id tariff, const std::string& most) {
        panel_.exec(fmt::format(
            "UPDATE pricelist SET billtype = 3, addonlimit = NULL, addonmax = {} WHERE id = {}",
            most,
            panel_.disk_of(tariff)
        ));
    }

    std::string file_ =
        (std::filesystem::temp_directory_path() / fmt::format("bn-offers-{}.db", ::getpid()))
            .string();
    FakePanel panel_ = FakePanel::create_sqlite(file_);
    PanelSettings settings_;
};

TEST_F(OffersOfAPanel, ATariffThatSellsNoLimitNeedsNoSizeInThePanel) {
    testing::ItemSpec item;
    item.server = panel_.add_server({});
    testing::TariffSpec spec;
    spec.disk_gib = std::nullopt;  // no resource of space at all
    item.tariff = panel_.add_tariff(spec);
    panel_.add_item(item);
    spec.disk_gib = 10;
    const Id billed = panel_.add_tariff(spec);
    item.tariff = billed;
    panel_.add_item(item);
    bill_by_use(billed, "NULL");
    for (const std::size_t unlimited : {0U, 1U}) {
        const auto snapshot = make_panel_source(settings_)->read({});
        ASSERT_TRUE(snapshot);
        EXPECT_EQ(snapshot->holds.empty(), unlimited == 1);
        for (std::size_t i = 0; unlimited == 1 && i < 2; ++i) {
            EXPECT_EQ(snapshot->servers.at(0).accounts[i].quota, Quota::unlimited()) << i;
        }
        for (std::uint32_t tariff = 1; tariff <= billed; ++tariff) {
            settings_.unlimited.insert(tariff);
        }
    }
    for (const OfferFinding& offer : report().offers) {
        EXPECT_EQ(offer.what.find("its services are held"), std::string::npos) << offer.what;
    }
}

TEST_F(OffersOfAPanel, AreThoseThatAreSoldOnOurServers) {
    const Id first = panel_.add_server({});
    const Id second = panel_.add_server({});
    testing::TariffSpec spec;
    spec.name = "Per use";
    const Id tariff = panel_.add_tariff(spec);
    panel_.add_bare_tariff("Somebody else's");
    EXPECT_THAT(report().offers.at(0).what, HasSubstr("(Per use)"));
    EXPECT_EQ(report().offers.size(), 1U);
    bill_by_use(tariff, "NULL");
    EXPECT_THAT(report().offers.at(0).what, HasSubstr("its services are held"));
    settings_.uncapped_here[ServerId(static_cast<std::uint32_t>(first))] = Quota::unlimited();
    EXPECT_THAT(report().offers.at(0).what, HasSubstr("its services are held"));
    settings_.uncapped_here[ServerId(static_cast<std::uint32_t>(second))] = Quota::bytes(kGib);
    EXPECT_EQ(report().offers.at(0).remedy, "");
    // The same setting gives the quota, server by server.
    const auto sold = [&](Id server) {
        testing::ItemSpec item;
        item.tariff = tariff;
        item.server = server;
        return panel_.add_item(item);
    };
    const Id on_first = sold(first);
    const Id on_second = sold(second);
    const auto snapshot = make_panel_source(settings_)->read({});
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->holds.empty());
    std::map<Id, Quota> quotas;
    for (const DesiredServer& server : snapshot->servers) {
        for (std::size_t i = 0; i < server.accounts.size(); ++i) {
            quotas[server.accounts[i].item.value] = server.accounts[i].quota;
        }
    }
    EXPECT_EQ(quotas[on_first], Quota::unlimited());
    EXPECT_EQ(quotas[on_second], Quota::bytes(kGib));
    // Taken off the panel's list, it is still what these services have.
    panel_.exec("DELETE FROM processingmodule2pricelist");
    EXPECT_EQ(report().offers.size(), 1U);
    panel_.exec("ALTER TABLE pricelist DROP COLUMN name");
    EXPECT_THAT(report().offers.at(0).what, HasSubstr(fmt::format("tariff {}, ", tariff)));
}

}  // namespace
}  // namespace bn::bm_reader::offers_test
