#include "proxy/web/doorkeeper.h"

#include <openssl/mem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/base64.h"

namespace postern::web {
namespace {

std::string hexadecimal(std::span<const std::uint8_t> octets) {
  std::string text;
  for (const std::uint8_t octet : octets) text += fmt::format("{:02x}", octet);
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// What is kept tells nobody a token.
std::string hash_of(std::string_view token) {
  std::array<std::uint8_t, 32> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(token.data()), token.size(), digest.data());
  return hexadecimal(std::span(digest).first(16));
}

}  // namespace

std::string random_token() {
  std::array<std::uint8_t, 16> octets{};
  RAND_bytes(octets.data(), octets.size());
  return hexadecimal(octets);
}

std::string Doorkeeper::invite(SteadyTime until) {
  if (open_.size() == most_) open_.pop_front();
  open_.push_back({random_token(), until});
  return open_.back().text;
}

std::optional<Doorkeeper::Pass> Doorkeeper::redeem(std::string_view invitation, SteadyTime now,
                                                   WallTime today) {
  const auto wanted = [invitation](const Invitation& one) { return same(one.text, invitation); };
  std::erase_if(open_, [now](const Invitation& one) { return one.until <= now; });
  if (std::erase_if(open_, wanted) == 0) return std::nullopt;
  Pass pass;
  pass.token = random_token();
  const auto until = (today + pass_lifetime).time_since_epoch();
  pass.cookie =
      wire::base64_encode(house_.seal(Secret(fmt::format("{} {}", pass.token, until.count()))));
  return pass;
}

std::optional<std::int64_t> Doorkeeper::end_of(std::string_view cookie,
                                               std::string_view token) const {
  const auto sealed = wire::base64_decode(cookie);
  if (!sealed) return std::nullopt;
  const auto pass = house_.unseal(*sealed);
  if (!pass) return std::nullopt;
  const std::string_view text = pass->reveal();
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || !same(text.substr(0, space), token)) return std::nullopt;
  std::int64_t until = 0;
  std::from_chars(text.data() + space + 1, text.data() + text.size(), until);
  return until;
}

/// A line each: the end that all have, then "HASH END".
const Doorkeeper::Returned& Doorkeeper::returned() const {
  if (returned_) return *returned_;
  Returned all{.ends = {}, .all_until = 0};
  std::istringstream lines(house_.kept());
  lines >> all.all_until;
  std::string hash;
  std::int64_t until = 0;
  while (all.ends.size() < most_returned && lines >> hash >> until) all.ends[hash] = until;
  returned_ = std::move(all);
  return *returned_;
}

bool Doorkeeper::admits(std::string_view cookie, std::string_view token, WallTime today) const {
  const auto until = end_of(cookie, token);
  return until && today.time_since_epoch().count() < *until && returned().all_until < *until &&
         !returned().ends.contains(hash_of(token));
}

std::optional<std::string> Doorkeeper::take_back(std::string_view cookie, std::string_view token,
                                                 WallTime today) {
  if (!admits(cookie, token, today)) return std::nullopt;
  Returned& all = *returned_;
  const std::int64_t now = today.time_since_epoch().count();
  std::erase_if(all.ends, [now](const auto& one) { return one.second <= now; });
  all.ends[hash_of(token)] = *end_of(cookie, token);
  if (all.ends.size() > most_returned) {
    for (const auto& [hash, until] : all.ends) all.all_until = std::max(all.all_until, until);
    all.ends.clear();
  }
  std::string text = fmt::format("{}\n", all.all_until);
  for (const auto& [hash, until] : all.ends) text += fmt::format("{} {}\n", hash, until);
  return text;
}

}  // namespace postern::web
