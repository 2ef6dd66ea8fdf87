#pragma once

#include <string_view>

namespace postern::web {

/// A file of proxy/web/page/, which the program contains.
struct Asset {
  std::string_view path;  ///< in the address: "/style.css"
  std::string_view type;  ///< of media
  std::string_view octets;
};

/// nullptr: there is nothing there. Paths are compared as they come: nothing is looked up on a
/// disk.
[[nodiscard]] const Asset* find_asset(std::string_view path);

}  // namespace postern::web
