#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/mime/lexer.h"

namespace postern::wire::mime {

/// One `address` of an ENVELOPE: RFC 9051 section 7.5.2. A group is a sequence: an address with
/// only `mailbox` (its name) opens it, one without anything closes it.
struct Address {
  std::optional<std::string> name;
  std::optional<std::string> route;
  std::optional<std::string> mailbox;
  std::optional<std::string> host;

  bool operator==(const Address&) const = default;
};

/// What stands in an ENVELOPE for a mailbox or host that is missing, as Dovecot names it.
inline constexpr std::string_view no_mailbox = "MISSING_MAILBOX";
inline constexpr std::string_view no_domain = "MISSING_DOMAIN";

/// Reads an address list (RFC 5322 section 3.4, with the obsolete forms of section 4.4), one
/// address at a time, in linear time. What is wrong in an address is named SYNTAX_ERROR,
/// as Dovecot does; the list ends at the first
/// place where neither a comma nor the end follows an address.
class AddressReader {
 public:
  /// `value` must outlive the reader.
  explicit AddressReader(std::string_view value) : lexer_(value) {}
  [[nodiscard]] std::optional<Address> next();

 private:
  enum class Place { start, list, group, group_end, end };

  /// Words joined by single spaces: the name of a person or a group, or what a bare address begins
  /// with.
  struct Phrase {
    std::string text;
    std::size_t words = 0;
    bool readable = false;  ///< there is one, and it has an end
  };

  Address address();
  Address mailbox(std::size_t start, Phrase phrase);
  Address angle_address(std::string name);
  Address address_spec(std::size_t start, Phrase phrase);
  std::optional<Address> in_group();
  Phrase phrase();
  bool local_part(std::string& out);
  bool domain(std::string& out);
  bool route(std::string& out);
  void after_address();
  bool skip_commas();

  Lexer lexer_;
  Place place_ = Place::start;
};

/// Appends "(name route mailbox host)".
void append_address(std::string& out, const Address& address);

}  // namespace postern::wire::mime
