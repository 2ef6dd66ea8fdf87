#include "sync/engine/header_hash.h"

#include <string>

#include <gtest/gtest.h>

namespace postern::engine {
namespace {

const std::string usual =
    "Received: from x by y;\r\n\tTue, 3 Feb 2015 10:00:00 +0100\r\n"
    "From: Anna <anna@example.org>\r\nSubject: a long\r\n subject\r\n"
    "Message-ID: <1@example.org>\r\n\r\nText.\r\n";

TEST(HeaderHash, IsTheSameForWhatServersChange) {  // R7, D6
  struct {
    const char* name;
    std::string header;
  } const rows[] = {
      {"without the text", usual.substr(0, usual.find("Text"))},
      {"another text", usual.substr(0, usual.find("Text")) + "Other.\r\n"},
      {"LF alone",
       "Received: from x by y;\n\tTue, 3 Feb 2015 10:00:00 +0100\n"
       "From: Anna <anna@example.org>\nSubject: a long\n subject\n"
       "Message-ID: <1@example.org>\n\nText.\n"},
      {"unfolded",
       "Received: from x by y; Tue, 3 Feb 2015 10:00:00 +0100\r\n"
       "From: Anna <anna@example.org>\r\nSubject: a long subject\r\n"
       "Message-ID: <1@example.org>\r\n\r\n"},
      {"names in other letters, other blanks",
       "RECEIVED : from  x by y;\r\n Tue, 3 Feb 2015 10:00:00 +0100 \r\n"
       "from:Anna   <anna@example.org>\r\nsubject: a long\r\n\tsubject\r\n"
       "message-id:\r\n <1@example.org>\r\n\r\n"},
      {"what servers add", "Return-Path: <b@example.org>\r\nX-UIDL: 7\r\nStatus: RO\r\n" +
                               usual.substr(0, usual.find("\r\n\r\n")) +
                               "\r\nContent-Length: 7\r\n\r\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(header_hash(row.header), header_hash(usual)) << row.name;
  EXPECT_TRUE(store::is_known(header_hash(usual)));
}

TEST(HeaderHash, TellsMessagesApart) {
  struct {
    const char* name;
    std::string what;
    std::string by;
  } const rows[] = {
      {"another way", "from x by y", "from x by z"},
      {"another time of arrival", "10:00:00", "10:00:01"},
      {"another subject", "a long", "a longer"},
      {"another id", "<1@", "<2@"},
      {"another sender", "anna@", "bert@"},
      {"letters count", "Anna", "ANNA"},
      {"one field less", "Subject: a long\r\n subject\r\n", ""},
  };
  for (const auto& row : rows) {
    std::string other = usual;
    other.replace(other.find(row.what), row.what.size(), row.by);
    EXPECT_NE(header_hash(other), header_hash(usual)) << row.name;
  }
}

TEST(HeaderHash, IsUnknownWhereItWouldNameMany) {
  for (const char* header : {"", "\r\n", "From: a@example.org\r\nSubject: x\r\n\r\n", "no header",
                             "From: a@example.org\r\n\r\nDate: Tue, 3 Feb 2015 10:00:00 +0100\r\n",
                             "Date: cut off in the middle of the li"})
    EXPECT_FALSE(store::is_known(header_hash(header))) << header;
  for (const char* header : {"Date: x\r\n\r\n", "Message-ID: x\r\n\r\n", "Received: x\r\n\r\n"})
    EXPECT_TRUE(store::is_known(header_hash(header))) << header;
}

TEST(HeaderHash, EndsSomewhere) {
  const std::string before =
      "Message-ID: <1@example.org>\r\n" + std::string(longest_hashed_header, 'x');
  EXPECT_EQ(header_hash(before + "\r\nSubject: a\r\n\r\n"),
            header_hash(before + "\r\nSubject: b\r\n\r\n"));
}

}  // namespace
}  // namespace postern::engine
