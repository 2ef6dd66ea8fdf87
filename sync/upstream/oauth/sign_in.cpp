#include "sync/upstream/oauth/sign_in.h"

#include <array>
#include <optional>
#include <utility>

#include <openssl/rand.h>

#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "sync/wire/oauth/decide.h"

namespace postern::upstream::oauth {
namespace {

using wire::oauth::DevicePoll;
using wire::oauth::DeviceStep;
using wire::oauth::ErrorKind;

std::string unguessable() {
  std::array<char, 32> octets{};
  RAND_bytes(reinterpret_cast<std::uint8_t*>(octets.data()), octets.size());
  std::string text = wire::oauth::base64_url({octets.data(), octets.size()});
  wipe(octets.data(), octets.size());
  return text;
}

/// One question of the device; nullopt if the connection was lost.
asio::awaitable<std::optional<Granted>> ask_once(const Endpoint& token, Secret form) {
  try {
    Granted granted = co_await ask_grant(token, std::move(form));
    co_return granted;
  } catch (const net::Error& error) {
    // Certificates do not get better while somebody waits.
    if (error.kind() == net::ErrorKind::certificate || error.kind() == net::ErrorKind::cancelled)
      throw;
  }
  co_return std::nullopt;
}

Granted ended(DeviceStep step, wire::oauth::Error error) {
  if (step == DeviceStep::expired) error.kind = ErrorKind::expired_token;
  if (step == DeviceStep::denied) error.kind = ErrorKind::access_denied;
  return std::unexpected(std::move(error));
}

}  // namespace

asio::awaitable<Granted> ask_grant(const Endpoint& token, Secret form,
                                   net::Stream::Duration within) {
  const auto reply = co_await post(token, std::move(form), within);
  if (!reply) co_return std::unexpected(reply.error());
  co_return wire::oauth::parse_grant(reply->status, reply->body);
}

asio::awaitable<std::expected<wire::oauth::DeviceGrant, wire::oauth::Error>> ask_device(
    const Endpoint& device, wire::oauth::Client client) {
  Secret form = wire::oauth::device_form(client);
  const auto reply = co_await post(device, std::move(form), answer_time);
  if (!reply) co_return std::unexpected(reply.error());
  co_return wire::oauth::parse_device_grant(reply->status, reply->body);
}

asio::awaitable<Granted> wait_for_device(const Endpoint& token, wire::oauth::Client client,
                                         wire::oauth::DeviceGrant device,
                                         std::function<void()> waiting) {
  const auto begun = std::chrono::steady_clock::now();
  DevicePoll poll{device.interval, device.lifetime};
  while (true) {
    waiting();
    co_await net::pause(poll.interval);
    Secret form = wire::oauth::device_token_form(client, device.device_code);
    std::optional<Granted> granted = co_await ask_once(token, std::move(form));
    if (granted && granted->has_value()) co_return std::move(*granted);
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    const DeviceStep step =
        granted ? next_step(poll, granted->error().kind, now) : next_step_lost(poll, now);
    if (step == DeviceStep::ask_again) continue;
    wire::oauth::Error error;
    if (granted) error = granted->error();
    co_return ended(step, std::move(error));
  }
}

wire::oauth::Authorization new_authorization(std::string redirect, std::string login_hint) {
  return {std::move(redirect), unguessable(), Secret(unguessable()), std::move(login_hint)};
}

}  // namespace postern::upstream::oauth
