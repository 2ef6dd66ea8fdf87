#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern {

/// Many short texts in a few blocks, for lists in which a string of its own for each would weigh
/// more than all the rest. Only grows. One thread at a time; views may be read on any.
class Texts {
 public:
  Texts() = default;
  /// Keeps `behind` as well, for lists whose texts are partly those of another one.
  explicit Texts(std::shared_ptr<const Texts> behind) : behind_(std::move(behind)) {}

  /// The same octets, good for as long as this object.
  std::string_view keep(std::string_view octets);

 private:
  std::shared_ptr<const Texts> behind_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  ///< in the last block
  std::size_t left_ = 0;  ///< octets
};

/// Empties it and gives its memory back: a string that is assigned nothing keeps its memory.
inline void release(std::string& text) {
  std::string().swap(text);
}

}  // namespace postern
