#include <utility>

#include "proxy/imap/session.h"
#include "sync/base/log.h"

namespace postern::imap {

/// RFC 4978 section 3. Its OK is the last that goes out as it is.
asio::awaitable<Answer> Session::run(const wire::imap::command::Compress& command) {
  if (command.mechanism != "DEFLATE") co_return Answer::bad("There is no such compression");
  if (stream_.compressed())
    co_return Answer::no("COMPRESSIONACTIVE", "The connection is compressed already");
  if (framer_.holds_octets()) {
    // Nobody knows whether they are compressed.
    log::warning("imap", "{}: octets behind COMPRESS, connection ended", stream_.peer());
    bye("", "Nothing may follow COMPRESS before its answer");
    co_return Answer::bad("Nothing may follow COMPRESS before its answer");
  }
  compression_next_ = true;
  co_return Answer::ok("DEFLATE active");
}

asio::awaitable<void> Session::switch_to_compression() {
  co_await flush();
  stream_.start_compression();
}

}  // namespace postern::imap
