#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/relay/farewell.h"
#include "proxy/relay/line_queue.h"
#include "sync/net/splice.h"

namespace postern::relay {

/// What stands between a program (left) and a server (right) until the login is through. Pure: no
/// I/O, no clock.
///
/// - Of the program's commands one is under way; the next ones are held back until it is answered.
/// - STARTTLS and STLS never go out: they are answered here, and they, and LOGINDISABLED, are taken
///   out of what the server says it can.
/// - Whole lines go on, with CRLF. Behind the answer that ends the filter every octet goes on as it
///   is.
class Filter : public net::Tap {
 public:
  enum class State : std::uint8_t {
    going,
    through,  ///< from now on there is nothing to look at
    failed,   ///< over a limit, or no such protocol; the last word is said
  };
  [[nodiscard]] State state() const { return state_; }
  /// Whether it is the server's turn.
  [[nodiscard]] virtual bool awaits_answer() const = 0;
  /// Why it failed, for the log.
  [[nodiscard]] const std::string& reason() const { return reason_; }

  void from_left(std::string_view octets, Out out) final;
  void from_right(std::string_view octets, Out out) final;
  void right_ended(Out out) final;
  [[nodiscard]] bool takes_left() const final;
  /// Without an answer to come, what is there is a line without an end, which nobody gets.
  [[nodiscard]] bool holds_left() const final { return awaits_answer() && !left_.empty(); }
  [[nodiscard]] bool over() const final { return state_ != State::going; }

 protected:
  Filter(Protocol protocol, std::size_t line_limit)
      : left_(line_limit), right_(line_limit), protocol_(protocol) {}

  /// One command, or a part of one that ends with a line end.
  virtual void on_left(std::string_view line, Out out) = 0;
  virtual void on_right(std::string_view line, Out out) = 0;
  /// Octets of a literal that the next ones from there belong to; they go on as they are.
  [[nodiscard]] virtual std::uint64_t left_literal() const { return 0; }
  virtual void left_literal_passed(std::uint64_t) {}
  [[nodiscard]] virtual std::uint64_t right_literal() const { return 0; }
  virtual void right_literal_passed(std::uint64_t) {}
  /// The server has said why it goes.
  [[nodiscard]] virtual bool said_goodbye() const { return false; }

  static void pass(std::string_view line, std::string& to);
  /// Ends it behind the line under way.
  void go_through() { state_ = State::through; }
  void fail(std::string reason, Out out);

  LineQueue left_;
  LineQueue right_;

 private:
  void work_left(Out out);
  void open(Out out);

  Protocol protocol_;
  State state_ = State::going;
  std::string reason_;
};

/// `greeted`: the program has its greeting already; else the server's first line is one.
enum class Greeted : std::uint8_t { yes, no };
[[nodiscard]] std::unique_ptr<Filter> make_filter(Protocol protocol, Greeted greeted,
                                                  std::size_t line_limit);

}  // namespace postern::relay
