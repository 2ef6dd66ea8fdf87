#pragma once

#include <cstddef>

namespace postern::test {

/// Measures the heap of the test program: how far it grew, at most, since the construction.
class HeapPeak {
 public:
  HeapPeak();
  [[nodiscard]] std::size_t octets() const;

 private:
  std::size_t before_;
};

}  // namespace postern::test
