#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/mbox/writer.h"
#include "tests/wire/mbox/text.h"

namespace postern::wire::mbox {
namespace {

constexpr InternalDate noon{1310126914, 0};

/// Fed in pieces of this size.
std::string written(Variant variant, const std::string& message, const Marks& marks,
                    std::size_t piece, InternalDate date = noon,
                    const std::string& sender = "a@b") {
  const std::size_t text = header_end(message);
  Measure measure(text);
  for (std::size_t at = 0; at < message.size(); at += piece)
    measure.feed(std::string_view(message).substr(at, piece));
  measure.finish();
  Writer writer(
      layout_of(variant, std::string_view(message).substr(0, text), measure, marks, date));
  std::string out;
  writer.begin(sender, date, out);
  for (std::size_t at = 0; at < message.size(); at += piece)
    writer.feed(std::string_view(message).substr(at, piece), out);
  writer.finish(out);
  return out;
}

constexpr Variant exact_variants[] = {Variant::mboxrd, Variant::mboxcl, Variant::mboxcl2};

/// What is stored comes back with the same octets and flags, whatever it is.
void expect_back(const std::vector<std::string>& messages) {
  for (const Variant variant : exact_variants) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1} << 20U}) {
      std::string file;
      Marks marks;
      for (const std::string& message : messages) {
        marks.flags = static_cast<std::uint8_t>(marks.flags + 1) & 31U;
        file += written(variant, message, marks, piece);
      }
      EXPECT_EQ(messages_in(file), messages) << static_cast<int>(variant) << "\n" << file;
      Text text(file);
      Reader reader(text);
      Marks expected;
      while (const auto* message = reader.next()) {
        expected.flags = static_cast<std::uint8_t>(expected.flags + 1) & 31U;
        EXPECT_EQ(message->marks, expected);
        EXPECT_EQ(message->from.date, noon);
      }
    }
  }
}

TEST(MboxRoundTrip, KeepsAllOctets) {
  const std::string from = "From a@b Fri Jul  8 12:08:34 2011\r\n";
  expect_back({"A: 1\r\n\r\nx\r\n",
               "A: 1\r\n\r\nx",
               "A: 1\r\n\r\n",
               "A: 1\r\n",
               "A: 1",
               "A: 1\r\n\r\nFrom a\r\n>From b\r\n>>>From c\r\n",
               "A: 1\r\n\r\n\r\n" + from + "B: 1\r\n\r\nx\r\n",
               from + "A: 1\r\n\r\nx\r\n",
               "A: 1\n\nbare\n",
               "A: 1\n\nbare",
               "A: 1\r\n\r\nmixed\nx\r\n",
               "A: 1\r\n\r\nmixed\r\r\nx\r\r\n\r",
               "A: 1\r\n\r\n\n\n",
               "A: 1\r\n\r\n\r\n\r\n",
               "\r\n\r\nx\r\n",
               "\n",
               "Content-Length: 3\r\n\r\nxxxxxxx\r\n\r\nFrom \r\n",
               "X-Postern: 1; lines=0; exact\r\nA: 1\r\n\r\nx\r\n",
               "Status: RO\r\nX-Mozilla-Status: 0008\r\n\r\nx\r\n",
               "A: 1\r\n\r\n>From a\n>From b",
               std::string("A: 1\r\n\r\n\0\xff\r\n", 12)});
}

/// Flags that the message does not tell make a block, and that says how it is quoted.
TEST(MboxRoundTrip, KeepsQuotesOfMboxoBelowABlock) {
  const std::string message = "A: 1\r\n\r\nFrom a\r\n>>From b\r\n";
  const std::string file = written(Variant::mboxo, message, {.flags = 1, .keywords = {}}, 100);
  EXPECT_EQ(messages_in(file), std::vector{message});
  EXPECT_EQ(messages_in(file, Variant::mboxo), std::vector{message});
}

TEST(MboxRoundTrip, KeepsDatesAndSeparatesWhateverTheyAre) {
  const std::vector<InternalDate> dates = {{0, 0},
                                           {0, -60},
                                           {-1, 0},
                                           {-86400 * 365, 90},
                                           {noon.seconds, 840},
                                           {noon.seconds, 841},
                                           {noon.seconds, -1439},
                                           {noon.seconds, 1439},
                                           {253'402'300'799, 0},
                                           {253'402'300'800, 0}};
  for (const std::size_t length : {0UL, 3UL, 899UL, 990UL, 5000UL}) {
    std::string file;
    const std::string sender(length, 'a');
    for (const InternalDate& date : dates)
      file += written(Variant::mboxrd, "A: 1\r\n\r\nx\r\n", {}, 100, date, sender);
    Text text(file);
    Reader reader(text);
    std::vector<InternalDate> found;
    while (const auto* message = reader.next()) {
      if (message->from.date) found.push_back(*message->from.date);
    }
    EXPECT_EQ(found, dates) << length;
  }
}

TEST(MboxRoundTrip, KeepsRandomOctets) {
  std::mt19937 random(42);  // NOLINT(cert-msc51-cpp): the same each time
  const std::vector<std::string> words = {"\r",       "\n",
                                          "\r\n",     "From ",
                                          ">",        "A: 1",
                                          "x",        "From a Fri Jul  8 12:08:34 2011",
                                          "\r\n\r\n", "Content-Length: 2\r\n"};
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> messages;
    for (int number = 0; number < 4; ++number) {
      std::string message;
      const auto count = 1 + random() % 20;
      for (std::size_t i = 0; i < count; ++i) message += words[random() % words.size()];
      messages.push_back(message);
    }
    expect_back(messages);
    if (HasFailure()) break;
  }
}

TEST(MboxRoundTrip, GivesAFileBackAsItWas) {
  const std::string file =
      "From a@b Fri Jul  8 12:08:34 2011\nReturn-Path: <a@b>\nStatus: RO\n\n>From x\n>>From y\n\n\n"
      "From a@b Fri Jul  8 12:08:34 2011\nSubject: b\n\ntext\n\n";
  Text text(file);
  Reader reader(text);
  std::string again;
  while (const auto* message = reader.next()) {
    const Marks marks = message->marks;
    std::string octets;
    while (reader.read(octets)) {
    }
    again += written(Variant::mboxrd, octets, marks, 1000);
  }
  EXPECT_EQ(again, file);
}

TEST(MboxRoundTrip, QuotesAsTheVariantSays) {
  const std::string message = "A: 1\r\n\r\nFrom a\r\n>From b\r\n";
  const std::string from = "From a@b Fri Jul  8 12:08:34 2011\n";
  const std::string block = "lines=3; variant=";
  const std::string fields = "Status: O\nX-Mozilla-Status: 0000\nContent-Length: ";
  EXPECT_EQ(written(Variant::mboxo, message, {}, 7), from + "A: 1\n\n>From a\n>From b\n\n");
  EXPECT_EQ(written(Variant::mboxrd, message, {}, 7), from + "A: 1\n\n>From a\n>>From b\n\n");
  EXPECT_EQ(
      written(Variant::mboxcl, message, {}, 7),
      from + "X-Postern: 1; " + block + "mboxcl\n" + fields + "17\nA: 1\n\n>From a\n>>From b\n\n");
  EXPECT_EQ(
      written(Variant::mboxcl2, message, {}, 7),
      from + "X-Postern: 1; " + block + "mboxcl2\n" + fields + "15\nA: 1\n\nFrom a\n>From b\n\n");
}

}  // namespace
}  // namespace postern::wire::mbox
