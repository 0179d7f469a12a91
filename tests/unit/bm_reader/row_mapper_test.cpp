#include "bm_reader/row_mapper.hpp"

#include <map>

#include <gtest/gtest.h>

namespace bn::bm_reader::row_mapper_test {
namespace {

using Ops = std::vector<Operation>;

// The wanted state, or nothing when the item is held.
std::optional<Wanted> wanted(Number status, const Ops& operations, bool flag = false) {
    const auto decision = decide_wanted(status, operations, flag, ItemId(7));
    if (!decision) {
        EXPECT_EQ(decision.error().code, HoldCode::kUnknownStatus);
        EXPECT_EQ(decision.error().where, "item 7");
        return std::nullopt;
    }
    return decision->wanted;
}

TEST(Status, WholeTable) {
    using enum Wanted;
    using enum Operation;

    struct Line {
        std::int64_t status;
        // none, other, keep, open, reopen, resume, suspend, close
        std::array<std::optional<Wanted>, 8> wanted;
    };

    const auto held = std::nullopt;
    const Line table[] = {
        {0, {held, held, held, held, held, held, held, held}},
        {1, {kNothing, kNothing, kNothing, kEnabled, kEnabled, held, held, kAbsent}},
        {2, {kEnabled, kEnabled, kEnabled, kEnabled, kEnabled, kEnabled, kDisabled, kAbsent}},
        {3, {kDisabled, kDisabled, kDisabled, held, kEnabled, kEnabled, kDisabled, kAbsent}},
        {4, {kAbsent, kAbsent, kAbsent, held, kEnabled, held, kAbsent, kAbsent}},
        {5, {held, held, kEnabled, kEnabled, kEnabled, kEnabled, kDisabled, kAbsent}},
        {6, {held, held, held, held, held, held, held, held}},
    };
    const Ops operations[] = {
        {}, {kOther}, {kKeep}, {kOpen}, {kReopen}, {kResume}, {kSuspend}, {kClose}};
    for (const Line& line : table) {
        for (std::size_t i = 0; i < 8; ++i) {
            EXPECT_EQ(wanted(line.status, operations[i]), line.wanted[i])
                << "status " << line.status << ", operation " << i;
        }
    }
}

TEST(Status, SuspendFlagCountsWhileAnOperationKeepsTheService) {
    EXPECT_EQ(wanted(5, {Operation::kKeep}, true), Wanted::kDisabled);
    EXPECT_EQ(wanted(5, {Operation::kResume}, true), Wanted::kEnabled);
}

TEST(Status, NewestOperationDecides) {
    using enum Operation;
    EXPECT_EQ(wanted(5, {kSuspend, kResume}), Wanted::kEnabled);
    EXPECT_EQ(wanted(5, {kResume, kSuspend}), Wanted::kDisabled);
    EXPECT_EQ(wanted(5, {kSuspend, kKeep}), Wanted::kDisabled);
    EXPECT_EQ(wanted(2, {kSuspend, kClose}), Wanted::kAbsent);
    EXPECT_EQ(wanted(5, {kClose, kResume}), std::nullopt);
    EXPECT_EQ(wanted(2, {kClose, kSuspend}), std::nullopt);
    EXPECT_EQ(wanted(4, {kClose, kReopen}), std::nullopt);
    EXPECT_EQ(wanted(2, {kClose, kKeep}), Wanted::kAbsent);
}

TEST(Status, UnreadableStatusHolds) {
    EXPECT_EQ(wanted(Number(), {}), std::nullopt);
    EXPECT_EQ(wanted(Number::bad(), {Operation::kOpen}), std::nullopt);
    EXPECT_EQ(wanted(-1, {Operation::kClose}), std::nullopt);
}

TEST(Status, InProgressOnlyForOurOperations) {
    const Ops other = {Operation::kOther};
    EXPECT_FALSE(decide_wanted(2, other, false, ItemId(1))->in_progress);
    const Ops keep = {Operation::kKeep};
    EXPECT_TRUE(decide_wanted(2, keep, false, ItemId(1))->in_progress);
    EXPECT_EQ(to_operation("setparam"), Operation::kKeep);
    EXPECT_EQ(to_operation("open"), Operation::kOpen);
    EXPECT_EQ(to_operation("reopen"), Operation::kReopen);
    EXPECT_EQ(to_operation("reboot"), Operation::kOther);
    EXPECT_EQ(to_operation(""), Operation::kOther);
}

TEST(Login, AsTheCloudsTakeIt) {
    for (const char* login : {"user_7", "a", "Anna Maria", "o'neil@x.by", "...", "-", "0"}) {
        EXPECT_EQ(login_fault(login), "") << login;
    }
    for (const std::string& login :
         {std::string(),
          std::string("."),
          std::string(".."),
          std::string(" a"),
          std::string("a "),
          std::string("a/b"),
          std::string("a+b"),
          std::string("Анна"),
          std::string("a\tb"),
          std::string("a\0b", 3),
          std::string(65, 'a')}) {
        EXPECT_NE(login_fault(login), "") << login;
    }
    EXPECT_EQ(login_fault(std::string(64, 'a')), "");
    EXPECT_EQ(fill_template("user_{item}", 7, 3), "user_7");
    EXPECT_EQ(fill_template("{account}.{item}.{account}", 7, 3), "3.7.3");
}

TEST(Email, PlainAddressesOnly) {
    EXPECT_EQ(usable_email(" Anna.K+x@Example.COM "), "anna.k+x@example.com");
    for (const char* text :
         {"",
          "anna",
          "@x.by",
          "a@",
          "a b@x.by",
          "a@x..by",
          "a@.by",
          "a@b@c",
          "a@x.by,b@x.by",
          "\xff@x.by",
          "\xd1\x8f@x.by",
          "a@\xd1.by",
          ".a@x.by"}) {
        EXPECT_EQ(usable_email(text), "") << text;
    }
    EXPECT_EQ(usable_email(std::string(250, 'a') + "@x.by"), "");
    EXPECT_EQ(usable_email("a@\xd1\x8f.by"), "a@xn--41a.by") << "as the network writes it";
}

TEST(Group, WhatAnAccountMayBePutInto) {
    EXPECT_EQ(group_fault("Тариф / 50"), "");
    EXPECT_NE(group_fault("admin"), "");
    EXPECT_NE(group_fault("\xff"), "");
    EXPECT_NE(group_fault(std::string(65, 'g')), "");
    EXPECT_NE(group_fault("a\nb"), "");
}

TEST(Numbers, WhatIsNoneIsNeverUsedAsOne) {
    EXPECT_DEATH(static_cast<void>(Number().value()), "NULL or garbage");
    EXPECT_DEATH(static_cast<void>(Number::bad().value()), "NULL or garbage");
    EXPECT_EQ(Number(7).value(), 7);
}

TEST(Numbers, OnlyWholeOnes) {
    EXPECT_EQ(to_number(Cell("1024.0000")), Number(1024));
    EXPECT_EQ(to_number(Cell("-3")), Number(-3));
    EXPECT_TRUE(to_number(Cell()).null());
    for (const char* text :
         {"", " 1", "1 ", "1.5", "1.", "0x10", "1e3", "+1", "9223372036854775808"}) {
        EXPECT_TRUE(to_number(Cell(std::string_view(text))).is_bad()) << text;
    }
    for (const char* text : {"0", "-1", "4294967296", "x"}) {
        EXPECT_TRUE(to_id(Cell(std::string_view(text))).is_bad()) << text;
    }
    EXPECT_EQ(to_id(Cell("4294967295")), Number(4294967295));
}

TEST(Texts, QuotedForMessages) {
    EXPECT_EQ(in_quotes("a\nb\xff"), "'a\\x0Ab\\xFF'");
    EXPECT_EQ(in_quotes("Анна"), "'Анна'");
    EXPECT_LT(bn::bm_reader::in_quotes(std::string(1000, 'x')).size(), 80U);
    EXPECT_EQ(clean("  a\x01z  ", 64), "a z");
    EXPECT_EQ(clean("\xc0\x80", 64), "");
    EXPECT_EQ(clean("ДДД", 2), "ДД");
}

}  // namespace
}  // namespace bn::bm_reader::row_mapper_test
