#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/store/body.h"

namespace postern::store {

/// Where an upstream message stands (no message lost, none twice; each step is committed before the
/// next is taken).
enum class OriginState : std::uint8_t {
  stored =
      1,  ///< body, mailbox entry and UIDL are on disk; upstream still has it as far as we know
  delete_due = 2,   ///< the policy or an expunge wants it deleted upstream; may have been sent,
                    ///< never taken for done
  gone = 3,         ///< a complete listing lacked it
  skipped = 4,      ///< beyond the limit: a placeholder is stored; never deleted upstream
  delete_sent = 5,  ///< as `delete_due`, and the server accepted a DELE in a session
};

/// A hash of those header fields of a message that no server changes; all 0 if it is not known or
/// if the header has none that tell messages apart.
using HeaderHash = std::array<std::uint8_t, 16>;

[[nodiscard]] constexpr bool is_known(const HeaderHash& hash) {
  return hash != HeaderHash{};
}

/// Of an origin that is gone: the listings without it are of no interest, because we deleted it, or
/// because it is settled what becomes of its messages.
inline constexpr std::int32_t not_counted = -1;

/// One upstream message that was delivered here, in order of `id`.
struct Origin {
  OriginId id;
  std::string uidl;          ///< octets as the server sent them; compared as octets
  std::uint32_t octets = 0;  ///< as stored here; of state `skipped`: it has more than this
  OriginState state = OriginState::stored;
  bool expunged = false;        ///< no mailbox holds it any more: a tombstone
  WallTime first_seen{};        ///< when the delivery was committed
  WallTime gone_since{};        ///< of state `gone`
  std::uint64_t announced = 0;  ///< octets by the server's LIST; 0 if unknown, or if it says
                                ///< another size each time
  std::int32_t lacking = 0;     ///< of state `gone`: good listings without it, or `not_counted`
  HeaderHash header_hash{};
  std::chrono::seconds watched_from{0};  ///< by its source's clock: delivered, or gone since
  std::uint64_t also_announced = 0;      ///< another size that LIST told of the same message, or 0
};

/// What is recorded of a message with its delivery.
struct Arrival {
  std::string_view uidl;
  InternalDate date{};
  WallTime now{};
  std::uint64_t announced = 0;  ///< octets by the server's LIST; 0 if unknown
  HeaderHash header_hash{};
  OriginState state = OriginState::stored;  ///< or `skipped`: this is a placeholder
  std::uint64_t exceeds = 0;  ///< of a placeholder: the message has more octets than this
};

/// A known message that the server lists under another id now.
struct Rebinding {
  OriginId origin;
  std::string uidl;
  std::uint64_t announced = 0;
};

/// A message that could not be fetched.
struct FetchFailure {
  std::string uidl;
  std::uint32_t failures = 0;
  WallTime next_try{};
};

/// What is remembered of a source itself.
struct SourceRecord {
  bool full_sync = false;       ///< one was completed
  bool relinking = false;       ///< its ids changed, and not all messages are recognised yet
  WallTime suspicious_since{};  ///< 0: the last listing was not suspicious
  WallTime listed_at{};         ///< the first complete listing of the last day with one; 0: none
  WallTime listed_before{};     ///< the same of the day before that which had one
  /// Its own clock, and when that was read last; see engine/watch.h.
  std::chrono::seconds watched{0};
  WallTime watched_at{};
  std::string boot;  ///< empty: it does not go yet
  std::chrono::seconds boot_time{0};
  friend bool operator==(const SourceRecord&, const SourceRecord&) = default;
};

/// What the logins of a source taught, for the next run of the program.
struct LoginRecord {
  WallTime last{};                    ///< when the last one was tried; 0: it does not matter
  WallTime last_success{};            ///< 0: none is known
  std::chrono::seconds announced{0};  ///< the server's LOGIN-DELAY
  std::chrono::seconds learned{0};    ///< the least time between two, by the server's refusals
  unsigned refusals = 0;              ///< of the credentials for certain, in a row
  unsigned failures = 0;              ///< logins in a row that were not taken, for whatever reason
  WallTime refused_since{};           ///< the first of these; 0: the last one was taken
  std::string refused;  ///< the credentials of the last one, sealed as a credential is; or empty
  friend bool operator==(const LoginRecord&, const LoginRecord&) = default;
};

}  // namespace postern::store
