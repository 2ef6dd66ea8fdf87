#include "proxy/web/doorkeeper.h"

#include <openssl/mem.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/base64.h"

namespace postern::web {
namespace {

std::string random_text() {
  std::array<std::uint8_t, 16> octets{};
  RAND_bytes(octets.data(), octets.size());
  std::string text;
  for (const std::uint8_t octet : octets) text += fmt::format("{:02x}", octet);
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string Doorkeeper::invite(SteadyTime until) {
  if (open_.size() == most_) open_.pop_front();
  open_.push_back({random_text(), until});
  return open_.back().text;
}

std::optional<Doorkeeper::Pass> Doorkeeper::redeem(std::string_view invitation, SteadyTime now,
                                                   WallTime today) {
  const auto wanted = [invitation](const Invitation& one) { return same(one.text, invitation); };
  std::erase_if(open_, [now](const Invitation& one) { return one.until <= now; });
  if (std::erase_if(open_, wanted) == 0) return std::nullopt;
  Pass pass;
  pass.token = random_text();
  const auto until = (today + pass_lifetime).time_since_epoch();
  pass.cookie =
      wire::base64_encode(house_.seal(Secret(fmt::format("{} {}", pass.token, until.count()))));
  return pass;
}

bool Doorkeeper::admits(std::string_view cookie, std::string_view token, WallTime today) const {
  const auto sealed = wire::base64_decode(cookie);
  if (!sealed) return false;
  const auto pass = house_.unseal(*sealed);
  if (!pass) return false;
  const std::string_view text = pass->reveal();
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || !same(text.substr(0, space), token)) return false;
  std::int64_t until = 0;
  std::from_chars(text.data() + space + 1, text.data() + text.size(), until);
  return today.time_since_epoch().count() < until;
}

}  // namespace postern::web
