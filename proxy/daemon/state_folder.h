#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <string>

#include "sync/base/problem.h"

namespace postern::daemon {

/// The folder that holds all mail, with the lock that says that nobody else works on it. The lock
/// is the kernel's (flock) and lasts as long as this object: nothing is stale after a crash.
///
///   <state>/lock               locked for life
///   <state>/control.sock       how other commands talk to the daemon
///   <state>/accounts/<name>/   one folder for each account, made by the store
///   <state>/token.key          what secrets in the accounts are encrypted with
///   <state>/page.returned      passes of the page that were given back
///   <state>/ca.pem             the own certificate authority, for devices
///   <state>/tls/               its key, and the server's certificate
class StateFolder {
 public:
  /// Makes the folder with mode 0700 where it is missing. Refuses one that is not ours alone: a
  /// symbolic link, another owner, writable by others. Refuses when another process holds the lock
  /// and does not let go of it within `patience`; blocks meanwhile.
  static std::expected<StateFolder, Problem> open(
      const std::filesystem::path& path,
      std::chrono::milliseconds patience = std::chrono::milliseconds(0));
  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  StateFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;
};

[[nodiscard]] std::filesystem::path control_socket(const std::filesystem::path& state);
[[nodiscard]] std::filesystem::path account_folder(const std::filesystem::path& state,
                                                   const std::string& account);
[[nodiscard]] std::filesystem::path token_key_file(const std::filesystem::path& state);
[[nodiscard]] std::filesystem::path returned_passes_file(const std::filesystem::path& state);
/// A folder of ours with mode 0700; made if it is missing, with its parents.
[[nodiscard]] std::expected<void, Problem> private_folder(const std::filesystem::path& path);

}  // namespace postern::daemon
