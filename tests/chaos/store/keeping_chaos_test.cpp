// kill -9 at a random moment of a rotation, a cut or a restore: the store opens, is good, knows
// what it knew, and has its passwords. BN_KEEPING_ROUNDS=1000 tries more often (default: 12);
// BN_KEEPING_SEED repeats a round.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::keeping_chaos_test {

namespace {

using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

unsigned number_of(const char* name, unsigned otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

Time at(std::uint64_t n) {
    return Time(Duration(1763893230123)) + std::chrono::hours(n);
}

std::unique_ptr<Store> opened(const StoreSettings& settings) {
    auto store = open_store(settings);
    EXPECT_TRUE(store) << store.error().text();
    return store ? *std::move(store) : nullptr;
}

void write_some(const StoreSettings& settings, std::uint64_t round) {
    const auto store = opened(settings);
    for (std::uint32_t i = 0; i < 40; ++i) {
        auto request = request_of({ItemPaused{ItemId(i + 1), "why"}, ItemResumed{ItemId(i + 1)}});
        request.at = at(round);
        if (round == 0 && i < 5) {
            request.secrets.emplace_back("r" + std::to_string(i), Secret("password"));
        }
        ASSERT_TRUE(store->append_now(std::move(request)));
    }
}

// What the child does until it is killed; the deed comes to its end where it is not.
void do_deed(
    const StoreSettings& settings, const std::string& backup, unsigned deed, std::uint64_t round
) {
    auto request = request_of({});
    request.at = at(round);
    if (deed == 0) {
        static_cast<void>(opened(settings)->rotate_key(std::move(request)));
    } else if (deed == 1) {
        static_cast<void>(opened(settings)->compact(at(round), "", std::move(request)));
    } else if (auto restore = begin_restore(settings, backup)) {
        static_cast<void>((*restore)->put_in_place(at(round)));
    }
}

void expect_whole(const StoreSettings& settings, const Ledger& before, const std::string& when) {
    const auto store = opened(settings);
    ASSERT_TRUE(store) << when;
    ASSERT_FALSE(store->trouble()) << when << ": " << store->trouble()->text();
    const auto report = store->verify(VerifyOptions());
    ASSERT_TRUE(report) << when;
    EXPECT_TRUE(report->good()) << when << ": " << report->faults.front().what;
    EXPECT_TRUE(*store->ledger() == before) << when;
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(store->secret("r" + std::to_string(i))) << when;
    }
}

TEST(Keeping, SurvivesAKillAtAnyMoment) {
    const unsigned rounds = number_of("BN_KEEPING_ROUNDS", 12);
    const unsigned seed = number_of("BN_KEEPING_SEED", 1);
    std::mt19937 draw(seed);
    const auto random = [&draw] { return static_cast<unsigned>(draw()); };
    const TempDirectory directory;
    auto settings = settings_in(directory);
    settings.anchor = directory.file("elsewhere/anchor");
    const std::string backup = directory.file("backup.db");
    for (std::uint64_t round = 0; round < rounds; ++round) {
        write_some(settings, round);
        ASSERT_TRUE(opened(settings)->backup(backup, true));
        const Ledger before = *opened(settings)->ledger();
        const unsigned deed = random() % 3;
        const auto child = ::fork();
        if (child == 0) {
            do_deed(settings, backup, deed, round);
            ::_exit(0);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 150'000));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        expect_whole(
            settings,
            before,
            "seed " + std::to_string(seed) + ", round " + std::to_string(round) + ", deed " +
                std::to_string(deed)
        );
        if (HasFatalFailure()) {
            return;
        }
    }
}

}  // namespace

}  // namespace bn::state::keeping_chaos_test
