#include "sync/engine/explain.h"

#include <fmt/format.h>

#include "config/provider.h"
#include "sync/base/log.h"
#include "sync/engine/interception.h"
#include "sync/engine/refusal_words.h"

namespace postern::engine {

namespace {

std::string name_of(const config::HostPort& server) {
  return fmt::format("{}:{}", server.host, server.port);
}

std::string server_of(const config::Source& source) {
  return name_of(source.server);
}

/// Where POP3 is switched on, as the end of a sentence.
std::string page_of(const config::Source& source) {
  auto preset = config::preset_of_server(source.server.host);
  if (!preset && !source.provider.empty())
    preset = config::preset(source.provider, config::MailProtocol::pop3);
  return preset && !preset->enable_page.empty() ? fmt::format(" ({})", preset->enable_page) : "";
}

std::string_view advice_for(store::FailureKind kind) {
  using store::FailureKind;
  switch (kind) {
    case FailureKind::disk_full: return "free some space on the disk that holds the state folder";
    case FailureKind::read_only: return "make the state folder writable";
    case FailureKind::locked: return "another program holds the database; close it";
    case FailureKind::corrupt: return "restore a backup; the mail is still on the server";
    case FailureKind::newer: return "install the release that wrote it";
    case FailureKind::io: return "check the disk that holds the state folder";
    case FailureKind::closed: return "it is shutting down";
    case FailureKind::bug: return "report this with the log";
  }
  return "";
}

std::string number_of(const upstream::Refused& why) {
  return why.message ? fmt::format(" {}", *why.message) : std::string();
}

Trouble explain_refused_login(const config::Source& source, const upstream::Refused& why) {
  const std::string server = server_of(source);
  const std::string words = log::quoted(why.words);
  if (source.oauth) {
    return {SourceState::sign_in_needed,
            fmt::format("{} refused the token of {} with {}; check that the provider allows "
                        "POP3, and sign in as {} again: postern login",
                        server, source.username, words, source.username)};
  }
  if (hint_of(why.words) == Hint::access_off) {
    return {SourceState::wrong_password,
            fmt::format("{} refused the login of {} with {}; POP3 seems to be switched off for "
                        "this mailbox: switch it on at the provider{}",
                        server, source.username, words, page_of(source))};
  }
  return {SourceState::wrong_password,
          fmt::format("{} refused the login of {} with {}; check user name and password, and "
                      "that the provider allows POP3{}",
                      server, source.username, words, page_of(source))};
}

}  // namespace

Trouble explain(const config::HostPort& address, const net::Error& error) {
  using net::ErrorKind;
  const std::string server = name_of(address);
  switch (error.kind()) {
    case ErrorKind::certificate:
      if (const auto program = interceptor(error.what())) {
        return {SourceState::bad_certificate,
                fmt::format("{}: {}. This is not the server's certificate: {} on this machine or "
                            "in this network reads along. Nothing was sent. Switch off its "
                            "scanning of mail, or trust it by naming its authority with `ca:`",
                            server, error.what(), *program)};
      }
      return {SourceState::bad_certificate,
              fmt::format("{}: {}; nothing was sent. If the certificate is right, name its "
                          "authority with `ca:` or the certificate itself with `pin:`",
                          server, error.what())};
    case ErrorKind::tls:
      return {SourceState::unreachable,
              fmt::format("{}: no TLS connection: {}; check the port and `tls:`", server,
                          error.what())};
    case ErrorKind::timeout:
      return {SourceState::unreachable,
              fmt::format("{}: no answer in time: {}; it is tried again", server, error.what())};
    case ErrorKind::resolve:
    case ErrorKind::connect:
      return {SourceState::unreachable,
              fmt::format("{}: {}; check the host name, the port and the network", server,
                          error.what())};
    case ErrorKind::closed:
    case ErrorKind::truncated:
    case ErrorKind::io:
    case ErrorKind::cancelled:
      return {
          SourceState::unreachable,
          fmt::format("{}: the connection was lost: {}; it is tried again", server, error.what())};
  }
  return {SourceState::unreachable, error.what()};
}

Trouble explain(const config::Source& source, const upstream::Refused& why) {
  using upstream::Refusal;
  const std::string server = server_of(source);
  const std::string words = log::quoted(why.words);
  switch (why.kind) {
    case Refusal::auth: return explain_refused_login(source, why);
    case Refusal::in_use:
      return {SourceState::mailbox_locked,
              fmt::format("{}: another program holds the mailbox ({}); it is tried again", server,
                          words)};
    case Refusal::throttled:
      return {SourceState::throttled,
              fmt::format("{} wants fewer logins ({}); it is tried again later, consider a longer "
                          "`poll:`",
                          server, words)};
    case Refusal::sys_temp:
      return {SourceState::server_error,
              fmt::format("{} has a passing trouble ({}); it is tried again", server, words)};
    case Refusal::sys_perm:
      return {SourceState::server_error,
              fmt::format("{} refuses this mailbox ({}); ask the provider", server, words)};
    case Refusal::no_tls:
      return {SourceState::server_error,
              fmt::format("{}: no TLS ({}); the password was not sent. Use `tls: implicit` with "
                          "the port for it, usually 995",
                          server, words)};
    case Refusal::no_uidl:
      return {SourceState::server_error,
              fmt::format("{} refused UIDL, which it knew before; nothing was fetched, and it is "
                          "tried again",
                          server)};
    case Refusal::login_method:
      return {SourceState::server_error,
              fmt::format("{} refused the way to log in, at {} ({}); the password was not judged. "
                          "Name another one with `login:`",
                          server, why.during, words)};
    case Refusal::hung_up:
      return {SourceState::server_error,
              fmt::format("{} ended the connection instead of answering the login of {}; it is "
                          "tried again. Check user name and password, and that the provider "
                          "allows POP3{}",
                          server, source.username, page_of(source))};
    case Refusal::too_large:
      return {SourceState::server_error,
              fmt::format("{}: message {} is beyond the limit, or has no end; it stays there, the "
                          "others are fetched first",
                          server, why.message.value_or(0))};
    case Refusal::other:
    case Refusal::doubtful:
    case Refusal::protocol:
      return {SourceState::server_error, fmt::format("{} answered {}{} with {}; it is tried again",
                                                     server, why.during, number_of(why), words)};
  }
  return {SourceState::server_error, words};
}

Trouble explain(const store::StoreFailure& failure) {
  return {SourceState::store_failure,
          fmt::format("mail could not be stored: {}; {}. It stays on the server", failure.what(),
                      advice_for(failure.kind()))};
}

std::string retention_note(const config::KeepOnServer& keep,
                           const std::optional<wire::pop3::Expiry>& expiry) {
  using Rule = config::KeepOnServer::Rule;
  if (!expiry || !expiry->days || keep.rule == Rule::never) return {};
  if (keep.rule == Rule::days && keep.days <= std::chrono::days(*expiry->days)) return {};
  if (*expiry->days == 0)
    return "the server deletes what was fetched, whatever keep_on_server says; only what is here "
           "remains";
  return fmt::format("the server deletes messages after {} days, whatever keep_on_server says",
                     *expiry->days);
}

}  // namespace postern::engine
