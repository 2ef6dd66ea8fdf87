#pragma once

#include "proxy/relay/filter.h"

namespace postern::relay {

/// POP3 until the TRANSACTION state (RFC 1939 section 4, RFC 2449, RFC 5034).
class Pop3Filter final : public Filter {
 public:
  Pop3Filter(Greeted greeted, std::size_t line_limit)
      : Filter(Protocol::pop3, line_limit),
        awaited_(greeted == Greeted::yes ? Awaited::nothing : Awaited::greeting) {}

  [[nodiscard]] bool awaits_answer() const override {
    return awaited_ != Awaited::nothing && awaited_ != Awaited::response;
  }

 private:
  enum class Awaited : std::uint8_t {
    nothing,
    greeting,
    reply,
    login,     ///< the answer after which no look is taken
    exchange,  ///< of AUTH: a challenge or the end
    response,  ///< the program's part of an AUTH
    list,      ///< +OK and lines
    lines,     ///< up to the dot
  };

  void on_left(std::string_view line, Out out) override;
  void on_right(std::string_view line, Out out) override;
  [[nodiscard]] bool said_goodbye() const override { return !awaits_answer(); }

  Awaited awaited_;
};

}  // namespace postern::relay
