#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tests/imap/model/command.h"
#include "tests/support/transcript.h"

namespace postern::imap::model {

/// What all programs said and heard lately, for whom it fails.
class Minutes {
 public:
  void add(std::size_t session, char who, const std::string& line);
  [[nodiscard]] std::string text() const;

 private:
  std::deque<std::string> lines_;
};

/// A mail program of a test: it is logged in from the start.
class Program {
 public:
  Program(std::uint16_t port, std::size_t number, Minutes& minutes);

  void send(const std::string& octets);
  /// Takes what comes, up to the tagged line of the last one or to "+"; or up to the end.
  void listen_to(const std::vector<Command>& commands);
  /// Takes one more line, if there is one or comes one within that time.
  bool listen_on(std::chrono::milliseconds within);

  /// What came and was not forgotten.
  [[nodiscard]] const Lines& heard() const { return heard_; }
  void forget() { heard_.clear(); }

 private:
  bool take_line();

  test::LineClient client_;
  std::size_t number_;
  Minutes& minutes_;
  Lines heard_;
  bool ended_ = false;
};

}  // namespace postern::imap::model
