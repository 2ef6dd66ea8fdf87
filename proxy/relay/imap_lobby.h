#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/relay/lobby.h"
#include "sync/wire/imap/command.h"
#include "sync/wire/imap/framer.h"
#include "sync/wire/imap/response.h"

namespace postern::relay {

/// The not authenticated state of IMAP (RFC 9051 section 6.2).
class ImapLobby final : public Lobby {
 public:
  ImapLobby(std::vector<std::string_view> mechanisms, std::size_t line_limit)
      : Lobby(std::move(mechanisms), line_limit) {}

  [[nodiscard]] std::string greeting() const override;
  void object(Objection objection, std::string& out) override;
  void accept(std::string& out) override;
  void refuse(Refusal kind, std::string_view reason, std::string& out) override;

 private:
  void on_line(std::string_view line, std::string& out) override;
  void on_octets(std::string_view octets) override;
  [[nodiscard]] std::size_t wanted_octets() const override { return literal_; }

  [[nodiscard]] std::string capabilities() const;
  void perform(std::string& out);
  void run(const wire::imap::Command& command, std::string& out);
  void tagged(std::string& out, wire::imap::Condition condition, std::string_view code,
              std::string_view text);

  std::string tag_;
  wire::imap::RawCommand raw_;
  std::size_t literal_ = 0;  ///< octets of it to come
};

}  // namespace postern::relay
