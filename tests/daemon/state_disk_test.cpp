#include "proxy/daemon/state_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/magic.h>

namespace postern::daemon::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(StateDisk, is_doubted_where_mail_does_not_last) {  // J9
  EXPECT_THAT(doubts_about(TMPFS_MAGIC), HasSubstr("memory"));
  EXPECT_THAT(doubts_about(NFS_SUPER_MAGIC), HasSubstr("network"));
  EXPECT_THAT(doubts_about(OVERLAYFS_SUPER_MAGIC), HasSubstr("container"));
  for (const std::uint32_t good : {EXT4_SUPER_MAGIC, 0x58465342 /* XFS */})
    EXPECT_THAT(doubts_about(good), IsEmpty());
  EXPECT_THAT(doubts_about(static_cast<std::uint32_t>(BTRFS_SUPER_MAGIC)), IsEmpty());
}

TEST(StateDisk, is_named_with_its_folder) {  // J9
  const auto doubts = doubts_about_disk("/dev/shm");
  if (doubts) {
    EXPECT_THAT(*doubts, HasSubstr("/dev/shm is in memory"));
  }
  EXPECT_FALSE(doubts_about_disk("/no/such/folder"));
}

}  // namespace
}  // namespace postern::daemon::test
