#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "sync/base/problem.h"

namespace postern::config {

/// A source that is to be written into the operator's file, and the account it belongs to.
struct NewSource {
  std::string account;
  std::filesystem::path account_password;  ///< a file; of no interest if the account is there
  std::string provider;                    ///< a preset, or...
  HostPort server;                         ///< ...a server
  Tls tls = Tls::implicit;
  bool insecure = false;
  std::string username;
  std::filesystem::path password;  ///< a file; empty with `client_id`
  std::string client_id;           ///< for OAuth
  std::string keep_on_server;      ///< as it is written; empty: not written
  std::optional<std::string> pin;
  /// The addresses that are sent from by the same provider's server, with the same login data; it
  /// is written below `outgoing` of the account. Empty: none. Only with `provider`.
  std::vector<std::string> send_from;
};

/// The operator's text with the source added: under its account, or with a new one. Nothing that
/// stands there is touched, comments included; an empty text becomes a whole file. What cannot be
/// added to (accounts in braces, mistakes) is a Problem. Pure; `file` is for names and relative
/// paths only.
[[nodiscard]] std::expected<std::string, Problem> with_source(std::string_view yaml,
                                                              const NewSource& source,
                                                              const std::filesystem::path& file);

/// The lines of it alone, for a person who writes them in.
[[nodiscard]] std::string source_text(const NewSource& source);

}  // namespace postern::config
