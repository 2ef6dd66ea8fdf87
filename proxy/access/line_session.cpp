#include "proxy/access/line_session.h"

namespace postern::access {

asio::awaitable<std::optional<std::string>> LineSession::read_line() {
  using Status = wire::LineFramer::Status;
  while (true) {
    const Status status = framer_.next(rest_);
    if (status == Status::line) co_return std::string(framer_.line());
    if (status == Status::too_long) co_return std::nullopt;
    co_await flush();
    rest_ = co_await receive();
  }
}

void LineSession::forget_input(std::string& line) {
  wipe(line);
  framer_.forget_line();
  wipe(input_.data(),
       rest_.empty() ? input_.size() : static_cast<std::size_t>(rest_.data() - input_.data()));
}

}  // namespace postern::access
