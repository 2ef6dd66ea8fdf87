#include "sync/wire/imap/message_url.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::imap {
namespace {

std::string told(std::string_view text) {
  const auto url = parse_message_url(text);
  if (!url) return "none";
  std::string out;
  if (url->server) out += url->server->user.value_or("-") + "@" + url->server->host + " ";
  out += url->mailbox ? url->mailbox->utf8() : "selected";
  if (url->uid_validity) out += " v" + std::to_string(url->uid_validity->value);
  out += " u" + std::to_string(url->uid.value);
  for (const auto number : url->section.path) out += " ." + std::to_string(number);
  out += " " + std::to_string(static_cast<int>(url->section.what));
  for (const std::string& field : url->section.fields) out += " " + field;
  if (url->partial) {
    out += " from " + std::to_string(url->partial->offset);
    if (url->partial->octets) out += " so many " + std::to_string(*url->partial->octets);
  }
  return out;
}

/// RFC 5092 sections 4 to 6 and 11; RFC 5550 section 5.1.
TEST(MessageUrl, Rows) {
  struct Row {
    std::string url;
    const char* expected;
  };
  for (const Row& row : std::vector<Row>{
           {"/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER", "Drafts v385759045 u20 1"},
           {"/INBOX/;UID=7", "INBOX u7 0"},
           {"/inbox/;uid=7/;SECTION=1.2", "INBOX u7 .1 .2 0"},
           {"/a%2Fb/c%20d%C3%A4/;UID=7/;SECTION=1.MIME", "a/b/c d\xc3\xa4 u7 .1 5"},
           {"/x/;UID=7/;SECTION=HEADER.FIELDS%20(Subject%20To)", "x u7 2 Subject To"},
           {"/x/;UID=7/;PARTIAL=0.1024", "x u7 0 from 0 so many 1024"},
           {"/x/;UID=7/;SECTION=TEXT/;PARTIAL=9", "x u7 4 from 9"},
           {";UID=7/;SECTION=1", "selected u7 .1 0"},
           {"imap://anna;AUTH=*@Mail.example:993/x/;UID=7", "anna@mail.example x u7 0"},
           {"imap://a%40b@[::1]/x/;UID=7", "a@b@::1 x u7 0"},
           {"//host/x/;UID=7", "-@host x u7 0"},
           {"", "none"},
           {"/x", "none"},
           {"/x/;UID=0", "none"},
           {"/x/;UID=4294967296", "none"},
           {"/x/;UID=7/", "none"},
           {"/x/;UID=-7", "none"},
           {"/x/;UID=7/;SECTION=", "none"},
           {"/x/;UID=7/;SECTION=1.0", "none"},
           {"/x/;UID=7/;SECTION=TEXT]", "none"},
           {"/x/;UID=7/;PARTIAL=0.0", "none"},
           {"/x/;UID=7/;PARTIAL=5.", "none"},
           {"/x/;UID=7;URLAUTH=anonymous", "none"},
           {"/x;UIDVALIDITY=0/;UID=7", "none"},
           {"/x;UIDVALIDITY=1a/;UID=7", "none"},
           {"//x/;UID=7", "none"},
           {"/;UID=7", "none"},
           {"/a//b/;UID=7", "none"},
           {"/x%0/;UID=7", "none"},
           {"/x%00/;UID=7", "none"},
           {"/x y/;UID=7", "none"},
           {"imap:///x/;UID=7", "none"},
           {"imap://host", "none"},
           {"imap://host;UID=7", "none"},
           {"http://host/x/;UID=7", "none"},
           {"/" + std::string(5000, 'x') + "/;UID=7", "none"},
       })
    EXPECT_EQ(told(row.url), row.expected) << row.url;
}

}  // namespace
}  // namespace postern::wire::imap
