#pragma once

#include <cstdint>

namespace postern::test {

class VolatileDisk;

/// A SQLite VFS in front of the real one that lets the n-th write or sync fail. While one of these
/// lives it is the process's default; one at a time. Any thread may do I/O through it.
class FaultVfs {
 public:
  enum class Fault {
    write_error,  ///< nothing is written
    torn_write,   ///< the first half is written
    disk_full,
    sync_error,  ///< of what was written nothing is known
    kill,        ///< the process is killed in front of the n-th write or sync, both counted
  };
  enum class Lasting { once, for_good };

  FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  ~FaultVfs();

  /// From now on the `n`-th write (or sync, as `fault` is about), counted from 1, fails.
  void arm(Fault fault, std::int64_t n, Lasting lasting);
  void disarm();
  /// Tells it all that is written, synced and removed, until another or nullptr takes its place.
  void watch(VolatileDisk* disk);
  /// Whether anything failed since arm().
  [[nodiscard]] bool struck() const;
};

}  // namespace postern::test
