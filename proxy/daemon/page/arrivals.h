#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/base/clock.h"
#include "sync/store/account.h"

namespace postern::daemon::page {

/// Messages by the day on which they arrived, the oldest day first, today last.
using Days = std::array<std::uint32_t, 30>;

/// Adds the messages of a mailbox whose internal date is within those days. Days begin at midnight
/// of the zone that is `zone` east of UTC. Pure.
void count_days(const store::Snapshot& snapshot, WallTime today, std::chrono::seconds zone,
                Days& days);

/// Of all mailboxes but Sent, Drafts, Trash and Junk. Network thread.
asio::awaitable<store::Outcome<Days>> arrivals(std::shared_ptr<store::Account> account,
                                               WallTime today);

}  // namespace postern::daemon::page
