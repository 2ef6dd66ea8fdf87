#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

#include <fmt/core.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include "sync/net/stream_state.h"
#include "sync/net/tls_state.h"

namespace postern::net {
namespace {

/// What went wrong in a handshake, in the words of the person who runs this side.
Error explain(const asio::error_code& error, const std::string& refusal) {
  if (!refusal.empty()) {
    return {ErrorKind::certificate, "the server's certificate is refused: " + refusal};
  }
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
      error == asio::error::connection_reset) {
    return {ErrorKind::tls, "the other side ended the connection during the TLS handshake"};
  }
  if (error.category() != asio::error::get_ssl_category()) {
    return {ErrorKind::io, "the connection was lost during the TLS handshake: " + error.message()};
  }
  switch (ERR_GET_REASON(static_cast<std::uint32_t>(error.value()))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return {ErrorKind::tls, "the other side does not speak TLS here"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return {ErrorKind::tls, "the other side offers only TLS versions older than 1.2"};
    default: return {ErrorKind::tls, "the TLS handshake failed: " + error.message()};
  }
}

}  // namespace

void Stream::State::end_handshake(const asio::error_code& error, const std::string& refusal) {
  const bool ours = reading_.passed || error == asio::error::operation_aborted;
  if (!error || ours) {
    end(Side::reading, error, "waiting for the TLS handshake");
  } else {
    reading_.deadline.reset();
    throw explain(error, refusal);
  }
}

asio::awaitable<void> Stream::start_tls(const TlsClient& tls, Duration within) {
  const auto state = state_;
  state->add_tls(tls.state_->session(), TlsLayer::Role::client);
  state->begin(State::Side::reading, within);
  const TlsLayer::Step step = co_await state->complete([&] { return state->tls->handshake(); });
  state->end_handshake(step.error, TlsClient::State::refusal(*state->tls->native_handle()));
}

asio::awaitable<void> Stream::start_tls(const TlsServer& tls, Duration within,
                                        ClientCertificate wanted) {
  const auto state = state_;
  bssl::UniquePtr<SSL> session(SSL_new(tls.state_->context.get()));
  if (wanted == ClientCertificate::asked)
    TlsServer::State::ask_for_certificate(*session, state->client_certificate);
  state->add_tls(std::move(session), TlsLayer::Role::server);
  state->begin(State::Side::reading, within);
  const TlsLayer::Step step = co_await state->complete([&] { return state->tls->handshake(); });
  state->end_handshake(step.error, {});
}

const std::optional<ShownCertificate>& Stream::client_certificate() const {
  return state_->client_certificate;
}

TlsFacts Stream::tls_facts() const {
  if (!state_->tls) return {};
  const SSL* session = state_->tls->native_handle();
  return {SSL_get_version(session), SSL_get_cipher_name(session)};
}

}  // namespace postern::net
