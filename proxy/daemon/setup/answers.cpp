#include "proxy/daemon/setup/answers.h"

#include <algorithm>
#include <cctype>
#include <random>
#include <utility>

#include "config/values.h"

namespace postern::daemon::setup {
namespace {

constexpr std::size_t longest_account_name = 64;

std::string plain_name(std::string_view text) {
  std::string name;
  for (const char c : config::lower(text)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ||
                       c == '-' || c == '+';
    if (plain) name += c;
  }
  // A name that begins with a dot would be a hidden folder.
  name.erase(0, name.find_first_not_of(".-+_"));
  return name.substr(0, longest_account_name);
}

}  // namespace

config::Source Answers::source() const {
  config::Source source;
  if (preset) source.provider = preset->id;
  source.server = server;
  source.tls = tls;
  source.insecure = insecure;
  source.username = username;
  source.pin = pin;
  if (preset) source.shortest_poll = preset->shortest_poll;
  return source;
}

config::NewSource Answers::to_write() const {
  config::NewSource out;
  out.account = account;
  out.server = server;
  out.tls = tls;
  out.insecure = insecure;
  out.username = username;
  out.client_id = client_id;
  out.keep_on_server = keep_on_server;
  out.pin = pin;
  // The preset reads the login name out of the address by itself.
  const bool as_the_preset_has_it =
      preset && server.host == preset->host && server.port == preset->port && tls == preset->tls;
  if (as_the_preset_has_it) {
    out.provider = preset->serves(config::lower(address.substr(address.rfind('@') + 1)))
                       ? config::lower(address.substr(address.rfind('@') + 1))
                       : std::string(preset->id);
    if (username == preset->login_name(address)) out.username = address;
  }
  if (sends && !out.provider.empty()) out.send_from = {address};
  return out;
}

std::optional<config::Outgoing> Answers::outgoing() const {
  const std::string provider = to_write().provider;
  if (provider.empty()) return std::nullopt;
  const auto server_for_sending = config::preset(provider, config::MailProtocol::smtp);
  if (!server_for_sending || server_for_sending->tls == config::Tls::none) return std::nullopt;
  config::Outgoing outgoing;
  outgoing.provider = server_for_sending->id;
  outgoing.server = {server_for_sending->host, server_for_sending->port};
  outgoing.tls = server_for_sending->tls;
  outgoing.username = server_for_sending->login_name(username);
  outgoing.from = {address};
  return outgoing;
}

std::string account_name_for(std::string_view address) {
  const std::string name = plain_name(address.substr(0, address.rfind('@')));
  return name.empty() ? "mail" : name;
}

Secret new_password() {
  // No letters and digits that look alike.
  constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  constexpr int groups = 4;
  constexpr int group_size = 5;
  std::random_device random;  // the kernel's
  std::uniform_int_distribution<std::size_t> any(0, alphabet.size() - 1);
  std::string text;
  for (int group = 0; group < groups; ++group) {
    if (group != 0) text += '-';
    for (int i = 0; i < group_size; ++i) text += alphabet[any(random)];
  }
  return Secret(std::move(text));
}

std::string secret_name(const Answers& answers) {
  const std::string server = plain_name(answers.preset ? answers.preset->id : answers.server.host);
  return answers.account + "-" + server;
}

}  // namespace postern::daemon::setup
