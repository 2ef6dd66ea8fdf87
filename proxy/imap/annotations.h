#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/store/mailbox.h"
#include "sync/wire/imap/command.h"

namespace postern::imap {

/// Annotations that are there without anybody having set them, and that nobody can set: of a
/// mailbox, or, without one, of the server (RFC 5464 section 6.2, RFC 6154 section 4). By rising
/// entries.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> fixed_annotations(
    const std::optional<store::MailboxInfo>& mailbox);
/// Whether it is one of them, of whatever mailbox or of the server. `entry` is in small letters.
[[nodiscard]] bool is_fixed_annotation(std::string_view entry,
                                       const std::optional<store::MailboxInfo>& mailbox);

/// Picks what a query names out of the annotations that there are: RFC 5464 section 4.2. One
/// thread.
class AnnotationAnswer {
 public:
  explicit AnnotationAnswer(wire::imap::command::MetadataQuery query) : query_(std::move(query)) {}

  /// In any order; of two with one name the first counts.
  void offer(std::string_view entry, std::string_view value);

  /// `entry-values` without the parentheses; empty if there are none. Entries that are named
  /// themselves and are not there are NIL.
  [[nodiscard]] std::string text() const;
  /// Octets of the longest value that is left out for MAXSIZE; 0 if none is.
  [[nodiscard]] std::uint64_t longest_left_out() const { return longest_; }

 private:
  [[nodiscard]] bool wanted(std::string_view entry) const;

  wire::imap::command::MetadataQuery query_;
  std::map<std::string, std::optional<std::string>, std::less<>> found_;  ///< nullopt: too long
  std::uint64_t longest_ = 0;
};

}  // namespace postern::imap
