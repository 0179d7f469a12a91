// Histories of a whole controller, from the cores of its rules to its schedules: whatever people do
// and whatever breaks, nothing happens that must never be, and in the end all is as it was sold.
#include "tests/scenario/simulation/simulation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bn::sim::simulation_test {
namespace {

constexpr std::uint64_t kHistories = 25;

TEST(Simulation, NothingForbiddenHappensAndAllIsWellInTheEnd) {
    std::uint64_t lives = 0;
    std::uint64_t calls = 0;
    for (std::uint64_t seed = 1; seed <= kHistories; ++seed) {
        const Ending ending = run(make_history(seed));
        for (const std::string& broken : ending.broken) {
            ADD_FAILURE() << "sim --seed " << seed << " tells the story of: " << broken;
        }
        lives += ending.lives;
        calls += ending.calls;
    }
    // There was something to be right about.
    EXPECT_GT(lives, 2 * kHistories);
    EXPECT_GT(calls, 2 * kHistories);
}

TEST(Simulation, TheSameSeedIsTheSameStory) {
    const Ending one = run(make_history(7), true);
    const Ending two = run(make_history(7), true);
    EXPECT_FALSE(one.story.empty());
    EXPECT_EQ(one.story, two.story);
}

// A controller that deletes after an hour instead of three days is found out, and the story of it
// becomes short.
TEST(Simulation, FindsAPlantedFaultAndShrinksItsStory) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        History history = make_history(seed);
        history.retention = std::chrono::hours(1);
        const Ending ending = run(history);
        if (ending.broken.empty()) {
            continue;
        }
        EXPECT_EQ(
            ending.broken.front().find("an account is deleted before its retention has passed"), 0U
        ) << ending.broken.front();
        const History shortest = shrink(history);
        EXPECT_LT(shortest.steps.size(), 10U);
        EXPECT_FALSE(run(shortest).broken.empty());
        return;
    }
    FAIL() << "not found within 100 seeds";
}

}  // namespace
}  // namespace bn::sim::simulation_test
