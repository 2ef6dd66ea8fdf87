#include <atomic>
#include <latch>
#include <thread>

#include "tests/store/store_fixture.h"

namespace postern::store {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Commits : public StoreTest {
 protected:
  /// Holds the writer in a transaction until `go` is counted down, so that writes queue up.
  std::future<Outcome<void>> hold_writer(std::shared_ptr<std::latch> go) {
    auto inside = std::make_shared<std::latch>(1);
    auto held = write_later(*account, [go, inside](Transaction&) {
      inside->count_down();
      go->wait();
    });
    inside->wait();
    return held;
  }
};

TEST_F(Commits, WaitingWritesShareOne) {
  std::atomic<int> commits = 0;
  const Subscription subscription = account->subscribe([&] { ++commits; });
  const auto go = std::make_shared<std::latch>(1);
  auto held = hold_writer(go);
  std::vector<std::thread> writers;
  std::vector<std::future<Outcome<Result<Appended>>>> answers(20);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    writers.emplace_back([&, i] {
      answers[i] = write_later(*account, [this, i](Transaction& t) {
        NewBody arrived = body(message(std::to_string(i)));
        return t.append(id("INBOX"), arrived, {}, {});
      });
    });
  }
  for (std::thread& writer : writers) writer.join();
  go->count_down();
  held.get();
  std::vector<Uid> given;
  for (auto& answer : answers) given.push_back(answer.get()->value().uid);
  EXPECT_EQ(commits, 1);
  std::ranges::sort(given);
  for (std::uint32_t i = 0; i < 20; ++i) EXPECT_EQ(given[i], Uid(i + 1));
}

TEST_F(Commits, OneThatChangesNothingIsNone) {
  int commits = 0;
  const Subscription subscription = account->subscribe([&] { ++commits; });
  write(*account, [](Transaction&) {});
  write(*account, [](Transaction& t) { t.unsubscribe("none"); });
  EXPECT_EQ(remove("INBOX", UidSet::all()), UidSet());
  EXPECT_EQ(commits, 0);
}

TEST_F(Commits, ARefusedOrFailedWriteDoesNotTouchTheOthers) {
  auto inbox = mailbox("INBOX");
  const auto go = std::make_shared<std::latch>(1);
  auto held = hold_writer(go);
  const auto append_in = [this](Transaction& t, const std::string& subject) {
    NewBody arrived = body(message(subject));
    return t.append(id("INBOX"), arrived, {.system = 0, .keywords = {subject}}, {});
  };
  auto first = write_later(*account, [=](Transaction& t) { return append_in(t, "first"); });
  auto refused = write_later(*account, [=](Transaction& t) -> Result<Appended> {
    static_cast<void>(append_in(t, "refused"));
    t.subscribe("refused");
    return std::unexpected(Refusal::limit);
  });
  auto thrown = write_later(*account, [=](Transaction& t) -> Result<Appended> {
    static_cast<void>(append_in(t, "thrown"));
    throw std::runtime_error("a bug");
  });
  auto failed = write_later(*account, [=](Transaction& t) -> Result<Appended> {
    static_cast<void>(append_in(t, "failed"));
    throw StoreFailure(FailureKind::disk_full, "the spool is full");
  });
  auto last = write_later(*account, [=](Transaction& t) { return append_in(t, "last"); });
  go->count_down();
  EXPECT_EQ(first.get()->value().uid, Uid(1));
  EXPECT_EQ(refused.get()->error(), Refusal::limit);
  EXPECT_EQ(thrown.get().error().kind(), FailureKind::bug);
  EXPECT_EQ(failed.get().error().kind(), FailureKind::disk_full);
  EXPECT_EQ(last.get()->value().uid, Uid(2));
  EXPECT_THAT(uids_of(*inbox->latest()), ElementsAre(1, 2));
  EXPECT_THAT(inbox->latest()->keywords(), ElementsAre("first", "last"));
  EXPECT_FALSE(account->tree()->subscribed("refused"));
  inbox.reset();
  open();
  const auto loaded = mailbox("INBOX")->latest();
  EXPECT_THAT(uids_of(*loaded), ElementsAre(1, 2));
  EXPECT_THAT(loaded->keywords(), ElementsAre("first", "last"));
  EXPECT_EQ(octets(loaded->at(SeqNum(2)).body), message("last"));
}

TEST_F(Commits, ArePublishedBeforeTheyAreAnswered) {  // R10
  auto inbox = mailbox("INBOX");
  std::vector<std::string> order;
  const Subscription mailbox_changed = inbox->subscribe(
      [&] { order.push_back("mailbox " + std::to_string(inbox->latest()->size())); });
  const Subscription committed = account->subscribe([&] { order.emplace_back("account"); });
  std::promise<void> done;
  account->write(
      [&](Transaction& t) {
        NewBody arrived = body(message("1"));
        return t.append(id("INBOX"), arrived, {}, {});
      },
      [&](Outcome<Result<Appended>>) {
        order.push_back("answer " + std::to_string(inbox->latest()->size()));
        done.set_value();
      });
  done.get_future().wait();
  EXPECT_THAT(order, ElementsAre("mailbox 1", "account", "answer 1"));
}

TEST_F(Commits, AreInTheOrderOfTheWrites) {
  std::vector<std::future<Outcome<Result<Appended>>>> answers;
  for (int i = 0; i < 2500; ++i) {  // more than one group takes
    answers.push_back(write_later(*account, [this](Transaction& t) {
      NewBody arrived = body(message("same"));
      return t.append(id("INBOX"), arrived, {}, {});
    }));
  }
  std::uint32_t uid = 0;
  for (auto& answer : answers) EXPECT_EQ(answer.get()->value().uid, Uid(++uid));
}

TEST_F(Commits, CloseFinishesWhatWaitsAndRefusesTheRest) {
  const auto go = std::make_shared<std::latch>(1);
  auto held = hold_writer(go);
  auto waiting = write_later(*account, [this](Transaction& t) {
    NewBody arrived = body(message("1"));
    return t.append(id("INBOX"), arrived, {}, {});
  });
  std::thread closer([this] { account->close(); });
  go->count_down();
  closer.join();
  EXPECT_TRUE(waiting.get()->has_value());
  auto late = write_later(*account, [](Transaction&) {});
  EXPECT_EQ(late.get().error().kind(), FailureKind::closed);
  try {
    read(*account, [](Reader&) {});
    ADD_FAILURE() << "read after the end";
  } catch (const StoreFailure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::closed);
  }
  open();
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 1U);
}

TEST_F(Commits, ReadsDoNotKeepComputationsWaiting) {
  const auto go = std::make_shared<std::latch>(1);
  std::atomic<int> reads = 0;
  std::promise<int> computed;
  for (int i = 0; i < 2; ++i) account->read([go](Reader&) { go->wait(); }, [](Outcome<void>) {});
  for (int i = 0; i < 100; ++i) account->read([&](Reader&) { ++reads; }, [](Outcome<void>) {});
  account->compute([&] { return reads.load(); },
                   [&](Outcome<int> outcome) { computed.set_value(*outcome); });
  go->count_down();
  EXPECT_LE(computed.get_future().get(), 2);
  account->close();
  EXPECT_EQ(reads, 100);
}

TEST_F(Commits, AReadSeesOneState) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) {
      write(*account, [&](Transaction& t) {
        NewBody arrived = body(message("1"));
        static_cast<void>(t.append(id("INBOX"), arrived, {}, {}));
        static_cast<void>(t.append(id("Sent"), arrived, {}, {}));
      });
    }
  });
  for (int i = 0; i < 50; ++i) {
    read(*account, [&](Reader& reader) {
      const std::uint64_t first = reader.counts().messages;
      EXPECT_EQ(first % 2, 0U);
      std::this_thread::yield();
      EXPECT_EQ(reader.counts().messages, first);
    });
  }
  stop = true;
  writer.join();
}

// Several sessions look while others change: what a view shows can always be read, and views only
// go forward.
TEST_F(Commits, ViewsStayTrueUnderConcurrentChanges) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int w = 0; w < 2; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < 60; ++i) {
        const auto made = append("INBOX", message(std::to_string(w) + "." + std::to_string(i)));
        if (i % 3 != 0) remove("INBOX", uids({made->uid.value}));
      }
    });
  }
  for (int r = 0; r < 2; ++r) {
    threads.emplace_back([&] {
      ModSeq last{0};
      while (!stop) {
        const auto view = mailbox("INBOX")->latest();
        EXPECT_GE(view->head().highest_mod_seq, last);
        last = view->head().highest_mod_seq;
        view->for_each([&](SeqNum, const Entry& entry) {
          EXPECT_EQ(octets(entry.body).size(), entry.octets);
        });
      }
    });
  }
  threads[0].join();
  threads[1].join();
  stop = true;
  threads[2].join();
  threads[3].join();
  EXPECT_EQ(mailbox("INBOX")->latest()->size(), 40U);
}

}  // namespace
}  // namespace postern::store
