#include "tests/support/volatile_disk.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace postern::test {

void VolatileDisk::apply(std::string& file, const Change& change) {
  if (!change.octets) {
    file.resize(change.offset);
    return;
  }
  file.resize(std::max(file.size(), change.offset + change.octets->size()));
  file.replace(change.offset, change.octets->size(), *change.octets);
}

std::string VolatileDisk::after_power_loss(const File& file) {
  std::string octets = file.durable;
  for (const Change& change : file.since) {
    switch (random_() % 4) {
      case 0: apply(octets, change); break;
      case 1: {
        Change torn = change;
        if (torn.octets) torn.octets->resize(random_() % (torn.octets->size() + 1));
        apply(octets, torn);
        break;
      }
      default: break;
    }
  }
  return octets;
}

void VolatileDisk::count() {
  if (++operations_ != cut_at_) return;
  Files found;
  for (const auto& [path, file] : files_) found[path] = after_power_loss(file);
  found_ = std::move(found);
  at_cut_();
}

void VolatileDisk::opened(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  if (files_.contains(path)) return;
  std::ifstream content(path, std::ios::binary);
  files_[path].durable = std::string(std::istreambuf_iterator<char>(content), {});
}

void VolatileDisk::written(const std::string& path, std::string_view octets, std::size_t offset) {
  const std::scoped_lock lock(mutex_);
  files_[path].since.push_back({offset, std::string(octets)});
  count();
}

void VolatileDisk::truncated(const std::string& path, std::size_t octets) {
  const std::scoped_lock lock(mutex_);
  files_[path].since.push_back({octets, std::nullopt});
  count();
}

void VolatileDisk::synced(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  File& file = files_[path];
  for (const Change& change : std::exchange(file.since, {})) apply(file.durable, change);
  count();
}

void VolatileDisk::removed(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  files_.erase(path);
}

std::optional<VolatileDisk::Files> VolatileDisk::found() const {
  const std::scoped_lock lock(mutex_);
  return found_;
}

}  // namespace postern::test
