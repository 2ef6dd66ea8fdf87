#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::store {

/// Appends the stored form of a chunk to `out`: compressed (zstd), or as it is where that is not
/// smaller. Returns how many octets were appended. Uses a context of the calling thread.
std::size_t compress_chunk(std::string_view raw, std::string& out);

/// `raw_octets` is how much comes out; a stored form of that size stands for itself. The view lasts
/// until the next call on this thread or as long as `stored`. Throws StoreFailure(corrupt).
[[nodiscard]] std::string_view expand_chunk(std::string_view stored, std::size_t raw_octets);

}  // namespace postern::store
