#include "sync/net/tls_layer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

#include <asio/error.hpp>
#include <asio/ssl/error.hpp>

namespace postern::net {
namespace {

/// With its beginning: RFC 8446 section 5.2.
constexpr std::size_t longest_record = 5 + 16UL * 1024 + 256;
constexpr std::size_t most_ahead = 64UL * 1024;

int fitting(std::size_t octets) {
  return static_cast<int>(std::min<std::size_t>(octets, std::numeric_limits<int>::max()));
}

}  // namespace

TlsLayer::TlsLayer(int socket, bssl::UniquePtr<SSL> session, Role role)
    : socket_(socket), session_(std::move(session)) {
  BIO* bio = BIO_new(method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_mode(session_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // What only a handshake needs goes with it.
  SSL_set_shed_handshake_config(session_.get(), 1);
  if (role == Role::client) {
    SSL_set_connect_state(session_.get());
  } else {
    SSL_set_accept_state(session_.get());
  }
}

TlsLayer::~TlsLayer() = default;

const BIO_METHOD* TlsLayer::method() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_read(fresh, receive);
    BIO_meth_set_write(fresh, send);
    BIO_meth_set_ctrl(fresh, control);
    return fresh;
  }();
  return made;
}

int TlsLayer::take_ahead(char* into, int count) {
  const std::string_view taken = ahead_.substr(0, static_cast<std::size_t>(count));
  taken.copy(into, taken.size());
  ahead_.remove_prefix(taken.size());
  return static_cast<int>(taken.size());
}

/// The library wants the five octets of a record's beginning, then the rest of it: with `room_`
/// both come in one call of the system, and so do the records behind it.
int TlsLayer::receive(BIO* bio, char* into, int count) {
  auto& layer = *static_cast<TlsLayer*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (!layer.ahead_.empty()) return layer.take_ahead(into, count);
  if (layer.source_ == Source::ahead) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const bool reads_ahead = !layer.room_.empty();
  const std::span<char> to =
      reads_ahead ? layer.room_ : std::span(into, static_cast<std::size_t>(count));
  ssize_t done = 0;
  do {
    done = ::recv(layer.socket_, to.data(), to.size(), 0);
  } while (done < 0 && errno == EINTR);
  if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    BIO_set_retry_read(bio);
  } else if (done < 0) {
    layer.failure_ = errno;
  }
  if (!reads_ahead || done <= 0) return static_cast<int>(done);
  layer.ahead_ = std::string_view(to.data(), static_cast<std::size_t>(done));
  return layer.take_ahead(into, count);
}

int TlsLayer::send(BIO* bio, const char* octets, int count) {
  auto& layer = *static_cast<TlsLayer*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t done = 0;
  do {
    done = ::send(layer.socket_, octets, static_cast<std::size_t>(count), MSG_NOSIGNAL);
  } while (done < 0 && errno == EINTR);
  if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    BIO_set_retry_write(bio);
  } else if (done < 0) {
    layer.failure_ = errno;
  }
  return static_cast<int>(done);
}

/// Nothing is held back that could be flushed.
long TlsLayer::control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

TlsLayer::Step TlsLayer::judge(int result) {
  const int verdict = SSL_get_error(session_.get(), result);
  switch (verdict) {
    case SSL_ERROR_NONE: return {Wants::nothing, static_cast<std::size_t>(result), {}};
    case SSL_ERROR_WANT_READ: return {Wants::reading, 0, {}};
    case SSL_ERROR_WANT_WRITE: return {Wants::writing, 0, {}};
    case SSL_ERROR_ZERO_RETURN: return {Wants::nothing, 0, asio::error::eof};
    default: break;
  }
  const std::uint32_t code = ERR_get_error();
  ERR_clear_error();
  if (code != 0) {
    return {Wants::nothing, 0,
            asio::error_code(static_cast<int>(code), asio::error::get_ssl_category())};
  }
  if (failure_ != 0) {
    return {Wants::nothing, 0, asio::error_code(failure_, asio::error::get_system_category())};
  }
  return {Wants::nothing, 0, asio::ssl::error::stream_truncated};
}

TlsLayer::Step TlsLayer::handshake() {
  ERR_clear_error();
  failure_ = 0;
  Step step = judge(SSL_do_handshake(session_.get()));
  step.octets = 0;
  return step;
}

TlsLayer::Step TlsLayer::read(std::span<char> into) {
  // One for all connections of the thread. No more comes into it than finds room, but for a record:
  // the rest would have to be kept.
  thread_local std::vector<char> buffer(most_ahead);
  room_ = std::span(buffer).first(std::clamp(into.size(), longest_record, most_ahead));
  ERR_clear_error();
  failure_ = 0;
  Step step = judge(SSL_read(session_.get(), into.data(), fitting(into.size())));
  // A failure behind these octets shows with the next read.
  source_ = Source::ahead;
  while (step.octets != 0 && step.octets < into.size() && !ahead_.empty()) {
    const std::span<char> rest = into.subspan(step.octets);
    const int more = SSL_read(session_.get(), rest.data(), fitting(rest.size()));
    if (more <= 0) break;
    step.octets += static_cast<std::size_t>(more);
  }
  source_ = Source::socket;
  ERR_clear_error();
  keep_ahead();
  return step;
}

/// The room is somebody else's from here on.
void TlsLayer::keep_ahead() {
  room_ = {};
  const bool kept_already =
      !ahead_.empty() && ahead_.data() + ahead_.size() == kept_.data() + kept_.size();
  if (kept_already) return;
  // Assigned to, the string would hold on to its memory.
  std::string(ahead_).swap(kept_);
  ahead_ = kept_;
}

TlsLayer::Step TlsLayer::write(std::string_view octets) {
  ERR_clear_error();
  failure_ = 0;
  return judge(SSL_write(session_.get(), octets.data(), fitting(octets.size())));
}

TlsLayer::Step TlsLayer::end() {
  ERR_clear_error();
  failure_ = 0;
  const int result = SSL_shutdown(session_.get());
  // 0: ours went out, the other side's is still to come.
  if (result >= 0) return {};
  return judge(result);
}

}  // namespace postern::net
