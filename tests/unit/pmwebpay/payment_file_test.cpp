// What is remembered of a payment, and that one process at a time holds it.
#include "pmwebpay/payment_file.hpp"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::pmwebpay::payment_file_test {
namespace {

namespace fs = std::filesystem;

class PaymentFileTest : public ::testing::Test {
  protected:
    PaymentFileTest() : root_(fs::temp_directory_path() / "bn-payment-XXXXXX") {
        if (::mkdtemp(root_.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        fs::create_directory(root() + "/var");
    }

    ~PaymentFileTest() override { fs::remove_all(root_); }

    [[nodiscard]] const std::string& root() const { return root_; }

    [[nodiscard]] tl::expected<PaymentFile, std::string> open(bool make = true) const {
        return PaymentFile::open(root(), 17, make, Duration{0});
    }

  private:
    std::string root_;
};

TEST_F(PaymentFileTest, KeepsWhatItIsGiven) {
    {
        auto file = open();
        ASSERT_TRUE(file.has_value()) << file.error();
        file->memory.orders = {"bm17-a", "bm17-b"};
        file->memory.page = "https://my.example.com/billmgr";
        file->memory.paying = "987";
        file->memory.paying_since = 1790000000;
        ASSERT_TRUE(file->save());
    }
    const auto again = open(false);
    ASSERT_TRUE(again.has_value());
    EXPECT_THAT(again->memory.orders, ::testing::ElementsAre("bm17-a", "bm17-b"));
    EXPECT_EQ(again->memory.page, "https://my.example.com/billmgr");
    EXPECT_EQ(again->memory.paying, "987");
    EXPECT_EQ(again->memory.paying_since, 1790000000);
    EXPECT_THAT(known_payments(root()), ::testing::ElementsAre(17U));
}

TEST_F(PaymentFileTest, IsForItsOwnerOnly) {
    auto file = open();
    ASSERT_TRUE(file->save());

    struct stat info {};

    ASSERT_EQ(::stat((root() + "/var/pmwebpay/17").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat((root() + "/var/pmwebpay").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST_F(PaymentFileTest, OneAtATimeHoldsIt) {
    {
        const auto first = open();
        ASSERT_TRUE(first.has_value());
        const auto second = open();
        ASSERT_FALSE(second.has_value());
        EXPECT_EQ(second.error(), "another process is busy with this payment");
        EXPECT_TRUE(PaymentFile::open(root(), 18, true, Duration{0}).has_value());
    }
    EXPECT_TRUE(open().has_value());
}

TEST_F(PaymentFileTest, IsNotMadeByWhoOnlyLooks) {
    const auto none = open(false);
    ASSERT_FALSE(none.has_value());
    EXPECT_EQ(none.error(), "");
    EXPECT_TRUE(known_payments(root()).empty());
    EXPECT_FALSE(fs::exists(root() + "/var/pmwebpay"));
}

TEST_F(PaymentFileTest, OnceRemovedIsGone) {
    {
        auto file = open();
        ASSERT_TRUE(file->save());
        file->remove();
    }
    EXPECT_FALSE(open(false).has_value());
    EXPECT_TRUE(open().has_value());
}

TEST_F(PaymentFileTest, ThatCannotBeWrittenSaysSo) {
    auto file = open();
    ASSERT_TRUE(file.has_value());
    fs::create_directories(root() + "/var/pmwebpay/17.new/x");
    EXPECT_FALSE(file->save());
}

TEST_F(PaymentFileTest, ThatCannotBeReadIsNotTakenForAnEmptyOne) {
    ASSERT_TRUE(open().has_value());
    fs::create_directories(root() + "/var/pmwebpay/17");
    EXPECT_FALSE(open().has_value());
}

TEST(Memory, IsReadAsItWasWritten) {
    EXPECT_TRUE(rc::check([](const std::vector<std::string>& values, std::int64_t begun) {
        Memory memory;
        for (const std::string& value : values) {
            std::string line;
            for (const char c : value) {
                line += c > ' ' ? c : '_';
            }
            if (!line.empty()) {
                memory.hints.push_back(line);
                memory.settled = line;
            }
        }
        memory.begun = begun;
        const Memory read = read_memory(write_memory(memory));
        RC_ASSERT(read.hints == memory.hints);
        RC_ASSERT(read.settled == memory.settled);
        RC_ASSERT(read.begun == begun);
    }));
}

TEST(Memory, OfAnotherVersionIsReadAsFarAsItIsKnown) {
    const Memory memory = read_memory("later thing\n\nhint\norder bm17-a\nbegun x\nsettled 5");
    EXPECT_THAT(memory.orders, ::testing::ElementsAre("bm17-a"));
    EXPECT_EQ(memory.begun, 0);
    EXPECT_EQ(memory.settled, "5");
}

}  // namespace
}  // namespace bn::pmwebpay::payment_file_test
