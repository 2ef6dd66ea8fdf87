#pragma once

#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/base/clock.h"
#include "sync/engine/outgoing/text.h"
#include "sync/store/account.h"
#include "sync/store/submission.h"
#include "sync/wire/smtp/delivery_report.h"

namespace postern::engine::outgoing {

/// What the sender is told about: recipients that failed and wanted to hear of it, and those that
/// may have got the message twice. nullopt: nothing. Pure, but for the ids.
[[nodiscard]] std::optional<wire::smtp::DeliveryReport> report_on(
    const store::Submission& before, const store::Settlement& settlement, const std::string& server,
    const std::string& header, WallTime now);

/// The report with the whole message in it, ready to be stored. Network thread; `text` outlives the
/// call.
[[nodiscard]] asio::awaitable<store::NewBody> report_body(std::shared_ptr<store::Account> account,
                                                          wire::smtp::DeliveryReport report,
                                                          Text& text);

/// "Sat, 28 Nov 2026 14:00:00 +0000": RFC 5322 section 3.3.
[[nodiscard]] std::string mail_date(WallTime time);
/// "<...@host>" that nobody else makes, for a message of this sender.
[[nodiscard]] std::string fresh_message_id(const std::string& sender);

}  // namespace postern::engine::outgoing
