#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/imap/characters.h"

namespace postern::wire::imap {

/// The name of a mailbox as the store spells it: UTF-8, '/' between levels, no empty level, no
/// control characters, INBOX in capitals, as a name and as a first level (RFC 3501 section 5.1).
class MailboxName {
 public:
  static constexpr char delimiter = '/';

  static std::optional<MailboxName> from_utf8(std::string_view name);
  /// From modified UTF-7, or from UTF-8. One delimiter at the end is passed over (RFC 3501
  /// section 6.3.3: the client means to make children).
  static std::optional<MailboxName> from_wire(std::string_view name,
                                              Charset charset = Charset::ascii);

  [[nodiscard]] const std::string& utf8() const { return utf8_; }
  [[nodiscard]] std::string wire() const;
  [[nodiscard]] bool inbox() const { return utf8_ == "INBOX"; }
  /// The names above this one, the topmost first.
  [[nodiscard]] std::vector<std::string> parents() const;
  friend bool operator==(const MailboxName&, const MailboxName&) = default;

 private:
  explicit MailboxName(std::string utf8) : utf8_(std::move(utf8)) {}
  std::string utf8_;
};

/// RFC 3501 section 6.3.8: a reference and a mailbox name with `*` and `%`, joined.
class ListPattern {
 public:
  /// Both from modified UTF-7, or from UTF-8; nullopt if that is what they are not.
  static std::optional<ListPattern> from_wire(std::string_view reference, std::string_view mailbox,
                                              Charset charset = Charset::ascii);

  /// Costs O(pattern times name) whatever the pattern.
  [[nodiscard]] bool matches(std::string_view utf8) const;
  /// An empty mailbox name asks for the delimiter and the root only.
  [[nodiscard]] bool asks_for_root() const { return root_; }
  /// The pattern ends with '%': names that it stops short of are of interest as parents.
  [[nodiscard]] bool ends_with_percent() const { return pattern_.ends_with('%'); }
  friend bool operator==(const ListPattern&, const ListPattern&) = default;

 private:
  std::string pattern_;
  bool root_ = false;
};

}  // namespace postern::wire::imap
