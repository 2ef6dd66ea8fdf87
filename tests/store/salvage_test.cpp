// What is saved of an account's file that was damaged: every message whose octets are still there.

#include <fstream>
#include <map>
#include <random>
#include <set>

#include "sync/store/damaged_file.h"
#include "sync/store/database.h"
#include "sync/store/salvage.h"
#include "sync/store/schema.h"
#include "sync/store/verification.h"
#include "tests/store/model.h"

namespace postern::store {
namespace {

namespace fs = std::filesystem;

constexpr auto nothing = [](const Progress&) {};
constexpr std::uint32_t page_octets = 16384;

struct Shown {
  std::string octets;
  std::uint8_t flags = 0;
  std::int64_t date = 0;
  bool operator==(const Shown&) const = default;
};
using Content = std::map<std::pair<std::string, std::uint32_t>, Shown>;

Content content_of(Account& account) {
  Content found;
  for (const MailboxInfo& info : account.tree()->mailboxes) {
    const auto latest = open_mailbox(account, info.id)->latest();
    latest->for_each([&](SeqNum, const Entry& entry) {
      found[{info.name, entry.uid.value}] = {read(account,
                                                  [&](Reader& reader) {
                                                    std::string out;
                                                    reader.read_body(entry.body, 0, entry.octets,
                                                                     out);
                                                    return out;
                                                  }),
                                             entry.flags.system, entry.date.seconds};
    });
  }
  return found;
}

std::map<std::string, std::uint32_t> validities(Account& account) {
  std::map<std::string, std::uint32_t> found;
  for (const MailboxInfo& one : account.tree()->mailboxes) found[one.name] = one.uid_validity.value;
  return found;
}

std::string base64_lines(std::size_t lines) {
  std::mt19937 random(7);
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    for (int column = 0; column < 76; ++column)
      text += static_cast<char>("ABCDEFGHabcdefgh01234567"[random() % 24]);
    text += "\r\n";
  }
  return text;
}

class Salvage : public StoreTest {
 protected:
  void SetUp() override {
    open();
    for (int i = 0; i < 120; ++i) {
      const std::string text = i % 20 == 7    ? noise(300'000)
                               : i % 20 == 13 ? base64_lines(4000)
                                              : noise(static_cast<std::size_t>(50 + i * 37));
      const std::string octets = message(std::to_string(i), text + std::to_string(i) + "\r\n");
      if (i % 3 == 0) {
        write(*account, [&](Transaction& t) {
          NewBody arrived = body(octets);
          static_cast<void>(t.deliver(t.source(key, true), id("INBOX"), arrived,
                                      {.uidl = "u" + std::to_string(i), .date = {.seconds = i}}));
        });
      } else {
        ASSERT_TRUE(append(i % 3 == 1 ? "INBOX" : "Archive", octets,
                           {.system = static_cast<std::uint8_t>(i % 8), .keywords = {"blue"}})
                        .has_value());
      }
    }
    remove("INBOX", uids({3, 4, 5, 60}));
    content = content_of(*account);
    validity = validities(*account);
    account.reset();
    {
      // As one that was never opened before: the file is put back again and again.
      Database database(file());
      database.run("UPDATE account SET generation = 0, generation_changed = 0");
    }
    map_pages();
    pristine = octets_of(file());
  }

  [[nodiscard]] fs::path home() const { return folder.path() / "anna"; }
  [[nodiscard]] fs::path file() const { return home() / "mail.db"; }
  static std::string octets_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// Where the file has what each message needs.
  void map_pages() {
    std::map<std::string, std::uint32_t> roots;
    std::map<std::int64_t, std::string> names;
    {
      Database database(file());
      Statement tables(database, "SELECT name, rootpage FROM sqlite_schema");
      for (auto row = tables(); row.step();)
        roots[std::string(row.octets(0))] = row.number<std::uint32_t>(1);
      Statement boxes(database, "SELECT id, name FROM mailbox");
      for (auto row = boxes(); row.step();) names[row.integer(0)] = row.octets(1);
      uid_validity_root = roots["mailbox"];
    }
    DamagedFile whole(file());
    std::map<std::int64_t, std::set<std::uint32_t>> of_body;
    whole.walk(roots["body"], [&](const DamagedFile::Row& row) {
      of_body[row.rowid].insert(row.pages.begin(), row.pages.end());
    });
    whole.walk(roots["body_chunk"], [&](const DamagedFile::Row& row) {
      of_body[row.rowid >> chunk_bits].insert(row.pages.begin(), row.pages.end());
    });
    whole.walk(roots["message"], [&](const DamagedFile::Row& row) {
      const auto uid = static_cast<std::uint32_t>(row.values[1].integer);
      auto& pages = needed[{names[row.values[0].integer], uid}];
      pages = of_body[row.values[2].integer];
      pages.insert(row.pages.begin(), row.pages.end());
    });
    EXPECT_FALSE(whole.damage_met());
    ASSERT_EQ(needed.size(), content.size());
  }

  /// Damages the file in some way; the pages that were hit.
  std::set<std::uint32_t> damage(std::mt19937& random) {
    std::string octets = pristine;
    std::set<std::uint32_t> hit;
    const auto pages = static_cast<std::uint32_t>(octets.size() / page_octets);
    switch (random() % 3) {
      case 0:
        for (std::size_t i = 0, count = 1 + random() % 30; i < count; ++i) {
          const std::size_t at = random() % octets.size();
          octets[at] = static_cast<char>(octets[at] ^ (1 + random() % 255));
          hit.insert(static_cast<std::uint32_t>(at / page_octets) + 1);
        }
        break;
      case 1:
        for (std::size_t i = 0, count = 1 + random() % 6; i < count; ++i) {
          // The first pages hold the roots: they are hit more often than by chance.
          const auto page = static_cast<std::uint32_t>(
              random() % 2 == 0 ? random() % std::min(pages, 40U) : random() % pages);
          octets.replace(std::size_t{page} * page_octets, page_octets, page_octets, '\0');
          hit.insert(page + 1);
        }
        break;
      default:
        octets.resize(octets.size() - random() % (octets.size() / 2));
        for (std::uint32_t page = static_cast<std::uint32_t>(octets.size() / page_octets);
             page < pages; ++page)
          hit.insert(page + 1);
    }
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << octets;
    return hit;
  }

  Content content;
  std::map<std::string, std::uint32_t> validity;
  std::map<std::pair<std::string, std::uint32_t>, std::set<std::uint32_t>> needed;
  std::uint32_t uid_validity_root = 0;
  std::string pristine;
};

TEST_F(Salvage, OfAWholeFileChangesNothing) {  // I5
  const auto saved = salvage(home(), nothing);
  ASSERT_TRUE(saved.has_value()) << saved.error().text();
  EXPECT_EQ(saved->messages, content.size());
  EXPECT_EQ(saved->recovered + saved->bare + saved->lost.size(), 0U);
  EXPECT_EQ(octets_of(saved->aside), pristine);
  open();
  EXPECT_EQ(content_of(*account), content);
  EXPECT_EQ(validities(*account), validity);
  EXPECT_EQ(*mailbox("INBOX")->latest()->head().keywords, (std::vector<std::string>{"blue"}));
  EXPECT_EQ(append("INBOX", message("new"))->uid, Uid(81));
  const auto verified = verify(file(), nothing);
  ASSERT_TRUE(verified.has_value());
  for (const Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
}

TEST_F(Salvage, ForgetsWhatIsLostOfASourceSoThatItIsFetchedAgain) {
  {
    Database database(file());
    database.run("DELETE FROM body_chunk WHERE id = 1 << 20");
  }
  const auto saved = salvage(home(), nothing);
  ASSERT_TRUE(saved.has_value()) << saved.error().text();
  ASSERT_EQ(saved->lost.size(), 1U);
  EXPECT_EQ(saved->lost[0].mailbox, "INBOX");
  EXPECT_EQ(saved->lost[0].uid, Uid(1));
  EXPECT_TRUE(saved->lost[0].of_source);
  open();
  const auto delivered = write(*account, [&](Transaction& t) {
    NewBody arrived = body("Subject: 0\r\n\r\nagain\r\n");
    return t.deliver(t.source(key, true), id("INBOX"), arrived, {.uidl = "u0"});
  });
  ASSERT_TRUE(delivered.has_value() && delivered->has_value());
  EXPECT_EQ((*delivered)->uid, Uid(81));
}

TEST_F(Salvage, IsRefusedWhileTheAccountIsOpen) {
  open();
  const auto saved = salvage(home(), nothing);
  ASSERT_FALSE(saved.has_value());
  EXPECT_THAT(saved.error().text(), testing::HasSubstr("held by a running"));
}

TEST_F(Salvage, SavesEveryMessageWhoseOctetsAreThere) {  // J5
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::set<std::uint32_t> hit = damage(random);
    const auto saved = salvage(home(), nothing);
    if (!saved) {
      // Nothing that could be saved was there.
      for (const auto& [spot, pages] : needed) {
        EXPECT_TRUE(std::ranges::any_of(pages, [&](auto page) { return hit.contains(page); }))
            << saved.error().text();
      }
      continue;
    }
    open();
    const Content after = content_of(*account);
    const auto validity_after = validities(*account);
    std::multiset<std::pair<std::uint32_t, std::string>> anywhere;
    for (const auto& [spot, shown] : after) anywhere.emplace(spot.second, shown.octets);
    const bool named = !hit.contains(uid_validity_root);
    for (const auto& [spot, pages] : needed) {
      if (std::ranges::any_of(pages, [&](auto page) { return hit.contains(page); })) continue;
      if (!named) {
        EXPECT_TRUE(anywhere.contains({spot.second, content[spot].octets})) << spot.second;
        continue;
      }
      const auto found = after.find(spot);
      ASSERT_NE(found, after.end()) << spot.first << " " << spot.second;
      EXPECT_EQ(found->second, content[spot]) << spot.first << " " << spot.second;
      EXPECT_EQ(validity_after.at(spot.first), validity[spot.first]);
    }
    account.reset();
    const auto verified = verify(file(), nothing);
    ASSERT_TRUE(verified.has_value()) << verified.error().text();
    for (const Finding& finding : verified->findings) ADD_FAILURE() << finding.what;
    for (const auto& entry : fs::directory_iterator(home())) {
      if (entry.path().filename().string().starts_with("mail.db.damaged")) fs::remove(entry.path());
    }
  }
}

}  // namespace
}  // namespace postern::store
