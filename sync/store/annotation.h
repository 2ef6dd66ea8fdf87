#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/base/ids.h"

namespace postern::store {

/// Stands for a mailbox where an annotation belongs to the account as a whole (RFC 5464 section 3,
/// server annotations).
inline constexpr MailboxId whole_account{0};

/// Octets of one value.
inline constexpr std::size_t most_value_octets = std::size_t{32} * 1024;
/// Of one mailbox, and of the account as a whole.
inline constexpr std::size_t most_annotations = 200;
/// Octets of all names and values of an account together.
inline constexpr std::size_t most_annotation_octets = std::size_t{4} * 1024 * 1024;

/// What becomes of one annotation.
struct NewAnnotation {
  std::string entry;                 ///< "/private/comment", in small letters
  std::optional<std::string> value;  ///< any octets; nullopt: there is none any more
};

/// Which annotations an account has, without their values; immutable, any thread.
struct AnnotationPicture {
  struct Item {
    MailboxId mailbox;
    std::string entry;
    std::uint64_t fingerprint = 0;  ///< of the value
  };
  std::vector<Item> items;  ///< by mailbox and entry
};

struct ChangedAnnotation {
  MailboxId mailbox;
  std::string entry;
};
/// Those that came, went or have another value, by mailbox and entry.
[[nodiscard]] std::vector<ChangedAnnotation> changed_annotations(const AnnotationPicture& mine,
                                                                 const AnnotationPicture& latest);

}  // namespace postern::store
