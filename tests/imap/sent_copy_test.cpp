#include <gtest/gtest.h>

#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;

const std::string letter = "Message-ID: <1@example.org>\r\n\r\nHello.\r\n";

void file_sent(Served& served) {
  store::write(served.account(), [&](store::Transaction& t) {
    store::IncomingBody incoming(served.account().spool());
    store::NewBody body = incoming.finish(letter);
    return t.file_sent(body, {});
  });
}

std::vector<std::string> append(LineClient& client, const std::string& tag) {
  client.send(tag + " APPEND Sent (\\Seen \\Flagged) {" + std::to_string(letter.size()) + "+}\r\n" +
              letter + "\r\n");
  std::vector<std::string> lines;
  do lines.push_back(client.line());
  while (!lines.back().starts_with(tag + " ") && lines.back() != "<end>");
  return lines;
}

// What a program saves after it was filed is the filed message, and nothing comes to exist.
TEST(SentCopy, OfTheProgramIsAnsweredWithTheFiledOne) {
  Served served;
  file_sent(served);
  LineClient client(served.port());
  (void)client.line();
  ASSERT_TRUE(client.command("l LOGIN anna sesame").back().starts_with("l OK"));
  ASSERT_TRUE(client.command("s SELECT Sent").back().starts_with("s OK"));
  const std::string validity =
      std::to_string(served.account().tree()->find("Sent")->uid_validity.value);
  EXPECT_EQ(append(client, "a"),
            (std::vector<std::string>{"* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen \\Recent))",
                                      "a OK [APPENDUID " + validity + " 1] APPEND completed"}));
  EXPECT_EQ(client.command("n NOOP"), std::vector<std::string>{"n OK NOOP completed"});
  // The same once more is a message of its own.
  EXPECT_EQ(append(client, "b"),
            (std::vector<std::string>{"* 2 EXISTS", "* 2 RECENT",
                                      "b OK [APPENDUID " + validity + " 2] APPEND completed"}));
}

}  // namespace
}  // namespace postern::imap::test
