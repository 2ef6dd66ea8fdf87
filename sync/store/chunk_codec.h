#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postern::store {

/// Chunks of bodies as they are stored: an octet that says how, and what it says. Part of the file
/// format; every part that would not become smaller stands as it is, which its size tells. See
/// base64_lines.h for what `lines` means.
///
///     chunk = %x00 (octets of the chunk, compressed)
///           | %x01 (size of the frame, size of its stored form, size of the octets;
///                   frame, compressed; octets, compressed)

/// Appends the stored form of a chunk to `out`, and returns how many octets that are.
std::size_t compress_chunk(std::string_view raw, std::string& out);

/// Appends the `raw_octets` octets of a stored chunk to `out`. Throws StoreFailure(corrupt) if they
/// are not there.
void expand_chunk(std::string_view stored, std::size_t raw_octets, std::string& out);

/// How many octets a stored chunk stands for, as far as it says so itself: nullopt for one that
/// holds lines, and for one that makes no sense.
[[nodiscard]] std::optional<std::size_t> expanded_octets(std::string_view stored);

}  // namespace postern::store
