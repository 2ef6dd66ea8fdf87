#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wire::mime {

/// The boundaries of the multiparts that are open at one place of a message: RFC 2046 section
/// 5.1.1. A longer boundary than RFC 2046 allows counts with its first octets only, so that a
/// delimiter line is known after a bounded number of octets.
class Boundaries {
 public:
  static constexpr std::size_t max_octets = 200;
  /// As much of a line as match() may look at: dashes, boundary, dashes, line end.
  static constexpr std::size_t line_octets = max_octets + 6;

  enum class Kind : std::uint8_t { none, delimiter, close_delimiter };
  struct Match {
    Kind kind = Kind::none;
    std::size_t level = 0;  ///< as given to open()
  };

  void open(std::size_t level, std::string_view boundary);
  /// Forgets the boundaries of this level and of those below it.
  void close_from(std::size_t level);
  [[nodiscard]] bool empty() const { return open_.empty(); }

  /// `line` begins with "--", and is complete with its LF or at least `line_octets` long or the
  /// last of the message. The innermost boundary wins, unless one further out fits better: the
  /// line need only begin with a boundary, since some mailers add to it.
  [[nodiscard]] Match match(std::string_view line) const;

 private:
  struct Open {
    std::size_t level;
    std::string boundary;
  };
  std::vector<Open> open_;  ///< outermost first
};

}  // namespace postern::wire::mime
