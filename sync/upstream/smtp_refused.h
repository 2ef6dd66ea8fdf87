#pragma once

#include <string>

#include "sync/upstream/refused.h"
#include "sync/wire/smtp/reply.h"

namespace postern::upstream {

/// Classes a reply that refuses the greeting, EHLO or a login (RFC 4954 section 6).
[[nodiscard]] Refused refused(const std::string& during, const wire::smtp::Reply& reply);

}  // namespace postern::upstream
