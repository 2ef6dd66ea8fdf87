#include "sync/engine/importer.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "tests/engine/failing_account.h"
#include "tests/store/store_fixture.h"

namespace postern::engine {
namespace {

using testing::ElementsAre;

store::BodyHash hash_of(const std::string& octets) {
  store::BodyHash hash{};
  SHA256(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size(), hash.data());
  return hash;
}

struct Piece {
  std::string octets;
  std::string mailbox = "INBOX";
  std::vector<std::string> keywords = {"kept"};
};

class ImporterTest : public store::StoreTest {
 protected:
  ImporterTest() : StoreTest(store::quick_disk()) {}

  static asio::awaitable<void> give(Importer& importer, std::vector<Piece> pieces,
                                    std::size_t batch, Importer::Tally& sum) {
    std::map<std::pair<std::string, std::string>, std::uint32_t> seen;
    std::size_t waiting = 0;
    for (const Piece& piece : pieces) {
      if (!co_await importer.mailbox(piece.mailbox, store::SpecialUse::none)) co_return;
      Importer::Item item;
      item.mailbox = piece.mailbox;
      item.content = item.key.identity = hash_of(piece.octets);
      item.key.occurrence = ++seen[{piece.mailbox, piece.octets}];
      item.flags = {.system = 1, .keywords = piece.keywords};
      item.date = {1'000'000'000, 60};
      if (piece.octets.size() <= Importer::small_octets) {
        co_await importer.take(item, piece.octets);
      } else if (const bool wanted = co_await importer.wants(item); wanted) {
        co_await importer.feed(piece.octets);
        co_await importer.end(item);
      }
      if (++waiting % batch == 0) co_await add(importer, sum);
    }
    co_await add(importer, sum);
  }

  /// False if the store failed.
  bool import(const std::vector<Piece>& pieces, std::size_t batch = 3,
              std::optional<std::size_t> good_writes = std::nullopt,
              Importer::Mode mode = Importer::Mode::keep) {
    sum = {};
    asio::io_context io(1);
    std::shared_ptr<store::Account> target = account;
    if (good_writes) target = std::make_shared<FailingAccount>(account, *good_writes);
    Importer importer(target, mode);
    bool well = false;
    asio::co_spawn(io, give(importer, pieces, batch, sum),
                   [&well](const std::exception_ptr& failure) { well = !failure; });
    io.run();
    return well;
  }

  [[nodiscard]] std::vector<std::string> there(const std::string& name) const {
    std::vector<std::string> found;
    const auto snapshot = mailbox(name)->latest();
    snapshot->for_each([&](SeqNum /*seq*/, const store::Entry& entry) {
      found.push_back(store::read(*account, [&](store::Reader& reader) {
        std::string octets;
        reader.read_body(entry.body, 0, entry.octets, octets);
        return octets;
      }));
    });
    std::ranges::sort(found);
    return found;
  }

  Importer::Tally sum;

 private:
  static asio::awaitable<void> add(Importer& importer, Importer::Tally& sum) {
    const auto tally = co_await importer.commit();
    if (!tally) co_return;
    sum.added += tally->added;
    sum.known += tally->known;
    sum.present += tally->present;
    sum.curtailed += tally->curtailed;
    sum.left_out.insert(tally->left_out.begin(), tally->left_out.end());
  }
};

TEST_F(ImporterTest, AddsEachMessageOnce) {
  const std::vector<Piece> pieces = {{"one"}, {"two"}, {"one"}, {"three", "Old/Mail"}};
  ASSERT_TRUE(import(pieces));
  EXPECT_EQ(sum.added, 4U);
  EXPECT_THAT(there("INBOX"), ElementsAre("one", "one", "two"));
  EXPECT_THAT(there("Old/Mail"), ElementsAre("three"));
  EXPECT_TRUE(account->tree()->subscribed("Old/Mail"));
  ASSERT_TRUE(import(pieces));
  EXPECT_EQ(sum.added, 0U);
  EXPECT_EQ(sum.known, 4U);
  EXPECT_EQ(there("INBOX").size(), 3U);
}

TEST_F(ImporterTest, DoesNotBringBackWhatWasDeleted) {
  ASSERT_TRUE(import({{"one"}, {"two"}}));
  remove("INBOX", UidSet::all());
  ASSERT_TRUE(import({{"one"}, {"two"}, {"three"}}));
  EXPECT_THAT(there("INBOX"), ElementsAre("three"));
}

TEST_F(ImporterTest, CountsWhatIsThereFromElsewhere) {
  ASSERT_TRUE(append("INBOX", "one"));
  ASSERT_TRUE(import({{"one"}, {"one"}, {"two"}}));
  EXPECT_EQ(sum.present, 1U);
  EXPECT_EQ(sum.added, 2U);
  EXPECT_THAT(there("INBOX"), ElementsAre("one", "one", "two"));
  ASSERT_TRUE(import({{"one"}, {"one"}, {"two"}}));
  EXPECT_EQ(sum.known, 3U);
}

/// As two runs of the program beside a daemon are.
TEST_F(ImporterTest, TwoAtOnceAddEachMessageOnce) {
  const std::vector<Piece> pieces = {{"one"},          {"two"}, {"one"},
                                     {"three", "Old"}, {"two"}, {"four"}};
  asio::io_context io(1);
  Importer first(account, Importer::Mode::keep);
  Importer second(account, Importer::Mode::keep);
  std::array<Importer::Tally, 2> sums;
  int ended = 0;
  const auto count = [&ended](const std::exception_ptr& failure) { ended += failure ? 0 : 1; };
  asio::co_spawn(io, give(first, pieces, 1, sums[0]), count);
  asio::co_spawn(io, give(second, pieces, 2, sums[1]), count);
  io.run();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(sums[0].added + sums[1].added, pieces.size());
  EXPECT_EQ(sums[0].known + sums[1].known, pieces.size());
  EXPECT_THAT(there("INBOX"), ElementsAre("four", "one", "one", "two", "two"));
  EXPECT_THAT(there("Old"), ElementsAre("three"));
}

TEST_F(ImporterTest, TellsWhichKeywordsFindNoRoom) {
  std::vector<Piece> pieces;
  for (int i = 0; i < 66; ++i)
    pieces.push_back({"message " + std::to_string(i), "INBOX", {"k" + std::to_string(i)}});
  pieces.push_back({"last", "INBOX", {"k0", "k64", "k66"}});
  pieces.push_back({"elsewhere", "Old", {"k66"}});
  ASSERT_TRUE(import(pieces));
  EXPECT_EQ(sum.added, pieces.size());
  EXPECT_EQ(sum.curtailed, 3U);
  EXPECT_THAT(sum.left_out, ElementsAre("k64", "k65", "k66"));
  ASSERT_TRUE(import(pieces));
  EXPECT_EQ(sum.curtailed, 0U);
}

TEST_F(ImporterTest, OnlyLooks) {
  ASSERT_TRUE(import({{"one"}, {"two", "New"}}, 3, std::nullopt, Importer::Mode::look));
  EXPECT_EQ(sum.added, 2U);
  EXPECT_EQ(id("New"), MailboxId(0));
  EXPECT_TRUE(there("INBOX").empty());
}

TEST_F(ImporterTest, TakesTheMailboxOfAUse) {
  asio::io_context io(1);
  Importer importer(account, Importer::Mode::keep);
  bool made = false;
  asio::co_spawn(io, importer.mailbox("Archives/2024", store::SpecialUse::archive),
                 [&made](const std::exception_ptr&, bool well) { made = well; });
  io.run();
  EXPECT_TRUE(made);
  EXPECT_NE(id("Archive/2024"), MailboxId(0));
}

TEST_F(ImporterTest, ADeletedMailboxForgets) {
  ASSERT_TRUE(import({{"one", "Old"}}));
  remove("Old", UidSet::all());
  store::write(*account, [](store::Transaction& t) { return t.delete_mailbox("Old"); });
  ASSERT_TRUE(import({{"one", "Old"}}));
  EXPECT_THAT(there("Old"), ElementsAre("one"));
}

/// Interrupted before each write, then run again: each message exactly once.
TEST_F(ImporterTest, GoesOnWhereverItWasInterrupted) {
  const std::vector<Piece> pieces = {{"one"},
                                     {"two"},
                                     {std::string(Importer::small_octets + 1, 'x')},
                                     {"one"},
                                     {"three", "Old/Mail"},
                                     {"two", "Old/Mail"},
                                     {"four"},
                                     {"one"}};
  for (std::size_t batch = 1; batch <= 4; ++batch) {
    for (std::size_t good = 0;; ++good) {
      account->close();
      std::filesystem::remove_all(folder.path() / "anna");
      open();
      const bool whole = import(pieces, batch, good);
      open();  // as another process would
      ASSERT_TRUE(import(pieces, batch));
      EXPECT_EQ(there("INBOX").size(), 6U) << batch << " " << good;
      EXPECT_THAT(there("Old/Mail"), ElementsAre("three", "two")) << batch << " " << good;
      ASSERT_TRUE(import(pieces, batch));
      EXPECT_EQ(sum.known, pieces.size());
      if (whole) break;
    }
  }
}

}  // namespace
}  // namespace postern::engine
