#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/mime/base_subject.h"

namespace postern::wire::mime {

/// What SORT and THREAD compare of one message: RFC 5256 sections 2 and 3, RFC 5957 section 3.
/// Texts are keys of i;unicode-casemap (`collation_key`), compared octet by octet; what is missing
/// is empty and comes first. Of repeated fields those count that count in the ENVELOPE.
struct SortKeys {
  /// Of a text, before it becomes a key; a cut text ends at a whole character.
  static constexpr std::size_t text_octets = 4096;

  std::optional<long long> sent;  ///< UTC, seconds since 1970; none: INTERNALDATE takes its place
  std::string subject;            ///< the base subject
  BaseSubject::Kind kind = BaseSubject::Kind::original;
  std::string from;  ///< `addr-mailbox` of the first one, or the name of the group it is in
  std::string to;
  std::string cc;
  std::string display_from;  ///< the name of the first one, decoded, or else "mailbox@host"
  std::string display_to;
  std::string message_id;               ///< as `message_ids` gives it; no key
  std::vector<std::string> references;  ///< from the root of the thread to the parent, likewise

  bool operator==(const SortKeys&) const = default;

  /// A compact form for the database; decode refuses what encode could not have made.
  [[nodiscard]] std::string encode() const;
  static std::expected<SortKeys, std::string> decode(std::string_view stored);
  /// The same into the memory that is here already; false: damaged, and nothing here is of use.
  [[nodiscard]] bool read(std::string_view stored);
  /// `sent` alone; nullopt: damaged.
  static std::optional<std::optional<long long>> sent_in(std::string_view stored);
};

/// Of the message with this header. Time grows with its length only; the keys stay below 1 MiB.
[[nodiscard]] SortKeys sort_keys(std::string_view header);

}  // namespace postern::wire::mime
