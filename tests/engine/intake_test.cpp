// Messages of every size that come in any pieces are stored whole, in order, and once.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/engine/intake.h"
#include "tests/engine/failing_account.h"
#include "tests/net/loop.h"
#include "tests/store/store_fixture.h"

namespace postern::engine {
namespace {

constexpr std::size_t piece = Intake::piece_octets;

class IntakeTest : public store::StoreTest {
 protected:
  IntakeTest() : StoreTest(store::quick_disk()) {}

  void add(std::size_t octets, std::uint64_t announced) {
    std::string text = store::message("message " + std::to_string(messages.size()));
    while (text.size() < octets) text += "line " + std::to_string(random() % 100'000) + "\r\n";
    text.resize(std::max(octets, std::size_t{16}));
    keys_.push_back("uidl-" + std::to_string(messages.size()));
    items_->push_back({.number = static_cast<std::uint32_t>(messages.size() + 1),
                       .octets = announced,
                       .key = {}});
    messages.push_back(std::move(text));
  }
  void add(std::size_t octets) { add(octets, octets); }
  void drop_last() {
    messages.pop_back();
    keys_.pop_back();
    items_->pop_back();
  }

  [[nodiscard]] std::shared_ptr<Intake> intake(std::shared_ptr<store::Account> on = nullptr) {
    for (std::size_t i = 0; i < keys_.size(); ++i) (*items_)[i].key = keys_[i];
    const IntakeSettings settings{.source_key = "pop3://anna@example.org",
                                  .delete_expunged = false,
                                  .mailbox = id("INBOX"),
                                  .absent = nullptr};
    if (!on) on = account;
    return std::make_shared<Intake>(loop.io.get_executor(), std::move(on), settings, items_);
  }

  /// One message in pieces of at most `most` octets. A sink that is full is waited for after any
  /// of them, and `always`, too.
  asio::awaitable<void> bring(Intake& to, std::size_t index, std::size_t most, bool always) {
    to.begin(index);
    for (std::string_view rest = messages[index]; !rest.empty();) {
      const std::string_view next = rest.substr(0, 1 + random() % most);
      rest.remove_prefix(next.size());
      to.octets(next);
      if (always || to.state() == Intake::State::full) co_await to.drained();
    }
    to.end();
  }

  /// What is only not prepared yet will be soon.
  asio::awaitable<bool> full_for_long(const Intake& in) {
    asio::steady_timer pause(loop.io);
    for (int i = 0; i < 20 && in.state() == Intake::State::full; ++i) {
      pause.expires_after(std::chrono::milliseconds(10));
      co_await pause.async_wait(asio::use_awaitable);
    }
    co_return in.state() == Intake::State::full;
  }

  [[nodiscard]] std::vector<std::string> stored() const {
    std::vector<std::string> bodies;
    mailbox("INBOX")->latest()->for_each(
        [&](SeqNum, const store::Entry& entry) { bodies.push_back(octets(entry.body)); });
    return bodies;
  }

  net::test::Loop loop;
  std::mt19937 random{1};
  std::vector<std::string> messages;

 private:
  std::vector<std::string> keys_;
  std::shared_ptr<std::vector<FetchItem>> items_ = std::make_shared<std::vector<FetchItem>>();
};

TEST_F(IntakeTest, StoresMessagesOfEverySizeWholeAndInOrder) {
  for (const std::size_t octets :
       {std::size_t{16}, piece - 1, piece, piece + 1, 2 * piece, std::size_t{100}, 3 * piece + 7,
        std::size_t{5000}, piece - 5000, std::size_t{5000}, std::size_t{5001}})
    add(octets);
  for (int i = 0; i < 200; ++i) add(random() % 3000);
  const auto to = intake();
  loop.run([](auto* test, Intake& in) -> asio::awaitable<void> {
    for (std::size_t i = 0; i < test->messages.size(); ++i)
      co_await test->bring(in, i, 20'000, false);
    co_await in.finish();
  }(this, *to));
  EXPECT_EQ(to->committed(), messages.size());
  EXPECT_EQ(stored(), messages);
}

/// Servers lie about sizes, and a parcel may have to go while half of the next message is there.
TEST_F(IntakeTest, IsNotMisledByAnnouncedSizesOrPauses) {
  constexpr std::size_t sizes[] = {20, 700, 9000, 70'000, piece - 3, piece + 3, 600'000};
  for (int i = 0; i < 120; ++i) {
    const std::size_t octets = sizes[random() % std::size(sizes)];
    const std::uint64_t lies[] = {octets, 0, octets / 2, octets * 3, UINT32_MAX};
    add(octets, lies[random() % std::size(lies)]);
  }
  const auto to = intake();
  loop.run([](auto* test, Intake& in) -> asio::awaitable<void> {
    for (std::size_t i = 0; i < test->messages.size(); ++i)
      co_await test->bring(in, i, 1 + test->random() % 100'000, test->random() % 3 == 0);
    co_await in.finish();
  }(this, *to));
  EXPECT_EQ(stored(), messages);
  EXPECT_FALSE(to->awaited());
}

TEST_F(IntakeTest, DropsWhatWasBegunAndNotEnded) {
  for (const std::size_t cut : {std::size_t{10}, 5000UL, piece + 10, 3 * piece}) {
    const std::size_t before = messages.size();
    for (int i = 0; i < 5; ++i) add(4000);
    add(4 * piece);
    const auto to = intake();
    loop.run(
        [](auto* test, Intake& in, std::size_t first, std::size_t some) -> asio::awaitable<void> {
          const std::size_t last = test->messages.size() - 1;
          for (std::size_t i = first; i < last; ++i) co_await test->bring(in, i, 3000, false);
          in.begin(last);
          in.octets(std::string_view(test->messages[last]).substr(0, some));
          co_await in.finish();
          EXPECT_EQ(in.awaited(), last);
        }(this, *to, before, cut));
    EXPECT_EQ(to->committed(), 5U);
    drop_last();
    EXPECT_EQ(stored(), messages) << cut;
  }
}

/// A caller that forgets an end may lose a message for this time, and must not mix it with another.
TEST_F(IntakeTest, DropsWhatWasNotEndedWhenAnotherOneBegins) {
  for (const std::size_t cut : {10UL, 5000UL, piece + 10, 3 * piece}) {
    add(4 * piece);
    const std::size_t unended = messages.size() - 1;
    const auto to = intake();
    loop.run([](Intake& in, std::string_view whole, std::size_t index,
                std::size_t some) -> asio::awaitable<void> {
      in.begin(index);
      in.octets(whole.substr(0, some));
      in.begin(index);
      in.octets(whole);
      in.end();
      co_await in.finish();
    }(*to, messages.back(), unended, cut));
    EXPECT_EQ(to->committed(), 1U) << cut;
    EXPECT_EQ(stored(), messages) << cut;
  }
}

TEST_F(IntakeTest, CommitsManySmallMessagesAtOnce) {
  for (int i = 0; i < 390; ++i) add(500);
  const auto counting = std::make_shared<FailingAccount>(account, 1000);
  const auto to = intake(counting);
  loop.run([](auto* test, Intake& in) -> asio::awaitable<void> {
    asio::steady_timer pause(test->loop.io);
    for (std::size_t i = 0; i < test->messages.size(); ++i) {
      co_await test->bring(in, i, 1000, false);
      // Those so far are prepared meanwhile.
      if (i % 70 != 69) continue;
      pause.expires_after(std::chrono::milliseconds(20));
      co_await pause.async_wait(asio::use_awaitable);
    }
    co_await in.finish();
  }(this, *to));
  EXPECT_EQ(stored(), messages);
  // One, and another one if the machine is so slow that they have waited.
  EXPECT_LE(counting->writes, 2U);
}

/// The store is busy: what is prepared for it is bounded.
TEST_F(IntakeTest, IsFullWhileMuchWaitsToBeWritten) {
  std::promise<void> free;
  const auto freed = std::make_shared<std::shared_future<void>>(free.get_future());
  auto busy = store::write_later(*account, [freed](store::Transaction&) { freed->wait(); });
  for (int i = 0; i < 400; ++i) add(100'000);
  const auto to = intake();
  std::size_t brought = 0;
  loop.run([](auto* test, Intake& in, std::size_t& count, auto& let) -> asio::awaitable<void> {
    bool full = false;
    for (; !full && count < test->messages.size(); ++count) {
      in.begin(count);
      in.octets(test->messages[count]);
      in.end();
      full = co_await test->full_for_long(in);
    }
    EXPECT_EQ(in.state(), Intake::State::full);
    EXPECT_EQ(in.committed(), 0U);
    let.set_value();
    co_await in.drained();
    EXPECT_EQ(in.state(), Intake::State::ready);
    co_await in.finish();
  }(this, *to, brought, free));
  busy.get();
  EXPECT_LT(brought, messages.size());
  messages.resize(brought);
  EXPECT_EQ(stored(), messages);
}

TEST_F(IntakeTest, StopsAtTheFirstFailureOfTheStoreAndKeepsWhatWasCommitted) {
  for (int i = 0; i < 1500; ++i) add(1000);
  add(5 * piece);
  for (int i = 0; i < 700; ++i) add(1000);
  const auto full = std::make_shared<FailingAccount>(account, 2);
  const auto to = intake(full);
  loop.run([](auto* test, Intake& in) -> asio::awaitable<void> {
    for (std::size_t i = 0; i < test->messages.size(); ++i)
      co_await test->bring(in, i, 50'000, i % 100 == 0);
    co_await in.finish();
  }(this, *to));
  ASSERT_TRUE(to->failure());
  EXPECT_EQ(to->failure()->kind(), store::FailureKind::disk_full);
  EXPECT_EQ(to->state(), Intake::State::broken);
  const std::vector<std::string> here = stored();
  EXPECT_EQ(here.size(), to->committed());
  ASSERT_GT(here.size(), 0U);
  ASSERT_LT(here.size(), messages.size());
  EXPECT_TRUE(std::equal(here.begin(), here.end(), messages.begin()));
}

}  // namespace
}  // namespace postern::engine
