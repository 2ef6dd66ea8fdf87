#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sync/base/clock.h"
#include "sync/store/account.h"

namespace postern::daemon {

struct SampleMessage {
  std::string text;  ///< RFC 5322, CRLF
  WallTime date;
};

/// The `number`th message of a mailbox of `count`: the same for the same numbers and seed. Together
/// they span the two years before `last`, threads, attachments, newsletters, calendar invitations,
/// forwards and several scripts.
[[nodiscard]] SampleMessage sample_message(std::size_t number, std::size_t count, WallTime last,
                                           std::uint64_t seed = 1);

/// Fills an empty INBOX; does nothing if there is mail. Blocks.
std::optional<store::StoreFailure> add_sample_mail(store::Account& account, std::size_t count);

}  // namespace postern::daemon
