#include <set>

#include "sync/store/database.h"
#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* key = "pop3://anna@pop.example.net:995";

WallTime at(int seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

enum class Policy { keep, until_deleted };

class Origins : public StoreTest {
 protected:
  SourceId source(Policy policy = Policy::until_deleted) {
    return write(*account,
                 [&](Transaction& t) { return t.source(key, policy == Policy::until_deleted); });
  }
  std::optional<Appended> deliver(SourceId from, const std::string& uidl, const std::string& octets,
                                  int now = 100) {
    return *write(*account, [&](Transaction& t) {
      NewBody arrived = body(octets);
      return t.deliver(from, id("INBOX"), arrived, {.uidl = uidl, .now = at(now)});
    });
  }
  std::optional<Appended> deliver_placeholder(SourceId from, const std::string& uidl) {
    return *write(*account, [&](Transaction& t) {
      NewBody arrived = body(message("[too large]"));
      return t.deliver(
          from, id("INBOX"), arrived,
          {.uidl = uidl, .now = at(100), .state = OriginState::skipped, .exceeds = 1000});
    });
  }
  std::optional<Appended> deliver_announced(SourceId from, const std::string& octets,
                                            const HeaderHash& header, std::uint64_t announced) {
    return *write(*account, [&](Transaction& t) {
      NewBody arrived = body(octets);
      return t.deliver(
          from, id("INBOX"), arrived,
          {.uidl = "u", .now = at(100), .announced = announced, .header_hash = header});
    });
  }
  std::vector<Origin> origins() {
    return read(*account, [](Reader& reader) { return reader.origins(key); });
  }
  Origin origin(const std::string& uidl) {
    Origin found;
    for (const Origin& one : origins()) {
      if (one.uidl == uidl) found = one;
    }
    return found;
  }
  void set_state(SourceId from, const std::string& uidl, OriginState state, int now) {
    const std::vector<OriginId> which{origin(uidl).id};
    write(*account, [&](Transaction& t) { t.set_origin_state(from, which, state, at(now)); });
  }
  std::uint32_t inbox_size() { return mailbox("INBOX")->latest()->size(); }
};

TEST_F(Origins, ASourceIsMadeOnce) {
  const SourceId first = source();
  EXPECT_EQ(source(), first);
  open();
  EXPECT_EQ(source(Policy::keep), first);
  EXPECT_THAT(read(*account, [](Reader& r) { return r.origins("pop3://other"); }), IsEmpty());
}

TEST_F(Origins, DeliveryRecordsTheUidlWithTheMessage) {  // rule 1
  const SourceId from = source();
  ASSERT_TRUE(deliver(from, "u1", message("1"), 77).has_value());
  open();
  const auto all = origins();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].uidl, "u1");
  EXPECT_EQ(all[0].octets, message("1").size());
  EXPECT_EQ(all[0].state, OriginState::stored);
  EXPECT_FALSE(all[0].expunged);
  EXPECT_EQ(all[0].first_seen, at(77));
  EXPECT_EQ(inbox_size(), 1U);
}

TEST_F(Origins, DeliveringAgainDoesNothing) {
  const SourceId from = source();
  ASSERT_TRUE(deliver(from, "u1", message("1")).has_value());
  for (const OriginState state : {OriginState::stored, OriginState::delete_due}) {
    set_state(from, "u1", state, 200);
    EXPECT_FALSE(deliver(from, "u1", message("1")).has_value());
    EXPECT_FALSE(deliver(from, "u1", message("another")).has_value());
  }
  EXPECT_EQ(inbox_size(), 1U);
  EXPECT_THAT(origins(), SizeIs(1));
}

TEST_F(Origins, UidlsAreOctets) {  // D8
  const SourceId from = source();
  std::string all_octets;
  for (int c = 0; c < 256; ++c) all_octets += static_cast<char>(c);
  const std::vector<std::string> uidls{"a",
                                       "A",
                                       "",
                                       "'; DROP TABLE origin; --",
                                       "../../x",
                                       std::string(2500, 'u'),
                                       "\xff\xfe",
                                       "\xc3\xa4",
                                       "a\xcc\x88",
                                       std::string("a\0b", 3),
                                       std::string("a\0c", 3),
                                       all_octets};
  for (const std::string& uidl : uidls) ASSERT_TRUE(deliver(from, uidl, message("m")).has_value());
  open();
  for (const std::string& uidl : uidls) EXPECT_FALSE(deliver(from, uidl, message("m")).has_value());
  std::vector<std::string> found;
  for (const Origin& one : origins()) found.push_back(one.uidl);
  EXPECT_EQ(found, uidls);
}

TEST_F(Origins, SourcesDoNotShareUidls) {
  const SourceId one = source();
  const SourceId other =
      write(*account, [](Transaction& t) { return t.source("pop3://b@c:995", false); });
  ASSERT_TRUE(deliver(one, "u1", message("1")).has_value());
  ASSERT_TRUE(deliver(other, "u1", message("1")).has_value());
  EXPECT_EQ(inbox_size(), 2U);
}

TEST_F(Origins, ExpungeLeavesATombstone) {  // R5
  struct Row {
    Policy policy;
    OriginState state;
  };
  int number = 0;
  for (const Row& row : {Row{Policy::keep, OriginState::stored},
                         Row{Policy::until_deleted, OriginState::delete_due}}) {
    const SourceId from = source(row.policy);
    const std::string uidl = "u" + std::to_string(++number);
    const auto delivered = deliver(from, uidl, message(uidl));
    remove("INBOX", uids({delivered->uid.value}));
    open();
    EXPECT_TRUE(origin(uidl).expunged);
    EXPECT_EQ(origin(uidl).state, row.state);
    EXPECT_FALSE(deliver(from, uidl, message(uidl)).has_value());
    EXPECT_EQ(inbox_size(), 0U);
  }
}

TEST_F(Origins, LiveAsLongAsAnyMailboxHoldsTheMessage) {  // rule 5
  const SourceId from = source();
  deliver(from, "u1", message("1"));
  write(*account, [&](Transaction& t) {
    static_cast<void>(t.copy(id("INBOX"), uids({1}), id("Archive")));
    return t.move(id("INBOX"), uids({1}), id("Trash"));
  });
  EXPECT_FALSE(origin("u1").expunged);
  remove("Trash", uids({1}));
  EXPECT_FALSE(origin("u1").expunged);
  EXPECT_EQ(origin("u1").state, OriginState::stored);
  remove("Archive", uids({1}));
  EXPECT_TRUE(origin("u1").expunged);
  EXPECT_EQ(origin("u1").state, OriginState::delete_due);
}

TEST_F(Origins, DeletingTheMailboxIsAnExpunge) {
  const SourceId from = source();
  deliver(from, "u1", message("1"));
  write(*account, [&](Transaction& t) { return t.move(id("INBOX"), uids({1}), id("Junk")); });
  write(*account, [&](Transaction& t) { return t.delete_mailbox("Junk"); });
  EXPECT_TRUE(origin("u1").expunged);
  EXPECT_EQ(origin("u1").state, OriginState::delete_due);
}

TEST_F(Origins, TwoCopiesExpungedAtOnceLeaveOneTombstone) {
  const SourceId from = source();
  deliver(from, "u1", message("1"));
  write(*account, [&](Transaction& t) { return t.copy(id("INBOX"), uids({1}), id("INBOX")); });
  remove("INBOX", uids({1, 2}));
  EXPECT_TRUE(origin("u1").expunged);
  EXPECT_EQ(origin("u1").state, OriginState::delete_due);
}

/// The same holds for what stands between them and is held by nothing: a placeholder's, say.
TEST_F(Origins, OfManyExpungedAtOnceThoseStayThatAreHeldElsewhere) {  // rule 5
  const SourceId from = source();
  for (int i = 1; i <= 20; ++i) deliver(from, std::to_string(i), message(std::to_string(i)));
  const std::set<std::uint32_t> elsewhere{1, 7, 8, 15, 20};
  write(*account, [&](Transaction& t) {
    return t.copy(id("INBOX"), uids({elsewhere.begin(), elsewhere.end()}), id("Archive"));
  });
  const std::set<std::uint32_t> left{3, 4, 12};
  std::vector<std::uint32_t> gone;
  for (std::uint32_t i = 1; i <= 20; ++i)
    if (!left.contains(i)) gone.push_back(i);
  remove("INBOX", uids({4}));
  Database(folder.path() / "anna/mail.db").run("UPDATE origin SET expunged = 0 WHERE id = 4");
  remove("INBOX", uids(gone));
  for (std::uint32_t i = 1; i <= 20; ++i)
    EXPECT_EQ(origin(std::to_string(i)).expunged, !left.contains(i) && !elsewhere.contains(i)) << i;
}

TEST_F(Origins, IdenticalMessagesHaveOriginsOfTheirOwn) {
  const SourceId from = source();
  deliver(from, "u1", message("same"));
  deliver(from, "u2", message("same"));
  remove("INBOX", uids({1}));
  EXPECT_TRUE(origin("u1").expunged);
  EXPECT_FALSE(origin("u2").expunged);
  const auto left = mailbox("INBOX")->latest();
  ASSERT_EQ(left->size(), 1U);
  EXPECT_EQ(octets(left->at(SeqNum(1)).body), message("same"));
}

TEST_F(Origins, AUidlThatIsGoneMayNameANewMessage) {  // D7
  const SourceId from = source();
  deliver(from, "u1", message("old"));
  set_state(from, "u1", OriginState::gone, 300);
  EXPECT_EQ(origins()[0].gone_since, at(300));
  ASSERT_TRUE(deliver(from, "u1", message("new")).has_value());
  EXPECT_EQ(inbox_size(), 2U);
  // What happens to the old one does not touch the new one.
  remove("INBOX", uids({1}));
  auto all = origins();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].state, OriginState::gone);
  EXPECT_TRUE(all[0].expunged);
  EXPECT_EQ(all[1].state, OriginState::stored);
  EXPECT_FALSE(all[1].expunged);
  // Nor can the old one come back beside it.
  write(*account, [&](Transaction& t) {
    t.set_origin_state(from, {all[0].id}, OriginState::stored, at(400));
  });
  EXPECT_EQ(origins()[0].state, OriginState::gone);
}

TEST_F(Origins, OneThatIsGoneByMistakeComesBackOnce) {  // R6, D20
  const SourceId from = source();
  deliver(from, "u1", message("1"));
  deliver(from, "u2", message("2"));
  remove("INBOX", uids({2}));
  set_state(from, "u1", OriginState::gone, 300);
  set_state(from, "u2", OriginState::gone, 300);
  EXPECT_FALSE(deliver(from, "u1", message("1")).has_value());
  EXPECT_FALSE(deliver(from, "u2", message("2")).has_value());
  EXPECT_EQ(inbox_size(), 1U);
  EXPECT_THAT(origins(), SizeIs(2));
  EXPECT_EQ(origin("u1").state, OriginState::stored);
  EXPECT_EQ(origin("u2").state, OriginState::delete_due);
  EXPECT_TRUE(origin("u2").expunged);
}

TEST_F(Origins, APlaceholderStaysOneHoweverItComesBack) {  // R15: never deleted upstream
  struct Row {
    const char* name;
    std::function<void(SourceId)> come_back;
  };
  const std::vector<Row> rows{
      {"listed again",
       [&](SourceId from) { EXPECT_FALSE(deliver_placeholder(from, "u").has_value()); }},
      {"listed under another id",
       [&](SourceId from) {
         const OriginId known = origin("u").id;
         write(*account, [&](Transaction& t) { t.rebind(from, {{known, "u", 2000}}); });
       }},
      {"taken for stored", [&](SourceId from) { set_state(from, "u", OriginState::stored, 400); }},
      {"due", [&](SourceId from) { set_state(from, "u", OriginState::delete_due, 400); }},
  };
  for (const bool expunged : {false, true}) {
    for (const Row& row : rows) {
      SCOPED_TRACE(row.name);
      const SourceId from = source();
      const auto placed = deliver_placeholder(from, "u");
      ASSERT_TRUE(placed.has_value());
      if (expunged) remove("INBOX", uids({placed->uid.value}));
      set_state(from, "u", OriginState::gone, 300);
      row.come_back(from);
      EXPECT_EQ(origin("u").state, OriginState::skipped);
      EXPECT_EQ(origin("u").expunged, expunged);
      set_state(from, "u", OriginState::gone, 500);
      write(*account, [&](Transaction& t) { t.forget_origins(from, at(600), {}); });
    }
  }
}

TEST_F(Origins, WhatAPlaceholderStoodForTakesItsPlace) {  // R15
  const SourceId from = source();
  ASSERT_TRUE(deliver_placeholder(from, "u").has_value());
  ASSERT_TRUE(deliver(from, "u", message("large")).has_value());
  EXPECT_EQ(inbox_size(), 1U);
  EXPECT_EQ(origin("u").state, OriginState::stored);
  remove("INBOX", uids({2}));
  EXPECT_EQ(origin("u").state, OriginState::delete_due);
}

TEST_F(Origins, WhatAnExpungedPlaceholderStoodForDoesNotComeBack) {  // I4
  const SourceId from = source();
  const auto placed = deliver_placeholder(from, "u");
  remove("INBOX", uids({placed->uid.value}));
  EXPECT_FALSE(deliver(from, "u", message("large")).has_value());
  EXPECT_EQ(inbox_size(), 0U);
  EXPECT_EQ(origin("u").state, OriginState::skipped);  // and is not deleted upstream
}

TEST_F(Origins, AnotherSizeUnderAUidlIsJudgedByTheContent) {  // R6, D7
  constexpr HeaderHash one{1};
  constexpr HeaderHash another{2};
  constexpr HeaderHash unknown{};
  struct Row {
    const char* name;
    HeaderHash header;
    std::string octets;
    HeaderHash header_then;
    std::uint64_t announced_then;
    bool same;
  };
  const std::vector<Row> rows{
      {"the same octets", unknown, "a", unknown, 60, true},
      {"a header changed that no one is known by", one, "Status: RO\r\na", one, 60, true},
      {"another message", one, "b", another, 60, false},
      {"nobody can tell", unknown, "b", unknown, 60, false},
      {"only one can be told", one, "b", unknown, 60, false},
      {"the size did not change", one, "b", another, 50, true},
      {"the server says no size", one, "b", another, 0, true},
  };
  for (const bool expunged : {false, true}) {
    for (const Row& row : rows) {
      SCOPED_TRACE(row.name);
      const SourceId from = source();
      const auto before = deliver_announced(from, "a", row.header, 50);
      ASSERT_TRUE(before.has_value());
      if (expunged) remove("INBOX", uids({before->uid.value}));
      const OriginId known = origin("u").id;
      const auto after = deliver_announced(from, row.octets, row.header_then, row.announced_then);
      EXPECT_EQ(after.has_value(), !row.same);
      const auto all = origins();
      ASSERT_THAT(all, SizeIs(row.same ? 1 : 2));
      EXPECT_EQ(all[0].id, known);
      EXPECT_EQ(all[0].expunged, expunged);
      EXPECT_EQ(all[0].state == OriginState::gone, !row.same);
      EXPECT_EQ(all[0].announced, 50U);
      EXPECT_EQ(all[0].also_announced, row.same && row.announced_then == 60 ? 60U : 0U);
      for (const Origin& each : all) {
        write(*account, [&](Transaction& t) {
          t.set_origin_state(from, {each.id}, OriginState::gone, at(300));
        });
      }
      write(*account, [&](Transaction& t) { t.forget_origins(from, at(600), {}); });
    }
  }
}

TEST_F(Origins, OneThatIsGoneComesBackByItsHeader) {  // R6, D20
  const SourceId from = source();
  const auto placed = deliver_announced(from, "a", {1}, 50);
  remove("INBOX", uids({placed->uid.value}));
  set_state(from, "u", OriginState::gone, 300);
  EXPECT_FALSE(deliver_announced(from, "Status: RO\r\na", {1}, 62).has_value());
  EXPECT_EQ(inbox_size(), 0U);
  EXPECT_EQ(origin("u").state, OriginState::delete_due);
}

TEST_F(Origins, ThoseToDeleteAreExpungedAndNotSent) {
  const SourceId from = source();
  for (const char* uidl : {"here", "due", "sent", "gone"}) deliver(from, uidl, message(uidl));
  remove("INBOX", uids({2, 3, 4}));
  set_state(from, "sent", OriginState::delete_sent, 300);
  set_state(from, "gone", OriginState::gone, 300);
  const auto to_delete =
      read(*account, [](Reader& reader) { return reader.origins_to_delete(key); });
  EXPECT_THAT(to_delete, ElementsAre(origin("due").id));
}

TEST_F(Origins, GoneSinceIsTheFirstTime) {
  const SourceId from = source();
  deliver(from, "u1", message("1"));
  set_state(from, "u1", OriginState::gone, 300);
  set_state(from, "u1", OriginState::gone, 400);
  EXPECT_EQ(origin("u1").gone_since, at(300));
}

TEST_F(Origins, OnlyWhatIsGoneIsForgotten) {
  const SourceId from = source();
  for (const char* uidl : {"stored", "tombstone", "gone early", "gone late"})
    deliver(from, uidl, message(uidl));
  remove("INBOX", uids({2}));
  set_state(from, "gone early", OriginState::gone, 300);
  set_state(from, "gone late", OriginState::gone, 500);
  write(*account, [&](Transaction& t) { t.forget_origins(from, at(400), {}); });
  std::vector<std::string> left;
  for (const Origin& one : origins()) left.push_back(one.uidl);
  EXPECT_THAT(left, ElementsAre("stored", "tombstone", "gone late"));
  // The message that bore it stays, and can go.
  EXPECT_EQ(inbox_size(), 3U);
  remove("INBOX", uids({3}));
  EXPECT_EQ(inbox_size(), 2U);
}

TEST_F(Origins, AreForgottenByTheClockOfTheirSourceToo) {  // J11
  const SourceId from = source();
  const auto watched = [&](int seconds) {
    SourceRecord record;
    record.watched = std::chrono::seconds(seconds);
    write(*account, [&](Transaction& t) { t.set_source_record(from, record); });
  };
  const auto forget = [&] {
    write(*account,
          [&](Transaction& t) { t.forget_origins(from, at(1'000'000), std::chrono::seconds(50)); });
    return origins().size();
  };
  watched(1000);
  deliver(from, "u", message("1"));
  EXPECT_EQ(origin("u").watched_from, std::chrono::seconds(1000));
  watched(2000);
  set_state(from, "u", OriginState::gone, 300);
  EXPECT_EQ(origin("u").watched_from, std::chrono::seconds(2000));
  watched(2049);
  EXPECT_EQ(forget(), 1U);
  watched(2050);
  EXPECT_EQ(forget(), 0U);
}

TEST_F(Origins, AMessageOfTwoSizesIsTheSameAtEither) {  // R6
  const SourceId from = source();
  const HeaderHash header{1};
  const auto sizes = [&] { return std::pair(origin("u").announced, origin("u").also_announced); };
  ASSERT_TRUE(deliver_announced(from, "a", header, 10).has_value());
  EXPECT_FALSE(deliver_announced(from, "a", header, 20).has_value());
  EXPECT_EQ(sizes(), std::pair(10UL, 20UL));
  EXPECT_FALSE(deliver_announced(from, "b", {}, 20).has_value());
  EXPECT_FALSE(deliver_announced(from, "a", header, 30).has_value());
  EXPECT_EQ(sizes(), std::pair(0UL, 0UL));
  EXPECT_FALSE(deliver_announced(from, "a", header, 40).has_value());
  EXPECT_EQ(sizes(), std::pair(0UL, 0UL));
}

TEST_F(Origins, AnIdThatWasToBeDeletedIsComparedByContent) {  // R6, I1
  const SourceId from = source();
  ASSERT_TRUE(deliver_announced(from, "a", {}, 10).has_value());
  set_state(from, "u", OriginState::delete_sent, 300);
  EXPECT_FALSE(deliver_announced(from, "a", {}, 10).has_value());
  EXPECT_EQ(origin("u").state, OriginState::delete_due);
  set_state(from, "u", OriginState::delete_sent, 300);
  EXPECT_TRUE(deliver_announced(from, "b", {}, 10).has_value());
  EXPECT_THAT(origins(), SizeIs(2));
}

TEST_F(Origins, StatesAreOfTheirOwnSourceOnly) {
  const SourceId from = source();
  deliver(from, "u1", message("1"));
  const auto id_of_it = origin("u1").id;
  write(*account, [&](Transaction& t) {
    const SourceId other = t.source("pop3://b@c:995", false);
    t.set_origin_state(other, {id_of_it}, OriginState::gone, at(1));
  });
  EXPECT_EQ(origin("u1").state, OriginState::stored);
}

TEST_F(Origins, ARefusedDeliveryLeavesNothing) {
  const SourceId from = source();
  const auto refused = write(*account, [&](Transaction& t) -> Result<void> {
    NewBody arrived = body(message("1"));
    static_cast<void>(t.deliver(from, id("INBOX"), arrived, {.uidl = "u1", .now = at(1)}));
    return std::unexpected(Refusal::limit);
  });
  EXPECT_FALSE(refused.has_value());
  EXPECT_THAT(origins(), IsEmpty());
  EXPECT_EQ(inbox_size(), 0U);
  EXPECT_EQ(deliver(from, "u1", message("1"))->uid, Uid(1));
  const auto elsewhere = write(*account, [&](Transaction& t) {
    NewBody arrived = body(message("2"));
    return t.deliver(from, MailboxId(99), arrived, {.uidl = "u2", .now = at(1)});
  });
  EXPECT_EQ(elsewhere.error(), Refusal::try_create);
  EXPECT_THAT(origins(), SizeIs(1));
}

}  // namespace
}  // namespace postern::store
