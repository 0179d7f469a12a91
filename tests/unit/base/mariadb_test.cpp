// How many columns an answer must have (chaos test of the line to the panel: an answer that had
// been damaged on the way had fewer than the reader takes).
#include "base/mariadb.hpp"

#include <gtest/gtest.h>

#include "bm_reader/queries.hpp"

namespace bn::base::mariadb_test {
namespace {

TEST(Columns, AreCountedInWhatIsAskedFor) {
    EXPECT_EQ(columns_of("SELECT id FROM item"), 1U);
    EXPECT_EQ(columns_of("SELECT a, COUNT(b, c), 'x, (y' FROM t WHERE a IN (1, 2)"), 3U);
    EXPECT_EQ(columns_of("SELECT VERSION(), @@a"), 2U);
    EXPECT_EQ(columns_of("SELECT (SELECT COUNT(*) FROM a, b), (SELECT 2 FROM c)"), 2U);
    EXPECT_EQ(columns_of("SELECT DISTINCT a, b FROM t"), 2U);
    using namespace bn::bm_reader::queries;
    EXPECT_EQ(columns_of(kServices.sql), 10U);
    EXPECT_EQ(columns_of(kPricelists.sql), 12U);
    EXPECT_EQ(columns_of(kPending.sql), 8U);
    EXPECT_EQ(columns_of(kOwners.sql), 4U);
}

TEST(Columns, AreNotGuessed) {
    EXPECT_EQ(columns_of("SELECT * FROM item"), 0U);
    EXPECT_EQ(columns_of("SHOW GRANTS"), 0U);
    EXPECT_EQ(columns_of(""), 0U);
}

}  // namespace
}  // namespace bn::base::mariadb_test
