#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/relay/lobby.h"
#include "sync/wire/pop3/command.h"

namespace postern::relay {

/// The AUTHORIZATION state of POP3 (RFC 1939 section 4, RFC 5034).
class Pop3Lobby final : public Lobby {
 public:
  Pop3Lobby(std::vector<std::string_view> mechanisms, std::size_t line_limit)
      : Lobby(std::move(mechanisms), line_limit) {}

  [[nodiscard]] std::string greeting() const override;
  void object(Objection objection, std::string& out) override;
  void accept(std::string& out) override;
  void refuse(Refusal kind, std::string_view reason, std::string& out) override;

 private:
  void on_line(std::string_view line, std::string& out) override;
  void auth(const wire::pop3::Command& command, std::string& out);

  std::string user_;
};

}  // namespace postern::relay
