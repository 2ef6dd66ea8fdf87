#include "proxy/imap/offer.h"

#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"

namespace postern::imap::test {
namespace {

using config::Capabilities;
using config::Capability;
using config::CapabilityRow;

wire::imap::Command command_of(const std::string& line) {
  wire::imap::RawCommand raw;
  raw.text.push_back("t " + line);
  // Up to the message of an APPEND.
  if (line.ends_with(' ') || line.ends_with('(')) raw.stream = 3;
  auto command = wire::imap::parse_command(raw, wire::imap::Charset::utf8);
  if (!command) throw std::runtime_error(line + ": " + command.error().text);
  return std::move(*command);
}

Capabilities everything() {
  Capabilities all;
  for (const CapabilityRow& row : config::capability_rows) all.add(row.capability);
  return all;
}

struct Row {
  Capability capability;
  std::vector<std::string> lines;  ///< what only those know who have it
  std::string_view unknown = "There is no such command";
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {Capability::sasl_ir,
       {"AUTHENTICATE PLAIN AGFubmEAc2VzYW1l"},
       "There is more than AUTHENTICATE takes"},
      {Capability::id, {"ID NIL", R"(ID ("name" "x"))"}},
      {Capability::enable, {"ENABLE CONDSTORE"}},
      {Capability::idle, {"IDLE"}},
      {Capability::namespaces, {"NAMESPACE"}},
      {Capability::uid_plus, {"UID EXPUNGE 1:3"}, "There is no such UID command"},
      {Capability::unselect, {"UNSELECT"}},
      {Capability::move, {"MOVE 1 Trash", "UID MOVE 1:* Trash"}},
      {Capability::children, {R"(LIST "" * RETURN (CHILDREN))"}, "There is no such return option"},
      {Capability::special_use,
       {R"(LIST (SPECIAL-USE) "" *)"},
       "There is no such selection option"},
      {Capability::special_use,
       {R"(LIST "" * RETURN (SPECIAL-USE))"},
       "There is no such return option"},
      {Capability::esearch,
       {"SEARCH RETURN () ALL", "UID SEARCH RETURN (COUNT) SEEN"},
       "There is no such search key"},
      {Capability::multi_search,
       {"ESEARCH IN (PERSONAL) SUBJECT x", "ESEARCH IN (INBOXES) RETURN (COUNT) ALL"}},
      {Capability::esort, {"SORT RETURN (MIN) (DATE) UTF-8 ALL"}, "There is no such search key"},
      {Capability::search_res, {"SEARCH RETURN (SAVE) ALL"}, "There is no such return option"},
      {Capability::search_res,
       {"FETCH $ FLAGS", "UID STORE $ FLAGS ()", "COPY $ Trash", "UID MOVE $ Trash",
        "UID EXPUNGE $", "SEARCH OR NOT (UID $) ALL", "SEARCH $"},
       "There is no such message"},
      {Capability::partial,
       {"UID FETCH 1:* FLAGS (PARTIAL 1:5)"},
       "There is no such modifier of FETCH, or it stands here twice"},
      {Capability::context_search,
       {"SEARCH RETURN (UPDATE) ALL"},
       "There is no such return option"},
      {Capability::context_sort,
       {"SORT RETURN (UPDATE) (DATE) UTF-8 ALL"},
       "There is no such return option"},
      {Capability::within,
       {"SEARCH OLDER 60", "SEARCH NOT YOUNGER 60"},
       "There is no such search key"},
      {Capability::save_date, {"FETCH 1 SAVEDATE"}, "There is no such data item"},
      {Capability::save_date,
       {"SEARCH SAVEDON 1-Jan-2024", "SORT (DATE) UTF-8 SAVEDSINCE 1-Jan-2024"},
       "There is no such search key"},
      {Capability::object_id,
       {"FETCH 1 (FLAGS EMAILID)", "FETCH 1 THREADID"},
       "There is no such data item"},
      {Capability::object_id, {"STATUS INBOX (MAILBOXID)"}, "There is no such status item"},
      {Capability::object_id,
       {"SEARCH EMAILID M1", "THREAD REFS UTF-8 THREADID T1"},
       "There is no such search key"},
      {Capability::sort, {"SORT (DATE) UTF-8 ALL", "UID SORT (SIZE) UTF-8 ALL"}},
      {Capability::sort_display,
       {"SORT (DISPLAYFROM) UTF-8 ALL", "SORT (DATE REVERSE DISPLAYTO) UTF-8 ALL"},
       "There is no such sort key"},
      {Capability::thread_ordered_subject,
       {"THREAD ORDEREDSUBJECT UTF-8 ALL"},
       "There is no such threading algorithm"},
      {Capability::thread_references,
       {"THREAD REFERENCES UTF-8 ALL"},
       "There is no such threading algorithm"},
      {Capability::thread_refs,
       {"UID THREAD REFS UTF-8 ALL"},
       "There is no such threading algorithm"},
      {Capability::search_fuzzy, {"SEARCH FUZZY TEXT x"}, "There is no such search key"},
      {Capability::search_fuzzy,
       {"SEARCH RETURN (RELEVANCY) ALL"},
       "There is no such return option"},
      {Capability::search_fuzzy,
       {"SORT (RELEVANCY) UTF-8 FUZZY TEXT x"},
       "There is no such sort key"},
      {Capability::preview,
       {"FETCH 1 PREVIEW", "FETCH 1 (UID PREVIEW (LAZY))"},
       "There is no such data item"},
      {Capability::snippet,
       {"FETCH 1 SNIPPET", "FETCH 1 (UID SNIPPET (FUZZY))"},
       "There is no such data item"},
      {Capability::binary,
       {"FETCH 1 BINARY[1]", "FETCH 1 BINARY.PEEK[1]", "FETCH 1 BINARY.SIZE[1]"},
       "There is no such data item"},
      {Capability::cond_store, {"FETCH 1 MODSEQ"}, "There is no such data item"},
      {Capability::cond_store,
       {"FETCH 1 FLAGS (CHANGEDSINCE 5)"},
       "There is no such modifier of FETCH, or it stands here twice"},
      {Capability::cond_store,
       {"STORE 1 (UNCHANGEDSINCE 5) FLAGS ()"},
       "There is no such modifier of STORE"},
      {Capability::cond_store, {"SEARCH MODSEQ 5"}, "There is no such search key"},
      {Capability::cond_store, {"STATUS INBOX (HIGHESTMODSEQ)"}, "There is no such status item"},
      {Capability::cond_store,
       {"SELECT INBOX (CONDSTORE)", "EXAMINE INBOX (CONDSTORE)"},
       "There is no such parameter, or it stands here twice"},
      {Capability::qresync,
       {"SELECT INBOX (QRESYNC (1 5))"},
       "There is no such parameter, or it stands here twice"},
      {Capability::qresync,
       {"UID FETCH 1:* FLAGS (CHANGEDSINCE 5 VANISHED)"},
       "There is no such modifier of FETCH, or it stands here twice"},
      {Capability::utf8_accept, {"APPEND INBOX UTF8 ("}, "The message must come as a literal"},
      {Capability::catenate,
       {R"(APPEND INBOX CATENATE (URL "/INBOX/;UID=1"))",
        R"(REPLACE 1 INBOX CATENATE (URL "/INBOX/;UID=1"))"},
       "The message must come as a literal"},
      {Capability::list_extended,
       {R"(LIST (SUBSCRIBED) "" *)", R"(LIST "" (a b))", R"(LIST "" * RETURN ())"},
       "There is more than LIST takes"},
      {Capability::list_status,
       {R"(LIST "" * RETURN (STATUS (UNSEEN)))"},
       "There is no such return option"},
      {Capability::list_my_rights,
       {R"(LIST "" * RETURN (MYRIGHTS))"},
       "There is no such return option"},
      {Capability::status_size,
       {"STATUS INBOX (SIZE)", R"(LIST "" * RETURN (STATUS (SIZE)))"},
       "There is no such status item"},
      {Capability::create_special_use,
       {R"(CREATE x (USE (\Drafts)))"},
       "There is no such parameter of CREATE"},
      {Capability::xlist, {R"(XLIST "" *)"}},
      {Capability::acl,
       {"GETACL INBOX", "MYRIGHTS INBOX", "LISTRIGHTS INBOX anna", "SETACL INBOX anna lr",
        "DELETEACL INBOX anna"}},
      {Capability::quota, {R"(GETQUOTA "")", "GETQUOTAROOT INBOX"}},
      {Capability::quota, {"STATUS INBOX (DELETED-STORAGE)"}, "There is no such status item"},
      {Capability::metadata,
       {"GETMETADATA INBOX /shared/comment", "SETMETADATA INBOX (/private/comment NIL)"}},
      {Capability::metadata_server, {R"(GETMETADATA "" /shared/comment)"}},
      {Capability::list_metadata,
       {R"(LIST "" * RETURN (METADATA ("/shared/comment")))"},
       "There is no such return option"},
      {Capability::notify, {"NOTIFY NONE", "NOTIFY SET (SELECTED (MessageNew MessageExpunge))"}},
      {Capability::filters, {"SEARCH FILTER on-the-road"}, "There is no such search key"},
      {Capability::uid_batches, {"UIDBATCHES 500"}},
      {Capability::replace, {"REPLACE 1 INBOX ", "UID REPLACE 1 INBOX "}},
      {Capability::compress_deflate, {"COMPRESS DEFLATE", "COMPRESS LZ"}},
      {Capability::unauthenticate, {"UNAUTHENTICATE"}},
      {Capability::language, {"LANGUAGE EN"}},
  };
  return all;
}

TEST(Offer, KnowsNothingThatIsSwitchedOff) {
  for (const Row& row : rows()) {
    Capabilities without = everything();
    without.remove(row.capability);
    for (const std::string& line : row.lines) {
      SCOPED_TRACE(line);
      const auto command = command_of(line);
      EXPECT_EQ(unknown_in(command, everything()), std::nullopt);
      EXPECT_EQ(unknown_in(command, without), row.unknown);
    }
  }
}

/// A capability whose commands stay known is one that only tells something, or is listed here.
TEST(Offer, HasARowForEachCapability) {
  std::set<Capability> tested = {
      Capability::imap4rev2,      // ENABLE
      Capability::literal_minus,  // what comes anyway is read
      Capability::literal_plus,
      Capability::multi_append,  // tests/transcripts/switches
      Capability::url_partial,   // the same
      Capability::i18n_level,    // says how is compared
      Capability::in_progress,   // tests/imap/session_test.cpp
      Capability::append_limit,
      Capability::uid_only,  // ENABLE
  };
  for (const Row& row : rows()) tested.insert(row.capability);
  for (const CapabilityRow& row : config::capability_rows)
    EXPECT_TRUE(tested.contains(row.capability)) << row.name;
}

/// RFC 5267 section 4.4, RFC 9394 section 3.1; RFC 9208 section 4.1.4, RFC 9051 section 6.3.11.
TEST(Offer, KnowsWhatOneOfTwoCapabilitiesHas) {
  struct Both {
    std::string line;
    Capabilities one_of;
  };
  const std::vector<Both> both = {
      {"SEARCH RETURN (PARTIAL 1:5) ALL", {Capability::partial, Capability::context_search}},
      {"SORT RETURN (PARTIAL 1:5) (DATE) UTF-8 ALL",
       {Capability::partial, Capability::context_sort}},
      {"STATUS INBOX (DELETED)", {Capability::quota, Capability::imap4rev2}},
      {"CANCELUPDATE \"x\"", {Capability::context_search, Capability::context_sort}},
  };
  for (const Both& row : both) {
    SCOPED_TRACE(row.line);
    const auto command = command_of(row.line);
    for (const CapabilityRow& one : config::capability_rows) {
      if (!Capabilities(row.one_of).has(one.capability)) continue;
      Capabilities left = everything();
      left.remove(one.capability);
      EXPECT_EQ(unknown_in(command, left), std::nullopt) << one.name;
    }
    Capabilities none = everything();
    none.remove(row.one_of);
    EXPECT_NE(unknown_in(command, none), std::nullopt);
  }
  Capabilities no_threads = everything();
  no_threads.remove(config::named("THREAD"));
  EXPECT_EQ(unknown_in(command_of("THREAD REFS UTF-8 ALL"), no_threads),
            "There is no such command");
}

TEST(Offer, KnowsImap4rev1Always) {
  for (const char* line :
       {"CAPABILITY",
        "NOOP",
        "LOGOUT",
        "STARTTLS",
        "AUTHENTICATE PLAIN",
        "LOGIN a b",
        "SELECT INBOX",
        "EXAMINE INBOX",
        "CREATE x",
        "DELETE x",
        "RENAME x y",
        "SUBSCRIBE x",
        "UNSUBSCRIBE x",
        R"(LIST "" *)",
        R"(LSUB "" *)",
        "STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)",
        "APPEND INBOX ",
        "CHECK",
        "CLOSE",
        "EXPUNGE",
        "SEARCH ALL",
        "UID SEARCH OR SEEN NOT (TEXT x)",
        "FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE BODY[]<0.5> UID)",
        "FETCH 1 FULL",
        "UID FETCH 1 RFC822.PEEK",
        "STORE 1 +FLAGS (\\Seen)",
        "COPY 1 x"}) {
    EXPECT_EQ(unknown_in(command_of(line), Capabilities{}), std::nullopt) << line;
  }
}

TEST(Offer, IsAnnounced) {
  const std::vector<std::string_view> plain = {"PLAIN", "LOGIN"};
  const Entrance open{Entrance::StartTls::possible, plain};
  const Entrance shut{Entrance::StartTls::no, {}};
  const Capabilities few{Capability::idle, Capability::literal_minus, Capability::literal_plus,
                         Capability::acl, Capability::append_limit};
  EXPECT_EQ(announce(few, open, 7),
            "IMAP4rev1 LITERAL- STARTTLS AUTH=PLAIN AUTH=LOGIN APPENDLIMIT=7");
  EXPECT_EQ(announce(few, shut, 7), "IMAP4rev1 LITERAL- LOGINDISABLED APPENDLIMIT=7");
  EXPECT_EQ(announce(few, std::nullopt, 7),
            "IMAP4rev1 LITERAL+ IDLE ACL RIGHTS=texk APPENDLIMIT=7");
  EXPECT_EQ(announce({Capability::literal_minus}, std::nullopt, 7), "IMAP4rev1 LITERAL-");
  EXPECT_EQ(announce({}, open, 7), "IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=LOGIN");
  EXPECT_EQ(announce({}, std::nullopt, 7), "IMAP4rev1");
}

TEST(Offer, KeepsWhatIsEnabled) {
  const config::Switches no_enable{{}, {Capability::enable}};
  Extensions enabled;
  EXPECT_FALSE(offered(no_enable, {}, enabled).has(Capability::qresync));
  enabled.add(Extension::qresync);
  const Capabilities kept = offered(no_enable, {}, enabled);
  EXPECT_TRUE(kept.has(Capability::qresync));
  EXPECT_TRUE(kept.has(Capability::cond_store));
  EXPECT_FALSE(kept.has(Capability::utf8_accept));
}

}  // namespace
}  // namespace postern::imap::test
