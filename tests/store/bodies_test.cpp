#include <random>

#include <openssl/sha.h>
#include <sys/resource.h>

#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

/// Text that does and does not compress, in lines.
std::string text_of(std::size_t octets, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  text.reserve(octets + 80);
  while (text.size() < octets) {
    if (random() % 2 == 0) {
      text += "The same line again and again, as replies quote it.\r\n";
    } else {
      for (int i = 0; i < 70; ++i) text += static_cast<char>('!' + random() % 90);
      text += "\r\n";
    }
  }
  text.resize(octets);
  return text;
}

class Bodies : public StoreTest {
 protected:
  BodyId only_body() { return mailbox("INBOX")->latest()->at(SeqNum(1)).body; }
  std::string range(BodyId id, std::uint64_t offset, std::uint64_t count) {
    return read(*account, [&](Reader& reader) {
      std::string out = "kept:";
      reader.read_body(id, offset, count, out);
      return out.substr(5);
    });
  }
};

struct Shape {
  std::string name;
  std::string octets;
};

std::vector<Shape> shapes() {
  constexpr std::size_t chunk = 128 * 1024;
  const std::string header = "Subject: x\r\n\r\n";
  return {{"nothing", ""},
          {"one octet", "x"},
          {"a header without an end", "Subject: x"},
          {"only an empty line", "\r\n"},
          {"an empty header", "\r\nText.\r\n"},
          {"an empty header ended by LF", "\nText.\n"},
          {"lines ended by LF", "Subject: x\n\nText.\n"},
          {"mixed line ends", "Subject: x\r\n\nText.\n"},
          {"a lone CR is no line end", "Subject: x\r\r\n\r\nText\r\r\n"},
          {"NUL and 8-bit", std::string("Subject: \xff\0\r\n\r\n\0\0\xfe", 18)},
          {"the longest that stays undivided", header + text_of(8 * 1024 - header.size(), 8)},
          {"one octet more", header + text_of(8 * 1024 - header.size() + 1, 9)},
          {"text of one chunk", header + text_of(chunk, 1)},
          {"text of one chunk and an octet", header + text_of(chunk + 1, 2)},
          {"many chunks", header + text_of(5 * chunk + 77, 3)},
          {"a header of many chunks",
           "X-Long: " + std::string(3 * chunk, 'h') + "\r\n\r\n" + text_of(chunk / 2, 4)},
          {"a header of exactly one chunk",
           "X: " + std::string(chunk - 7, 'h') + "\r\n\r\n" + text_of(2 * chunk, 5)},
          {"past the memory limit", header + text_of(4 * IncomingBody::memory_limit, 6)}};
}

TEST_F(Bodies, ComeBackOctetForOctet) {  // F1, D14
  std::mt19937 random(7);
  std::uint32_t uid = 0;
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    ASSERT_TRUE(append("INBOX", shape.octets).has_value());
    const auto snapshot = mailbox("INBOX")->latest();
    const Entry& entry = snapshot->at(SeqNum(++uid));
    EXPECT_EQ(entry.octets, shape.octets.size());
    EXPECT_TRUE(octets(entry.body) == shape.octets);
    for (int i = 0; i < 20; ++i) {
      const std::size_t offset = random() % (shape.octets.size() + 2);
      const std::size_t count = random() % (shape.octets.size() + 2);
      const std::string wanted =
          offset < shape.octets.size() ? shape.octets.substr(offset, count) : std::string();
      ASSERT_TRUE(range(entry.body, offset, count) == wanted) << offset << ' ' << count;
    }
    EXPECT_EQ(range(entry.body, 0, ~std::uint64_t{0}).size(), shape.octets.size());
    EXPECT_EQ(range(entry.body, ~std::uint64_t{0}, 1), "");
  }
}

/// All at once, or but for its beginning, at the end.
TEST_F(Bodies, WhatComesWithTheEndIsStoredAlike) {  // F1
  for (const Shape& shape : shapes()) {
    for (const std::size_t before : {std::size_t{0}, std::size_t{1}, shape.octets.size() / 2}) {
      SCOPED_TRACE(std::string(shape.name) + " after " + std::to_string(before));
      const std::string_view all = shape.octets;
      IncomingBody incoming(account->spool());
      incoming.feed(all.substr(0, before));
      NewBody whole = incoming.finish(all.substr(std::min(before, all.size())));
      EXPECT_EQ(whole.digest().hash, body(shape.octets).digest().hash);
      EXPECT_EQ(whole.digest().octets, all.size());
      EXPECT_EQ(whole.digest().parts, body(shape.octets).digest().parts);
      const std::uint64_t head = whole.digest().header_octets;
      ASSERT_TRUE(write(*account, [&](Transaction& t) {
                    return t.append(id("Sent"), whole, {}, {});
                  }).has_value());
      const auto sent = mailbox("Sent")->latest();
      const BodyId stored = sent->at(SeqNum(sent->size())).body;
      EXPECT_TRUE(octets(stored) == shape.octets);
      EXPECT_TRUE(range(stored, 0, head) == all.substr(0, head));
      EXPECT_TRUE(range(stored, head, all.size()) == all.substr(head));
      remove("Sent", UidSet::all());
    }
  }
}

TEST_F(Bodies, DigestDoesNotDependOnHowOctetsCome) {  // C25
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    const NewBody whole = body(shape.octets);
    BodyHash hash{};
    SHA256(reinterpret_cast<const std::uint8_t*>(shape.octets.data()), shape.octets.size(),
           hash.data());
    EXPECT_EQ(whole.digest().hash, hash);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{65536}}) {
      if (piece == 1 && shape.octets.size() > 1'000'000) continue;
      IncomingBody incoming(account->spool());
      for (std::size_t at = 0; at < shape.octets.size(); at += piece)
        incoming.feed(std::string_view(shape.octets).substr(at, piece));
      EXPECT_EQ(incoming.octets(), shape.octets.size());
      NewBody cut = incoming.finish();
      EXPECT_EQ(cut.digest().hash, hash);
      EXPECT_EQ(cut.digest().header_octets, whole.digest().header_octets);
      EXPECT_EQ(cut.digest().envelope, whole.digest().envelope);
      EXPECT_EQ(cut.digest().body, whole.digest().body);
      EXPECT_EQ(cut.digest().body_structure, whole.digest().body_structure);
      EXPECT_EQ(cut.digest().parts, whole.digest().parts);
      // And the pieces are put together right.
      const auto appended =
          write(*account, [&](Transaction& t) { return t.append(id("Sent"), cut, {}, {}); });
      ASSERT_TRUE(appended.has_value());
      const auto sent = mailbox("Sent")->latest();
      EXPECT_TRUE(octets(sent->at(SeqNum(sent->size())).body) == shape.octets);
      remove("Sent", UidSet::all());
    }
  }
}

TEST_F(Bodies, AreReadyToSend) {
  ASSERT_TRUE(append("INBOX", message("hello")).has_value());
  const NewBody same = body(message("hello"));
  const BodyId stored = only_body();
  read(*account, [&](Reader& reader) {
    const Reader::Ready ready = reader.ready(stored);
    EXPECT_EQ(ready.octets, message("hello").size());
    EXPECT_EQ(ready.header_octets, message("hello", "").size());
    EXPECT_EQ(ready.envelope, same.digest().envelope);
    EXPECT_EQ(ready.body, same.digest().body);
    EXPECT_EQ(ready.body_structure, same.digest().body_structure);
    EXPECT_EQ(ready.parts, same.digest().parts);
    EXPECT_NE(ready.envelope.find("hello"), std::string_view::npos);
  });
}

TEST_F(Bodies, AreStoredOnce) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(append("INBOX", message("same")).has_value());
    ASSERT_TRUE(append("Sent", message("same")).has_value());
  }
  ASSERT_TRUE(append("INBOX", message("other")).has_value());
  const auto inbox = mailbox("INBOX")->latest();
  const BodyId same = inbox->at(SeqNum(1)).body;
  EXPECT_EQ(inbox->at(SeqNum(3)).body, same);
  EXPECT_EQ(mailbox("Sent")->latest()->at(SeqNum(2)).body, same);
  EXPECT_NE(inbox->at(SeqNum(4)).body, same);
  // It lives as long as one of them.
  remove("INBOX", UidSet::all());
  remove("Sent", uids({1, 2}));
  any_commit();
  EXPECT_EQ(octets(same), message("same"));
}

TEST_F(Bodies, OneThatNobodyCanNameIsReclaimed) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  const BodyId gone = only_body();
  remove("INBOX", UidSet::all());
  any_commit();
  EXPECT_FALSE(body_exists(gone));
}

TEST_F(Bodies, OneThatAViewShowsStays) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  auto view = mailbox("INBOX")->latest();
  const BodyId shown = view->at(SeqNum(1)).body;
  remove("INBOX", UidSet::all());
  for (int i = 0; i < 5; ++i) {
    any_commit();
    ASSERT_TRUE(append("INBOX", message("new" + std::to_string(i))).has_value());
  }
  EXPECT_EQ(octets(shown), message("1"));
  const auto later = mailbox("INBOX")->latest();  // another view, which does not show it
  view.reset();
  any_commit();
  EXPECT_FALSE(body_exists(shown));
}

TEST_F(Bodies, OneThatMovedAwayAndWentThereStaysForTheOldView) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  auto view = mailbox("INBOX")->latest();
  const BodyId shown = view->at(SeqNum(1)).body;
  write(*account, [&](Transaction& t) { return t.move(id("INBOX"), uids({1}), id("Trash")); });
  remove("Trash", UidSet::all());
  for (int i = 0; i < 3; ++i) any_commit();
  EXPECT_EQ(octets(shown), message("1"));
  view.reset();
  any_commit();
  EXPECT_FALSE(body_exists(shown));
}

TEST_F(Bodies, OneThatIsAppendedAgainInTimeStays) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  auto view = mailbox("INBOX")->latest();
  remove("INBOX", UidSet::all());
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  view.reset();
  for (int i = 0; i < 3; ++i) any_commit();
  EXPECT_EQ(octets(only_body()), message("1"));
}

TEST_F(Bodies, AreReclaimedAfterARestart) {
  ASSERT_TRUE(append("INBOX", message("1")).has_value());
  auto view = mailbox("INBOX")->latest();
  const BodyId gone = view->at(SeqNum(1)).body;
  remove("INBOX", UidSet::all());
  any_commit();
  EXPECT_TRUE(body_exists(gone));
  open();
  any_commit();
  EXPECT_FALSE(body_exists(gone));
}

TEST_F(Bodies, ARefusedAppendLeavesNoBody) {
  BodyId stored{0};
  const auto refused = write(*account, [&](Transaction& t) -> Result<void> {
    NewBody arrived = body(message("1"));
    static_cast<void>(t.append(id("INBOX"), arrived, {}, {}));
    return std::unexpected(Refusal::limit);
  });
  EXPECT_FALSE(refused.has_value());
  ASSERT_TRUE(append("INBOX", message("2")).has_value());
  stored = only_body();
  EXPECT_EQ(octets(stored), message("2"));
}

TEST_F(Bodies, AMissingOneIsSaidToBeCorrupt) {
  EXPECT_FALSE(body_exists(BodyId(77)));
}

TEST_F(Bodies, ASpoolThatCannotBeWrittenIsAFailure) {
  IncomingBody incoming(folder.path() / "not there");
  const std::string noise = text_of(IncomingBody::memory_limit, 1);
  EXPECT_THROW(for (int i = 0; i < 8; ++i) incoming.feed(noise), StoreFailure);
}

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// What waits to be stored is bounded by this.
TEST_F(Bodies, TellHowMuchMemoryTheyOccupy) {
  const std::string header = "Subject: x\r\n\r\n";
  EXPECT_LT(body(header).memory(), 2000U);
  const NewBody noise = body(header + text_of(300'000, 1));
  EXPECT_GT(noise.memory(), 150'000U);
  EXPECT_LT(noise.memory(), 700'000U);
  const NewBody in_a_file = body(header + text_of(8 * IncomingBody::memory_limit, 1));
  EXPECT_LT(in_a_file.memory(), 3 * IncomingBody::memory_limit);
}

TEST_F(Bodies, OneOf100MiBNeedsLittleMemory) {  // C6
  std::string piece = text_of(64 * 1024, 9);
  ASSERT_TRUE(append("INBOX", message("warm up", piece)).has_value());
  static_cast<void>(octets(only_body()));
  const long before = peak_kib();
  constexpr std::uint64_t pieces = 1600;
  const auto appended = write(*account, [&](Transaction& t) {
    IncomingBody incoming(account->spool());
    incoming.feed("Subject: large\r\n\r\n");
    for (std::uint64_t i = 0; i < pieces; ++i) {
      piece[i % piece.size()] ^= 1;  // no two alike
      incoming.feed(piece);
    }
    NewBody arrived = incoming.finish();
    return t.append(id("INBOX"), arrived, {}, {});
  });
  ASSERT_TRUE(appended.has_value());
  EXPECT_EQ(mailbox("INBOX")->latest()->at(SeqNum(2)).octets, 18 + pieces * piece.size());
  // 16 MiB of page cache and what else the writer holds; the message itself is six times that.
  EXPECT_LT(peak_kib() - before, 32 * 1024);
  EXPECT_TRUE(std::filesystem::is_empty(account->spool()));
}

}  // namespace
}  // namespace postern::store
