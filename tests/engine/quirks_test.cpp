// Servers with quirks, by name (checks.md D). Each is polled three times, keeping and deleting, and
// then behaves: nothing is lost, nothing comes twice, and nothing is deleted before it is stored
// (the fixture asserts that at each DELE and QUIT).

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/sync_fixture.h"

namespace postern::engine {
namespace {

using config::KeepOnServer;
using test::HostilePop3;
using Quirks = HostilePop3::Quirks;

enum class Deletes { as_wanted, none };  ///< while the quirk lasts

struct Quirk {
  const char* name;
  std::function<void(Quirks&)> set;
  Deletes deletes = Deletes::as_wanted;
};

std::function<void(Quirks&)> instead(std::string command, std::string answer) {
  return [command, answer](Quirks& quirks) { quirks.instead[command] = answer; };
}

std::function<void(Quirks&)> uidl(const std::string& lines) {
  return instead("UIDL", "+OK\r\n" + lines + ".\r\n");
}
std::function<void(Quirks&)> list(const std::string& lines) {
  return instead("LIST", "+OK\r\n" + lines + ".\r\n");
}

const std::string long_id(70, 'u');
const std::string very_long_id(2500, 'u');

/// The maildrop holds three messages.
const Quirk quirks[] = {
    {"D2_no_CAPA", instead("CAPA", "-ERR what\r\n")},
    {"D2_no_TOP", [](Quirks& q) { q.capa = {"UIDL"}; }},
    {"D3_no_pipelining", [](Quirks& q) { q.capa = {"USER", "UIDL"}; }},
    {"D4_drop_after_the_second_RETR", instead("RETR 3", ""), Deletes::none},
    {"D4_drop_in_the_first_RETR", [](Quirks& q) { q.cut_after_body_octets = 30; }, Deletes::none},
    {"D4_drop_in_the_second_RETR", [](Quirks& q) { q.cut_after_body_octets = 100; }, Deletes::none},
    {"D8_long_ids", uidl("1 " + long_id + "1\r\n2 " + long_id + "2\r\n3 " + long_id + "3\r\n")},
    {"D8_very_long_ids", uidl("1 " + very_long_id + "\r\n2 b\r\n3 c\r\n")},
    {"D8_too_long_id", uidl("1 x" + very_long_id + "\r\n2 b\r\n3 c\r\n"), Deletes::none},
    {"D8_blanks_in_ids", uidl("1 a b\r\n2 a  b\r\n3 a\r\n")},
    {"D8_8bit_ids", uidl("1 \xff\r\n2 \xfe\r\n3 \xc3\xa4\r\n")},
    {"D8_case_twins", uidl("1 abc\r\n2 ABC\r\n3 Abc\r\n")},
    {"D8_SQL_and_paths", uidl("1 '; DROP TABLE origin;--\r\n2 ../../x\r\n3 %s%n\r\n")},
    {"D9_partial", uidl("2 uidl-2\r\n"), Deletes::none},
    {"D9_extra", uidl("1 uidl-1\r\n2 uidl-2\r\n3 uidl-3\r\n4 uidl-4\r\n"), Deletes::none},
    {"D9_number_0", uidl("0 uidl-0\r\n1 uidl-1\r\n2 uidl-2\r\n3 uidl-3\r\n"), Deletes::none},
    {"D9_negative_number", uidl("-1 uidl-0\r\n2 uidl-2\r\n3 uidl-3\r\n"), Deletes::none},
    {"D9_huge_number", uidl("99999999999999999999 x\r\n2 uidl-2\r\n3 uidl-3\r\n"), Deletes::none},
    {"D9_two_ids_for_one", uidl("1 uidl-1\r\n1 b\r\n2 uidl-2\r\n3 uidl-3\r\n"), Deletes::none},
    {"D10_sizes_too_large", list("1 1051\r\n2 1051\r\n3 1051\r\n")},
    {"D10_sizes_0", list("1 0\r\n2 0\r\n3 0\r\n")},
    {"D10_sizes_negative", list("1 -1\r\n2 -1\r\n3 -1\r\n")},
    {"D10_sizes_text", list("1 big\r\n2 bigger\r\n3\r\n")},
    {"D10_no_LIST", instead("LIST", "-ERR no\r\n"), Deletes::none},
    {"D11_STAT_too_many", instead("STAT", "+OK 99 1\r\n")},
    {"D11_STAT_0", instead("STAT", "+OK 0 0\r\n")},
    {"D11_STAT_text", instead("STAT", "+OK many\r\n")},
    {"D12_endless_line_in_UIDL", instead("UIDL", "+OK\r\n" + std::string(20'000, '1')),
     Deletes::none},
    {"D12_endless_greeting", [](Quirks& q) { q.greeting = std::string(20'000, '+'); },
     Deletes::none},
    {"D13_terminator_within", instead("RETR 2", "+OK\r\na\r\n.\r\nb\r\n.\r\n"), Deletes::none},
    {"D13_no_terminator", instead("RETR 2", "+OK\r\na\r\n"), Deletes::none},
    {"D15_in_use", instead("PASS", "-ERR [IN-USE] later\r\n"), Deletes::none},
    {"D15_sys_temp", instead("PASS", "-ERR [SYS/TEMP] later\r\n"), Deletes::none},
    {"D15_login_delay", instead("PASS", "-ERR [LOGIN-DELAY] later\r\n"), Deletes::none},
    {"D16_auth", instead("PASS", "-ERR [AUTH] no\r\n"), Deletes::none},
    {"D17_DELE_refused", [](Quirks& q) { q.refuse_dele = {1, 2, 3}; }},
    {"D17_DELE_drops", instead("DELE", "")},
    {"D18_QUIT_lost", [](Quirks& q) { q.quit = HostilePop3::Quit::lost_before; }},
    {"D18_QUIT_applied_and_lost", [](Quirks& q) { q.quit = HostilePop3::Quit::lost_after; }},
    {"D18_QUIT_refused", [](Quirks& q) { q.quit = HostilePop3::Quit::refused; }},
    {"D19_vanished", instead("RETR 2", "-ERR gone\r\n")},
    {"D21_popped_messages_vanish", [](Quirks& q) { q.popped_vanish = true; }},
    {"D22_an_answer_too_many", instead("STAT", "+OK\r\n+OK 3 153\r\n"), Deletes::none},
    {"D22_bare_answers", instead("PASS", "+OK\r\n")},
    {"D22_NUL_in_an_answer", instead("PASS", std::string("+OK \0\r\n", 7))},
    {"D26_closed_after_the_greeting", instead("CAPA", ""), Deletes::none},
    {"D26_closed_during_the_login", instead("USER", ""), Deletes::none},
    {"UIDL_fails_once", instead("UIDL", "-ERR [SYS/TEMP] later\r\n"), Deletes::none},
};

struct Case {
  Quirk quirk;
  KeepOnServer::Rule keep;
};

class QuirkTest : public SyncTest, public testing::WithParamInterface<Case> {};

TEST_P(QuirkTest, LosesNothingAndDeliversNothingTwice) {
  const auto& [quirk, keep] = GetParam();
  source.keep_on_server = {keep, {}};
  patience = std::chrono::milliseconds(200);
  fill(3);
  const std::vector<std::string> all = upstream();
  quirk.set(server->quirks);
  for (int i = 0; i < 3; ++i) (void)poll();
  if (quirk.deletes == Deletes::none) {
    EXPECT_EQ(server->count("DELE"), 0U);
  }
  for (const std::string& body : stored())
    EXPECT_THAT(all, testing::Contains(body)) << "not as it was sent";

  // A listing may have given other ids: the messages then have other names.
  const bool renamed = server->quirks.instead.contains("UIDL");
  if (renamed && !stored().empty()) {
    EXPECT_THAT(stored(), testing::SizeIs(testing::Le(3)));
    return;
  }
  calm();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll_after_restart().trouble);
  EXPECT_EQ(stored(), all);
  if (keep == KeepOnServer::Rule::never) {
    EXPECT_THAT(upstream(), testing::IsEmpty());
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Quirk& quirk : quirks) {
    all.push_back({quirk, KeepOnServer::Rule::forever});
    all.push_back({quirk, KeepOnServer::Rule::never});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Hostile, QuirkTest, testing::ValuesIn(cases()), [](const auto& instance) {
  const Case& row = instance.param;
  return std::string(row.quirk.name) +
         (row.keep == KeepOnServer::Rule::never ? "_deleting" : "_keeping");
});

TEST_F(SyncTest, EqualIdsAreFetchedOnceEachAndNotDeleted) {  // D5
  source.keep_on_server = {KeepOnServer::Rule::never, {}};
  for (const char* uidl : {"same", "same", "other", "same"}) arrive(uidl);
  server->maildrop[3].octets += "longer\r\n";
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(poll().trouble);
  EXPECT_EQ(stored().size(), 4U);
  EXPECT_EQ(server->count("RETR"), 4U);
  EXPECT_EQ(server->maildrop.size(), 3U);  // only "other" went
}

TEST_F(SyncTest, AMessageThatArrivesDuringTheSessionComesWithTheNext) {  // D19 arrive-during
  fill(2);
  const auto check = server->on_command;
  server->on_command = [&, check](const std::string& command) {
    check(command);
    if (command == "RETR 1" && server->maildrop.size() == 2) arrive("late");
  };
  EXPECT_EQ(poll().fetched, 2U);
  EXPECT_EQ(poll().fetched, 1U);
  EXPECT_EQ(stored(), upstream());
}

TEST_F(SyncTest, AMessageRewrittenUnderItsIdStaysAndTheNewOneIsFetchedOnce) {  // D19 rewrite, R6
  fill(1);
  (void)poll();
  const auto before = stored();
  server->maildrop[0].octets = store::message("another one, of another size");
  (void)poll();
  (void)poll();
  const auto after = stored();
  EXPECT_EQ(after.size(), before.size() + 1);
  EXPECT_TRUE(std::ranges::includes(after, before));
  EXPECT_EQ(server->count("RETR"), 2U);
}

TEST_F(SyncTest, IdsThatAllChangeSuspendDeletions) {  // D6
  source.keep_on_server = {KeepOnServer::Rule::until_deleted, {}};
  fill(4);
  (void)poll();
  for (auto& message : server->maildrop) message.uidl += "-changed";
  (void)poll();
  EXPECT_EQ(server->count("DELE"), 0U);
  for (const store::Origin& origin : origins()) EXPECT_NE(origin.state, store::OriginState::gone);
}

}  // namespace
}  // namespace postern::engine
