#include "proxy/daemon/line_channel.h"

#include <array>
#include <span>

#include <nlohmann/json.hpp>

#include "proxy/daemon/status_report.h"

namespace postern::daemon {
namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::size_t longest_line = 16 * 1024 * 1024;

}  // namespace

asio::awaitable<void> LineChannel::send(const nlohmann::json& value) {
  const std::string line = one_line(value) + "\n";
  co_await stream_.write(line, patience);
}

asio::awaitable<std::optional<nlohmann::json>> LineChannel::receive(net::Stream::Duration within) {
  std::size_t searched = 0;
  std::size_t end = std::string::npos;
  while ((end = unread_.find('\n', searched)) == std::string::npos) {
    searched = unread_.size();
    if (searched > longest_line) co_return std::nullopt;
    std::array<char, 16 * 1024> part{};
    std::size_t count = 0;
    try {
      count = co_await stream_.read_some(part, within);
    } catch (const net::Error& error) {
      if (error.kind() != net::ErrorKind::closed) throw;
    }
    if (count == 0) co_return std::nullopt;
    unread_.append(part.data(), count);
  }
  auto value = nlohmann::json::parse(unread_.substr(0, end), nullptr, false);
  unread_.erase(0, end + 1);
  if (value.is_discarded()) co_return std::nullopt;
  co_return value;
}

asio::awaitable<void> LineChannel::send_octets(std::string_view octets) {
  co_await stream_.write(octets, patience);
}

asio::awaitable<std::string> LineChannel::receive_octets(std::size_t count,
                                                         net::Stream::Duration within) {
  std::string octets = unread_.substr(0, count);
  unread_.erase(0, octets.size());
  std::size_t filled = octets.size();
  octets.resize(count);
  while (filled < count) {
    filled += co_await stream_.read_some(std::span(octets).subspan(filled), within);
  }
  co_return octets;
}

}  // namespace postern::daemon
