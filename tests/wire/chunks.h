#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace postern::test {

/// The ways a text is fed to an incremental parser: whole, octet by octet, and split at every
/// place.
inline std::vector<std::vector<std::string_view>> divisions(std::string_view text) {
  std::vector<std::vector<std::string_view>> all{{text}};
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < text.size(); ++i) single.push_back(text.substr(i, 1));
  all.push_back(single);
  for (std::size_t i = 1; i < text.size(); ++i) all.push_back({text.substr(0, i), text.substr(i)});
  return all;
}

}  // namespace postern::test
