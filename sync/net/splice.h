#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/net/stream.h"

namespace postern::net {

/// Looks at the octets between two streams and decides what goes on its way. Network thread.
class Tap {
 public:
  virtual ~Tap() = default;

  /// What is to be written to each side is appended.
  struct Out {
    std::string& left;
    std::string& right;
  };
  virtual void from_left(std::string_view octets, Out out) = 0;
  virtual void from_right(std::string_view octets, Out out) = 0;
  /// Whether more of the left side may be read now; asked again after each octet of the right one.
  [[nodiscard]] virtual bool takes_left() const = 0;
  /// Octets of the left side are held back for later: its end is not told to the right one yet.
  [[nodiscard]] virtual bool holds_left() const = 0;
  /// Nothing comes from the right side any more.
  virtual void right_ended(Out out) = 0;
  /// Nothing is to be looked at any more, or everything has to end.
  [[nodiscard]] virtual bool over() const = 0;
};

struct SpliceLimits {
  Stream::Duration idle;         ///< without an octet either way
  Stream::Duration half_closed;  ///< the same, once one side has ended
  Stream::Duration whole = Stream::Duration::max();
};

struct SpliceEnd {
  enum class Why : std::uint8_t {
    tap,        ///< it is over; what it had to say is written
    ended,      ///< both sides ended, in order
    idle,       ///< a limit passed
    left_lost,  ///< what came from there before is written
    right_lost,
  };
  Why why = Why::ended;
  std::string words;  ///< of a loss, for people
};

/// Carries octets both ways between two streams until both have ended. The end of one goes on to
/// the other, which may still speak. Octets that one side does not take yet are not read from the
/// other. One buffer serves all pairs: a pair on which nothing happens has none. It outlives them.
/// Network thread.
class Splicer {
 public:
  Splicer();
  Splicer(const Splicer&) = delete;
  ~Splicer();

  /// No other operation of the two is under way. Cancelling leaves them fit for closing only.
  asio::awaitable<SpliceEnd> run(Stream& left, Stream& right, SpliceLimits limits,
                                 Tap* tap = nullptr);

 private:
  class Passage;
  std::vector<char> buffer_;
};

}  // namespace postern::net
