#include "sync/engine/refusal_words.h"

#include <algorithm>
#include <array>

#include "sync/wire/pop3/words.h"

namespace postern::engine {

namespace {

constexpr std::array<std::string_view, 26> throttled_words{
    "too many",      "too often",      "too frequent", "too soon",  "too fast",   "frequen",
    "rate limit",    "ratelimit",      "throttl",      "exceeded",  "try later",  "try again later",
    "again in",      "wait",           "minutes",      "temporar",  "overload",   "login delay",
    "maximum login", "zu oft",         "zu viele",     "zu häufig", "zu haeufig", "minuten",
    "später erneut", "spaeter erneut",
};

constexpr std::array<std::string_view, 20> access_off_words{
    "not enabled",         "not activated", "disabled",        "is not allowed",
    "not permitted",       "pop access",    "pop3 access",     "pop is not",
    "pop3 is not",         "enable pop",    "enable access",   "less secure",
    "app password",        "web login",     "nicht aktiviert", "nicht freigeschaltet",
    "nicht eingeschaltet", "deaktiviert",   "pop3-zugang",     "pop3-abruf",
};

/// Who speaks of these means them, whatever is said about waiting.
constexpr std::array<std::string_view, 9> credential_words{
    "password", "passwd",     "passwort",     "kennwort",     "user name",
    "username", "credential", "benutzername", "zugangsdaten",
};

}  // namespace

Hint hint_of(std::string_view words) {
  const auto in_words = [words](std::string_view part) { return wire::pop3::says(words, part); };
  // What is switched off stays so however long one waits, whatever else is said.
  if (std::ranges::any_of(access_off_words, in_words)) return Hint::access_off;
  const bool limit = std::ranges::any_of(throttled_words, in_words);
  if (limit && std::ranges::none_of(credential_words, in_words)) return Hint::throttled;
  return Hint::none;
}

}  // namespace postern::engine
