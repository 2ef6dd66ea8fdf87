#include "sync/upstream/secret_echo.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace postern::upstream {

namespace {

/// So much of a secret's beginning gives too much of it away; of a shorter one, all of it.
constexpr std::size_t telling_octets = 8;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<std::uint32_t> sextet(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return std::nullopt;
}

/// The octets of a run of base64 characters, without those that it has only a part of.
std::string decode(std::string_view run) {
  std::string out;
  out.reserve(run.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : run) {
    bits = (bits << 6U | *sextet(c)) & 0xffffU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xffU);
  }
  return out;
}

/// The longest run of base64 characters from the first one on; empty: there is none left.
std::string_view next_run(std::string_view& words) {
  const auto in_base64 = [](char c) { return sextet(c).has_value(); };
  const auto* const first = std::ranges::find_if(words, in_base64);
  const auto* const last = std::find_if_not(first, words.end(), in_base64);
  const std::string_view run(first, last);
  words = std::string_view(last, words.end());
  return run;
}

}  // namespace

void SecretEcho::sent(Secret secret) {
  const bool known = std::ranges::find(secrets_, secret) != secrets_.end();
  if (!secret.empty() && !known) secrets_.push_back(std::move(secret));
}

bool SecretEcho::plainly_in(std::string_view words) const {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::ranges::any_of(secrets_, [&](const Secret& secret) {
    const std::string_view beginning = secret.reveal().substr(0, telling_octets);
    return !std::ranges::search(words, beginning, same).empty();
  });
}

bool SecretEcho::in(std::string_view words) const {
  if (secrets_.empty()) return false;
  if (plainly_in(words)) return true;
  for (std::string_view run = next_run(words); !run.empty(); run = next_run(words)) {
    // What stands before it may be of the same characters.
    for (std::size_t skipped = 0; skipped < 4 && skipped < run.size(); ++skipped) {
      const Secret decoded(decode(run.substr(skipped)));
      if (plainly_in(decoded.reveal())) return true;
    }
  }
  return false;
}

std::string SecretEcho::tellable(std::string words) const {
  if (in(words)) return "(the server repeated what was sent)";
  return words;
}

Secret line_with(std::string command, const Secret& secret) {
  // Grown once: what a longer place left behind would hold the secret.
  command.reserve(command.size() + secret.reveal().size() + 2);
  command += secret.reveal();
  command += "\r\n";
  return Secret(std::move(command));
}

}  // namespace postern::upstream
