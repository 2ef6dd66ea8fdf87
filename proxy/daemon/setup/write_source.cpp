#include "proxy/daemon/setup/write_source.h"

#include <string>

#include "config/append.h"
#include "proxy/daemon/setup/new_files.h"

namespace postern::daemon::setup {

std::expected<std::filesystem::path, Problem> write_source(const std::filesystem::path& file,
                                                           std::string_view text,
                                                           const Answers& answers,
                                                           const Secret& account_password) {
  namespace fs = std::filesystem;
  NewFiles files;
  const fs::path folder = fs::absolute(file).parent_path();
  config::NewSource source = answers.to_write();
  const auto add = [&](const std::string& name,
                       const Secret& secret) -> std::expected<fs::path, Problem> {
    const auto path = files.add(folder / "secrets" / name, secret);
    if (!path) return std::unexpected(path.error());
    return path->lexically_relative(folder);
  };
  if (!account_password.empty()) {
    const auto path = add(answers.account, account_password);
    if (!path) return path;
    source.account_password = *path;
  }
  if (answers.client_id.empty()) {
    const auto path = add(secret_name(answers), answers.password);
    if (!path) return path;
    source.password = *path;
  }
  const auto with = config::with_source(text, source, fs::absolute(file));
  if (!with) return std::unexpected(with.error());
  const auto written = files.replace(file, *with);
  if (!written) return std::unexpected(written.error());
  files.keep();
  return folder / source.account_password;
}

}  // namespace postern::daemon::setup
