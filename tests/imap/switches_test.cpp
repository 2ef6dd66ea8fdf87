#include <filesystem>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;
using postern::test::Transcript;

/// As the daemon takes them from a file.
Limits limits_of(const std::string& yaml) {
  const auto config = config::parse(yaml, "p.yaml");
  if (!config) throw std::runtime_error(config.error().front().text());
  Limits limits;
  for (const auto& account : config->accounts) limits.accounts[account.name] = account.capabilities;
  limits.clients = config->clients;
  return limits;
}

std::string play(const std::string& name, std::uint16_t port) {
  return Transcript::read(std::filesystem::path(TRANSCRIPTS) / "switches" / (name + ".txt"))
      .play(port);
}

TEST(Switches, OfAnAccountHoldFromTheLogin) {
  Served served(limits_of(
      "accounts: {anna: {password: {env: P}, imap: {capabilities: {IDLE: off, NAMESPACE: off, "
      "UIDPLUS: off, CONDSTORE: off, OBJECTID: off, CHILDREN: off, SPECIAL-USE: off, MOVE: off, "
      "MULTIAPPEND: off, LITERAL+: off, UTF8=ACCEPT: off, REPLACE: off, ESEARCH: off}}}}"));
  EXPECT_EQ(play("account", served.port()), "");
}

TEST(Switches, OfAProgramHoldOnceItSaysWhatItIs) {
  Served served(
      limits_of("accounts: {anna: {password: {env: P}}}\n"
                "clients:\n"
                "  thunderbird: {capabilities: {IDLE: off, SASL-IR: off, QRESYNC: off}}\n"
                "  outlook: {capabilities: {XLIST: off}}\n"));
  EXPECT_EQ(play("program", served.port()), "");
}

TEST(Switches, ProgramsAreKnownToStatus) {
  Served served;
  LineClient client(served.port());
  (void)client.line();
  const auto facts = [&] {
    return served.on_network([&] { return served.server().sessions().at(0); });
  };
  EXPECT_EQ(facts().profile, "");
  (void)client.command(R"(a ID ("name" "iPhone Mail" "version" "22C161"))");
  EXPECT_EQ(facts().profile, "ios");
  EXPECT_EQ(facts().program, "iPhone Mail 22C161");
  (void)client.command(R"(b ID ("name" "Another"))");
  EXPECT_EQ(facts().profile, "");
  (void)client.command("c LOGIN anna sesame");
  (void)client.command("d SELECT INBOX");
  // It has said what it is.
  (void)client.command("e FETCH 1:* RFC822.PEEK");
  EXPECT_EQ(facts().profile, "");

  LineClient silent(served.port());
  (void)silent.line();
  (void)silent.command("a ID NIL");
  (void)silent.command("c LOGIN anna sesame");
  (void)silent.command("d SELECT INBOX");
  (void)silent.command("e UID FETCH 1:* (UID RFC822.PEEK)");
  const auto all = served.on_network([&] { return served.server().sessions(); });
  EXPECT_EQ(all.at(1).profile, "outlook");
}

}  // namespace
}  // namespace postern::imap::test
