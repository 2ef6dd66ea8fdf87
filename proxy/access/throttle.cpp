#include "proxy/access/throttle.h"

#include <algorithm>

#include <asio/ip/address.hpp>

namespace postern::access {
namespace {

asio::ip::address canonical(std::string_view text) {
  asio::error_code error;
  const auto address = asio::ip::make_address(std::string(text), error);
  if (!error && address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace

std::string network_of(std::string_view text) {
  const auto address = canonical(text);
  if (address.is_v4()) return address.to_string();
  auto octets = address.to_v6().to_bytes();
  std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
  return asio::ip::address_v6(octets).to_string() + "/64";
}

bool Throttle::admits(std::string_view address, SteadyTime now) const {
  const auto found = by_key_.find(network_of(address));
  if (found == by_key_.end() || canonical(address).is_loopback()) return true;
  const Offender& offender = *found->second;
  return offender.failures < rules_.most_failures || now - offender.window_start >= rules_.window;
}

bool Throttle::repeats(std::string_view address, Guess guess, SteadyTime now) const {
  const auto found = by_key_.find(network_of(address));
  if (found == by_key_.end()) return false;
  const Offender& offender = *found->second;
  return now - offender.window_start < rules_.window &&
         std::ranges::find(offender.guesses, guess) != offender.guesses.end();
}

void Throttle::forget_guesses() {
  for (Offender& offender : offenders_) offender.guesses.clear();
}

std::chrono::steady_clock::duration Throttle::failed(std::string_view address, SteadyTime now,
                                                     std::optional<Guess> guess) {
  const std::string key = network_of(address);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    offenders_.splice(offenders_.begin(), offenders_, found->second);
  } else {
    if (offenders_.size() >= rules_.addresses) {
      by_key_.erase(offenders_.back().key);
      offenders_.pop_back();
    }
    offenders_.push_front({.key = key, .window_start = now, .failures = 0, .guesses = {}});
    by_key_[key] = offenders_.begin();
  }
  Offender& offender = offenders_.front();
  if (now - offender.window_start >= rules_.window) {
    offender.window_start = now;
    offender.failures = 0;
    offender.guesses.clear();
  }
  const bool again = guess && std::ranges::find(offender.guesses, *guess) != offender.guesses.end();
  if (!again) ++offender.failures;
  if (!again && guess && offender.guesses.size() < rules_.most_failures)
    offender.guesses.push_back(*guess);
  auto pause = rules_.first_pause;
  for (std::size_t i = 1; i < offender.failures && pause < rules_.longest_pause; ++i) pause *= 2;
  return std::min(pause, rules_.longest_pause);
}

}  // namespace postern::access
