#include <memory>
#include <utility>

#include "proxy/imap/message_keys.h"
#include "proxy/imap/session.h"
#include "proxy/imap/threading.h"

namespace postern::imap {

asio::awaitable<Answer> Session::run(const wire::imap::command::Thread& command) {
  auto found = co_await find(command);
  if (!found) co_return std::move(found.error());
  auto messages = std::make_shared<const Found>(std::move(*found));
  if (auto failure = co_await load_keys(messages, store::KeyCache::Wanted::keys))
    co_return std::move(*failure);
  auto work = [messages, cache = keys_, form = command.numbers, algorithm = command.algorithm] {
    ThreadInput input;
    cache->look([&](const store::KeyCache::Content& content) {
      input = thread_input(*messages, form, content);
    });
    return thread_line(threads(algorithm, input));
  };
  auto line = co_await access::compute(account(), std::move(work));
  if (!line) co_return failed(line.error());
  co_await send(std::move(*line));
  co_return Answer::ok("THREAD completed");
}

}  // namespace postern::imap
