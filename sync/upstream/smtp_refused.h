#pragma once

#include <string>

#include "sync/upstream/refused.h"
#include "sync/wire/smtp/reply.h"

namespace postern::upstream {

/// Classes a reply that refuses the greeting, EHLO or a login (RFC 4954 section 6).
[[nodiscard]] Refused refused(const std::string& during, const wire::smtp::Reply& reply);

/// A reply of a class that its command cannot have.
[[nodiscard]] Refused out_of_step(const char* during, const wire::smtp::Reply& reply);

}  // namespace postern::upstream
