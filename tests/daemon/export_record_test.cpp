#include "proxy/daemon/archive/export_record.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "proxy/daemon/archive/input_file.h"
#include "tests/daemon/folder.h"

namespace postern::daemon::archive {
namespace {

namespace fs = std::filesystem;

class ExportRecordTest : public testing::Test {
 protected:
  [[nodiscard]] std::string refusal() const {
    try {
      const ExportRecord second(target, "anna", "mboxrd");
    } catch (const FileTrouble& trouble) {
      return trouble.what();
    }
    return "";
  }

  test::TemporaryFolder folder;
  fs::path target = folder.path / "out";
};

TEST_F(ExportRecordTest, LetsOneExportAtATimeIn) {
  {
    const ExportRecord first(target, "anna", "mboxrd");
    EXPECT_NE(refusal().find("another export writes to " + target.string()), std::string::npos)
        << refusal();
    EXPECT_TRUE(fs::exists(lock_of_folder(target)));
  }
  EXPECT_FALSE(fs::exists(lock_of_folder(target)));
  EXPECT_EQ(refusal(), "");
}

TEST_F(ExportRecordTest, PassesOverALockFileThatNobodyHolds) {
  fs::create_directory(target);
  std::ofstream(lock_of_folder(target)) << "";
  EXPECT_EQ(refusal(), "");
}

TEST_F(ExportRecordTest, LetsNoSecondOneTakeTheLockOfTheFirstAway) {
  const fs::path file = lock_of_file(folder.path / "box");
  const ExportLock first(file);
  EXPECT_THROW(const ExportLock second(file), FileTrouble);
  EXPECT_THROW(const ExportLock third(file), FileTrouble);
  EXPECT_TRUE(fs::exists(file));
}

}  // namespace
}  // namespace postern::daemon::archive
