#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace postern::test {

/// Octets that do not show as "\\x00".
[[nodiscard]] std::string printable(std::string_view text);

/// How often what we say agrees with what others said, by what was asked.
class Tally {
 public:
  /// Prints the difference, if there is one.
  void count(const std::string& what, const std::string& file, bool agrees,
             const std::string& difference);
  void report() const;
  [[nodiscard]] double share(const std::string& what) const;

 private:
  struct Count {
    std::size_t same = 0;
    std::size_t all = 0;
  };
  std::map<std::string, Count> counts_;
};

}  // namespace postern::test
