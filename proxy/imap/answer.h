#pragma once

#include <string>
#include <utility>

#include "sync/store/failure.h"
#include "sync/wire/imap/response.h"

namespace postern::imap {

/// How a command ends: what its tagged line says.
struct Answer {
  wire::imap::Condition condition = wire::imap::Condition::ok;
  std::string code;
  std::string text;

  static Answer ok(std::string text, std::string code = {}) {
    return {wire::imap::Condition::ok, std::move(code), std::move(text)};
  }
  static Answer no(std::string code, std::string text) {
    return {wire::imap::Condition::no, std::move(code), std::move(text)};
  }
  static Answer bad(std::string text, std::string code = {}) {
    return {wire::imap::Condition::bad, std::move(code), std::move(text)};
  }

  [[nodiscard]] bool wrong_password() const { return code == "AUTHENTICATIONFAILED"; }

  // The one place where what the store says becomes what a client is told (RFC 5530).
  static Answer refused(store::Refusal refusal);
  /// Writes a log line as well, in the name of `account`.
  static Answer failed(const store::StoreFailure& failure, const std::string& account);
};

}  // namespace postern::imap
