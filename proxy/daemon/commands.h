#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "config/config.h"
#include "proxy/daemon/sign_in.h"
#include "sync/base/problem.h"
#include "sync/engine/wish.h"

namespace postern::daemon {

enum class StatusForm { text, json };

// One function for each command: does it, prints for people, returns the exit status.
int run_command(const std::filesystem::path& config_file);
int check_command(const std::filesystem::path& config_file);
int status_command(const std::filesystem::path& config_file, StatusForm form);
struct SyncOptions {
  std::string account;  ///< empty: all of them
  engine::PollWish wish = engine::PollWish::none;
};
int sync_command(const std::filesystem::path& config_file, const SyncOptions& options);
struct LoginOptions {
  std::string account;
  std::string source;  ///< key or user name; empty if there is only one with `oauth:`
  std::optional<SignInWay> way;
};
int login_command(const std::filesystem::path& config_file, const LoginOptions& options);
/// Asks, tries, writes: proxy/daemon/setup/.
int setup_command(const std::filesystem::path& config_file);
/// Looks at the sources of an account: proxy/daemon/doctor/.
int doctor_command(const std::filesystem::path& config_file, const std::string& account,
                   StatusForm form);
/// Files for Avahi or systemd-resolved, which tell the network what is listened on (RFC 6763).
struct AnnounceOptions {
  enum class Through { avahi, resolved } through = Through::avahi;
  std::optional<std::filesystem::path> folder;  ///< none: to standard output
};
int announce_command(const std::filesystem::path& config_file, const AnnounceOptions& options);
/// Opens the page of the daemon that runs: proxy/web/.
enum class PageLink : std::uint8_t { opened, printed };
int web_command(const std::filesystem::path& config_file, PageLink link);
int demo_command(const std::optional<std::filesystem::path>& state);

/// The configuration, or the exit status after its mistakes were printed.
[[nodiscard]] std::expected<config::Config, int> load_or_explain(
    const std::filesystem::path& config_file);
/// Prints "postern: what" and what to do next on standard error.
void explain(const Problem& problem);

}  // namespace postern::daemon
