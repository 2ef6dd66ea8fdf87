#include "proxy/imap/session.h"

namespace postern::imap {

asio::awaitable<Answer> Session::run(const wire::imap::command::Sort& /*command*/) {
  co_return Answer::bad("There is no such command");
}
asio::awaitable<Answer> Session::run(const wire::imap::command::Thread& /*command*/) {
  co_return Answer::bad("There is no such command");
}
asio::awaitable<Answer> Session::run(const wire::imap::command::CancelUpdate& /*command*/) {
  co_return Answer::bad("There is no such command");
}

}  // namespace postern::imap
