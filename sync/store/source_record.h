#pragma once

#include <cstdint>
#include <string>

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/store/body.h"

namespace postern::store {

/// Where an upstream message stands (no message lost, none twice; each step is committed before the
/// next is taken).
enum class OriginState : std::uint8_t {
  stored =
      1,  ///< body, mailbox entry and UIDL are on disk; upstream still has it as far as we know
  delete_due = 2,  ///< the policy or an expunge wants it deleted upstream; may have been sent,
                   ///< never taken for done
  gone = 3,        ///< a complete listing lacked it
};

/// One upstream message that was delivered here, in order of `id`.
struct Origin {
  OriginId id;
  std::string uidl;          ///< octets as the server sent them; compared as octets
  std::uint32_t octets = 0;  ///< as stored here
  OriginState state = OriginState::stored;
  bool expunged = false;        ///< no mailbox holds it any more: a tombstone
  WallTime first_seen{};        ///< when the delivery was committed
  WallTime gone_since{};        ///< of state `gone`
  std::uint64_t announced = 0;  ///< octets by the server's LIST when it was fetched; 0 if unknown
};

}  // namespace postern::store
