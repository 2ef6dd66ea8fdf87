// Devices at the directory: who is let in as what, and what many logins at once cost.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "proxy/access/device_password.h"
#include "proxy/access/directory.h"
#include "proxy/access/hash_queue.h"
#include "tests/access/one_login.h"

namespace postern::access {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::some_store;
using Answer = std::expected<Login, Refused>;
using Clock = std::chrono::steady_clock;

constexpr ThrottleRules quick{.first_pause = 0ms, .longest_pause = 0ms};
const Peer here{"127.0.0.1", true, false};

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

class DeviceLogin : public testing::Test {
 protected:
  DeviceLogin() {
    directory.set("anna", Secret("open sesame"), {"anna", some_store(), [] {}, nullptr});
    phone.id = DeviceId(7);
    phone.name = "phone";
    phone.rights = store::DeviceRights::read_only;
    phone.keys = device_keys_of(password);
    directory.set_devices("anna", {phone});
  }

  Answer login(const std::string& user, const std::string& secret, const Peer& peer = here) {
    asio::io_context io;
    Answer answer = std::unexpected(Refused::unavailable);
    asio::co_spawn(io, ask(directory, user, secret, peer, answer), rethrow);
    io.run();
    return answer;
  }
  [[nodiscard]] std::string right() const { return std::string(password.reveal()); }

  const Secret password = make_device_password();
  store::Device phone;
  Directory directory{quick};
};

TEST_F(DeviceLogin, OpensTheAccountWithItsOwnPasswordAndRights) {
  for (int times = 0; times < 2; ++times) {
    const Answer answer = login("anna/phone", right());
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->account, "anna");
    EXPECT_EQ(answer->device, "phone");
    EXPECT_EQ(answer->device_id, DeviceId(7));
    EXPECT_EQ(answer->rights, store::DeviceRights::read_only);
  }
  EXPECT_EQ(login("anna", "open sesame")->device, "");
  EXPECT_EQ(login("anna", "open sesame")->rights, store::DeviceRights::full);
}

TEST_F(DeviceLogin, EverythingElseIsWrong) {  // B3, B8
  const std::string nul(1, '\0');
  const std::pair<std::string, std::string> rows[] = {
      {"anna/phone", "open sesame"},
      {"anna/phone", ""},
      {"anna", right()},
      {"anna/laptop", right()},
      {"otto/phone", right()},
      {"anna/", right()},
      {"/phone", right()},
      {"/", right()},
      {"anna/phone/", right()},
      {"anna/phone" + nul, right()},
      {"anna/Phone", right()},
      {"anna//phone", right()},
      {"anna/phone", right() + "0"},
      {"anna/phone", right() + nul},
      {"anna/phone", std::string(1 << 20, 'x')},
      {"anna/phone", "\xff\xfe"},
  };
  ASSERT_TRUE(login("anna/phone", right()).has_value());
  for (const auto& [user, secret] : rows) {
    const Answer answer = login(user, secret);
    ASSERT_FALSE(answer.has_value()) << user << " " << secret.substr(0, 40);
    EXPECT_EQ(answer.error(), Refused::wrong) << user;
  }
}

TEST_F(DeviceLogin, IsOverAtOnceWhenItIsRevoked) {
  ASSERT_TRUE(login("anna/phone", right()).has_value());
  directory.set_devices("anna", {});
  EXPECT_EQ(login("anna/phone", right()).error(), Refused::wrong);
  // Another one of its name has another password.
  store::Device other = phone;
  other.keys = device_keys_of(make_device_password());
  directory.set_devices("anna", {other});
  EXPECT_EQ(login("anna/phone", right()).error(), Refused::wrong);
}

TEST_F(DeviceLogin, OfAnAccountThatIsGoneIsWrong) {
  directory.remove("anna");
  EXPECT_EQ(login("anna/phone", right()).error(), Refused::wrong);
}

TEST_F(DeviceLogin, RevokedWhileItsPasswordIsLookedAtIsWrong) {
  asio::io_context io;
  Answer answer = std::unexpected(Refused::unavailable);
  asio::co_spawn(io, ask(directory, "anna/phone", right(), here, answer), rethrow);
  while (io.poll_one() == 0) {
  }
  directory.set_devices("anna", {});
  io.run();
  EXPECT_EQ(answer.error(), Refused::wrong);
}

TEST_F(DeviceLogin, OneThatOnlySendsMayDoWithoutTlsWhereItIsNamed) {  // B1
  store::Device scanner = phone;
  scanner.name = "scanner";
  scanner.rights = store::DeviceRights::send_only;
  scanner.sender = "scanner@example.org";
  directory.set_devices("anna", {phone, scanner});
  const Peer elsewhere{"192.0.2.9", false, false};
  const Peer there{"192.0.2.9", false, false, "anna/scanner"};
  EXPECT_FALSE(Directory::may_send_password(elsewhere));
  EXPECT_TRUE(Directory::may_send_password(there));
  EXPECT_EQ(login("anna/scanner", right(), elsewhere).error(), Refused::privacy_required);
  EXPECT_EQ(login("anna/scanner", right(), there)->sender, "scanner@example.org");
  EXPECT_EQ(login("anna", "open sesame", there).error(), Refused::privacy_required);
  EXPECT_EQ(login("anna/phone", right(), there).error(), Refused::privacy_required);
  // Whatever the configuration names: one that may do more does not log in so.
  const Peer careless{"192.0.2.9", false, false, "anna/phone"};
  EXPECT_EQ(login("anna/phone", right(), careless).error(), Refused::privacy_required);
  const Peer account{"192.0.2.9", false, false, "anna"};
  EXPECT_EQ(login("anna", "open sesame", account).error(), Refused::privacy_required);
}

TEST_F(DeviceLogin, IsSeen) {
  std::vector<DeviceSeen> seen;
  directory.watch_devices([&seen](const DeviceSeen& one) { seen.push_back(one); });
  EXPECT_FALSE(login("anna/phone", "guess").has_value());
  EXPECT_TRUE(login("anna", "open sesame").has_value());
  const Answer answer = login("anna/phone", right());
  ASSERT_TRUE(answer.has_value());
  directory.introduce(*answer, {"192.0.2.1", false, true}, "K-9 6.0");
  directory.introduce(*answer, {"192.0.2.1", false, true}, "");
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].account + "/" + seen[0].device, "anna/phone");
  EXPECT_EQ(seen[0].use.address, "127.0.0.1");
  EXPECT_EQ(seen[0].use.program, "");
  EXPECT_EQ(seen[1].use.program, "K-9 6.0");
}

/// How long the fastest of some logins takes: what else the machine does makes none faster.
TEST_F(DeviceLogin, CostsTheSameForADeviceThatIsNotThere) {  // B3, B6
  std::array<Clock::duration, 3> least{};
  const char* const users[] = {"anna/phone", "anna/laptop", "otto/phone"};
  least.fill(1h);
  for (int times = 0; times < 5; ++times) {
    for (std::size_t i = 0; i < 3; ++i) {
      const auto begun = Clock::now();
      // What was just wrong is not looked at again.
      EXPECT_FALSE(login(users[i], "k7qm-x2vd-9htn-4wp" + std::to_string(times)).has_value());
      least.at(i) = std::min(least.at(i), Clock::now() - begun);
    }
  }
  EXPECT_GT(least[0], 2ms);
  EXPECT_LT(least[0], 2 * least[1]);
  EXPECT_LT(least[1], 2 * least[0]);
  EXPECT_LT(least[2], 2 * least[0]);
}

asio::awaitable<void> check(HashQueue& queue, Secret password, store::DeviceKeys keys,
                            std::vector<HashQueue::Verdict>& verdicts) {
  auto checking = queue.check(std::move(password), std::move(keys));
  const HashQueue::Verdict verdict = co_await std::move(checking);
  verdicts.push_back(verdict);
}

TEST_F(DeviceLogin, FewPasswordsAreHashedAtOnceAndFewWait) {  // B7
  asio::io_context io;
  HashQueue queue;
  std::vector<HashQueue::Verdict> verdicts;
  store::DeviceKeys cheap = phone.keys;
  cheap.scrypt_cost = 4;
  for (std::size_t i = 0; i < HashQueue::at_once + HashQueue::longest + 5; ++i)
    asio::co_spawn(io, check(queue, password, cheap, verdicts), rethrow);
  std::size_t most = 0;
  while (io.run_one() != 0) {
    most = std::max(most, queue.running());
    EXPECT_LE(queue.waiting(), HashQueue::longest);
  }
  EXPECT_EQ(most, HashQueue::at_once);
  EXPECT_EQ(std::ranges::count(verdicts, HashQueue::Verdict::busy), 5);
  EXPECT_EQ(std::ranges::count(verdicts, HashQueue::Verdict::wrong),
            HashQueue::at_once + HashQueue::longest);
  EXPECT_EQ(queue.running() + queue.waiting(), 0U);
}

TEST_F(DeviceLogin, WhoGivesUpMakesRoom) {
  asio::io_context io;
  HashQueue queue;
  std::vector<HashQueue::Verdict> verdicts;
  std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
  for (int i = 0; i < 10; ++i) {
    signals.push_back(std::make_unique<asio::cancellation_signal>());
    asio::co_spawn(io, check(queue, password, phone.keys, verdicts),
                   asio::bind_cancellation_slot(signals.back()->slot(), [](std::exception_ptr) {}));
  }
  while (queue.waiting() < 8) io.run_one();
  for (std::size_t i = 2; i < 9; ++i) signals.at(i)->emit(asio::cancellation_type::all);
  io.run();
  EXPECT_EQ(verdicts.size(), 3U);
  EXPECT_EQ(queue.running() + queue.waiting(), 0U);
}

/// Others who are in already notice nothing of a flood of wrong passwords.
asio::awaitable<void> beat(Clock::duration& longest, const bool& over) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!over) {
    const auto begun = Clock::now();
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
    longest = std::max(longest, Clock::now() - begun);
  }
}

asio::awaitable<void> flood(Directory& directory, std::size_t& left, bool& over) {
  Secret guess("k7qm-x2vd-9htn-4wpc");
  Peer peer{"192.0.2.66", false, true};
  std::string user = "anna/phone";
  auto login = directory.login(std::move(user), std::move(guess), std::move(peer));
  static_cast<void>(co_await std::move(login));
  if (--left == 0) over = true;
}

TEST_F(DeviceLogin, FiftyAtOnceKeepNobodyElseWaiting) {  // B7
  asio::io_context io;
  std::size_t left = 50;
  bool over = false;
  Clock::duration longest{};
  for (int i = 0; i < 50; ++i) asio::co_spawn(io, flood(directory, left, over), rethrow);
  asio::co_spawn(io, beat(longest, over), rethrow);
  io.run();
  EXPECT_EQ(left, 0U);
  EXPECT_LT(longest, 250ms);
}

}  // namespace
}  // namespace postern::access
