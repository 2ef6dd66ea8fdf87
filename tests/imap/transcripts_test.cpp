#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/imap/response.h"
#include "tests/imap/served.h"
#include "tests/support/transcript.h"

namespace postern::imap::test {
namespace {

using postern::test::LineClient;
using postern::test::Transcript;

Transcript transcript(const std::string& name) {
  return Transcript::read(std::filesystem::path(TRANSCRIPTS) / (name + ".txt"));
}

class Transcripts : public testing::TestWithParam<std::string> {};

TEST_P(Transcripts, GoAsWritten) {
  Served served;
  EXPECT_EQ(transcript(GetParam()).play(served.port()), "");
}

/// Every mailbox opens, and every message in it can be read as a whole.
void expect_consistent(Served& served) {
  while (served.on_network([&] { return served.server().sessions().size(); }) != 0)
    std::this_thread::yield();
  LineClient client(served.port());
  (void)client.line();
  ASSERT_TRUE(client.command("l LOGIN anna sesame").back().starts_with("l OK"));
  for (const auto& info : served.account().tree()->mailboxes) {
    std::string examine = "s EXAMINE ";
    wire::imap::append_mailbox(examine, info.name);
    const auto selected = client.command(examine);
    EXPECT_TRUE(selected.back().starts_with("s OK")) << info.name;
    const auto fetched = client.command("f FETCH 1:* (UID FLAGS RFC822.SIZE ENVELOPE BODY.PEEK[])");
    EXPECT_TRUE(fetched.back().starts_with("f OK")) << fetched.back();
  }
}

TEST_P(Transcripts, LeaveTheStoreWholeWhereverTheConnectionIsCut) {
  const Transcript whole = transcript(GetParam());
  Served served;
  // One store after another would cost seconds; one that has been through all of it must stand as
  // well, whatever the lines then say.
  for (std::size_t count = 1; count < whole.lines().size(); ++count) {
    if (whole.lines()[count - 1].kind == Transcript::Line::Kind::send) {
      // A reset loses what the server has not read yet; an end does not.
      using Ending = Transcript::Ending;
      whole.play_and_leave(served.port(), count, count % 2 == 0 ? Ending::reset : Ending::closed);
    }
  }
  expect_consistent(served);
}

INSTANTIATE_TEST_SUITE_P(All, Transcripts, testing::ValuesIn(Transcript::names_in(TRANSCRIPTS)),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace postern::imap::test
