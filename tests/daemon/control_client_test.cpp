#include "proxy/daemon/control_client.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/daemon/folder.h"

namespace postern::daemon::test {
namespace {

constexpr uid_t some_user = 65534;

Asked ask(const std::filesystem::path& state) {
  return ask_daemon(state, {{"ask", "status"}}, [](const nlohmann::json& /*line*/) {});
}

TEST(ControlClient, nobody_answers_without_a_daemon) {
  const TemporaryFolder state;
  EXPECT_EQ(ask(state.path), Asked::nobody);
  EXPECT_EQ(ask(state.path / "missing"), Asked::nobody);
}

TEST(ControlClient, a_folder_of_somebody_else_does_not_mean_that_nobody_is_there) {
  const TemporaryFolder state;
  // Permissions bind root only as another user.
  ASSERT_EQ(::chmod(state.path.c_str(), ::geteuid() == 0 ? 0700 : 0000), 0);
  const uid_t before = ::geteuid();
  if (before == 0) {
    ASSERT_EQ(::seteuid(some_user), 0);
  }
  const Asked asked = ask(state.path);
  if (before == 0) {
    ASSERT_EQ(::seteuid(before), 0);
  }
  ASSERT_EQ(::chmod(state.path.c_str(), 0700), 0);
  EXPECT_EQ(asked, Asked::forbidden);
  EXPECT_NE(forbidden(state.path).text().find("belongs to another user"), std::string::npos);
}

}  // namespace
}  // namespace postern::daemon::test
