#pragma once

#include <algorithm>
#include <cstdint>

#include "sync/store/schema.h"

namespace postern::store {

/// Where the chunks of a body lie. The head and the text are cut apart, each into even pieces.
class ChunkMap {
 public:
  struct Chunk {
    std::uint64_t begin;
    std::uint64_t end;
  };

  ChunkMap(std::uint64_t octets, std::uint64_t head_octets)
      : octets_(octets), head_octets_(head_octets), head_chunks_(chunks(head_octets)) {}

  [[nodiscard]] std::uint64_t count() const {
    return head_chunks_ + (octets_ > head_octets_ ? chunks(octets_ - head_octets_) : 0);
  }
  [[nodiscard]] std::uint64_t at(std::uint64_t offset) const {
    return offset < head_octets_ ? offset / chunk_octets
                                 : head_chunks_ + (offset - head_octets_) / chunk_octets;
  }
  [[nodiscard]] Chunk range(std::uint64_t number) const {
    if (number < head_chunks_) {
      const std::uint64_t begin = number * chunk_octets;
      return {begin, std::min(begin + chunk_octets, head_octets_)};
    }
    const std::uint64_t begin = head_octets_ + (number - head_chunks_) * chunk_octets;
    return {begin, std::min(begin + chunk_octets, octets_)};
  }

 private:
  static std::uint64_t chunks(std::uint64_t octets) {
    return (octets + chunk_octets - 1) / chunk_octets;
  }

  std::uint64_t octets_;
  std::uint64_t head_octets_;
  std::uint64_t head_chunks_;
};

}  // namespace postern::store
