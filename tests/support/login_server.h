#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/hostile_pop3.h"

namespace postern::test {

/// The server's side of every way to log in, for the user "anna" with the password "secret words":
/// what HostilePop3 asks first when it is its `script`.
class LoginServer {
 public:
  /// The command that begins a way, like "AUTH CRAM-MD5" or "APOP": refused with these words,
  /// CRLF included.
  struct Refusal {
    std::string command;
    std::string words;
  };
  std::vector<Refusal> refuses;
  std::string timestamp = "<1896.697170952@example.net>";  ///< of APOP and CRAM-MD5
  bool knows_password = true;          ///< false: its SCRAM signature is made up
  unsigned iterations = 64;            ///< of SCRAM
  bool takes_initial_response = true;  ///< false: it passes over one

  std::optional<HostilePop3::Scripted> operator()(const std::string& command,
                                                  const net::Stream& stream);

  std::vector<std::string> accepted;  ///< the ways that were
  std::string scram_header;           ///< "p=tls-exporter,,", "y,," or "n,,"

 private:
  using Scripted = HostilePop3::Scripted;
  std::optional<Scripted> begin(const std::string& command, const net::Stream& stream);
  Scripted go_on(const std::string& line, const net::Stream& stream);
  Scripted scram_first(const std::string& message);
  Scripted scram_final(const std::string& message, const net::Stream& stream);
  Scripted judged(bool right);

  std::string way_;  ///< the mechanism of the exchange under way
  int step_ = 0;
  std::string client_first_bare_;
  std::string server_first_;
};

}  // namespace postern::test
