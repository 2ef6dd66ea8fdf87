// Who takes what waits in Outbox to which server, and how many at once.

#include "sync/engine/outgoing/account_postbox.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "tests/net/loop.h"
#include "tests/store/sending_fixture.h"
#include "tests/support/hostile_smtp.h"

namespace postern::engine::outgoing {
namespace {

using postern::test::HostileSmtp;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

class Couriers : public store::Sending {
 protected:
  /// A server that sends for this address.
  HostileSmtp& serve(const std::string& sender) {
    servers_.push_back(std::make_unique<HostileSmtp>(loop_.io.get_executor(), nullptr));
    servers_.back()->on_step = [this] { changed(); };
    config::Outgoing outgoing;
    outgoing.server = {"127.0.0.1", servers_.back()->port()};
    outgoing.tls = config::Tls::none;
    outgoing.username = "anna";
    outgoing.password.emplace();
    outgoing.password->from = config::SecretSource::Plain{Secret("secret")};
    outgoing.from = {sender};
    configured_.push_back(outgoing);
    return *servers_.back();
  }
  void submit_from(const std::string& sender, int count) {
    for (int i = 0; i < count; ++i) {
      write(*account, [&](store::Transaction& t) {
        store::NewBody arrived = body(store::letter(sender + std::to_string(i)));
        store::NewSubmission submission = to({"b@example.net"});
        submission.sender = sender;
        submission.message_id = "<" + sender + std::to_string(i) + ">";
        return t.submit(arrived, submission);
      });
    }
  }
  /// Until it is so, and to the end of all of it.
  void run_until(const std::function<bool()>& so) { loop_.run(play(so)); }

  /// So many wait, each after one attempt.
  [[nodiscard]] bool failed_once(std::size_t count) const {
    const auto once = [](const store::Submission& one) {
      return one.attempts == 1 && !one.problem.empty();
    };
    const auto waiting = queue();
    return waiting.size() == count && std::ranges::all_of(waiting, once);
  }

 private:
  void changed() {
    changed_ = true;
    wakeup_.cancel();
  }
  asio::awaitable<void> play(std::function<bool()> so) {
    const store::Subscription committed =
        account->subscribe([this] { asio::post(loop_.io, [this] { changed(); }); });
    const auto postbox = std::make_shared<AccountPostbox>(loop_.io.get_executor(), "anna", account,
                                                          folder.path() / "token-key");
    postbox->configure(configured_, {});
    net::TaskGroup tasks(loop_.io.get_executor(), "test");
    tasks.spawn("postbox", postbox->run());
    while (!so()) {
      if (std::exchange(changed_, false)) continue;
      wakeup_.expires_at(asio::steady_timer::time_point::max());
      asio::error_code ignored;
      co_await wakeup_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    tasks.cancel();
    co_await tasks.join();
    co_await postbox->stop();
    for (const auto& server : servers_) {
      server->stop();
      co_await server->join();
    }
  }

  net::test::Loop loop_;
  asio::steady_timer wakeup_{loop_.io};
  bool changed_ = false;
  std::deque<std::unique_ptr<HostileSmtp>> servers_;
  std::vector<config::Outgoing> configured_;
};

TEST_F(Couriers, SeveralGoOnceTheServerHasTakenSomething) {
  const HostileSmtp& server = serve("a@example.org");
  submit_from("a@example.org", 12);
  run_until([this] { return queue().empty(); });
  EXPECT_THAT(server.messages, SizeIs(12));
  for (int i = 0; i < 12; ++i) {
    const std::string id = "<a@example.org" + std::to_string(i) + ">";
    EXPECT_EQ(std::ranges::count_if(server.messages,
                                    [&](const std::string& one) { return one.contains(id); }),
              1)
        << id;
  }
  EXPECT_GE(server.count("AUTH"), 2U);
  EXPECT_LE(server.count("AUTH"), 4U);
  EXPECT_THAT(shown("Sent"), SizeIs(12));
}

TEST_F(Couriers, OnlyOneGoesToAServerThatHasTakenNothing) {
  HostileSmtp& server = serve("a@example.org");
  server.instead["MAIL"] = "451 4.3.0 later\r\n";
  submit_from("a@example.org", 6);
  run_until([this] { return failed_once(6); });
  EXPECT_EQ(server.count("MAIL"), 6U);
  EXPECT_EQ(server.count("AUTH"), 1U);
}

TEST_F(Couriers, AServerThatHangsHoldsUpOnlyItsOwn) {
  HostileSmtp& slow = serve("slow@example.org");
  slow.instead["MAIL"] = "250-and then\r\n";
  const HostileSmtp& server = serve("a@example.org");
  submit_from("slow@example.org", 2);
  submit_from("a@example.org", 2);
  run_until([&] { return queue().size() == 2 && slow.count("MAIL") != 0; });
  EXPECT_THAT(server.messages, Each(HasSubstr("<a@example.org")));
  EXPECT_THAT(server.messages, SizeIs(2));
  EXPECT_EQ(slow.count("MAIL"), 1U);
  for (const store::Submission& waiting : queue()) EXPECT_EQ(waiting.sender, "slow@example.org");
}

TEST_F(Couriers, OneLostConnectionLosesNoMessage) {
  HostileSmtp& server = serve("a@example.org");
  server.instead["RCPT"] = "";
  submit_from("a@example.org", 3);
  run_until([this] { return failed_once(3); });
  EXPECT_THAT(server.messages, SizeIs(0));
  EXPECT_EQ(server.count("AUTH"), 3U);
  for (const store::Submission& waiting : queue())
    EXPECT_EQ(waiting.certainty, store::Certainty::certain);
}

TEST_F(Couriers, WhatNobodySendsForWaits) {
  const HostileSmtp& server = serve("a@example.org");
  submit_from("stranger@example.org", 1);
  submit_from("a@example.org", 1);
  run_until([this] { return failed_once(1); });
  EXPECT_THAT(server.messages, SizeIs(1));
  EXPECT_THAT(queue().front().problem, HasSubstr("sends for stranger@example.org"));
}

}  // namespace
}  // namespace postern::engine::outgoing
