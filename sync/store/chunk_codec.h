#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::store {

/// Appends the stored form of a chunk to `out`: compressed (zstd), or as it is where that is not
/// smaller. Returns how many octets were appended. Uses a context of the calling thread.
std::size_t compress_chunk(std::string_view raw, std::string& out);

/// Appends what a chunk of `raw_octets` was made from to `out`; a stored form of that size stands
/// for itself. Throws StoreFailure(corrupt).
void expand_chunk(std::string_view stored, std::size_t raw_octets, std::string& out);

}  // namespace postern::store
