#include "proxy/daemon/control_client.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/line_channel.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/state_folder.h"
#include "sync/net/local.h"

namespace postern::daemon {
namespace {

using nlohmann::json;

/// The daemon speaks often while it works on an answer.
constexpr std::chrono::seconds silence{60};

asio::awaitable<void> converse(std::filesystem::path socket, const json& question,
                               const std::function<void(const json&)>& on_line, Asked& asked) {
  net::Stream stream = co_await net::dial_local(std::move(socket));
  asked = Asked::lost;
  LineChannel channel(std::move(stream));
  co_await channel.send(question);
  for (;;) {
    const auto line = co_await channel.receive(silence);
    if (!line) break;
    on_line(*line);
    asked = Asked::answered;
  }
}

}  // namespace

Asked ask_daemon(const std::filesystem::path& state, const json& question,
                 std::function<void(const json&)> on_line) {
  asio::io_context io(1);
  Asked asked = Asked::nobody;
  try {
    run_to_end(io, converse(control_socket(state), question, on_line, asked));
  } catch (const net::Error&) {
    if (asked == Asked::answered) asked = Asked::lost;
  }
  if (asked == Asked::nobody &&
      ::faccessat(AT_FDCWD, control_socket(state).c_str(), W_OK, AT_EACCESS) != 0 &&
      errno == EACCES)
    return Asked::forbidden;
  return asked;
}

Problem forbidden(const std::filesystem::path& state) {
  return {fmt::format("{} belongs to another user: only that one may ask the daemon there",
                      state.string()),
          "ask as that user, for the system service: sudo -u postern postern ..."};
}

}  // namespace postern::daemon
