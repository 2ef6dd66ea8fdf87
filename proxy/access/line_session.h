#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/access/session.h"
#include "sync/wire/line_framer.h"

namespace postern::access {

/// A session of a protocol whose commands are lines. Network thread.
class LineSession : public Session {
 protected:
  /// `line_limit` in octets.
  LineSession(asio::any_io_executor executor, net::Stream stream, const Surroundings& surroundings,
              const Limits& limits, Start start, std::size_t line_limit)
      : Session(std::move(executor), std::move(stream), surroundings, limits, start),
        framer_(line_limit) {}

  /// Without its end; nullopt for a line beyond the limit. Answers that wait go out before anything
  /// is waited for.
  asio::awaitable<std::optional<std::string>> read_line();
  /// Overwrites a line that may hold a password, and what was used of the input; what follows in
  /// `rest_` stays.
  void forget_input(std::string& line);

  std::string_view rest_;  ///< of input_, not used yet

 private:
  wire::LineFramer framer_;
};

}  // namespace postern::access
