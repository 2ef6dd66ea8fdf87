#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace postern::test {

/// What a disk would hold if the power went: all that was synced, and of what was written since any
/// part, in any order, the last of it perhaps torn. FaultVfs tells it what happens. Any thread.
class VolatileDisk {
 public:
  using Files = std::map<std::string, std::string>;  ///< octets by path

  /// The power goes at the `cut_at`-th write or sync, counted from 1; what is found then depends on
  /// `seed`.
  VolatileDisk(std::int64_t cut_at, unsigned seed) : cut_at_(cut_at), random_(seed) {}
  /// Called in that moment.
  void at_cut(std::function<void()> at_cut) { at_cut_ = std::move(at_cut); }

  /// A file as it is on the disk by now.
  void opened(const std::string& path);
  void written(const std::string& path, std::string_view octets, std::size_t offset);
  void truncated(const std::string& path, std::size_t octets);
  void synced(const std::string& path);
  void removed(const std::string& path);

  /// nullopt: the power did not go.
  [[nodiscard]] std::optional<Files> found() const;

 private:
  struct Change {
    std::size_t offset = 0;
    std::optional<std::string> octets;  ///< nullopt: truncated to `offset`
  };
  struct File {
    std::string durable;
    std::vector<Change> since;
  };
  void count();
  static void apply(std::string& file, const Change& change);
  [[nodiscard]] std::string after_power_loss(const File& file);

  mutable std::mutex mutex_;
  std::map<std::string, File> files_;
  std::int64_t cut_at_;
  std::int64_t operations_ = 0;
  std::mt19937 random_;
  std::function<void()> at_cut_ = [] {};
  std::optional<Files> found_;
};

}  // namespace postern::test
