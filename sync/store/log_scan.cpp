#include "sync/store/log_scan.h"

#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "sync/store/file_octets.h"

namespace postern::store {

namespace {

constexpr std::size_t log_header = 32;
constexpr std::size_t frame_header = 24;
/// What the program makes, where the header of a log does not tell.
constexpr std::uint32_t usual_page_octets = 16384;

/// The checksum of a log, over pairs of numbers in the order that the log was written in.
struct Checksum {
  bool big = false;
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  void add(std::string_view octets) {
    for (std::size_t at = 0; at + 8 <= octets.size(); at += 8) {
      first += number(octets, at) + second;
      second += number(octets, at + 4) + first;
    }
  }
  [[nodiscard]] bool is(std::string_view octets, std::size_t at) const {
    return first == number32(octets, at) && second == number32(octets, at + 4);
  }
  [[nodiscard]] std::uint32_t number(std::string_view octets, std::size_t at) const {
    const std::uint32_t value = number32(octets, at);
    return big ? value : __builtin_bswap32(value);
  }
};

/// Whether from `offset` on there is a commit of this log with more of it behind.
bool commits_from(int log, std::uint64_t offset, std::uint32_t page_octets,
                  std::string_view salts) {
  bool commit = false;
  for (;; offset += frame_header + page_octets) {
    const std::string frame = read_at(log, offset, frame_header);
    if (frame.size() != frame_header) return false;
    // A frame that is damaged itself, or that is left from before the log was begun anew.
    if (std::string_view(frame).substr(8, 8) != salts) continue;
    if (commit) return true;
    commit = number32(frame, 4) != 0;
  }
}

}  // namespace

LogScan scan_log(int log) {
  LogScan found;
  const std::string header = read_at(log, 0, log_header);
  if (header.size() != log_header) return found;
  Checksum sum{.big = (number32(header, 0) & 1U) != 0};
  sum.add(std::string_view(header).substr(0, 24));
  const std::uint32_t page_octets = number32(header, 8);
  if ((number32(header, 0) & ~1U) != 0x377f0682U || !sum.is(header, 24) || page_octets < 512 ||
      page_octets > 65536) {
    const std::string frame = read_at(log, log_header, frame_header);
    found.commits_cut_off = frame.size() == frame_header &&
                            commits_from(log, log_header, usual_page_octets, frame.substr(8, 8));
    return found;
  }
  found.page_octets = page_octets;
  const std::string_view salts = std::string_view(header).substr(16, 8);
  std::unordered_map<std::uint32_t, std::uint64_t> pending;
  for (std::uint64_t offset = log_header;; offset += frame_header + page_octets) {
    const std::string frame = read_at(log, offset, frame_header + page_octets);
    if (frame.size() != frame_header + page_octets) return found;
    sum.add(std::string_view(frame).substr(0, 8));
    sum.add(std::string_view(frame).substr(frame_header));
    if (std::string_view(frame).substr(8, 8) != salts || !sum.is(frame, 16)) {
      found.commits_cut_off = commits_from(log, offset, page_octets, salts);
      return found;
    }
    pending[number32(frame, 0)] = offset + frame_header;
    if (const std::uint32_t count = number32(frame, 4); count != 0) {
      for (const auto& [number, at] : pending) found.pages[number] = at;
      pending.clear();
      found.page_count = count;
    }
  }
}

bool log_is_damaged(const std::filesystem::path& file) {
  const std::filesystem::path path = file.string() + "-wal";
  // A frame that a writer was at while it was read is whole by the next time.
  constexpr int times = 3;
  for (int i = 0; i < times; ++i) {
    const int log = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (log < 0) return false;
    const bool damaged = scan_log(log).commits_cut_off;
    ::close(log);
    if (!damaged) return false;
  }
  return true;
}

bool has_log(const std::filesystem::path& file) {
  std::error_code error;
  const auto octets = std::filesystem::file_size(file.string() + "-wal", error);
  return !error && octets != 0;
}

}  // namespace postern::store
