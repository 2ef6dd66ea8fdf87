#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/problem.h"
#include "sync/base/secret.h"

namespace postern::engine {

/// The key that tokens and refused passwords are encrypted with before they go into a database
/// (AES-256-GCM, RFC 5116).
/// It is a file of its own, so that a database that was copied away gives nothing.
///
/// A sealed text: one octet 0x01, the nonce (12 octets, by chance), the ciphertext with its tag (16
/// octets). `context` is authenticated with it: what was sealed for one source does not open for
/// another.
class TokenKey {
 public:
  /// Reads the file, or makes it (mode 0600) if there is none: in one step, so that two who make it
  /// at the same time get the same. Refuses one that others may read. Blocks.
  static std::expected<TokenKey, Problem> open(const std::filesystem::path& file);

  [[nodiscard]] std::string seal(const Secret& text, std::string_view context) const;
  /// nullopt for what was not sealed with this key for this context.
  [[nodiscard]] std::optional<Secret> unseal(std::string_view sealed,
                                             std::string_view context) const;

  /// A key for another purpose, always the same and of no use for this one (HMAC, RFC 2104).
  [[nodiscard]] Secret derive(std::string_view purpose) const;

 private:
  explicit TokenKey(Secret key) : key_(std::move(key)) {}

  Secret key_;
};

}  // namespace postern::engine
