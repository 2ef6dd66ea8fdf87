#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "config/config.h"
#include "sync/base/problem.h"

namespace postern::config {

template <class T>
using Parsed = std::expected<T, Problem>;

/// One line of text without control characters, not empty.
[[nodiscard]] Parsed<std::string> line_of_text(std::string_view text);
/// "true" or "false".
[[nodiscard]] Parsed<bool> truth(std::string_view text);
/// A whole number within the limits, both included.
[[nodiscard]] Parsed<std::uint64_t> whole_number(std::string_view text, std::uint64_t least,
                                                 std::uint64_t most);
/// "5 minutes", "30 s", "1 h", "2 days"; a unit is needed.
[[nodiscard]] Parsed<std::chrono::seconds> duration(std::string_view text);
/// "150 MiB", "64 KiB", "10 MB", "4096 octets": in octets; a unit is needed.
[[nodiscard]] Parsed<std::uint64_t> octets(std::string_view text);
/// forever | until-deleted | <N> days | never
[[nodiscard]] Parsed<KeepOnServer> keep_on_server(std::string_view text);
/// implicit | starttls | none
[[nodiscard]] Parsed<Tls> tls_mode(std::string_view text);
/// strongest | user | apop | plain | login | cram-md5 | scram-sha-1 | scram-sha-256, the last two
/// with -plus as well | oauthbearer | xoauth2
[[nodiscard]] Parsed<Login> login_method(std::string_view text);
/// "pop.example.net:995", "192.0.2.1:995", "[::1]:110".
[[nodiscard]] Parsed<HostPort> host_port(std::string_view text);
/// An https URL, or an http one of this machine; without user name and fragment.
[[nodiscard]] Parsed<std::string> endpoint_url(std::string_view text);
/// An IP address and a port to listen on, in its usual spelling: "127.0.0.1:1143", "[::1]:1143".
[[nodiscard]] Parsed<std::string> listen_address(std::string_view text);
/// "SHA256:" and 64 hex digits, with or without colons between; given back without.
[[nodiscard]] Parsed<std::string> certificate_pin(std::string_view text);
/// The name of an account: it is typed into mail programs and names a file.
[[nodiscard]] Parsed<std::string> account_name(std::string_view text);
/// Something like an address: local-part@domain, without spaces.
[[nodiscard]] Parsed<std::string> mail_address(std::string_view text);
/// A mailbox of the account, "/" between levels; INBOX in any spelling.
[[nodiscard]] Parsed<std::string> mailbox_name(std::string_view text);

/// True for localhost, 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(std::string_view host);
/// ASCII only, as far as names and keys of this file go.
[[nodiscard]] std::string lower(std::string_view text);
/// A word for people, in quotes and bounded.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace postern::config
