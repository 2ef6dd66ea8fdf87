#pragma once

#include <cstddef>
#include <string_view>

#include "sync/store/source_record.h"

namespace postern::engine {

/// So much of a header is looked at.
inline constexpr std::size_t longest_hashed_header = 64UL * 1024;

/// Names a message by what no server changes in it, so that TOP and RETR, and the same maildrop on
/// another server, give the same: the fields From, Sender, Reply-To, To, Cc, Subject, Date,
/// Message-ID, In-Reply-To, References and Received (RFC 5322 section 3.6) in their order, names
/// without regard to case, each run of blanks and line ends as one blank. Servers add Status,
/// X-UIDL, Return-Path, Content-Length and the like, so these and all others are left out.
///
/// Unknown (see store::is_known) without any of Date, Message-ID and Received: what is left would
/// name many messages.
[[nodiscard]] store::HeaderHash header_hash(std::string_view beginning_of_message);

}  // namespace postern::engine
