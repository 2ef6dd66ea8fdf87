#pragma once

#include <memory>

#include <asio/awaitable.hpp>

#include "sync/engine/outgoing/text.h"
#include "sync/store/account.h"
#include "sync/upstream/smtp_session.h"
#include "sync/wire/smtp/envelope.h"

namespace postern::engine::outgoing {

/// Sends a message whose envelope the server has taken, all but its end: SmtpSession::finish() is
/// what makes it the server's. What the recipients must not see is left out, and what the server
/// cannot take as it is goes in another encoding: octets beyond 127 without 8BITMIME, lines that
/// are none without BINARYMIME.
///
/// The reply is intermediate if the end may follow, else a refusal: the server's, or ours if there
/// is no form in which it could take the message. Network thread; `sender` outlives the call.
asio::awaitable<upstream::Answer<wire::smtp::Reply>> upload(upstream::SmtpSession& session,
                                                            store::Account& account, Text& text,
                                                            const wire::smtp::Sender& sender);

}  // namespace postern::engine::outgoing
