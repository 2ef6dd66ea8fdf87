#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sync/store/body.h"
#include "sync/store/spool_file.h"

namespace postern::store {

/// Compressed chunks of one body in order: in memory, or all in a spool file once they outgrow it.
struct ChunkList {
  std::vector<std::uint32_t> sizes;  ///< stored octets of each chunk
  std::string in_memory;             ///< all of them, one after the other, unless `spool`
  std::unique_ptr<SpoolFile> spool;
};

struct NewBody::State {
  BodyDigest digest;
  std::uint64_t head_octets = 0;  ///< where the chunks of the text begin, if it has its own
  ChunkList chunks;

  /// Calls `visit(std::string_view stored)` for each chunk in order.
  template <class Visit>
  void for_each_chunk(Visit visit) const {
    std::uint64_t offset = 0;
    std::string buffer;
    for (const std::uint32_t size : chunks.sizes) {
      if (chunks.spool) {
        buffer.resize(size);
        chunks.spool->read(offset, buffer.data(), size);
        visit(std::string_view(buffer));
      } else {
        visit(std::string_view(chunks.in_memory).substr(offset, size));
      }
      offset += size;
    }
  }
};

}  // namespace postern::store
