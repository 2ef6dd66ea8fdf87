#pragma once

#include <cstddef>
#include <string_view>

#include <asio/awaitable.hpp>

#include "sync/upstream/pop3_refused.h"

namespace postern::upstream {

/// Takes the messages that a RETR brings, as they come. `index` is the place in the list that was
/// asked for. Called on the network thread, in order: begin, octets any number of times, end; or
/// refused. What was begun and not ended is not a message.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void begin(std::size_t index) = 0;
  virtual void octets(std::string_view piece) = 0;
  virtual void end() = 0;
  virtual void refused(std::size_t index, const Refused& why) = 0;

  enum class State { ready, full, broken };
  /// Asked after each block from the network. `full`: nothing more is read until drained() is done.
  /// `broken`: the rest is of no use.
  [[nodiscard]] virtual State state() const = 0;
  virtual asio::awaitable<void> drained() = 0;
};

}  // namespace postern::upstream
