#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wire::pop3 {

/// How long a server keeps what was fetched (RFC 2449 section 6.7).
struct Expiry {
  /// nullopt: for ever. 0: what was fetched is gone with the session.
  std::optional<std::uint32_t> days;
  bool operator==(const Expiry&) const = default;
};

/// What a server says it can (RFC 2449 section 6), from the lines of one CAPA answer.
class Capabilities {
 public:
  enum class Name : std::uint8_t {
    top,
    user,
    resp_codes,
    auth_resp_code,  ///< RFC 3206 section 6
    pipelining,
    uidl,
    stls,       ///< RFC 2595 section 4
    utf8,       ///< RFC 6856 section 2
    utf8_user,  ///< user names and passwords in UTF-8 as well (RFC 6856 section 2.2)
    lang,
  };

  /// One line of the answer; what is not understood is passed over.
  void add(std::string_view line);

  [[nodiscard]] bool has(Name name) const { return (names_ & bit(name)) != 0; }
  /// Of the SASL mechanism, in any case.
  [[nodiscard]] bool has_mechanism(std::string_view capitals) const;
  [[nodiscard]] const std::vector<std::string>& mechanisms() const { return mechanisms_; }
  /// RFC 2449 section 6.5: the shortest time between two logins.
  [[nodiscard]] std::optional<std::chrono::seconds> login_delay() const { return login_delay_; }
  /// nullopt: the server says nothing about it.
  [[nodiscard]] const std::optional<Expiry>& expiry() const { return expiry_; }
  [[nodiscard]] const std::string& implementation() const { return implementation_; }

 private:
  static std::uint32_t bit(Name name) { return 1U << static_cast<unsigned>(name); }

  std::uint32_t names_ = 0;
  std::vector<std::string> mechanisms_;  ///< in capitals, at most 32
  std::optional<std::chrono::seconds> login_delay_;
  std::optional<Expiry> expiry_;
  std::string implementation_;
};

}  // namespace postern::wire::pop3
