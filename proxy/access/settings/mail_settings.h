#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postern::access::settings {

/// What is listened on, with the real port.
struct Offer {
  enum class Protocol : std::uint8_t { imap, imaps, pop3, submission, submissions, web };
  Protocol protocol;
  std::string address;  ///< "0.0.0.0:1993", "[::1]:1143"
};

enum class Security : std::uint8_t { tls, starttls, none };

/// Where a mail program is to connect to.
struct Server {
  std::string host;
  std::uint16_t port = 0;
  Security security = Security::tls;
  enum class Reach : std::uint8_t { network, this_machine } reach = Reach::network;
  friend bool operator==(const Server&, const Server&) = default;
};

/// Invariants of this folder:
/// - Texts are made of values and do no I/O; the same values make the same text.
/// - What people and peers wrote is data in every format: no name ends an element, begins a line or
///   makes a record.
/// - A password goes into no text but the one that is made for it (mobileconfig.h).
///
/// All that a mail program of one account or device must be told. What nobody listens for is none.
struct MailSettings {
  std::string login;         ///< "anna", "anna/phone"
  std::string mail_address;  ///< may be empty
  std::string person;        ///< as senders are shown; may be empty
  std::optional<Server> imap;
  std::optional<Server> pop3;
  std::optional<Server> smtp;
  std::optional<Server> web;  ///< the page; beyond this machine with TLS only

  /// Behind the @ of the mail address, else the host.
  [[nodiscard]] std::string domain() const;
  /// The mail address, else one at the host that a program takes.
  [[nodiscard]] std::string address_or_login() const;
};

/// How this machine is called in the local network and on itself.
struct Hosts {
  std::string network = "localhost";  ///< "attic.local"
  std::string this_machine = "localhost";
  bool addresses = true;  ///< the certificate names those of this machine as well
};

/// The best of `offers` for each protocol: the network's before this machine's, TLS from the first
/// octet before STARTTLS. To the network nothing is named without TLS. Pure.
[[nodiscard]] MailSettings mail_settings(const std::vector<Offer>& offers, const Hosts& hosts,
                                         std::string login, std::string mail_address = {},
                                         std::string person = {});

/// Of the names of a certificate the one to tell programs: one with a dot before one without,
/// "localhost" last. `names` is not empty.
[[nodiscard]] std::string network_name(const std::vector<std::string>& names);

}  // namespace postern::access::settings
