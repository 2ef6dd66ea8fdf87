#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include <asio/error_code.hpp>

namespace postern::net {

/// TLS directly on a socket that does not block. Each step does what is possible at once, or says
/// what it waits for and is then repeated with the same octets. It holds octets only while a reader
/// has no room for what has come: a connection on which nothing comes or goes holds nothing but its
/// keys. Network thread.
class TlsLayer {
 public:
  enum class Role { client, server };
  /// The socket outlives the layer.
  TlsLayer(int socket, bssl::UniquePtr<SSL> session, Role role);
  TlsLayer(const TlsLayer&) = delete;
  ~TlsLayer();

  enum class Wants { nothing, reading, writing };
  struct Step {
    Wants wants = Wants::nothing;  ///< else the step is not done
    std::size_t octets = 0;
    /// asio::error::eof after close_notify, asio::ssl::error::stream_truncated at an end without.
    asio::error_code error;
  };
  Step handshake();
  /// What has come and finds room, out of any number of records. What finds none is kept here, not
  /// in the socket: that is to be waited for after Wants::reading only.
  Step read(std::span<char> into);
  /// The octets taken may be fewer than given.
  Step write(std::string_view octets);
  /// Sends close_notify; reading can go on.
  Step end();

  [[nodiscard]] SSL* native_handle() const { return session_.get(); }

 private:
  static const BIO_METHOD* method();
  static int receive(BIO* bio, char* into, int count);
  static int send(BIO* bio, const char* octets, int count);
  static long control(BIO* bio, int command, long number, void* pointer);
  enum class Source { socket, ahead };
  int take_ahead(char* into, int count);
  void keep_ahead();
  Step judge(int result);

  int socket_;
  int failure_ = 0;         ///< errno of the socket in the step under way
  std::span<char> room_;    ///< the thread's, to read ahead into; nothing but within read()
  std::string_view ahead_;  ///< has come and is not wanted yet: in `room_`, else in `kept_`
  std::string kept_;
  Source source_ = Source::socket;  ///< `ahead`: nothing more is received
  bssl::UniquePtr<SSL> session_;
};

}  // namespace postern::net
