#include "sync/store/diff.h"

#include <algorithm>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/store/edit.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Entry entry(std::uint32_t uid, std::uint64_t mod_seq = 1, Flags flags = {}) {
  return {.uid = Uid(uid),
          .octets = uid,
          .body = BodyId(uid),
          .mod_seq = ModSeq(mod_seq),
          .date = {},
          .flags = flags};
}

Snapshot::Head head(std::uint64_t mod_seq) {
  return {.mailbox = MailboxId(1),
          .uid_validity = UidValidity(1),
          .uid_next = Uid(1),
          .highest_mod_seq = ModSeq(mod_seq),
          .keywords = nullptr,
          .pin = std::make_shared<const Pin>(Pin{MailboxId(1), ModSeq(mod_seq)})};
}

SnapshotPtr empty() {
  return std::make_shared<const Snapshot>(head(1), Snapshot::Pieces{});
}

/// The snapshot of a mailbox with these UIDs, made in one go.
SnapshotPtr of(std::initializer_list<std::uint32_t> uids) {
  std::vector<Edit> edits;
  for (const std::uint32_t uid : uids) edits.push_back({MailboxId(1), Uid(uid), entry(uid)});
  return apply(*empty(), head(2), edits);
}

Edit gone(std::uint32_t uid) {
  return {MailboxId(1), Uid(uid), std::nullopt};
}
Edit now(const Entry& is) {
  return {MailboxId(1), is.uid, is};
}

std::vector<std::uint32_t> seqs(const Changes& changes) {
  std::vector<std::uint32_t> found;
  for (const auto& expunged : changes.expunged) found.push_back(expunged.seq.value);
  return found;
}

std::vector<std::uint32_t> uids(const Snapshot& snapshot) {
  std::vector<std::uint32_t> found;
  snapshot.for_each([&](SeqNum, const Entry& is) { found.push_back(is.uid.value); });
  return found;
}

TEST(Diff, OfOneAndTheSameIsEmpty) {
  const SnapshotPtr snapshot = of({1, 2, 3});
  EXPECT_TRUE(diff(*snapshot, *snapshot).empty());
  EXPECT_TRUE(diff(*empty(), *empty()).empty());
}

TEST(Diff, ExpungedComeInFallingOrder) {
  const SnapshotPtr mine = of({1, 2, 5, 9});
  const SnapshotPtr latest = apply(*mine, head(3), std::vector{gone(2), gone(9)});
  const Changes changes = diff(*mine, *latest);
  EXPECT_THAT(seqs(changes), ElementsAre(4, 2));
  EXPECT_EQ(changes.expunged[0].uid, Uid(9));
  EXPECT_THAT(changes.updated, IsEmpty());
  EXPECT_EQ(changes.added, 0U);
}

TEST(Diff, UpdatesAreNumberedInTheNewView) {
  const SnapshotPtr mine = of({1, 2, 5});
  const SnapshotPtr latest =
      apply(*mine, head(3), std::vector{gone(1), now(entry(5, 3)), now(entry(6, 3))});
  const Changes changes = diff(*mine, *latest);
  EXPECT_THAT(seqs(changes), ElementsAre(1));
  EXPECT_THAT(changes.updated, ElementsAre(SeqNum(2)));
  EXPECT_EQ(changes.added, 1U);
}

TEST(Diff, AnAddedMessageThatWentAgainLeavesNoTrace) {
  const SnapshotPtr mine = of({1});
  const SnapshotPtr latest = apply(*mine, head(3), std::vector{now(entry(2, 3)), gone(2)});
  EXPECT_TRUE(diff(*mine, *latest).empty());
}

TEST(Diff, SeesNewKeywords) {
  Snapshot::Head with = head(3);
  with.keywords = std::make_shared<const std::vector<std::string>>(1, "$Forwarded");
  const SnapshotPtr mine = of({1});
  EXPECT_TRUE(diff(*mine, *apply(*mine, with, {})).keywords_grew);
}

TEST(CatchUp, WithheldKeepsGhostsAndTheOlderPin) {
  const SnapshotPtr mine = of({1, 2, 3});
  const SnapshotPtr latest = apply(*mine, head(3), std::vector{gone(2), now(entry(4, 3))});
  const CaughtUp withheld = catch_up(mine, latest, Expunges::withheld);
  EXPECT_THAT(uids(*withheld.view), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(withheld.changes.expunged, IsEmpty());
  EXPECT_EQ(withheld.changes.added, 1U);
  EXPECT_EQ(withheld.view->head().pin, mine->head().pin);
  EXPECT_EQ(withheld.view->head().highest_mod_seq, ModSeq(3));

  const CaughtUp allowed = catch_up(withheld.view, latest, Expunges::allowed);
  EXPECT_EQ(allowed.view, latest);
  EXPECT_THAT(seqs(allowed.changes), ElementsAre(2));
  EXPECT_EQ(allowed.changes.added, 0U);
}

TEST(CatchUp, WithheldWithoutGhostsIsTheLatest) {
  const SnapshotPtr mine = of({1, 2});
  const SnapshotPtr latest = apply(*mine, head(3), std::vector{now(entry(2, 3))});
  const CaughtUp caught_up = catch_up(mine, latest, Expunges::withheld);
  EXPECT_EQ(caught_up.view, latest);
  EXPECT_THAT(caught_up.changes.updated, ElementsAre(SeqNum(2)));
}

TEST(Apply, SharesWhatEditsDoNotTouch) {
  std::vector<Edit> edits;
  for (std::uint32_t uid = 1; uid <= 10 * Piece::limit; ++uid) edits.push_back(now(entry(uid)));
  const SnapshotPtr before = apply(*empty(), head(2), edits);
  ASSERT_EQ(before->pieces().size(), 10U);
  const SnapshotPtr after =
      apply(*before, head(3), std::vector{now(entry(3 * Piece::limit + 1, 3))});
  std::size_t shared = 0;
  for (std::size_t i = 0; i < 10; ++i) shared += before->pieces()[i] == after->pieces()[i] ? 1 : 0;
  EXPECT_EQ(shared, 9U);
}

TEST(Apply, PiecesDoNotStaySmall) {
  std::vector<Edit> edits;
  for (std::uint32_t uid = 1; uid <= 20 * Piece::limit; ++uid) edits.push_back(now(entry(uid)));
  SnapshotPtr snapshot = apply(*empty(), head(2), edits);
  // All but every fiftieth go, one after the other.
  for (std::uint32_t uid = 1; uid <= 20 * Piece::limit; ++uid) {
    if (uid % 50 != 0) snapshot = apply(*snapshot, head(2 + uid), std::vector{gone(uid)});
  }
  EXPECT_EQ(snapshot->size(), 20 * Piece::limit / 50);
  EXPECT_LE(snapshot->pieces().size(), 6U);
}

/// A mailbox in the plainest form, to compare with.
class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {}

  /// A few random changes; returns the snapshot after them.
  SnapshotPtr change(const SnapshotPtr& before) {
    ++mod_seq_;
    std::vector<Edit> edits;
    const int count = pick(1, 40);
    for (int i = 0; i < count; ++i) edits.push_back(change_one());
    std::ranges::stable_sort(edits, {}, &Edit::uid);
    return apply(*before, head(mod_seq_), edits);
  }
  [[nodiscard]] const std::map<std::uint32_t, Entry>& messages() const { return messages_; }
  int pick(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }

 private:
  Edit change_one() {
    const int kind = pick(0, 9);
    if (messages_.empty() || kind < 5) {
      const Entry made = entry(uid_next_, mod_seq_);
      uid_next_ += static_cast<std::uint32_t>(pick(1, 3));
      messages_.emplace(made.uid.value, made);
      return now(made);
    }
    auto chosen = std::next(messages_.begin(), pick(0, static_cast<int>(messages_.size()) - 1));
    if (kind < 8) {
      Entry& is = chosen->second;
      is.flags.system = static_cast<std::uint8_t>(pick(0, 31));
      is.mod_seq = ModSeq(mod_seq_);
      return now(is);
    }
    const std::uint32_t uid = chosen->first;
    messages_.erase(chosen);
    return gone(uid);
  }

  std::mt19937 random_;
  std::map<std::uint32_t, Entry> messages_;
  std::uint32_t uid_next_ = 1;
  std::uint64_t mod_seq_ = 1;
};

void expect_like(const Snapshot& snapshot, const std::map<std::uint32_t, Entry>& messages) {
  Snapshot::Totals totals;
  std::vector<std::uint32_t> wanted;
  for (const auto& [uid, is] : messages) {
    wanted.push_back(uid);
    totals.add(is);
  }
  ASSERT_EQ(uids(snapshot), wanted);
  EXPECT_EQ(snapshot.totals(), totals);
  for (const auto& piece : snapshot.pieces()) {
    EXPECT_FALSE(piece->entries.empty());
    EXPECT_LE(piece->entries.size(), Piece::limit);
  }
}

/// What a mail program would show that is told `changes`, starting from `mine`.
void expect_told(const Snapshot& mine, const Snapshot& view, const Changes& changes) {
  std::vector<Entry> shown;
  mine.for_each([&](SeqNum, const Entry& is) { shown.push_back(is); });
  for (const auto& expunged : changes.expunged) {
    ASSERT_LE(expunged.seq.value, shown.size());
    EXPECT_EQ(shown[expunged.seq.value - 1].uid, expunged.uid);
    shown.erase(shown.begin() + (expunged.seq.value - 1));
  }
  ASSERT_EQ(shown.size() + changes.added, view.size());
  view.for_range(SeqNum(static_cast<std::uint32_t>(shown.size()) + 1), SeqNum(view.size()),
                 [&](SeqNum, const Entry& is) { shown.push_back(is); });
  for (const SeqNum seq : changes.updated) shown[seq.value - 1] = view.at(seq);
  view.for_each([&](SeqNum seq, const Entry& is) {
    EXPECT_EQ(shown[seq.value - 1].uid, is.uid);
    EXPECT_EQ(shown[seq.value - 1].flags, is.flags);
    EXPECT_EQ(shown[seq.value - 1].mod_seq, is.mod_seq);
  });
}

TEST(CatchUp, AgreesWithAPlainModel) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    SnapshotPtr latest = empty();
    SnapshotPtr mine = latest;
    for (int step = 0; step < 80; ++step) {
      latest = model.change(latest);
      expect_like(*latest, model.messages());
      if (model.pick(0, 2) == 0) continue;  // the session sleeps through this one
      const auto expunges = model.pick(0, 2) == 0 ? Expunges::allowed : Expunges::withheld;
      std::map<std::uint32_t, Entry> wanted = model.messages();
      if (expunges == Expunges::withheld)
        mine->for_each([&](SeqNum, const Entry& is) { wanted.emplace(is.uid.value, is); });
      const CaughtUp caught_up = catch_up(mine, latest, expunges);
      expect_like(*caught_up.view, wanted);
      expect_told(*mine, *caught_up.view, caught_up.changes);
      if (expunges == Expunges::withheld) {
        EXPECT_THAT(caught_up.changes.expunged, IsEmpty());
      }
      if (wanted.size() > model.messages().size()) {
        EXPECT_LE(caught_up.view->head().pin->mod_seq, mine->head().pin->mod_seq);
      }
      mine = caught_up.view;
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace postern::store
