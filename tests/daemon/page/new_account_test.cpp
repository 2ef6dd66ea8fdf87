#include "proxy/daemon/page/new_account.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "proxy/daemon/daemon.h"
#include "tests/daemon/folder.h"
#include "tests/net/loop.h"
#include "tests/support/hostile_pop3.h"

namespace postern::daemon::page {
namespace {

using daemon::test::TemporaryFolder;
using nlohmann::json;
using postern::test::HostilePop3;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A daemon that is not started, whose configuration is the page's to write.
class NewAccountTest : public testing::Test {
 protected:
  NewAccountTest() : server(loop.io.get_executor()) {
    server.maildrop = {{"a", "Subject: 1\r\n\r\none\r\n"}};
    std::ofstream(file) << fmt::format(
        "state: {}\nlisten: {{imap: \"127.0.0.1:0\"}}\naccounts:\n  anna:\n    password: x\n    "
        "sources:\n"
        "      - pop3: \"pop.example.net:995\"\n        username: anna\n        password: y\n",
        (folder.path / "state").string());
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    auto loaded = config::load(file);
    if (!loaded) throw std::runtime_error(loaded.error().front().text());
    daemon = std::make_unique<Daemon>(loop.io.get_executor(), std::move(*loaded));
    page = std::make_unique<NewAccount>(*daemon);
  }

  /// What the page is answered when it asks for `name`.
  NewAccount::Reply add(const std::string& name) {
    NewAccount::Reply reply = json();
    loop.run(converse(name, reply));
    return reply;
  }
  asio::awaitable<void> converse(std::string name, NewAccount::Reply& reply) {
    json question = {{"address", "bert@mail.invalid"},
                     {"server", fmt::format("127.0.0.1:{}", server.port())},
                     {"username", "bert"},
                     {"password", "secret words"}};
    reply = co_await page->attempt(std::move(question));
    if (reply) {
      json last = {{"draft", reply->at("draft")}, {"account", name}, {"rule", "forever"}};
      reply = co_await page->add(std::move(last));
    }
    server.stop();
    co_await server.join();
  }
  [[nodiscard]] std::string written() const {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder.path / "postern.yaml";
  net::test::Loop loop;
  HostilePop3 server;
  std::unique_ptr<Daemon> daemon;
  std::unique_ptr<NewAccount> page;
};

TEST_F(NewAccountTest, IsWrittenAndItsPasswordShown) {
  int reloads = 0;
  daemon->set_reloader([&reloads] { ++reloads; });
  const auto reply = add("bert");
  ASSERT_TRUE(reply.has_value()) << reply.error().text();
  EXPECT_EQ(reloads, 1);
  EXPECT_THAT(reply->value("password", ""), Not(IsEmpty()));
  EXPECT_FALSE(reply->contains("problem"));
  EXPECT_THAT(written(), HasSubstr("\"bert\":"));
  EXPECT_THAT(written(), Not(HasSubstr("secret words")));
}

TEST_F(NewAccountTest, ShowsItsPasswordAlsoWhenTheReloadIsRefused) {
  daemon->set_reloader([this] { daemon->set_reload_problem("line 3: the port is taken"); });
  const auto reply = add("bert");
  ASSERT_TRUE(reply.has_value()) << reply.error().text();
  EXPECT_THAT(reply->value("password", ""), Not(IsEmpty()));
  EXPECT_THAT(reply->value("problem", ""), HasSubstr("the port is taken"));
  EXPECT_THAT(written(), HasSubstr("\"bert\":"));
}

TEST_F(NewAccountTest, SaysThatThisDaemonCannotReadIt) {
  const auto reply = add("bert");
  ASSERT_TRUE(reply.has_value()) << reply.error().text();
  EXPECT_THAT(reply->value("problem", ""), HasSubstr("cannot read it"));
  EXPECT_THAT(reply->value("password", ""), Not(IsEmpty()));
}

TEST_F(NewAccountTest, HasNoPasswordOfItsOwnWhereTheAccountIsThere) {
  daemon->set_reloader([] {});
  const auto reply = add("anna");
  ASSERT_TRUE(reply.has_value()) << reply.error().text();
  EXPECT_FALSE(reply->contains("password"));
}

TEST_F(NewAccountTest, LeavesAFileWithMistakesAlone) {
  daemon->set_reloader([] {});
  std::ofstream(file, std::ios::app) << "nonsense: 1\n";
  const std::string before = written();
  const auto reply = add("bert");
  ASSERT_FALSE(reply.has_value());
  EXPECT_THAT(reply.error().text(), HasSubstr("mistakes"));
  EXPECT_EQ(written(), before);
}

TEST_F(NewAccountTest, SaysWhatTheServerRefuses) {
  server.quirks.instead["PASS"] = "-ERR [AUTH] no such user\r\n";
  const auto reply = add("bert");
  ASSERT_FALSE(reply.has_value());
  EXPECT_THAT(reply.error().text(), HasSubstr("no such user"));
  EXPECT_THAT(written(), Not(HasSubstr("bert")));
}

}  // namespace
}  // namespace postern::daemon::page
