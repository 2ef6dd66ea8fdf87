#include "proxy/imap/object_id.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <span>

#include <fmt/format.h>
#include <openssl/sha.h>

namespace postern::imap {

namespace {

std::string id_of(char kind, std::span<const std::uint8_t> octets) {
  std::string id(1, kind);
  for (const std::uint8_t octet : octets) fmt::format_to(std::back_inserter(id), "{:02x}", octet);
  return id;
}

}  // namespace

std::string email_id(const store::BodyHash& hash) {
  return id_of('M', hash);
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

std::string thread_id(const wire::mime::SortKeys& keys,
                      const std::function<store::BodyHash()>& hash) {
  const std::string& root = keys.references.empty() ? keys.message_id : keys.references.front();
  if (root.empty()) return id_of('T', hash());
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(root.data()), root.size(), digest.data());
  return id_of('T', digest);
}

std::string mailbox_id(UidValidity uid_validity) {
  return fmt::format("F{}", uid_validity.value);
}

}  // namespace postern::imap
