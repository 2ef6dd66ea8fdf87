#include "sync/wire/mime/address.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace postern::wire::mime {
namespace {

std::string addresses(std::string_view value) {
  AddressReader reader(value);
  std::string out;
  while (const auto address = reader.next()) append_address(out, *address);
  return out;
}

struct Row {
  const char* input;
  const char* expected;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(addresses(row.input), row.expected) << row.input;
}

/// RFC 5322 section 3.4.
TEST(Addresses, WellFormed) {
  check({
      {"a@b", R"((NIL NIL "a" "b"))"},
      {"<a@b>", R"((NIL NIL "a" "b"))"},
      {"Anna Berg <anna@example.org>", R"(("Anna Berg" NIL "anna" "example.org"))"},
      {R"("Berg, Anna" <anna@example.org>)", R"(("Berg, Anna" NIL "anna" "example.org"))"},
      {"a@b, c@d", R"((NIL NIL "a" "b")(NIL NIL "c" "d"))"},
      {R"("a b"@c)", R"((NIL NIL "a b" "c"))"},
      {R"("a\"b" <c@d>)", "({3}\r\na\"b NIL \"c\" \"d\")"},
      {"a@[192.0.2.1]", R"((NIL NIL "a" "[192.0.2.1]"))"},
      {"A: b@c, d@e;", R"((NIL NIL "A" NIL)(NIL NIL "b" "c")(NIL NIL "d" "e")(NIL NIL NIL NIL))"},
      {"undisclosed-recipients:;", R"((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))"},
      {"A:;, b@c", R"((NIL NIL "A" NIL)(NIL NIL NIL NIL)(NIL NIL "b" "c"))"},
      {"a@b (Anna)", R"(("Anna" NIL "a" "b"))"},
      {"a@b (c (d) e)", R"(("c (d) e" NIL "a" "b"))"},
      {"(x) Anna (y) <(z)a@b(w)> (v)", R"(("Anna" NIL "a" "b"))"},
      {"Anna\r\n Berg <a@b>", R"(("Anna Berg" NIL "a" "b"))"},
      {"=?utf-8?Q?J=C3=BCrgen?= <j@b>", R"(("=?utf-8?Q?J=C3=BCrgen?=" NIL "j" "b"))"},
      {"j\xc3\xbc@b\xc3\xbc", "(NIL NIL {3}\r\nj\xc3\xbc {3}\r\nb\xc3\xbc)"},
      {"", ""},
      {"  (nobody) ", ""},
  });
}

/// RFC 5322 section 4.4.
TEST(Addresses, Obsolete) {
  check({
      {"<@r1,@r2:a@b>", R"((NIL "@r1,@r2" "a" "b"))"},
      {"J. R. Hobbes <j@b>", R"(("J. R. Hobbes" NIL "j" "b"))"},
      {"a . b @ c . d", R"((NIL NIL "a.b" "c.d"))"},
      {"a@b,, c@d", R"((NIL NIL "a" "b")(NIL NIL "c" "d"))"},
      {",a@b,", R"((NIL NIL "a" "b"))"},
      {"A: , b@c, ,;", R"((NIL NIL "A" NIL)(NIL NIL "b" "c")(NIL NIL NIL NIL))"},
  });
}

/// What is wrong is named as Dovecot names it; the rest of the list is read where that is safe.
TEST(Addresses, Broken) {
  check({
      {"anna", R"((NIL NIL "anna" "MISSING_DOMAIN"))"},
      {"anna, b@c", R"((NIL NIL "anna" "MISSING_DOMAIN")(NIL NIL "b" "c"))"},
      {"Anna Berg", R"(("Anna Berg" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"},
      {R"("Anna")", R"(("Anna" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"},
      {"<>", R"((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"},
      {"Anna <>, b@c", R"(("Anna" NIL "MISSING_MAILBOX" "MISSING_DOMAIN")(NIL NIL "b" "c"))"},
      {"@b", R"((NIL NIL "MISSING_MAILBOX" "b"))"},
      {"a@", R"((NIL NIL "a" "MISSING_DOMAIN"))"},
      {"<@a>", R"((NIL "INVALID_ROUTE" "MISSING_MAILBOX" "MISSING_DOMAIN"))"},
      {"Anna <a@b", R"(("Anna" NIL "a" "SYNTAX_ERROR"))"},
      {"<a b@c>", R"((NIL NIL "a" "SYNTAX_ERROR"))"},
      {"<<a@b>>", R"((NIL NIL "MISSING_MAILBOX" "SYNTAX_ERROR"))"},
      {"<a@b,c@d>", R"((NIL NIL "a" "SYNTAX_ERROR")(NIL NIL "c" "d"))"},
      {"a@b@c", R"((NIL NIL "a" "b"))"},
      {"a@b c@d", R"((NIL NIL "a" "b"))"},
      {"a..b@c", R"((NIL NIL "a..b" "c"))"},
      {"a@b..c", R"((NIL NIL "a" "MISSING_DOMAIN"))"},
      {"a@b; c@d", R"((NIL NIL "a" "b"))"},
      {"A: b@c", R"((NIL NIL "A" NIL)(NIL NIL "b" "c")(NIL NIL NIL NIL))"},
      {":;", R"((NIL NIL "" NIL)(NIL NIL NIL NIL))"},
  });
}

/// C13: what has no end is read to the end and no further.
TEST(Addresses, C13Unterminated) {
  check({
      {"\"anna", R"((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"},
      {"a (c", R"((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"},
      {"a@b (c\\", R"((NIL NIL "a" "MISSING_DOMAIN"))"},
      {"a@b (c", R"((NIL NIL "a" "MISSING_DOMAIN"))"},
      {"foo@[1", R"((NIL NIL "foo" "MISSING_DOMAIN"))"},
      {"\"a\\", R"((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"},
      {"<", R"((NIL NIL "MISSING_MAILBOX" "SYNTAX_ERROR"))"},
      {"((((((((", ""},
  });
}

}  // namespace
}  // namespace postern::wire::mime
