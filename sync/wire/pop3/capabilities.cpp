#include "sync/wire/pop3/capabilities.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <utility>

#include "sync/wire/command_text.h"

namespace postern::wire::pop3 {

namespace {

constexpr std::size_t most_mechanisms = 32;
constexpr std::uint64_t longest_delay = 7ULL * 24 * 3600;

constexpr std::array<std::pair<std::string_view, Capabilities::Name>, 9> names{{
    {"TOP", Capabilities::Name::top},
    {"USER", Capabilities::Name::user},
    {"RESP-CODES", Capabilities::Name::resp_codes},
    {"AUTH-RESP-CODE", Capabilities::Name::auth_resp_code},
    {"PIPELINING", Capabilities::Name::pipelining},
    {"UIDL", Capabilities::Name::uidl},
    {"STLS", Capabilities::Name::stls},
    {"UTF8", Capabilities::Name::utf8},
    {"LANG", Capabilities::Name::lang},
}};

std::optional<Expiry> expiry_of(std::string_view word) {
  if (is_word(word, "NEVER")) return Expiry{};
  const auto days = number(word);
  if (!days || *days > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return Expiry{static_cast<std::uint32_t>(*days)};
}

}  // namespace

void Capabilities::add(std::string_view line) {
  std::string_view rest = line;
  const std::string_view word = take_word(rest);
  for (const auto& [text, name] : names)
    if (is_word(word, text)) names_ |= bit(name);
  if (is_word(word, "SASL")) {
    for (auto name = take_word(rest); !name.empty() && mechanisms_.size() < most_mechanisms;
         name = take_word(rest)) {
      std::string capitals(name);
      std::ranges::transform(capitals, capitals.begin(), [](unsigned char octet) {
        return static_cast<char>(std::toupper(octet));
      });
      mechanisms_.push_back(std::move(capitals));
    }
  } else if (is_word(word, "LOGIN-DELAY")) {
    if (const auto seconds = number(take_word(rest)); seconds && *seconds <= longest_delay)
      login_delay_ = std::chrono::seconds(*seconds);
  } else if (is_word(word, "EXPIRE")) {
    expiry_ = expiry_of(take_word(rest));
  } else if (is_word(word, "UTF8")) {
    if (is_word(take_word(rest), "USER")) names_ |= bit(Name::utf8_user);
  } else if (is_word(word, "IMPLEMENTATION")) {
    implementation_ = trimmed(rest);
  }
}

bool Capabilities::has_mechanism(std::string_view capitals) const {
  return std::ranges::find(mechanisms_, capitals) != mechanisms_.end();
}

}  // namespace postern::wire::pop3
