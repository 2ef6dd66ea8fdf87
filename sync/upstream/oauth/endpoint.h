#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string_view>

#include <asio/awaitable.hpp>

#include "sync/base/problem.h"
#include "sync/base/secret.h"
#include "sync/net/stream.h"
#include "sync/net/tls.h"
#include "sync/wire/http/url.h"
#include "sync/wire/oauth/answer.h"

namespace postern::upstream::oauth {

/// A URL of an authorization server, ready to be asked.
///
/// Invariants:
/// - Nothing is sent before the server's certificate was verified; http only to this machine.
/// - No redirect is followed. An answer has at most 64 KiB.
/// - No form and no answer is logged.
struct Endpoint {
  wire::http::Url url;
  std::optional<net::TlsClient> trust;  ///< for https

  /// Reads certificates: not for the network thread. `ca` is trusted beside the system's.
  static std::expected<Endpoint, Problem> prepare(
      std::string_view url, const std::optional<std::filesystem::path>& ca = std::nullopt);
};

struct Reply {
  unsigned status = 0;
  Secret body;
};

/// Posts a form on a connection of its own. `within` is for all of it. A lost connection is a
/// net::Error, an answer that is no HTTP or too large `nonsense`. The endpoint outlives the call.
/// Network thread.
asio::awaitable<std::expected<Reply, wire::oauth::Error>> post(const Endpoint& endpoint,
                                                               Secret form,
                                                               net::Stream::Duration within);

}  // namespace postern::upstream::oauth
