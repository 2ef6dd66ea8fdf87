#pragma once

#include <memory>

#include <asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/daemon.h"
#include "proxy/daemon/line_channel.h"
#include "sync/engine/importer.h"
#include "sync/store/account.h"

namespace postern::daemon::archive {

/// The side of an import that writes. What reads the files is another process while the daemon
/// runs: it sees files that the daemon may not see, and its mistakes are its own.
///
///   {"ask": "import", "account": "anna", "look": false}   -> {"ready": true}
///   {"mailbox": "Work/Old", "use": "archive"}              (no answer if there can be one)
///   {"message": {"mailbox": "Work/Old", "identity": HEX, "content": HEX, "occurrence": 1,
///    "flags": 3, "keywords": [...], "date": seconds, "zone": minutes, "octets": 812}}
///     and then so many octets
///   {"commit": true}        -> {"added": 1, "known": 0, "present": 0, "curtailed": 1,
///                               "left_out": ["keyword"]} once they are on the disk
///   anything that cannot be done   -> {"error": "what; advice"}, and the end
///
/// With "look" nothing is written; the answers say what would be.
asio::awaitable<void> answer_import(LineChannel& channel, const Daemon& daemon,
                                    const nlohmann::json& question);

/// The same after the question, for an account that is at hand.
asio::awaitable<void> take_import(LineChannel& channel, std::shared_ptr<store::Account> account,
                                  engine::Importer::Mode mode);

[[nodiscard]] nlohmann::json to_json(const engine::Importer::Item& item, std::uint64_t octets);

}  // namespace postern::daemon::archive
