#include <exception>
#include <utility>

#include <asio/this_coro.hpp>

#include "sync/net/task_group.h"
#include "sync/upstream/pop3_session.h"

namespace postern::upstream {

struct Pop3Session::Heartbeat {
  bool over = false;      ///< the work is done
  bool speaking = false;  ///< an answer to NOOP is due: to stop here would put us out of step
  std::exception_ptr lost;
};

asio::awaitable<void> Pop3Session::beat(Heartbeat& heartbeat) {
  try {
    while (!heartbeat.over) {
      co_await net::pause(settings_.deadlines.keep_alive);
      if (heartbeat.over) break;
      heartbeat.speaking = true;
      const Answer<void> answer = co_await noop();
      heartbeat.speaking = false;
      if (!answer && answer.error().kind == Refusal::protocol)
        throw net::Error(net::ErrorKind::io, "an answer to NOOP that makes no sense");
    }
  } catch (const net::Error& error) {
    if (error.kind() != net::ErrorKind::cancelled) heartbeat.lost = std::current_exception();
  }
}

asio::awaitable<void> Pop3Session::while_busy(asio::awaitable<void> work) {
  net::TaskGroup tasks(co_await asio::this_coro::executor, "pop3");
  Heartbeat heartbeat;
  tasks.spawn("keep alive", beat(heartbeat));
  std::exception_ptr failed;
  try {
    co_await std::move(work);
  } catch (...) {
    failed = std::current_exception();
  }
  heartbeat.over = true;
  if (failed || !heartbeat.speaking) tasks.cancel();
  // Also when this coroutine was cancelled, the task is joined before its frame goes away.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await tasks.join();
  co_await asio::this_coro::throw_if_cancelled(true);
  if (failed) std::rethrow_exception(failed);
  if (heartbeat.lost) std::rethrow_exception(heartbeat.lost);
}

}  // namespace postern::upstream
