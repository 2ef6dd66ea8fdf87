#include "sync/wire/imap/parse_command.h"

#include <gtest/gtest.h>
#include <array>

#include "sync/wire/imap/date_time.h"

namespace postern::wire::imap {
namespace {

/// A command in which `<octets>` stands for a literal.
RawCommand raw(std::string_view text) {
  RawCommand command;
  command.text.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' && text.find('>', i) != std::string_view::npos &&
        !std::isdigit(static_cast<unsigned char>(text[i + 1]))) {
      const std::size_t end = text.find('>', i);
      command.literals.emplace_back(text.substr(i + 1, end - i - 1));
      command.text.emplace_back();
      i = end;
    } else {
      command.text.back().push_back(text[i]);
    }
  }
  return command;
}

std::expected<Command, SyntaxError> parse(std::string_view text) {
  return parse_command(raw(text));
}

template <class T>
T parsed(std::string_view text) {
  auto command = parse(text);
  EXPECT_TRUE(command) << text << ": " << (command ? "" : command.error().text);
  if (!command || !std::holds_alternative<T>(command->body)) {
    ADD_FAILURE() << "another command: " << text;
    return std::get<T>(parse("a NOOP")->body);
  }
  return std::get<T>(std::move(command->body));
}

TEST(ParseCommand, TakesEveryCommand) {
  for (const char* text : {"a CAPABILITY",
                           "a noop",
                           "a LOGOUT",
                           "a STARTTLS",
                           "a AUTHENTICATE PLAIN",
                           "a AUTHENTICATE plain =",
                           "a AUTHENTICATE PLAIN AGFubmEAc2VzYW1l",
                           "a LOGIN anna sesame",
                           "a LOGIN \"an na\" \"q\\\"\\\\\"",
                           "a LOGIN <anna> <\xc3\xa4>",
                           "a SELECT inbox",
                           "a EXAMINE \"Sent\"",
                           "a CREATE a/b/",
                           "a DELETE x",
                           "a RENAME x y",
                           "a SUBSCRIBE x",
                           "a UNSUBSCRIBE x",
                           "a LIST \"\" *",
                           "a LIST \"\" \"\"",
                           "a LSUB \"\" %",
                           "a NAMESPACE",
                           "a STATUS x (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)",
                           "a CHECK",
                           "a CLOSE",
                           "a UNSELECT",
                           "a EXPUNGE",
                           "a UID EXPUNGE 1:*",
                           "a SEARCH ALL",
                           "a FETCH 1 FLAGS",
                           "a STORE 1 FLAGS ()",
                           "a STORE 1 +FLAGS.SILENT \\Seen \\Deleted kw",
                           "a COPY 1:2 x",
                           "a MOVE 1 x",
                           "a UID COPY 1 x",
                           "a UID MOVE 1 x",
                           "a UID FETCH 1 (UID)",
                           "a UID STORE 1 -FLAGS (x)",
                           "a UID SEARCH UID 5",
                           "a IDLE",
                           "a ID NIL",
                           "a ID (\"name\" \"x\" \"os\" NIL)",
                           "a ENABLE CONDSTORE X",
                           "a COMPRESS DEFLATE",
                           "a compress deflate",
                           "a UNAUTHENTICATE",
                           "a LANGUAGE",
                           "a LANGUAGE de \"en-GB\" default",
                           "a GETQUOTA \"\"",
                           "a GETQUOTAROOT INBOX",
                           "a GETACL x",
                           "a MYRIGHTS x",
                           "a LISTRIGHTS x bob",
                           "a SETACL x bob -lrs",
                           "a DELETEACL x bob",
                           "a XLIST \"\" *",
                           "a NOOP "})
    EXPECT_TRUE(parse(text)) << text << ": " << parse(text).error().text;
}

// Workaround: ImapFlow 1.0 and others: they send search texts in UTF-8 as quoted strings.
TEST(ParseCommand, WorkaroundSearchTextsInUtf8AsQuotedStrings) {
  const auto command = parse("a UID SEARCH OR SUBJECT \"gr\xc3\xbc\\\"n\" TEXT \"\xff\"");
  ASSERT_TRUE(command) << command.error().text;
  const SearchKey& either = std::get<command::Search>(command->body).key;
  ASSERT_EQ(either.children.size(), 2U);
  EXPECT_EQ(either.children[0].value, "gr\xc3\xbc\"n");
  EXPECT_EQ(either.children[1].value, "\xff");  // which charset it is in is not for the grammar
}

TEST(ParseCommand, C8TheNamesOfHeaderFieldsAreBounded) {
  std::string names = "Field";
  for (int i = 1; i < 200; ++i) names += " Field";
  EXPECT_TRUE(parse("a FETCH 1 BODY[HEADER.FIELDS (" + names + ")]"));
  EXPECT_FALSE(parse("a FETCH 1 BODY[HEADER.FIELDS (" + names + " Field)]"));
  EXPECT_FALSE(parse("a FETCH 1 BODY[HEADER.FIELDS.NOT (" + names + " Field)]"));
}

struct Bad {
  const char* text;
  const char* tag;
};

TEST(ParseCommand, RefusesWhatTheGrammarDoesNotHave) {
  const Bad rows[] = {
      {"", "*"},
      {"a", "a"},
      {"+ NOOP", "*"},
      {"a b", "a"},
      {"a  NOOP", "a"},
      {"a NOOPX", "a"},
      {"a NOOP x", "a"},
      {"a LOGIN anna", "a"},
      {"a LOGIN anna \"x", "a"},
      {"a LOGIN anna \"\\x\"", "a"},
      {"a LOGIN an(na x", "a"},
      {"a LOGIN {5} x", "a"},
      {"a LOGIN \"\xc3\xa4\" x", "a"},  // C24
      {"a SEARCH KEYWORD \"\xc3\xa4\"", "a"},
      {"a SEARCH TEXT \xc3\xa4", "a"},
      {"a SEARCH TEXT \"\x01\"", "a"},
      {"a SELECT", "a"},
      {"a SELECT \"\"", "a"},
      {"a SELECT &", "a"},      // C21
      {"a SELECT &AGE-", "a"},  // C21
      {"a SELECT a//b", "a"},   // C21
      {"a SELECT /a", "a"},     // C21
      {"a LIST \"\"", "a"},
      {"a STATUS x ()", "a"},
      {"a STATUS x (SIZES)", "a"},
      {"a APPEND x <hi>", "a"},  // not streamed: the framer saw no message in it
      {"a SEARCH", "a"},
      {"a SEARCH ()", "a"},
      {"a SEARCH NOT", "a"},
      {"a SEARCH OR ALL", "a"},
      {"a SEARCH BEFORE 30-Feb-2020", "a"},
      {"a SEARCH 0", "a"},
      {"a SEARCH LARGER 4294967296", "a"},
      {"a FETCH 1", "a"},
      {"a FETCH 0 FLAGS", "a"},
      {"a FETCH 1:4294967296 FLAGS", "a"},
      {"a FETCH 1,,2 FLAGS", "a"},
      {"a FETCH 1: FLAGS", "a"},
      {"a FETCH 1 ()", "a"},
      {"a FETCH 1 (ALL)", "a"},
      {"a FETCH 1 BODY[", "a"},
      {"a FETCH 1 BODY[MIME]", "a"},
      {"a FETCH 1 BODY[0]", "a"},
      {"a FETCH 1 BODY[1.]", "a"},
      {"a FETCH 1 BODY[HEADER.FIELDS ()]", "a"},
      {"a FETCH 1 BODY[]<0.0>", "a"},
      {"a FETCH 1 BINARY", "a"},
      {"a FETCH 1 BINARY[HEADER]", "a"},
      {"a FETCH 1 BINARY[1.]", "a"},
      {"a FETCH 1 BINARY[0]", "a"},
      {"a FETCH 1 BINARY[1]<0.0>", "a"},
      {"a FETCH 1 BINARY.SIZE[1]<0.1>", "a"},
      {"a FETCH 1 SNIPPET (EXACT)", "a"},
      {"a FETCH 1 SNIPPET (FUZZY EXACT)", "a"},
      {"a FETCH 1 SNIPPET (LAZY=FUZZY", "a"},
      {"a FETCH 1 PREVIEW (EAGER)", "a"},
      {"a FETCH 1 PREVIEW ()", "a"},
      {"a FETCH 1 PREVIEW (LAZY", "a"},
      {"a FETCH 1 BODY[]<0>", "a"},
      {"a STORE 1 FLAGS", "a"},
      {"a STORE 1 FLAGS (\\Recent)", "a"},
      {"a STORE 1 FLAGS (\\Nope)", "a"},
      {"a UID NOOP", "a"},
      {"a ID x", "a"},
      {"a AUTHENTICATE", "a"},
      {"a ENABLE", "a"},
  };
  for (const Bad& row : rows) {
    const auto command = parse(row.text);
    ASSERT_FALSE(command) << row.text;
    EXPECT_EQ(command.error().tag, row.tag) << row.text;
    EXPECT_FALSE(command.error().text.empty());
  }
}

TEST(ParseCommand, C23RefusesNulEverywhere) {
  for (const std::string& text : {std::string("a NO\0OP", 7), std::string("a LOGIN \"x\0\" y", 14),
                                  std::string("a LOGIN x\0y z", 13), std::string("a NOOP\0", 7)}) {
    RawCommand command;
    command.text.push_back(text);
    EXPECT_FALSE(parse_command(command));
  }
  EXPECT_FALSE(parse(std::string("a LOGIN <x\0y> z", 15)));
}

TEST(ParseCommand, C7NestingEndsAt32) {
  const auto nested = [](std::string_view open, int depth, std::string_view close) {
    std::string text = "a SEARCH ";
    for (int i = 0; i < depth; ++i) text += open;
    text += "ALL";
    for (int i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(parse(nested("(", 30, ")")));
  EXPECT_TRUE(parse(nested("NOT ", 30, "")));
  EXPECT_FALSE(parse(nested("(", 33, ")")));
  EXPECT_FALSE(parse(nested("(", 100'000, "")));
  EXPECT_FALSE(parse(nested("NOT ", 33, "")));
  EXPECT_FALSE(parse(nested("OR ", 33, " ALL")));
  EXPECT_FALSE(parse("a FETCH 1 " + std::string(100'000, '(')));
  EXPECT_FALSE(parse("a STORE 1 FLAGS " + std::string(100'000, '(')));
  EXPECT_FALSE(parse("a ID " + std::string(100'000, '(')));
}

TEST(ParseCommand, C30IdIsBounded) {
  std::string pairs;
  for (int i = 0; i < 30; ++i) pairs += (i == 0 ? "" : " ") + std::string("\"k\" \"v\"");
  EXPECT_TRUE(parse("a ID (" + pairs + ")"));
  EXPECT_FALSE(parse("a ID (" + pairs + " \"k\" \"v\")"));
  EXPECT_TRUE(parse("a ID (\"k\" \"" + std::string(1024, 'v') + "\")"));
  EXPECT_FALSE(parse("a ID (\"k\" \"" + std::string(1025, 'v') + "\")"));
}

TEST(ParseCommand, ReadsArguments) {
  const auto login = parsed<command::Login>("t1 LOGIN \"an\\\"na\" <pa ss>");
  EXPECT_EQ(login.user, "an\"na");
  EXPECT_EQ(login.password.reveal(), "pa ss");
  EXPECT_EQ(parsed<command::Select>("a SELECT iNbOx").mailbox.utf8(), "INBOX");
  EXPECT_EQ(parsed<command::Select>("a SELECT inbox/x").mailbox.utf8(), "INBOX/x");
  EXPECT_EQ(parsed<command::Create>("a CREATE &ANY-bung/").mailbox.utf8(),
            "\xc3\x96"
            "bung");
  const auto store = parsed<command::Store>("a UID STORE 4 -FLAGS.SILENT (\\seen Foo FOO)");
  EXPECT_EQ(store.numbers, Numbers::uid);
  EXPECT_EQ(store.change, command::Store::Change::remove);
  EXPECT_EQ(store.answer, command::Store::Answer::silent);
  EXPECT_EQ(store.flags, (FlagList{1, {"Foo"}}));
  const auto id = parsed<command::Id>("a ID (\"name\" \"x\" \"os\" nil)");
  ASSERT_EQ(id.fields.size(), 2U);
  EXPECT_EQ(id.fields[0].second, "x");
  EXPECT_EQ(id.fields[1].second, std::nullopt);
  const auto authenticate = parsed<command::Authenticate>("a AUTHENTICATE plain AA==");
  EXPECT_EQ(authenticate.mechanism, "PLAIN");
  EXPECT_EQ(authenticate.initial_response->reveal(), "AA==");
}

TEST(ParseCommand, ReadsAppendUpToItsMessage) {
  RawCommand command = raw("a APPEND Sent (\\Seen $x) \" 1-Feb-2024 03:04:05 +0100\" ");
  command.stream = 310;
  const auto result = parse_command(command);
  ASSERT_TRUE(result) << result.error().text;
  const auto& append = std::get<command::Append>(result->body);
  EXPECT_EQ(append.mailbox.utf8(), "Sent");
  EXPECT_EQ(append.flags, (FlagList{1, {"$x"}}));
  EXPECT_EQ(append.octets, 310U);
  ASSERT_TRUE(append.date);
  EXPECT_EQ(format_date_time(*append.date), " 1-Feb-2024 03:04:05 +0100");
}

/// RFC 3502, RFC 8508, RFC 6855 section 4.
TEST(ParseCommand, ReadsOtherFormsOfAppendUpToTheirMessage) {
  using Form = command::NewMessage::Form;
  using Stream = command::AppendPiece::Stream;
  RawCommand command = raw(" (\\Draft) ");
  command.stream = 12;
  const auto another = parse_more_messages(command, Form::plain, Stream::message);
  ASSERT_TRUE(another) << another.error().text;
  EXPECT_EQ(another->stream, command::AppendPiece::Stream::message);
  ASSERT_EQ(another->steps.size(), 1U);
  const auto& message = std::get<command::NewMessage>(another->steps.front());
  EXPECT_EQ(message.octets, 12U);
  EXPECT_EQ(message.flags, (FlagList{16, {}}));
  command.text.front() = ") UTF8 (";
  EXPECT_TRUE(parse_more_messages(command, Form::utf8, Stream::message));
  for (const char* text : {"", " ", "(\\Draft) ", " INBOX ", " (\\Draft)", ") "}) {
    command.text.front() = text;
    EXPECT_EQ(parse_more_messages(command, Form::plain, Stream::message).has_value(),
              std::string_view(text) == " ")
        << text;
  }
  command.text.front() = "a UID REPLACE 7 Drafts (\\Seen) ";
  const auto result = parse_command(command);
  ASSERT_TRUE(result) << result.error().text;
  const auto& replace = std::get<command::Replace>(result->body);
  EXPECT_EQ(replace.numbers, Numbers::uid);
  EXPECT_EQ(format(replace.set), "7");
  EXPECT_EQ(replace.mailbox.utf8(), "Drafts");
  EXPECT_EQ(replace.octets, 12U);
  for (const char* text :
       {"a REPLACE 1:2 x ", "a REPLACE 1,* x ", "a REPLACE 5:* x ", "a UID REPLACE *:5 x ",
        "a REPLACE *,5:* x ", "a REPLACE $ x ", "a REPLACE x "}) {
    command.text.front() = text;
    EXPECT_FALSE(parse_command(command)) << text;
  }
  command.text.front() = "a REPLACE * x ";
  EXPECT_TRUE(parse_command(command));
}

/// The steps of a piece, as words.
std::string told(const command::AppendPiece& piece) {
  std::string out;
  for (const auto& step : piece.steps) {
    if (const auto* url = std::get_if<command::AppendPiece::Url>(&step)) {
      out += "url(" + url->text + ") ";
    } else {
      out += std::holds_alternative<command::AppendPiece::End>(step) ? "end " : "message ";
    }
  }
  constexpr std::array<const char*, 5> streams = {"none", "message", "text", "utf8", "url"};
  return out + streams.at(static_cast<std::size_t>(piece.stream));
}

/// RFC 4469 section 5.
TEST(ParseCommand, ReadsThePartsOfAMessage) {
  struct Row {
    const char* text;
    bool stream;
    const char* told;  ///< nullptr: refused
  };
  for (const Row& row : std::vector<Row>{
           {"a APPEND x CATENATE (URL a)", false, "url(a) end none"},
           {"a APPEND x (\\Seen) CATENATE (URL \"a b\" url c TEXT ", true, "url(a b) url(c) text"},
           {"a APPEND x CATENATE (URL ", true, "url"},
           {"a APPEND x CATENATE (URL a) (\\Seen) catenate (URL b TEXT ", true,
            "url(a) end message url(b) text"},
           {"a APPEND x CATENATE (URL a) ", true, "url(a) end message message"},
           {"a REPLACE 1 x CATENATE (TEXT ", true, "text"},
           {"a APPEND x CATENATE (URL a UTF8 (", true, "url(a) utf8"},
           {"a APPEND x CATENATE (UTF8 ", true, nullptr},
           {"a APPEND x CATENATE ()", false, nullptr},
           {"a APPEND x CATENATE (URL a", false, nullptr},
           {"a APPEND x CATENATE (URL)", false, nullptr},
           {"a APPEND x CATENATE (TEXT \"a\")", false, nullptr},
           {"a APPEND x CATENATE (BODY a)", false, nullptr},
           {"a APPEND x CATENATE URL a", false, nullptr},
           {"a APPEND x CATENATE (URL a) y", false, nullptr},
           {"a APPEND x", false, nullptr},
       }) {
    RawCommand command = raw(row.text);
    if (row.stream) command.stream = 7;
    const auto parsed = parse_command(command);
    ASSERT_EQ(parsed.has_value(), row.told != nullptr) << row.text;
    if (!parsed) continue;
    const auto* replace = std::get_if<command::Replace>(&parsed->body);
    const command::Append& append = replace ? *replace : std::get<command::Append>(parsed->body);
    EXPECT_EQ(append.form, command::NewMessage::Form::catenate) << row.text;
    EXPECT_EQ(told(append.piece), row.told) << row.text;
  }
  for (const Row& row : std::vector<Row>{
           {")", false, "end none"},
           {" URL a)", false, "url(a) end none"},
           {" TEXT ", true, "text"},
           {") CATENATE (TEXT ", true, "end message text"},
           {"", false, nullptr},
           {"URL a)", false, nullptr},
           {") )", false, nullptr},
       }) {
    RawCommand command = raw(row.text);
    if (row.stream) command.stream = 7;
    const auto piece = parse_more_messages(command, command::NewMessage::Form::catenate,
                                           command::AppendPiece::Stream::text);
    ASSERT_EQ(piece.has_value(), row.told != nullptr) << row.text;
    if (piece) {
      EXPECT_EQ(told(*piece), row.told) << row.text;
    }
  }
  const RawCommand closed = raw(") URL a)");
  const auto piece = parse_more_messages(closed, command::NewMessage::Form::catenate,
                                         command::AppendPiece::Stream::utf8_text);
  ASSERT_TRUE(piece) << piece.error().text;
  EXPECT_EQ(told(*piece), "url(a) end none");
}

/// RFC 9051 section 5.1, RFC 9755 section 3.
TEST(ParseCommand, TakesUtf8WhereItIsEnabled) {
  const auto select = parse_command(raw("a SELECT \"Gr\xc3\xbc\xc3\x9f"
                                        "e\""),
                                    Charset::utf8);
  ASSERT_TRUE(select) << select.error().text;
  EXPECT_EQ(std::get<command::Select>(select->body).mailbox.utf8(),
            "Gr\xc3\xbc\xc3\x9f"
            "e");
  const auto ampersand = parse_command(raw("a SELECT \"&APw-\""), Charset::utf8);
  EXPECT_EQ(std::get<command::Select>(ampersand->body).mailbox.utf8(), "&APw-");
  EXPECT_FALSE(parse_command(raw("a SELECT \"Gr\xc3\xbc\"")));
  EXPECT_FALSE(parse_command(raw("a SELECT \"Gr\xfc\""), Charset::utf8));
  EXPECT_FALSE(parse_command(raw("a SELECT Gr\xc3\xbc"), Charset::utf8));
  const auto list = parse_command(raw("a LIST \"\" \"\xc3\xbc%\""), Charset::utf8);
  EXPECT_TRUE(std::get<command::List>(list->body)
                  .patterns.front()
                  .matches("\xc3\xbc"
                           "b"));
  EXPECT_FALSE(parse_command(raw("a LIST \"\" \"\xfc%\""), Charset::utf8));
}

TEST(ParseCommand, ReadsSearchKeysAsATree) {
  using Kind = SearchKey::Kind;
  const auto search = parsed<command::Search>(
      "a SEARCH CHARSET utf-8 UNSEEN OR FROM <m\xc3\xbcller> (2:4 KEYWORD x) NOT SENTSINCE "
      "1-Jan-2020");
  EXPECT_EQ(search.charset, "UTF-8");
  ASSERT_EQ(search.key.kind, Kind::and_);
  ASSERT_EQ(search.key.children.size(), 3U);
  const auto& [unseen, either, not_since] =
      std::tie(search.key.children[0], search.key.children[1], search.key.children[2]);
  EXPECT_EQ(unseen.kind, Kind::not_);
  EXPECT_EQ(unseen.children[0].kind, Kind::system_flag);
  EXPECT_EQ(either.kind, Kind::or_);
  EXPECT_EQ(either.children[0].value, "m\xc3\xbcller");
  EXPECT_EQ(either.children[1].kind, Kind::and_);
  EXPECT_EQ(either.children[1].children[1].name, "x");
  EXPECT_EQ(not_since.children[0].kind, Kind::sent_since);
  EXPECT_EQ(format_date(not_since.children[0].date), "1-Jan-2020");
}

TEST(ParseCommand, FetchItemsComeBackAsTheyWereAskedFor) {
  const std::pair<const char*, const char*> rows[] = {
      {"BODY[]", "BODY[]"},
      {"BODY.PEEK[]<10.20>", "BODY[]<10>"},
      {"body[header]", "BODY[HEADER]"},
      {"BODY[1.2.MIME]", "BODY[1.2.MIME]"},
      {"BODY[3.HEADER.FIELDS.NOT (\"To\" from)]", "BODY[3.HEADER.FIELDS.NOT (To from)]"},
      {"BODY[HEADER.FIELDS (\"odd field\")]", "BODY[HEADER.FIELDS (\"odd field\")]"},
      {"BODY[4294967295.TEXT]<0.1>", "BODY[4294967295.TEXT]<0>"},
      {"RFC822.HEADER", "RFC822.HEADER"},
      {"RFC822.peek", "RFC822"},  // Workaround: Outlook 2007 to 2024
      {"BINARY[]", "BINARY[]"},
      {"binary.peek[1.2]<10.20>", "BINARY[1.2]<10>"},
      {"BINARY.SIZE[3]", "BINARY.SIZE[3]"},
      {"SNIPPET", "SNIPPET"},
      {"snippet (lazy=fuzzy fuzzy)", "SNIPPET"},
      {"PREVIEW", "PREVIEW"},
      {"preview (lazy)", "PREVIEW"},
      {"BODY", "BODY"},
      {"BODYSTRUCTURE", "BODYSTRUCTURE"},
  };
  for (const auto& [asked, answered] : rows) {
    const auto fetch = parsed<command::Fetch>("a FETCH 1 " + std::string(asked));
    ASSERT_EQ(fetch.items.size(), 1U) << asked;
    EXPECT_EQ(format(fetch.items[0]), answered);
  }
  const auto full = parsed<command::Fetch>("a FETCH 1 FULL");
  ASSERT_EQ(full.items.size(), 5U);
  EXPECT_EQ(format(full.items[4]), "BODY");
}

TEST(ParseCommand, OnlyBodiesWithoutPeekSetSeen) {
  const auto fetch = parsed<command::Fetch>(
      "a FETCH 1 (BODY[] BODY.PEEK[] RFC822 RFC822.HEADER RFC822.TEXT BODY ENVELOPE "
      "BINARY[1] BINARY.PEEK[1] BINARY.SIZE[1] SNIPPET PREVIEW RFC822.PEEK)");
  std::string seen;
  for (const auto& item : fetch.items) seen += item.seen == FetchItem::Seen::set ? '1' : '0';
  EXPECT_EQ(seen, "1010100100000");
}

}  // namespace
}  // namespace postern::wire::imap
