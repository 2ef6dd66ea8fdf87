#include "tests/engine/outgoing/sending_process.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <asio/co_spawn.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/engine/outgoing/account_postbox.h"
#include "sync/engine/store_work.h"
#include "sync/wire/smtp/content_check.h"
#include "tests/support/fault_vfs.h"

namespace postern::engine::outgoing::test {

namespace {

constexpr int failed = 1;
constexpr int done = 0;

class Process {
 public:
  Process(const Errand& errand, int words) : errand_(errand), words_(words) {
    if (errand_.killed_at != 0) {
      using postern::test::FaultVfs;
      vfs_.arm(FaultVfs::Fault::kill, errand_.killed_at, FaultVfs::Lasting::once);
    }
    auto opened = store::Account::open({.folder = errand_.folder});
    if (!opened) ::_exit(failed);
    account_ = *opened;
  }

  [[noreturn]] void live() {
    postbox_ = std::make_shared<AccountPostbox>(io_.get_executor(), "anna", account_,
                                                errand_.folder / "token-key");
    postbox_->configure({errand_.server}, {});
    const store::Subscription committed = account_->subscribe([this] {
      asio::post(io_, [this] {
        changed_ = true;
        wakeup_.cancel();
      });
    });
    const auto end = [](const std::exception_ptr&) { ::_exit(failed); };
    asio::co_spawn(io_, carry_out(), end);
    io_.run();
    ::_exit(failed);
  }

 private:
  asio::awaitable<void> carry_out() {
    if (errand_.letter) co_await hand_in(*errand_.letter);
    std::set<SubmissionId> put_off;
    const auto found = co_await queue();
    for (const store::Submission& submission : found)
      if (due_of(submission) > wall_now()) put_off.insert(submission.id);
    asio::co_spawn(io_, postbox_->run(), [](const std::exception_ptr&) { ::_exit(failed); });
    while (true) {
      changed_ = false;
      // An attempt that did not end well leaves its reason.
      const auto waiting = co_await queue();
      const bool busy = std::ranges::any_of(waiting, [&](const store::Submission& submission) {
        return submission.problem.empty() && !put_off.contains(submission.id);
      });
      if (!busy) ::_exit(done);
      if (changed_) continue;
      wakeup_.expires_at(asio::steady_timer::time_point::max());
      asio::error_code ignored;
      co_await wakeup_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  asio::awaitable<std::vector<store::Submission>> queue() {
    auto work = [](store::Reader& reader) { return reader.submissions(); };
    co_return co_await read(*account_, std::move(work));
  }

  asio::awaitable<void> hand_in(Letter letter) {
    wire::smtp::Sender sender;
    sender.address = letter.sender;
    auto begun = co_await postbox_->begin(std::move(sender), letter.octets.size());
    if (!begun) co_return;
    for (const std::string& address : letter.recipients) {
      // Named before it is awaited: GCC 12 destroys temporaries of an awaited expression twice.
      wire::smtp::Recipient recipient{address, {}, ""};
      (void)co_await (*begun)->recipient(std::move(recipient));
    }
    wire::smtp::ContentCheck check;
    check.feed(letter.octets);
    co_await (*begun)->feed(letter.octets);
    const wire::smtp::Reply answer = co_await (*begun)->end(check.finish());
    const char word = answer.positive() ? '+' : '-';
    if (::write(words_, &word, 1) != 1) ::_exit(failed);
  }

  const Errand& errand_;
  int words_;
  postern::test::FaultVfs vfs_;
  std::shared_ptr<store::Account> account_;
  asio::io_context io_;
  asio::steady_timer wakeup_{io_};
  bool changed_ = false;
  std::shared_ptr<AccountPostbox> postbox_;
};

/// What the process says until it ends.
asio::awaitable<void> listen(net::test::Loop& loop, int words, std::string& said) {
  asio::posix::stream_descriptor pipe(loop.io, words);
  std::array<char, 16> buffer{};
  while (true) {
    asio::error_code ended;
    const std::size_t count = co_await pipe.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ended));
    if (ended) break;
    said.append(buffer.data(), count);
  }
  loop.io.stop();
}

}  // namespace

Ending run_process(net::test::Loop& loop, const Errand& errand,
                   const std::function<void(pid_t)>& begun) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  EXPECT_GE(child, 0);
  if (child == 0) {
    ::close(ends[0]);
    Process(errand, ends[1]).live();
  }
  ::close(ends[1]);
  begun(child);
  std::string said;
  loop.run(listen(loop, ends[0], said));
  int status = 0;
  ::waitpid(child, &status, 0);
  // What the dead one had sent is still under way to the others here.
  loop.io.poll();
  loop.io.restart();
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  EXPECT_TRUE(killed || (WIFEXITED(status) && WEXITSTATUS(status) == done)) << status;
  return {killed, said == "+"};
}

}  // namespace postern::engine::outgoing::test
