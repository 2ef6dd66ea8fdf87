#pragma once

#include <string>

#include "proxy/relay/filter.h"

namespace postern::relay {

/// SMTP until the AUTH is through or the first message begins (RFC 5321 sections 3.2 and 4.1.1.1,
/// RFC 4954 section 4).
class SmtpFilter final : public Filter {
 public:
  SmtpFilter(Greeted greeted, std::size_t line_limit)
      : Filter(Protocol::smtp, line_limit),
        awaited_(greeted == Greeted::yes ? Awaited::nothing : Awaited::greeting) {}

  [[nodiscard]] bool awaits_answer() const override {
    return awaited_ != Awaited::nothing && awaited_ != Awaited::response;
  }

 private:
  enum class Awaited : std::uint8_t {
    nothing,
    greeting,
    reply,
    hello,     ///< the answer to EHLO
    exchange,  ///< of AUTH: 334 or the end
    response,  ///< the program's part of an AUTH
  };

  void on_left(std::string_view line, Out out) override;
  void on_right(std::string_view line, Out out) override;
  [[nodiscard]] bool said_goodbye() const override { return goodbye_ || !awaits_answer(); }

  void hello_line(std::string_view line, Out out);
  void replied(std::string_view code);

  Awaited awaited_;
  /// A line of the answer to EHLO waits for the next one: the last one that is shown must say so.
  std::string held_line_;
  bool goodbye_ = false;
};

}  // namespace postern::relay
