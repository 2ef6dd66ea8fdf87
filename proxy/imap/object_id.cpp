#include "proxy/imap/object_id.h"

#include <charconv>
#include <iterator>

#include <fmt/format.h>

namespace postern::imap {

std::string email_id(const store::BodyHash& hash) {
  std::string id = "M";
  for (const std::uint8_t octet : hash) fmt::format_to(std::back_inserter(id), "{:02x}", octet);
  return id;
}

std::optional<store::BodyHash> parse_email_id(std::string_view id) {
  store::BodyHash hash{};
  if (id.size() != 1 + 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const char* digits = id.data() + 1 + 2 * i;
    if (std::from_chars(digits, digits + 2, hash[i], 16).ptr != digits + 2) return std::nullopt;
  }
  // As it is written here: ids compare octet for octet.
  if (email_id(hash) != id) return std::nullopt;
  return hash;
}

std::string mailbox_id(UidValidity uid_validity) {
  return fmt::format("F{}", uid_validity.value);
}

}  // namespace postern::imap
