#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/submission/served.h"
#include "tests/support/transcript.h"

namespace postern::submission::test {
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

TEST_P(Transcripts, LeaveAServerThatAnswersWhereverTheConnectionIsCut) {
  const Transcript whole = transcript(GetParam());
  Served served;
  using Ending = Transcript::Ending;
  for (std::size_t count = 1; count < whole.lines().size(); ++count)
    if (whole.lines()[count - 1].kind == Transcript::Line::Kind::send)
      whole.play_and_leave(served.port(), count, count % 2 == 0 ? Ending::reset : Ending::closed);
  LineClient client(served.port());
  EXPECT_EQ(client.line(), "220 postern ESMTP");
}

INSTANTIATE_TEST_SUITE_P(All, Transcripts, testing::ValuesIn(Transcript::names_in(TRANSCRIPTS)),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace postern::submission::test
