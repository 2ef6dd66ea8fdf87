#include "sync/wire/smtp/submitted_header.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::smtp {
namespace {

CompletedHeader complete(std::string_view header, const std::vector<std::string>& recipients) {
  std::vector<Recipient> to;
  for (const std::string& address : recipients) to.push_back({address, {}, ""});
  return complete_header(header, {.date = "Sat, 28 Nov 2026 14:00:00 +0000",
                                  .message_id = "<new@example.org>",
                                  .sender = "anna@example.org",
                                  .recipients = to});
}

constexpr std::string_view whole =
    "From: anna@example.org\r\nDate: x\r\nMessage-ID: <old@example.org>\r\nTo: ben@example.org\r\n"
    "\r\n";

TEST(CompleteHeader, LeavesAloneWhatHasAll) {
  const CompletedHeader done = complete(whole, {"ben@example.org"});
  EXPECT_EQ(done.header, whole);
  EXPECT_EQ(done.message_id, "old@example.org");
}

TEST(CompleteHeader, AddsWhatIsMissing) {
  const CompletedHeader done = complete("To: ben@example.org\r\n\r\n", {"ben@example.org"});
  EXPECT_EQ(done.header,
            "Date: Sat, 28 Nov 2026 14:00:00 +0000\r\nMessage-ID: <new@example.org>\r\n"
            "From: <anna@example.org>\r\nTo: ben@example.org\r\n\r\n");
  EXPECT_EQ(done.message_id, "new@example.org");
}

TEST(CompleteHeader, WhatIsFoldedOntoNothingIsNotFoldedOntoWhatIsAdded) {
  const CompletedHeader done =
      complete(" stray\r\n\tlines\r\nTo: ben@example.org\r\n\r\n", {"carla@example.org"});
  EXPECT_EQ(done.header,
            " stray\r\n\tlines\r\nDate: Sat, 28 Nov 2026 14:00:00 +0000\r\n"
            "Message-ID: <new@example.org>\r\nFrom: <anna@example.org>\r\n"
            "Bcc: carla@example.org\r\nTo: ben@example.org\r\n\r\n");
  EXPECT_EQ(without_bcc(done.header).find("carla"), std::string::npos);
}

TEST(CompleteHeader, RecipientsThatNoFieldNamesAreBcc) {
  const CompletedHeader done =
      complete(whole, {"Ben@Example.org", "carla@example.org", "dora@example.org"});
  EXPECT_EQ(done.header, "Bcc: carla@example.org, dora@example.org\r\n" + std::string(whole));
}

TEST(CompleteHeader, ALongBccIsFolded) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 40; ++i)
    recipients.push_back("somebody" + std::to_string(i) + "@example.org");
  const std::string header = complete(whole, recipients).header;
  std::size_t at = 0;
  while (at < header.size()) {
    const std::size_t end = header.find("\r\n", at);
    EXPECT_LE(end - at, 78U);
    at = end + 2;
  }
}

TEST(CompleteHeader, KeepsTheBccThatIsThere) {
  const std::string header = "Bcc: carla@example.org\r\n" + std::string(whole);
  EXPECT_EQ(complete(header, {"ben@example.org", "carla@example.org"}).header, header);
}

TEST(CompleteHeader, AMessageSentAgainGetsNoBcc) {
  const std::string header = "Resent-To: carla@example.org\r\n" + std::string(whole);
  EXPECT_EQ(complete(header, {"carla@example.org"}).header, header);
}

TEST(CompleteHeader, ATextWithoutAHeaderBecomesABody) {
  const std::string header = complete("just words\r\n", {"ben@example.org"}).header;
  EXPECT_TRUE(header.ends_with("Bcc: ben@example.org\r\n\r\njust words\r\n")) << header;
}

TEST(CompleteHeader, AnEmptyHeaderStaysOne) {
  const std::string header = complete("\r\n", {"ben@example.org"}).header;
  EXPECT_TRUE(header.ends_with("Bcc: ben@example.org\r\n\r\n")) << header;
  EXPECT_FALSE(header.ends_with("\r\n\r\n\r\n"));
}

TEST(WithoutBcc, TakesAwayEveryBccAndNothingElse) {
  EXPECT_EQ(without_bcc("A: 1\r\nBCC: x@y.z,\r\n a@b.c\r\nB: 2\r\nbcc:\r\n\r\n"),
            "A: 1\r\nB: 2\r\n\r\n");
  EXPECT_EQ(without_bcc(whole), whole);
  EXPECT_EQ(without_bcc("no field\r\nBcc: a@b.c\r\n\r\n"), "no field\r\n\r\n");
  EXPECT_EQ(without_bcc(""), "");
}

struct Row {
  const char* name;
  std::string header;
  std::vector<std::string> answered;
  std::vector<std::string> forwarded;
};

TEST(RefersTo, TellsAnswersFromWhatIsPassedOn) {
  const std::vector<Row> rows{
      {"nothing", "Subject: x\r\n\r\n", {}, {}},
      {"an answer", "In-Reply-To: <a@b>\r\nReferences: <r@b> <a@b>\r\n\r\n", {"a@b"}, {}},
      {"Thunderbird passes on",
       "References: <a@b>\r\nX-Forwarded-Message-Id: <a@b>\r\n\r\n",
       {},
       {"a@b"}},
      {"by its subject", "Subject: Fwd: x\r\nReferences: <r@b> <a@b>\r\n\r\n", {}, {"a@b"}},
      {"in German", "Subject: WG: x\r\nReferences: <a@b>\r\n\r\n", {}, {"a@b"}},
      {"an answer to what was passed on",
       "Subject: Fwd: x\r\nIn-Reply-To: <a@b>\r\n\r\n",
       {"a@b"},
       {}},
      {"a thread without a mark", "Subject: x\r\nReferences: <a@b>\r\n\r\n", {}, {}},
  };
  for (const Row& row : rows) {
    const Refers refers = refers_to(row.header);
    EXPECT_EQ(refers.answered, row.answered) << row.name;
    EXPECT_EQ(refers.forwarded, row.forwarded) << row.name;
  }
}

}  // namespace
}  // namespace postern::wire::smtp
