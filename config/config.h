#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/client_profile.h"
#include "sync/base/log.h"
#include "sync/base/secret.h"

namespace postern::config {

/// Where a secret comes from; read when it is needed, so that a changed file or a new environment
/// is seen on reload.
struct SecretSource {
  struct Plain {
    Secret value;
    bool operator==(const Plain&) const = default;
  };
  struct File {
    std::filesystem::path path;
    bool operator==(const File&) const = default;
  };
  struct Environment {
    std::string name;
    bool operator==(const Environment&) const = default;
  };
  struct Command {
    std::string line;
    bool operator==(const Command&) const = default;
  };  ///< run by /bin/sh; its first line of output
  struct Credential {
    std::string name;
    bool operator==(const Credential&) const = default;
  };  ///< systemd, $CREDENTIALS_DIRECTORY
  std::variant<Plain, File, Environment, Command, Credential> from;

  /// The same place, not the same secret.
  bool operator==(const SecretSource&) const = default;
};

enum class Tls : std::uint8_t { implicit, starttls, none };

struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const HostPort&) const = default;
};

/// How to sign in at a provider that wants a token instead of a password (RFC 6749), the preset
/// already applied.
struct OAuth {
  std::string client_id;
  std::optional<SecretSource> client_secret;
  std::string scope;          ///< may be empty
  std::string authorization;  ///< URL for a browser; may be empty
  std::string token;          ///< URL
  std::string device;         ///< URL for a sign-in by code; may be empty

  bool operator==(const OAuth&) const = default;
};

/// How a source logs in.
enum class Login : std::uint8_t {
  strongest,  ///< of those that the server offers
  user,       ///< USER and PASS
  apop,
  plain,
  login,
  cram_md5,
  scram_sha_1,
  scram_sha_256,
  scram_sha_1_plus,
  scram_sha_256_plus,
  oauthbearer,
  xoauth2,
};

/// How long the upstream copy of a fetched message lives.
struct KeepOnServer {
  enum class Rule : std::uint8_t { forever, until_deleted, days, never };
  Rule rule = Rule::forever;
  std::chrono::days days{0};

  bool operator==(const KeepOnServer&) const = default;
};

enum class GoneUpstream : std::uint8_t { keep, trash };

/// A POP3 mailbox that mail is pulled from, the preset already applied.
struct Source {
  std::string provider;  ///< empty without a preset
  HostPort server;
  Tls tls = Tls::implicit;
  bool insecure = false;
  std::string username;
  SecretSource password;  ///< means nothing with `oauth`
  std::optional<OAuth> oauth;
  Login login = Login::strongest;
  KeepOnServer keep_on_server;
  GoneUpstream gone_upstream = GoneUpstream::keep;
  /// How long a message has to be gone there until `trash` moves it.
  std::chrono::seconds gone_upstream_after{std::chrono::days(2)};
  std::chrono::seconds poll{std::chrono::minutes(5)};
  std::chrono::seconds shortest_poll{0};  ///< what the provider allows; 0: none is known
  std::string deliver_to = "INBOX";
  std::optional<std::filesystem::path> ca;
  std::optional<std::string> pin;

  /// Unique in an account and stable over restarts: "pop3://user@host:port".
  [[nodiscard]] std::string key() const;
  /// The mailbox itself, whatever the port and the kind of TLS: no two may pull from it at once.
  [[nodiscard]] std::string maildrop() const;
  /// Polled in the same way, secrets from the same places.
  bool operator==(const Source&) const = default;
};

/// A submission server, the preset already applied.
struct Outgoing {
  std::string provider;
  HostPort server;
  Tls tls = Tls::implicit;
  bool insecure = false;
  std::string username;
  std::optional<SecretSource> password;
  /// Without a password: the source (Source::key) whose password or sign-in it uses.
  std::string source;
  Login login = Login::strongest;
  std::vector<std::string> from;  ///< the addresses that are sent from here, the default first
  enum class Queue : std::uint8_t {
    when_unreachable,  ///< a program hears the server's own answer, unless there is none
    always,            ///< what is on disk here is accepted
  };
  Queue queue = Queue::when_unreachable;
  std::optional<std::filesystem::path> ca;
  std::optional<std::string> pin;

  /// Unique in an account and stable over restarts: "smtp://user@host:port".
  [[nodiscard]] std::string key() const;
  bool operator==(const Outgoing&) const = default;
};

struct Account {
  std::string name;
  SecretSource password;
  std::vector<Source> sources;
  std::vector<Outgoing> outgoing;
  Switches capabilities;  ///< of its IMAP face
};

/// Whom a relay signs in for: programs log in as the account.
struct RelayLogin {
  std::string account;
  std::string username;                  ///< at the provider
  std::optional<SecretSource> password;  ///< at the provider
  /// Without a password: whose sign-in (OAuth) it uses.
  std::optional<Source> source;
};

struct Relay {
  std::string listen;
  enum class Protocol : std::uint8_t { pop3, imap, smtp } protocol = Protocol::pop3;
  HostPort upstream;
  Tls tls = Tls::implicit;
  bool insecure = false;
  std::optional<std::filesystem::path> ca;
  std::optional<std::string> pin;
  std::vector<RelayLogin> login;  ///< empty: programs log in at the server themselves
};

/// Where a device that only sends, and knows no TLS, may say its password in the clear.
struct ScannerListener {
  std::string address;
  std::string device;  ///< "account/name": no other logs in there without TLS

  bool operator==(const ScannerListener&) const = default;
};

struct Listen {
  std::vector<std::string> imap;  ///< "address:port" each
  std::vector<std::string> imaps;
  std::vector<std::string> pop3;
  std::vector<std::string> submission;
  std::vector<std::string> submissions;
  std::vector<ScannerListener> scanners;
  std::vector<std::string> web;
};

struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;

  bool operator==(const TlsFiles&) const = default;
};

/// What holds for devices with a password of their own.
struct DeviceSettings {
  /// What becomes of a message that a device deletes by POP3: it is hidden from that device, or
  /// goes for all.
  enum class Pop3Delete : std::uint8_t { hide, expunge } pop3_delete = Pop3Delete::hide;
};

struct LimitSettings {
  std::size_t connections = 1000;
  std::size_t connections_per_address = 50;
  std::uint64_t message = 150ULL * 1024 * 1024;  ///< octets
  std::size_t command_line = 64 * 1024;          ///< octets
};

struct Config {
  std::filesystem::path
      file;  ///< where it was read from; relative paths in it are relative to its folder
  std::filesystem::path state;
  Listen listen;
  std::optional<TlsFiles> tls;    ///< without: `auto`, an own CA and leaf in the state folder
  std::vector<Account> accounts;  ///< in the order of the file
  std::vector<Relay> relays;
  /// Mail programs and what is not offered to them, those of the file before the built-in ones.
  std::vector<ClientProfile> clients = built_in_clients();
  DeviceSettings devices;
  LimitSettings limits;
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::text;
  /// What is valid but does nothing in this release, as "FILE:LINE:COLUMN: key: ..." lines for
  /// people.
  std::vector<std::string> notes;
};

}  // namespace postern::config
