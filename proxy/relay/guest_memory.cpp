#include "proxy/relay/guest_memory.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace postern::relay {
namespace {

constexpr std::chrono::minutes first_pause{1};
/// 64 minutes.
constexpr unsigned most_doublings = 6;

}  // namespace

std::optional<std::string> GuestMemory::refusal_of(const Secret& secret, SteadyTime now) const {
  if (!secret_ || *secret_ != secret || now >= until_) return std::nullopt;
  return words_;
}

void GuestMemory::refused(Secret secret, std::string words, SteadyTime now) {
  if (!secret_ || *secret_ != secret) times_ = 0;
  secret_ = std::move(secret);
  words_ = std::move(words);
  until_ = now + first_pause * (1U << std::min(times_++, most_doublings));
}

void GuestMemory::accepted() {
  secret_.reset();
  times_ = 0;
}

}  // namespace postern::relay
