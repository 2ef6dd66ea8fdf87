#pragma once

#include <cstdint>
#include <string>

#include "proxy/relay/filter.h"

namespace postern::relay {

/// IMAP until the login, or until COMPRESS (RFC 9051 sections 2.2 and 6.2, RFC 4978).
class ImapFilter final : public Filter {
 public:
  ImapFilter(Greeted greeted, std::size_t line_limit);

  [[nodiscard]] bool awaits_answer() const override {
    return turn_ == Turn::greeting || turn_ == Turn::answer;
  }

 private:
  enum class Turn : std::uint8_t {
    greeting,
    command,
    literal,  ///< the command's octets, or the server's refusal of them
    rest,     ///< the command's line goes on behind a literal
    answer,
    response,  ///< the program's part of an AUTHENTICATE
  };

  void on_left(std::string_view line, Out out) override;
  void on_right(std::string_view line, Out out) override;
  [[nodiscard]] std::uint64_t left_literal() const override {
    return turn_ == Turn::literal ? literal_ : 0;
  }
  void left_literal_passed(std::uint64_t octets) override;
  [[nodiscard]] std::uint64_t right_literal() const override { return told_; }
  void right_literal_passed(std::uint64_t octets) override { told_ -= octets; }
  [[nodiscard]] bool said_goodbye() const override { return goodbye_; }

  void command(std::string_view line, Out out);
  void announced(std::string_view line);
  void answered(std::string_view keyword);
  void data(std::string_view line, Out out);

  Turn turn_;
  std::string tag_;
  enum class Meaning : std::uint8_t {
    other,
    exchange,  ///< AUTHENTICATE
    last,      ///< LOGIN, COMPRESS: no look is taken behind their OK
  } meaning_ = Meaning::other;
  std::uint64_t literal_ = 0;  ///< octets of it to come
  bool asked_for_ = false;     ///< it is sent only if the server wants it
  bool answered_ = false;      ///< before the command was whole
  bool goodbye_ = false;
  std::uint64_t told_ = 0;  ///< octets of a literal of the server to come
  bool inside_ = false;     ///< the server's next line goes on behind it
};

}  // namespace postern::relay
