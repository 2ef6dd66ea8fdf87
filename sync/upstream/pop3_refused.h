#pragma once

#include <string>

#include "sync/upstream/refused.h"
#include "sync/wire/pop3/reply.h"

namespace postern::upstream {

/// Classes a -ERR by its response code.
[[nodiscard]] Refused refused(const std::string& during, wire::pop3::ResponseCode code,
                              const std::string& words);

}  // namespace postern::upstream
