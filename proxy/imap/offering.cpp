#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "proxy/access/sasl_server.h"
#include "proxy/imap/offer.h"
#include "proxy/imap/session.h"
#include "sync/net/tls.h"
#include "sync/wire/ascii.h"

namespace postern::imap {
namespace {

std::string printable(std::string_view text) {
  std::string out;
  wire::imap::append_text(out, text);
  return out;
}

config::ClientId id_of(const wire::imap::command::Id& command) {
  config::ClientId id;
  for (const auto& [field, value] : command.fields) {
    if (!value) continue;
    const auto is = [&field](std::string_view name) {
      return wire::equal_ignoring_case(field, name);
    };
    if (is("name")) id.name = printable(*value);
    if (is("vendor")) id.vendor = printable(*value);
    if (is("version")) id.version = printable(*value);
    if (is("os")) id.os = printable(*value);
  }
  return id;
}

/// RFC822.PEEK, which no grammar of IMAP4rev1 has.
bool fetches_rfc822_peek(const wire::imap::Command& command) {
  using wire::imap::FetchItem;
  const auto* fetch = std::get_if<wire::imap::command::Fetch>(&command.body);
  return fetch != nullptr && std::ranges::any_of(fetch->items, [](const FetchItem& item) {
           return item.kind == FetchItem::Kind::rfc822 && item.seen == FetchItem::Seen::untouched;
         });
}

}  // namespace

/// Before login the server takes LITERAL+ only up to 4096 octets, which is what LITERAL- means (RFC
/// 7888 section 5).
std::string Session::capabilities() const {
  const std::uint64_t append_limit = surroundings_.limits.message;
  config::Capabilities offer = offer_;
  // RFC 4978 section 3: once is enough.
  if (stream_.compressed()) offer.remove(config::Capability::compress_deflate);
  if (login_) return announce(offer, std::nullopt, append_limit);
  const auto mechanisms =
      access::SaslServer::offered(surroundings_.directory, peer(), stream_.tls_bindings());
  Entrance entrance;
  entrance.mechanisms = mechanisms;
  if (surroundings_.tls != nullptr && !stream_.secure() && !stream_.compressed())
    entrance.start_tls = Entrance::StartTls::possible;
  return announce(offer, entrance, append_limit);
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Capability& /*command*/) {
  out_ += "* CAPABILITY " + capabilities() + "\r\n";
  co_return Answer::ok("CAPABILITY completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Id& command) {
  const config::ClientId id = id_of(command);
  if (!id.name.empty()) {
    const std::string version = id.version.empty() ? "" : " " + id.version;
    program_ = (id.name + version).substr(0, 100);
  }
  if (login_) surroundings_.directory.introduce(*login_, peer(), program_);
  out_ += "* ID (\"name\" \"Postern\")\r\n";
  if (!id.empty()) take_profile(config::recognise(surroundings_.limits.clients, id));
  co_return Answer::ok("ID completed");
}

void Session::renew_offer() {
  const auto& accounts = surroundings_.limits.accounts;
  const auto account = login_ ? accounts.find(login_->account) : accounts.end();
  offer_ = offered(account == accounts.end() ? config::Switches{} : account->second,
                   profile_switches_, enabled_);
}

/// A program hears at once when what it was told before is not so any more.
void Session::take_profile(const config::ClientProfile* profile) {
  const std::string told = capabilities();
  profile_ = profile == nullptr ? std::string() : profile->name;
  profile_switches_ = profile == nullptr ? config::Switches{} : profile->switches;
  renew_offer();
  if (const std::string now = capabilities(); now != told) out_ += "* CAPABILITY " + now + "\r\n";
}

/// Of programs that say nothing of themselves.
void Session::watch_behaviour(const wire::imap::Command& command) {
  if (!profile_.empty() || !program_.empty() || !fetches_rfc822_peek(command)) return;
  take_profile(
      config::recognise(surroundings_.limits.clients, config::Behaviour::fetches_rfc822_peek));
}

}  // namespace postern::imap
