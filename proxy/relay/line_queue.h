#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postern::relay {

/// Octets that came and are not used yet, and the lines in them. Overwrites what it held: there are
/// passwords in it.
class LineQueue {
 public:
  /// `limit` counts the octets of a line with its end.
  explicit LineQueue(std::size_t limit) : limit_(limit) {}
  LineQueue(const LineQueue&) = delete;
  ~LineQueue();

  void add(std::string_view octets);
  /// The next whole line without its end (CRLF, or LF alone); good until the next call of add().
  std::optional<std::string_view> line();
  /// At most so many octets, as they are; good until the next call of add().
  std::string_view take(std::size_t most);
  [[nodiscard]] std::size_t size() const { return octets_.size() - used_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// No line ends within the limit.
  [[nodiscard]] bool too_long() const { return too_long_; }

 private:
  void forget_used();

  std::size_t limit_;
  std::string octets_;
  std::size_t used_ = 0;
  std::size_t scanned_ = 0;  ///< there is no line end before it
  bool too_long_ = false;
};

}  // namespace postern::relay
