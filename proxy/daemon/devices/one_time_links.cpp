#include "proxy/daemon/devices/one_time_links.h"

#include <openssl/mem.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "proxy/web/doorkeeper.h"

namespace postern::daemon {
namespace {

std::array<std::uint8_t, 32> digest_of(std::string_view link) {
  std::array<std::uint8_t, 32> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(link.data()), link.size(), digest.data());
  return digest;
}

}  // namespace

std::string OneTimeLinks::make(Gift gift, SteadyTime now) {
  std::erase_if(open_, [now](const Open& one) { return one.until <= now; });
  if (open_.size() == most) open_.pop_front();
  std::string link = web::random_token();
  open_.push_back({digest_of(link), now + lifetime, std::move(gift)});
  return link;
}

std::list<OneTimeLinks::Open>::iterator OneTimeLinks::look(std::string_view link, SteadyTime now) {
  std::erase_if(open_, [now](const Open& one) { return one.until <= now; });
  const auto wanted = digest_of(link);
  return std::ranges::find_if(open_, [&wanted](const Open& one) {
    return CRYPTO_memcmp(one.digest.data(), wanted.data(), wanted.size()) == 0;
  });
}

const OneTimeLinks::Gift* OneTimeLinks::find(std::string_view link, SteadyTime now) {
  const auto found = look(link, now);
  return found == open_.end() ? nullptr : &found->gift;
}

std::optional<OneTimeLinks::Gift> OneTimeLinks::take(std::string_view link, SteadyTime now) {
  const auto found = look(link, now);
  if (found == open_.end()) return std::nullopt;
  Gift gift = std::move(found->gift);
  open_.erase(found);
  return gift;
}

void OneTimeLinks::forget(const std::string& account, const std::string& device) {
  std::erase_if(open_, [&](const Open& one) {
    return one.gift.device.account == account && one.gift.device.name == device;
  });
}

}  // namespace postern::daemon
