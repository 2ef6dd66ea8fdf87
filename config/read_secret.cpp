#include "config/read_secret.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "config/command.h"
#include "config/private_file.h"

namespace postern::config {
namespace {

using Result = std::expected<Secret, Problem>;

constexpr std::chrono::seconds longest_command{30};

Result from(const SecretSource::Plain& plain, const std::stop_token& /*stop*/) {
  return plain.value;
}

Result from(const SecretSource::File& file, const std::stop_token& /*stop*/) {
  return read_first_line(file.path, Mode::must_be_private);
}

Result from(const SecretSource::Environment& variable, const std::stop_token& /*stop*/) {
  const char* value = std::getenv(variable.name.c_str());
  if (value == nullptr) {
    return std::unexpected(Problem{
        fmt::format("the environment variable {} is not set", variable.name),
        "set it for the daemon (with systemd: Environment= or EnvironmentFile=), then restart"});
  }
  return Secret(value);
}

Result from(const SecretSource::Command& command, const std::stop_token& stop) {
  return command_output(command.line, longest_command, stop);
}

Result from(const SecretSource::Credential& credential, const std::stop_token& /*stop*/) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) {
    return std::unexpected(
        Problem{fmt::format("there is no credential {}: systemd gave none", credential.name),
                fmt::format("add LoadCredential={}:FILE to the unit", credential.name)});
  }
  // systemd has already put these where only the service can read them.
  return read_first_line(std::filesystem::path(folder) / credential.name, Mode::any);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

std::expected<Secret, Problem> read_secret(const SecretSource& source,
                                           const std::stop_token& stop) {
  Result secret = std::visit([&stop](const auto& place) { return from(place, stop); }, source.from);
  if (!secret) return secret;
  if (secret->empty()) {
    return std::unexpected(Problem{"the password is empty", "put it where the configuration says"});
  }
  if (has_control(secret->reveal())) {
    return std::unexpected(
        Problem{"the password holds a line end or a NUL", "keep it on one line"});
  }
  return secret;
}

}  // namespace postern::config
