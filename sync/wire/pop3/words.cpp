#include "sync/wire/pop3/words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ranges>

namespace postern::wire::pop3 {

namespace {

constexpr std::array<std::string_view, 7> lacking{
    "unknown", "unrecogni", "not recogni", "invalid", "illegal", "bad", "no such",
};
constexpr std::array<std::string_view, 2> commands{"command", "cmd"};
constexpr std::array<std::string_view, 4> by_itself{
    "not implemented",
    "unimplemented",
    "not supported",
    "unsupported",
};

}  // namespace

bool says(std::string_view words, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return part.empty() || !std::ranges::search(words, part, same).empty();
}

bool means_unknown_command(std::string_view words) {
  const auto in_words = [words](std::string_view part) { return says(words, part); };
  if (std::ranges::any_of(by_itself, in_words)) return true;
  const bool lacks = std::ranges::any_of(lacking, in_words);
  const bool nothing_else = words.size() == lacking.front().size() && says(words, lacking.front());
  return nothing_else || (lacks && std::ranges::any_of(commands, in_words));
}

}  // namespace postern::wire::pop3
