#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/http/request_parser.h"

namespace postern::web {

/// How the request came.
struct Way {
  bool loopback = false;
  bool secure = false;  ///< TLS
};

/// Whether a Host field (RFC 9110 section 7.2) names this server: a page of somebody else whose
/// name leads here must not be able to ask. On this machine that is localhost or an address of
/// loopback; from another one an address, or one of `names`, in which
/// "*.example.net" stands for one label more. Any port.
[[nodiscard]] bool is_our_host(std::string_view host, const Way& way,
                               const std::vector<std::string>& names);

/// Whether a certificate for `certified` is one for `name`: it may be a wildcard (RFC 9525 section
/// 6.3).
[[nodiscard]] bool is_certified(std::string_view name, std::string_view certified);

enum class Effect : std::uint8_t { reads, acts };

/// Whether a browser says that the request comes from our own page. What acts has to say so; what
/// only reads may come from something that is no browser and says nothing. `request.field("Host")`
/// was found to be ours.
[[nodiscard]] bool is_our_page(const wire::http::Request& request, const Way& way, Effect effect);

}  // namespace postern::web
