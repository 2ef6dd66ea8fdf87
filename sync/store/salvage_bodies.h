#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/store/body.h"
#include "sync/store/damaged_file.h"
#include "sync/store/salvage_messages.h"
#include "sync/store/salvage_rows.h"

namespace postern::store {

/// The octets of bodies in a damaged file, checked against what is known of their hashes; where
/// none is, against their size.
class SalvagedBodies {
 public:
  /// `messages` tell sizes, and hashes by their origins. The references outlive this.
  SalvagedBodies(DamagedFile& from, const SalvageRows& rows, const SalvagedMessages& messages,
                 std::filesystem::path spool);

  /// Nothing if they are not all there.
  [[nodiscard]] std::optional<NewBody> octets_of(std::int64_t body);
  /// Octets by the messages that show it; 0 if none does.
  [[nodiscard]] std::uint64_t announced(std::int64_t body) const {
    const auto found = announced_.find(body);
    return found == announced_.end() ? 0 : found->second;
  }
  [[nodiscard]] std::uint64_t announced() const;

 private:
  [[nodiscard]] bool right(std::int64_t body, const BodyDigest& digest) const;
  bool feed(IncomingBody& into, std::int64_t chunk, std::optional<std::uint64_t> octets);

  DamagedFile& from_;
  const SalvageRows& rows_;
  const std::filesystem::path spool_;
  std::map<std::int64_t, std::uint64_t> announced_;
  std::map<std::int64_t, std::vector<std::string>> hashes_;  ///< by their origins
};

}  // namespace postern::store
