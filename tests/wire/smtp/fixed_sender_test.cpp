#include "sync/wire/smtp/fixed_sender.h"

#include <string>

#include <gtest/gtest.h>

namespace postern::wire::smtp {
namespace {

constexpr const char* address = "scanner@example.org";

struct Row {
  const char* name;
  std::string before;
  std::string after;
};

const Row rows[] = {
    {"an address alone", "From: anna@example.org\r\nTo: b@example.org\r\n\r\n",
     "From: <scanner@example.org>\r\nTo: b@example.org\r\n\r\n"},
    {"a name stays", "To: b@example.org\r\nFrom: Scanner 2 <root@localhost>\r\nSubject: x\r\n\r\n",
     "To: b@example.org\r\nFrom: \"Scanner 2\" <scanner@example.org>\r\nSubject: x\r\n\r\n"},
    {"a name with quotes", "From: \"Sc\\\"an\\\\ner\" <root@localhost>\r\n\r\n",
     "From: \"Sc\\\"an\\\\ner\" <scanner@example.org>\r\n\r\n"},
    {"an encoded name", "From: =?utf-8?q?B=C3=BCro?= <root@localhost>\r\n\r\n",
     "From: =?utf-8?q?B=C3=BCro?= <scanner@example.org>\r\n\r\n"},
    {"encoded names", "From: =?utf-8?q?B=C3=BCro?= =?utf-8?b?w7w=?= <root@localhost>\r\n\r\n",
     "From: =?utf-8?q?B=C3=BCro?= =?utf-8?b?w7w=?= <scanner@example.org>\r\n\r\n"},
    {"an address that looks encoded", "From: \"=?x?= <boss@example.net>, \" <a@b>\r\n\r\n",
     "From: \"=?x?= <boss@example.net>, \" <scanner@example.org>\r\n\r\n"},
    {"folded", "From: Scanner\r\n <root@localhost>\r\nX: y\r\n\r\n",
     "From: \"Scanner\" <scanner@example.org>\r\nX: y\r\n\r\n"},
    {"several", "From: a@example.org, b@example.org\r\nFrom: c@example.org\r\n\r\n",
     "From: <scanner@example.org>\r\n\r\n"},
    {"Sender goes", "Sender: x@example.org\r\nfrom: y@example.org\r\nSENDER : z@e.org\r\n\r\n",
     "From: <scanner@example.org>\r\n\r\n"},
    {"none", "Subject: x\r\n\r\n", "From: <scanner@example.org>\r\nSubject: x\r\n\r\n"},
    {"no header", "\r\n", "From: <scanner@example.org>\r\n\r\n"},
    {"nonsense", "From: <<>>,,,\r\n\r\n", "From: <scanner@example.org>\r\n\r\n"},
    {"others stay", "Reply-To: r@example.org\r\nResent-From: q@example.org\r\n\r\n",
     "From: <scanner@example.org>\r\nReply-To: r@example.org\r\nResent-From: q@example.org\r\n"
     "\r\n"},
};

TEST(FixedSender, WritesItsAddress) {
  for (const Row& row : rows) EXPECT_EQ(with_sender(row.before, address), row.after) << row.name;
}

TEST(FixedSender, WhateverThePieces) {
  const std::string text = "From: in the text\r\n\r\nSender: also\r\n";
  for (const Row& row : rows) {
    const std::string message = row.before + text;
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
      FixedSender sender(address);
      std::string out = sender.feed(message.substr(0, cut));
      out += sender.feed(message.substr(cut));
      out += sender.finish();
      EXPECT_EQ(out, row.after + text) << row.name << " cut at " << cut;
    }
    FixedSender sender(address);
    std::string out;
    for (const char c : message) out += sender.feed(std::string(1, c));
    EXPECT_EQ(out + sender.finish(), row.after + text) << row.name;
  }
}

TEST(FixedSender, AMessageThatIsHeaderOnly) {
  FixedSender sender(address);
  EXPECT_EQ(sender.feed("To: b@example.org\r\n"), "");
  EXPECT_EQ(sender.finish(), "From: <scanner@example.org>\r\nTo: b@example.org\r\n");
  FixedSender text(address);
  EXPECT_EQ(text.feed("just a text\r\n"), "");
  EXPECT_EQ(text.finish(), "From: <scanner@example.org>\r\n\r\njust a text\r\n");
}

TEST(FixedSender, AHeaderWithoutEndIsNotHeldForEver) {
  FixedSender sender(address);
  while (!sender.too_long()) EXPECT_EQ(sender.feed("X: " + std::string(70'000, 'y') + "\r\n"), "");
  EXPECT_EQ(sender.feed("\r\n"), "");
  EXPECT_TRUE(sender.too_long());
}

}  // namespace
}  // namespace postern::wire::smtp
