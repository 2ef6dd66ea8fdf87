#include "sync/wire/imap/framer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace postern::wire::imap {
namespace {

/// Feeds `input` in the pieces given and writes down what comes out, one line an event. Streams are
/// accepted.
class Recorder {
 public:
  explicit Recorder(FramerLimits limits) : framer_(limits) {}

  void feed(std::string_view octets) {
    framer_.feed(octets);
    while (true) {
      if (framer_.stream_left() != 0) {
        const std::string_view got = framer_.take_stream(7);
        stream_.append(got);
        if (framer_.stream_left() == 0)
          log_ += fmt::format("octets {}\n", std::exchange(stream_, ""));
        if (got.empty()) return;
        continue;
      }
      const auto event = framer_.next();
      if (std::holds_alternative<Framer::Need>(event)) return;
      note(event);
    }
  }
  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  void note(const Framer::Event& event) {
    if (std::holds_alternative<Framer::Continue>(event)) {
      log_ += "continue\n";
    } else if (const auto* complete = std::get_if<Framer::Complete>(&event)) {
      log_ += "command " + spell(complete->command) + "\n";
    } else if (const auto* stream = std::get_if<Framer::Stream>(&event)) {
      log_ += fmt::format("stream {} {}{}\n", spell(stream->command), stream->octets,
                          stream->literal == Literal::synchronising ? "" : "+");
      framer_.accept_stream();
    } else if (const auto* refused = std::get_if<Framer::Refused>(&event)) {
      log_ += fmt::format("{} {}\n",
                          refused->scope == Framer::Refused::Scope::command ? "refused" : "broken",
                          refused->tag);
    }
  }
  static std::string spell(const RawCommand& command) {
    std::string out = command.text.front();
    for (std::size_t i = 0; i < command.literals.size(); ++i)
      out += "<" + command.literals[i] + ">" + command.text[i + 1];
    return out;
  }

  Framer framer_;
  std::string log_;
  std::string stream_;
};

struct Row {
  const char* name;
  std::string input;
  std::string expected;
};

const FramerLimits small = {40, 10, 3, 20, 60, FramerLimits::Append::streamed};

const Row rows[] = {
    {"one line", "a NOOP\r\n", "command a NOOP\n"},
    {"pipelined", "a NOOP\r\nb CHECK\r\n", "command a NOOP\ncommand b CHECK\n"},
    {"C25: bare LF ends a line", "a NOOP\nb NOOP\n", "command a NOOP\ncommand b NOOP\n"},
    {"C25: bare CR does not", "a NO\rOP\r\n", "command a NO\rOP\n"},
    {"empty line", "\r\na NOOP\r\n", "command \ncommand a NOOP\n"},
    {"synchronising literal", "a LOGIN {3}\r\nfoo bar\r\n",
     "continue\ncommand a LOGIN <foo> bar\n"},
    {"LITERAL+", "a LOGIN {3+}\r\nfoo {1+}\r\nx\r\n", "command a LOGIN <foo> <x>\n"},
    {"B10: both as literals", "a LOGIN {3}\r\nfoo {3}\r\nbar\r\n",
     "continue\ncontinue\ncommand a LOGIN <foo> <bar>\n"},
    {"C2: empty literal", "a LOGIN {0}\r\n {0+}\r\n\r\n", "continue\ncommand a LOGIN <> <>\n"},
    {"a literal holds line ends", "a X {4+}\r\n\r\n\r\n\r\n", "command a X <\r\n\r\n>\n"},
    {"C2: over 32 bits", "a X {4294967296}\r\nb NOOP\r\n", "refused a\ncommand b NOOP\n"},
    {"C2: over 64 bits", "a X {99999999999999999999}\r\nb NOOP\r\n", "refused a\ncommand b NOOP\n"},
    {"C2: negative is no literal", "a X {-1}\r\n", "command a X {-1}\n"},
    {"C2: a space is no literal", "a X { 5}\r\n", "command a X { 5}\n"},
    {"C2: without digits", "a X {}\r\nb X {+}\r\n", "command a X {}\ncommand b X {+}\n"},
    {"C3: too large and not synchronising", "a X {11+}\r\nb NOOP\r\n", "broken a\n"},
    {"C4: too many", "a X {1+}\r\na {1+}\r\nb {1+}\r\nc {1+}\r\nd\r\n", "broken a\n"},
    {"C4: too much in all", "a X {9+}\r\n123456789 {9+}\r\n123456789 {9}\r\nb NOOP\r\n",
     "refused a\ncommand b NOOP\n"},
    {"C1: too long a line", "a X " + std::string(50, 'x') + "\r\nb NOOP\r\n",
     "refused a\ncommand b NOOP\n"},
    {"C1: too long, a literal behind it", "a X " + std::string(50, 'x') + " {3+}\r\nfoo\r\n",
     "broken a\n"},
    {"C1: no end in sight", "a X " + std::string(200, 'x'), "broken a\n"},
    {"C1: the limit is for all lines of a command",
     "a X " + std::string(20, 'x') + " {1+}\r\nx" + std::string(20, 'x') + "\r\n", "refused a\n"},
    {"REPLACE is streamed",
     "a uid replace 4 {5}\r\nINBOX {3}\r\nabc\r\nb REPLACE 4 x {1+}\r\ny\r\n",
     "continue\nstream a uid replace 4 <INBOX>  3\noctets abc\ncommand \nstream b REPLACE 4 x  "
     "1+\noctets "
     "y\ncommand \n"},
    {"literal8 in parentheses", "a APPEND x UTF8 (~{3}\r\nabc)\r\n",
     "stream a APPEND x UTF8 ( 3\noctets abc\ncommand )\n"},
    {"APPEND is streamed", "a append INBOX {5}\r\nhello\r\nb NOOP\r\n",
     "stream a append INBOX  5\noctets hello\ncommand \ncommand b NOOP\n"},
    {"APPEND with LITERAL+", "a APPEND INBOX (\\Seen) {9+}\r\nhel\r\nlo\r\n\r\n",
     "stream a APPEND INBOX (\\Seen)  9+\noctets hel\r\nlo\r\n\ncommand \n"},
    {"APPEND with literal8, RFC 3516 section 4.4", "a APPEND INBOX ~{5}\r\nh\1llo\r\n",
     "stream a APPEND INBOX  5\noctets h\1llo\ncommand \n"},
    {"the mailbox of APPEND as a literal", "a APPEND {3+}\r\nbox {2}\r\nhi\r\n",
     "stream a APPEND <box>  2\noctets hi\ncommand \n"},
    {"APPEND has more than one buffer full",
     "a APPEND x {100+}\r\n" + std::string(100, 'm') + "\r\n",
     "stream a APPEND x  100+\noctets " + std::string(100, 'm') + "\ncommand \n"},
    {"no tag", "{1}x\r\n {99}\r\n", "command {1}x\nrefused *\n"},
};

TEST(Framer, TakesCommandsApart) {
  for (const Row& row : rows) {
    Recorder recorder(small);
    recorder.feed(row.input);
    EXPECT_EQ(recorder.log(), row.expected) << row.name;
  }
}

TEST(Framer, C25GivesTheSameWhereverTheInputIsCut) {
  for (const Row& row : rows) {
    Recorder bytewise(small);
    for (const char c : row.input) bytewise.feed(std::string_view(&c, 1));
    EXPECT_EQ(bytewise.log(), row.expected) << row.name << ", byte by byte";
    for (std::size_t cut = 1; cut < row.input.size(); ++cut) {
      Recorder recorder(small);
      recorder.feed(std::string_view(row.input).substr(0, cut));
      recorder.feed(std::string_view(row.input).substr(cut));
      EXPECT_EQ(recorder.log(), row.expected) << row.name << ", cut at " << cut;
    }
  }
}

TEST(Framer, C1BeforeLoginAnEndlessLineEndsTheConnectionAt8KiB) {
  Framer framer(FramerLimits::before_login());
  std::size_t fed = 0;
  while (true) {
    framer.feed(std::string(512, 'x'));
    fed += 512;
    const auto event = framer.next();
    if (std::holds_alternative<Framer::Need>(event)) continue;
    const auto* refused = std::get_if<Framer::Refused>(&event);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->scope, Framer::Refused::Scope::connection);
    break;
  }
  EXPECT_LE(fed, 8 * 1024 + 512U);
  EXPECT_FALSE(framer.holds_octets());
}

TEST(Framer, C3BeforeLoginLiteralsOver4096OctetsEndTheConnection) {
  Framer framer(FramerLimits::before_login());
  framer.feed("a LOGIN {4097+}\r\n");
  const auto event = framer.next();
  const auto* refused = std::get_if<Framer::Refused>(&event);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->scope, Framer::Refused::Scope::connection);
  EXPECT_EQ(refused->tag, "a");
}

TEST(Framer, BeforeLoginAppendIsNoStream) {
  Framer framer(FramerLimits::before_login());
  framer.feed("a APPEND INBOX {5}\r\n");
  EXPECT_TRUE(std::holds_alternative<Framer::Continue>(framer.next()));
}

TEST(Framer, A1TellsOfOctetsBehindACommand) {
  Framer framer(FramerLimits::before_login());
  framer.feed("a STARTTLS\r\n");
  (void)framer.next();
  EXPECT_FALSE(framer.holds_octets());
  framer.feed("a STARTTLS\r\nb");
  (void)framer.next();
  EXPECT_TRUE(framer.holds_octets());
}

TEST(Framer, AnswersToContinuationsAreLinesAsTheyAre) {
  Framer framer(FramerLimits::before_login());
  framer.feed("DONE {5+}\r\na NOOP\r\n");
  const auto line = framer.next_line();
  const auto* complete = std::get_if<Framer::Complete>(&line);
  ASSERT_NE(complete, nullptr);
  EXPECT_EQ(complete->command.text.front(), "DONE {5+}");
  EXPECT_TRUE(std::holds_alternative<Framer::Complete>(framer.next()));
}

TEST(Framer, ARefusedStreamLeavesTheNextCommand) {
  Framer framer(small);
  framer.feed("a APPEND x {5}\r\n");
  EXPECT_TRUE(std::holds_alternative<Framer::Stream>(framer.next()));
  framer.refuse_stream();
  framer.feed("b NOOP\r\n");
  const auto event = framer.next();
  const auto* complete = std::get_if<Framer::Complete>(&event);
  ASSERT_NE(complete, nullptr);
  EXPECT_EQ(complete->command.text.front(), "b NOOP");
}

/// RFC 3502.
TEST(Framer, BehindAMessageAnotherOneMayCome) {
  Framer framer(small);
  framer.feed("a APPEND x {1}\r\nm (\\Seen) {2+}\r\nmm\r\n");
  ASSERT_TRUE(std::holds_alternative<Framer::Stream>(framer.next()));
  framer.accept_stream();
  EXPECT_EQ(framer.take_stream(9), "m");
  const auto event = framer.next_append();
  const auto* second = std::get_if<Framer::Stream>(&event);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->command.text.front(), " (\\Seen) ");
  EXPECT_EQ(second->octets, 2U);
  EXPECT_EQ(second->literal, Literal::non_synchronising);
  framer.accept_stream();
  EXPECT_EQ(framer.take_stream(9), "mm");
  const auto end = framer.next_append();
  const auto* rest = std::get_if<Framer::Complete>(&end);
  ASSERT_NE(rest, nullptr);
  EXPECT_EQ(rest->command.text.front(), "");
}

TEST(Framer, OctetsReadElsewhereCountForTheStream) {
  Framer framer(small);
  framer.feed("a APPEND x {5}\r\nhe");
  (void)framer.next();
  framer.accept_stream();
  EXPECT_EQ(framer.take_stream(100), "he");
  EXPECT_EQ(framer.stream_left(), 3U);
  framer.passed_by(3);
  EXPECT_EQ(framer.stream_left(), 0U);
  framer.feed("\r\n");
  EXPECT_TRUE(std::holds_alternative<Framer::Complete>(framer.next()));
}

}  // namespace
}  // namespace postern::wire::imap
