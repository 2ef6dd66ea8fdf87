#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "proxy/daemon/account_service.h"
#include "sync/engine/preview.h"
#include "sync/engine/status.h"
#include "sync/engine/wish.h"

namespace postern::daemon {

/// What `postern sync --dry-run` prints, and how the daemon sends it: for each source the counts
/// (`account`, `source`, `listed`, `failing`, `postponed`, `waiting`, `unconfirmed`, `note`), with
/// some of its `items` (`action`, `number`, `octets`, `uidl`, `why`); the rest follows in others.
[[nodiscard]] std::vector<nlohmann::json> preview_lines(const engine::SourceStatus& source,
                                                        const engine::Preview& preview);
/// Of all sources whose last poll was a dry run that ended well.
[[nodiscard]] std::vector<nlohmann::json> previews_of(
    const std::vector<std::shared_ptr<AccountService>>& services);
/// For people. Parts of the same source follow each other.
[[nodiscard]] std::string preview_text(const std::vector<nlohmann::json>& lines);

[[nodiscard]] nlohmann::json to_json(engine::PollWish wish);
/// What makes no sense is none.
[[nodiscard]] engine::PollWish wish_from(const nlohmann::json& from);

}  // namespace postern::daemon
