#include "sync/upstream/pop3_capa.h"

#include <cstddef>
#include <string_view>

namespace postern::upstream {
namespace {

using wire::pop3::Capabilities;

constexpr std::size_t most_capabilities = 256;

}  // namespace

asio::awaitable<Answer<Capabilities>> ask_capabilities(Pop3Connection& connection) {
  co_await connection.send("CAPA\r\n", 1);
  co_return co_await read_capabilities(connection);
}

asio::awaitable<Answer<Capabilities>> read_capabilities(Pop3Connection& connection) {
  Capabilities capabilities;
  const auto answer = co_await connection.reply("CAPA");
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->indicator != wire::pop3::Indicator::ok) co_return capabilities;
  std::size_t count = 0;
  const Answer<void> read = co_await connection.lines("CAPA", [&](std::string_view line) {
    capabilities.add(line);
    return ++count <= most_capabilities;
  });
  if (!read) co_return std::unexpected(read.error());
  co_return capabilities;
}

}  // namespace postern::upstream
