#include "sync/base/texts.h"

#include <algorithm>

namespace postern {

namespace {

constexpr std::size_t block_octets = 64UL * 1024;

}  // namespace

std::string_view Texts::keep(std::string_view octets) {
  if (octets.empty()) return {};
  if (octets.size() > left_) {
    left_ = std::max(block_octets, octets.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    free_ = blocks_.back().get();
  }
  char* const here = free_;
  free_ = std::ranges::copy(octets, here).out;
  left_ -= octets.size();
  return {here, octets.size()};
}

}  // namespace postern
