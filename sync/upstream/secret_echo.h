#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sync/base/secret.h"

namespace postern::upstream {

/// What went out to a server and must not come back into a log, a status or a transcript: some
/// servers repeat what they do not like. Network thread.
class SecretEcho {
 public:
  /// Nothing is known of an empty one.
  void sent(Secret secret);

  /// Whether the words hold one of the secrets, or eight octets of its beginning: as it was sent,
  /// in other letters (capitals), or in base64 anywhere in the words.
  [[nodiscard]] bool in(std::string_view words) const;
  /// The words, or what is told instead of them.
  [[nodiscard]] std::string tellable(std::string words) const;

 private:
  [[nodiscard]] bool plainly_in(std::string_view words) const;

  std::vector<Secret> secrets_;
};

/// `command`, the secret and CRLF, as one line to be sent.
[[nodiscard]] Secret line_with(std::string command, const Secret& secret);

}  // namespace postern::upstream
