#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace postern::imap::model {

/// The same choices for the same seed, on every machine.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  /// 0 to `bound` - 1.
  std::uint32_t below(std::size_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class T>
  const T& pick(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::mt19937 random_;
};

}  // namespace postern::imap::model
