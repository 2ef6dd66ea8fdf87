// Origins under other ids, other names, and what becomes of messages that are gone upstream.

#include "tests/store/store_fixture.h"

#include <sqlite3.h>

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string key = "pop3://anna@pop.example.net:995";

class GoneOrigins : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    from = write(*account, [](Transaction& t) { return t.source(key, true); });
  }
  OriginId deliver(const std::string& uidl) {
    const auto delivered = *write(*account, [&](Transaction& t) {
      NewBody arrived = body(message(uidl));
      return t.deliver(from, id("INBOX"), arrived, {.uidl = uidl, .announced = 10});
    });
    EXPECT_TRUE(delivered);
    return origins().back().id;
  }
  std::vector<Origin> origins(const std::string& of = key) {
    return read(*account, [&](Reader& reader) { return reader.origins(of); });
  }
  Origin origin(OriginId wanted) {
    for (const Origin& one : origins())
      if (one.id == wanted) return one;
    return {};
  }
  void gone(OriginId which) {
    write(*account, [&](Transaction& t) {
      t.set_origin_state(from, {which}, OriginState::gone, WallTime(std::chrono::seconds(300)));
    });
  }
  void rebind(const Rebinding& rebinding) {
    write(*account, [&](Transaction& t) { t.rebind(from, {rebinding}); });
  }
  std::size_t move(const std::vector<OriginId>& which) {
    return *write(*account, [&](Transaction& t) {
      return t.move_gone(from, which, id("INBOX"), id("Trash"));
    });
  }
  std::uint32_t size(const std::string& name) { return mailbox(name)->latest()->size(); }

  SourceId from{};
};

TEST_F(GoneOrigins, AreCountedUntilItIsSettled) {
  const OriginId one = deliver("u1");
  write(*account, [&](Transaction& t) { t.set_origin_lacking(from, {one}, 2); });
  EXPECT_EQ(origin(one).lacking, 0) << "it is not gone";
  gone(one);
  EXPECT_EQ(origin(one).lacking, 0);
  write(*account, [&](Transaction& t) { t.set_origin_lacking(from, {one}, 2); });
  EXPECT_EQ(origin(one).lacking, 2);
  gone(one);
  EXPECT_EQ(origin(one).lacking, 2);
}

TEST_F(GoneOrigins, ThatWeDeletedAreNotCounted) {
  const OriginId one = deliver("u1");
  remove("INBOX", uids({1}));
  gone(one);
  EXPECT_EQ(origin(one).lacking, not_counted);
}

TEST_F(GoneOrigins, MoveWithWhatTheyAre) {
  const OriginId one = deliver("u1");
  const OriginId two = deliver("u2");
  const OriginId three = deliver("u3");
  static_cast<void>(store("INBOX", uids({1}), FlagChange::add, {.system = 2, .keywords = {"$x"}}));
  write(*account, [&](Transaction& t) { return t.copy(id("INBOX"), uids({1}), id("Archive")); });
  gone(one);
  gone(two);
  EXPECT_EQ(move({one, two, three}), 2U);
  EXPECT_EQ(origin(one).lacking, not_counted);
  EXPECT_EQ(origin(three).state, OriginState::stored);
  EXPECT_EQ(size("INBOX"), 1U);  // one that is not gone stays
  EXPECT_EQ(size("Archive"), 1U);
  const auto trash = mailbox("Trash")->latest();
  ASSERT_EQ(trash->size(), 2U);
  EXPECT_EQ(trash->at(SeqNum(1)).flags.system, 2);
  EXPECT_EQ(octets(trash->at(SeqNum(1)).body), message("u1"));
  EXPECT_EQ(move({one, two}), 0U);
  EXPECT_EQ(size("Trash"), 2U);
}

TEST_F(GoneOrigins, WhatIsElsewhereByNowIsSettledWithoutAMove) {
  const OriginId one = deliver("u1");
  write(*account, [&](Transaction& t) { return t.move(id("INBOX"), uids({1}), id("Archive")); });
  gone(one);
  EXPECT_EQ(move({one}), 0U);
  EXPECT_EQ(origin(one).lacking, not_counted);
  EXPECT_EQ(size("Archive"), 1U);
}

TEST_F(GoneOrigins, ComeBackUnderTheirIdOrAnother) {
  const OriginId one = deliver("u1");
  gone(one);
  write(*account, [&](Transaction& t) { t.set_origin_lacking(from, {one}, 2); });
  rebind({one, "other", 11});
  EXPECT_EQ(origin(one).uidl, "other");
  EXPECT_EQ(origin(one).also_announced, 11U);
  EXPECT_EQ(origin(one).state, OriginState::stored);
  EXPECT_EQ(origin(one).lacking, 0);
}

TEST_F(GoneOrigins, RebindingPutsAnotherOutOfTheWay) {  // R6, D7
  const OriginId one = deliver("u1");
  const OriginId two = deliver("u2");
  rebind({one, "u2", 12});
  EXPECT_EQ(origin(one).uidl, "u2");
  EXPECT_THAT(origin(two).uidl, testing::StartsWith(std::string(1, '\0')));
  EXPECT_EQ(origin(two).state, OriginState::stored);
  EXPECT_EQ(size("INBOX"), 2U);
  // Two that change places.
  rebind({two, "u1", 13});
  EXPECT_EQ(origin(two).uidl, "u1");
}

TEST_F(GoneOrigins, RebindingADeletionGoesOnWithIt) {  // R3
  const OriginId one = deliver("u1");
  remove("INBOX", uids({1}));
  gone(one);
  rebind({one, "u9", 10});
  EXPECT_EQ(origin(one).state, OriginState::delete_due);
  EXPECT_TRUE(origin(one).expunged);
}

TEST_F(GoneOrigins, AreAdoptedByAnotherName) {
  const std::string other = "pop3://anna@mail.example.org:995";
  const OriginId one = deliver("u1");
  const auto adopt = [&](const std::string& of, const std::string& to) {
    return write(*account, [&](Transaction& t) { return t.adopt_source(of, to); });
  };
  EXPECT_FALSE(adopt("pop3://nobody@x:1", other));
  // What failed under the new name before anything came is no obstacle.
  write(*account,
        [&](Transaction& t) { t.set_fetch_failure(t.source(other, true), {"u1", 1, WallTime()}); });
  EXPECT_TRUE(adopt(key, other));
  open();
  EXPECT_THAT(origins(), IsEmpty());
  ASSERT_THAT(origins(other), SizeIs(1));
  EXPECT_EQ(origins(other)[0].id, one);
  EXPECT_THAT(read(*account, [](Reader& r) { return r.source_keys(); }), ElementsAre(other));
  EXPECT_THAT(read(*account, [&](Reader& r) { return r.fetch_failures(other); }), IsEmpty());
}

TEST_F(GoneOrigins, AreNotAdoptedByOneThatHasItsOwn) {
  const std::string other = "pop3://anna@mail.example.org:995";
  deliver("u1");
  write(*account, [&](Transaction& t) {
    NewBody arrived = body(message("there"));
    return t.deliver(t.source(other, true), id("INBOX"), arrived, {.uidl = "v1"});
  });
  EXPECT_FALSE(write(*account, [&](Transaction& t) { return t.adopt_source(key, other); }));
  EXPECT_THAT(origins(), SizeIs(1));
  EXPECT_THAT(origins(other), SizeIs(1));
}

TEST_F(GoneOrigins, DamageIsSeen) {  // R18
  const OriginId one = deliver("u1");
  const OriginId two = deliver("u2");
  const OriginId expunged = deliver("u3");
  remove("INBOX", uids({3}));
  const auto damaged = [&] {
    return read(*account, [&](Reader& r) { return r.damaged({one, two, expunged}); });
  };
  EXPECT_THAT(damaged(), IsEmpty());
  account.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() / "anna" / "mail.db").c_str(), &database), SQLITE_OK);
  // The first chunk of the second body becomes that of the first one (schema.h, chunk_bits).
  const int done = sqlite3_exec(database,
                                "UPDATE body_chunk SET data = (SELECT data FROM body_chunk WHERE "
                                "id = 1 << 20) WHERE id = 2 << 20",
                                nullptr, nullptr, nullptr);
  EXPECT_EQ(done, SQLITE_OK) << sqlite3_errmsg(database);
  EXPECT_EQ(sqlite3_changes(database), 1);
  sqlite3_close(database);
  open();
  EXPECT_THAT(damaged(), ElementsAre(two));
}

}  // namespace
}  // namespace postern::store
