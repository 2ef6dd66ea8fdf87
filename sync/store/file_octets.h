#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <unistd.h>

namespace postern::store {

/// A number of `count` octets at `at`, the highest octet first; those beyond the end are 0.
[[nodiscard]] inline std::uint64_t big_endian(std::string_view octets, std::size_t at,
                                              std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value = value << 8 | static_cast<std::uint8_t>(at + i < octets.size() ? octets[at + i] : 0);
  return value;
}
[[nodiscard]] inline std::uint32_t number32(std::string_view octets, std::size_t at) {
  return static_cast<std::uint32_t>(big_endian(octets, at, 4));
}
[[nodiscard]] inline std::uint16_t number16(std::string_view octets, std::size_t at) {
  return static_cast<std::uint16_t>(big_endian(octets, at, 2));
}

/// Fewer octets than `count` at the end of the file, or where it cannot be read.
[[nodiscard]] inline std::string read_at(int file, std::uint64_t offset, std::size_t count) {
  std::string out(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got =
        ::pread(file, out.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(done);
  return out;
}

}  // namespace postern::store
