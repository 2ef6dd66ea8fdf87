#include "proxy/daemon/state_disk.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <fmt/core.h>
#include <sys/vfs.h>

namespace postern::daemon {
namespace {

constexpr const char* memory = "is in memory: all mail is gone when the machine is switched off";
constexpr const char* network =
    "is on a network file system, where locks and the order of writes are not certain: mail may be "
    "damaged";
constexpr const char* container =
    "is in a layer of a container: all mail goes with the container; give it a volume";

// As in linux/magic.h and the sources of the kernel.
constexpr std::array<std::pair<std::uint32_t, const char*>, 10> kinds{{
    {0x01021994, memory},     // tmpfs
    {0x858458f6, memory},     // ramfs
    {0x00006969, network},    // NFS
    {0x0000517b, network},    // SMB
    {0xff534d42, network},    // CIFS
    {0xfe534d42, network},    // SMB2
    {0x5346414f, network},    // AFS
    {0x00c36400, network},    // Ceph
    {0x01021997, network},    // 9p
    {0x794c7630, container},  // overlay
}};

}  // namespace

std::string doubts_about(std::uint32_t kind) {
  const auto known = std::ranges::find(kinds, kind, &std::pair<std::uint32_t, const char*>::first);
  return known == kinds.end() ? "" : known->second;
}

std::optional<std::string> doubts_about_disk(const std::filesystem::path& folder) {
  struct statfs facts{};
  if (::statfs(folder.c_str(), &facts) != 0) return std::nullopt;
  const std::string doubts = doubts_about(static_cast<std::uint32_t>(facts.f_type));
  if (doubts.empty()) return std::nullopt;
  return fmt::format("the state folder {} {}", folder.string(), doubts);
}

}  // namespace postern::daemon
