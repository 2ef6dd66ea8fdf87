#include "config/secret_field.h"

#include "config/private_file.h"
#include "config/values.h"

namespace postern::config {
namespace {

Parsed<std::string> variable_name(std::string_view text) {
  auto name = line_of_text(text);
  if (name && (name->find('=') != std::string::npos || name->find(' ') != std::string::npos)) {
    return std::unexpected(Problem{"is not the name of an environment variable",
                                   "write the name alone, like GMX_PASSWORD"});
  }
  return name;
}

Parsed<std::string> credential_name(std::string_view text) {
  auto name = line_of_text(text);
  if (name && name->find('/') != std::string::npos) {
    return std::unexpected(Problem{"is a path, not the name of a credential",
                                   "write the name given in LoadCredential="});
  }
  return name;
}

std::optional<SecretSource> from_file(Report& report, Fields& fields) {
  const auto name = fields.get("file", line_of_text);
  if (!name) return std::nullopt;
  const std::filesystem::path path = report.resolve(*name);
  if (report.files() == Report::Files::check) {
    if (auto problem = check_private(path, path.string()))
      fields.mistake("file", std::move(*problem));
  }
  return SecretSource{SecretSource::File{path}};
}

/// What stands in braces may be the password itself: then it is not repeated as an unknown key.
bool names_a_place(const Node& node, const std::vector<std::string_view>& places) {
  return node.entries.size() == 1 && !nearest(node.entries.front().key, places).empty();
}

}  // namespace

std::optional<SecretSource> read_secret_source(Report& report, Fields& fields,
                                               std::string_view key) {
  const Node* node = fields.find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == Node::Kind::scalar) {
    report.saw_plain_secret(node->at, fields.path(key));
    auto text = fields.get(key, line_of_text);
    if (!text) return std::nullopt;
    return SecretSource{SecretSource::Plain{Secret(std::move(*text))}};
  }
  if (node->kind == Node::Kind::mapping &&
      !names_a_place(*node, {"file", "env", "command", "credential"})) {
    fields.mistake(key, {"must say one place to take the password from",
                         "write one of {file: PATH}, {env: NAME}, {command: \"...\"}, "
                         "{credential: NAME}; a password that begins with { needs quotes"});
    return std::nullopt;
  }
  Fields from(report, *node, fields.path(key), {"file", "env", "command", "credential"});
  if (from.has("file")) return from_file(report, from);
  if (auto name = from.get("env", variable_name))
    return SecretSource{SecretSource::Environment{*name}};
  if (auto line = from.get("command", line_of_text))
    return SecretSource{SecretSource::Command{*line}};
  if (auto name = from.get("credential", credential_name)) {
    return SecretSource{SecretSource::Credential{*name}};
  }
  return std::nullopt;
}

}  // namespace postern::config
