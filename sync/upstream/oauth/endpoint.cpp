#include "sync/upstream/oauth/endpoint.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "sync/base/log.h"
#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "sync/wire/http/request.h"
#include "sync/wire/http/response.h"

namespace postern::upstream::oauth {
namespace {

using wire::http::ResponseParser;
using Status = ResponseParser::Status;

/// What is left of the time for all; Error(timeout) when nothing is.
class Deadline {
 public:
  explicit Deadline(net::Stream::Duration within)
      : end_(std::chrono::steady_clock::now() + within) {}
  [[nodiscard]] net::Stream::Duration left() const {
    const auto left = end_ - std::chrono::steady_clock::now();
    if (left <= net::Stream::Duration::zero())
      throw net::Error(net::ErrorKind::timeout, "the answer takes too long");
    return left;
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

/// Reads until the answer is complete, or cannot become it.
asio::awaitable<Status> read_answer(net::Stream& stream, ResponseParser& parser,
                                    const Deadline& deadline) {
  std::array<char, 8192> buffer{};
  Status status = Status::more;
  while (status == Status::more) {
    std::size_t count = 0;
    try {
      count = co_await stream.read_some(std::span(buffer), deadline.left());
    } catch (const net::Error& error) {
      if (error.kind() != net::ErrorKind::closed) throw;
    }
    status = count == 0 ? parser.end() : parser.feed({buffer.data(), count});
  }
  wipe(buffer.data(), buffer.size());
  co_return status;
}

}  // namespace

std::expected<Endpoint, Problem> Endpoint::prepare(std::string_view url,
                                                   const std::optional<std::filesystem::path>& ca) {
  auto parsed = wire::http::parse_url(url);
  if (!parsed)
    return std::unexpected(Problem{log::quoted(url) + " is not a URL", "write https://HOST/PATH"});
  Endpoint endpoint{std::move(*parsed), std::nullopt};
  if (endpoint.url.scheme == wire::http::Url::Scheme::http) {
    if (is_loopback(endpoint.url)) return endpoint;
    return std::unexpected(Problem{endpoint.url.text() + " would carry secrets unprotected",
                                   "write https:// instead of http://"});
  }
  auto trust = net::TlsClient::make({endpoint.url.host, ca, std::nullopt});
  if (!trust) return std::unexpected(trust.error());
  endpoint.trust.emplace(std::move(*trust));
  return endpoint;
}

asio::awaitable<std::expected<Reply, wire::oauth::Error>> post(const Endpoint& endpoint,
                                                               Secret form,
                                                               net::Stream::Duration within) {
  const Deadline deadline(within);
  net::Endpoint server;
  server.host = endpoint.url.host;
  server.port = endpoint.url.port;
  net::Stream stream = co_await net::dial(server, deadline.left());
  if (endpoint.trust) {
    co_await stream.start_tls(*endpoint.trust, deadline.left());
  } else if (!stream.loopback()) {
    throw net::Error(net::ErrorKind::tls, "the server is not on this machine and has no TLS");
  }
  const Secret request = wire::http::format_post(endpoint.url, form);
  co_await stream.write(request.reveal(), deadline.left());
  ResponseParser parser;
  const Status status = co_await read_answer(stream, parser, deadline);
  stream.close();
  if (status == Status::done) co_return Reply{parser.status_code(), Secret(parser.take_body())};
  wire::oauth::Error error;
  error.words =
      status == Status::too_large ? "an answer of more than 64 KiB" : "an answer that is no HTTP";
  co_return std::unexpected(std::move(error));
}

}  // namespace postern::upstream::oauth
