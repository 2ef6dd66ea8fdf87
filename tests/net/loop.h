#pragma once

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "sync/net/dial.h"
#include "sync/net/listener.h"
#include "sync/net/stream.h"

namespace postern::net::test {

using namespace std::chrono_literals;

/// Long enough never to pass in a test that goes well.
inline constexpr auto ample = 20s;

/// Runs both conversations to their ends; the first failure of the second is thrown.
class Loop {
 public:
  /// A peer whose failures are of no interest.
  void beside(asio::awaitable<void> peer) {
    asio::co_spawn(io, std::move(peer), [](const std::exception_ptr&) {});
  }
  void run(asio::awaitable<void> main) {
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(main),
                   [&failure](std::exception_ptr e) { failure = std::move(e); });
    io.run();
    io.restart();
    if (failure) std::rethrow_exception(failure);
  }
  Listener listen() { return Listener::open(io.get_executor(), "127.0.0.1:0").value(); }

  asio::io_context io;
};

/// What kind of Error a conversation ended with; `io` and a text for anything else.
struct Ending {
  bool failed = false;
  ErrorKind kind{};
  std::string text;
};

inline Ending ending(Loop& loop, asio::awaitable<void> main) {
  try {
    loop.run(std::move(main));
    return {};
  } catch (const Error& error) {
    return {true, error.kind(), error.what()};
  }
}

inline asio::awaitable<Stream> connect(std::uint16_t port) {
  Endpoint here;
  here.host = "127.0.0.1";
  here.port = port;
  co_return co_await dial(here, ample);
}

/// Has the server listen on `port`, which it sets, while the conversation runs; what that failed
/// with, once the server has ended.
template <class Server>
asio::awaitable<std::exception_ptr> converse(Server& server, Listener listener, std::uint16_t& port,
                                             asio::awaitable<void> conversation) {
  port = listener.port();
  server.serve(std::move(listener));
  std::exception_ptr failure;
  try {
    co_await std::move(conversation);
  } catch (...) {
    failure = std::current_exception();
  }
  server.stop();
  server.cancel();
  co_await server.join();
  co_return failure;
}

/// Reads until `count` octets are there.
inline asio::awaitable<std::string> read_exactly(Stream& stream, std::size_t count) {
  std::string out(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    done += co_await stream.read_some(std::span(out).subspan(done), ample);
  }
  co_return out;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "postern-net-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }

  std::filesystem::path path;
};

}  // namespace postern::net::test
