#pragma once

#include <string>
#include <string_view>

#include "proxy/relay/lobby.h"

namespace postern::relay {

/// The AUTHORIZATION state of POP3 (RFC 1939 section 4, RFC 5034).
class Pop3Lobby final : public Lobby {
 public:
  explicit Pop3Lobby(std::size_t line_limit) : Lobby(line_limit) {}

  [[nodiscard]] std::string greeting() const override;
  void accept(std::string& out) override;
  void refuse(Refusal kind, std::string_view reason, std::string& out) override;

 private:
  void on_line(std::string_view line, std::string& out) override;
  void auth(std::string_view mechanism, std::string_view initial, std::string& out);
  void response(std::string_view base64, std::string& out);

  std::string user_;
};

}  // namespace postern::relay
