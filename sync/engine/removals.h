#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/engine/plan.h"
#include "sync/store/account.h"
#include "sync/upstream/pop3_session.h"

namespace postern::engine {

/// More deletions than this in one session are preceded by reading the bodies from the disk.
inline constexpr std::size_t bulk_removal = 20;

struct Removals {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t damaged = 0;  ///< not asked for: what is stored here is not what came
};

/// Deletes upstream what the plan says: commits `delete_due`, sends DELE, commits `delete_sent`.
/// What is to be deleted in bulk is first read back from the disk and hashed. A refusal that ends
/// the conversation is returned; failures of the store and lost connections are thrown. Network
/// thread.
asio::awaitable<upstream::Answer<Removals>> remove_upstream(upstream::Pop3Session& session,
                                                            std::shared_ptr<store::Account> account,
                                                            const config::Source& source,
                                                            const Plan& plan);

}  // namespace postern::engine
