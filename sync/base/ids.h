#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace postern {

/// A number that cannot be mistaken for another kind of number. `Tag` only tells the kinds apart.
template <class Tag, class Number>
struct Id {
  using number_type = Number;
  Number value{};

  constexpr Id() = default;
  constexpr explicit Id(Number n) : value(n) {}
  friend constexpr auto operator<=>(Id, Id) = default;
  /// The one after this; the caller has made sure that there is one.
  [[nodiscard]] constexpr Id next() const { return Id(static_cast<Number>(value + 1)); }
};

/// RFC 9051 section 2.3.1.1: unique and strictly rising within a mailbox and its UIDVALIDITY; never
/// 0.
using Uid = Id<struct UidTag, std::uint32_t>;
/// RFC 9051 section 2.3.1.2: the position in a session's own picture of a mailbox, from 1.
using SeqNum = Id<struct SeqNumTag, std::uint32_t>;
using UidValidity = Id<struct UidValidityTag, std::uint32_t>;
/// RFC 7162 section 3.1: rises with every change of a mailbox; 63 bits, never 0 once something was
/// stored.
using ModSeq = Id<struct ModSeqTag, std::uint64_t>;

/// Keys of the store; meaningful within one account.
using MailboxId = Id<struct MailboxIdTag, std::int64_t>;
using BodyId = Id<struct BodyIdTag, std::int64_t>;
using SourceId = Id<struct SourceIdTag, std::int64_t>;
/// One upstream message as it was delivered; copies of it in other mailboxes bear the same origin.
/// 0: not from a source.
using OriginId = Id<struct OriginIdTag, std::int64_t>;
/// A message that waits to be sent; never given twice.
using SubmissionId = Id<struct SubmissionIdTag, std::int64_t>;
/// Never given twice.
using DeviceId = Id<struct DeviceIdTag, std::int64_t>;

}  // namespace postern

template <class Tag, class Number>
struct std::hash<postern::Id<Tag, Number>> {
  std::size_t operator()(postern::Id<Tag, Number> id) const noexcept {
    return std::hash<Number>{}(id.value);
  }
};
