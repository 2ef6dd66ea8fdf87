#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/capability.h"

namespace postern::config {

/// What a mail program says of itself (RFC 2971); empty: nothing. As a pattern of it: empty stands
/// for anything, "*" at the end for any rest; case does not matter.
struct ClientId {
  std::string name;
  std::string vendor;
  std::string version;
  std::string os;

  [[nodiscard]] bool empty() const {
    return name.empty() && vendor.empty() && version.empty() && os.empty();
  }
  friend bool operator==(const ClientId&, const ClientId&) = default;
};

/// What no other program does (docs/adr/0010-client-profiles.md).
enum class Behaviour : std::uint8_t {
  fetches_rfc822_peek,  ///< "RFC822.PEEK"
};

/// A mail program, how it is recognised, and what is not offered to it.
struct ClientProfile {
  std::string name;
  std::vector<ClientId> ids;           ///< patterns: it is what one of them says
  std::optional<Behaviour> behaviour;  ///< of one that says nothing of itself
  Switches switches;
};

/// clients.csv.
[[nodiscard]] std::vector<ClientProfile> built_in_clients();

/// The first one that fits; nullptr: none does. Pointers into `profiles`.
[[nodiscard]] const ClientProfile* recognise(std::span<const ClientProfile> profiles,
                                             const ClientId& id);
[[nodiscard]] const ClientProfile* recognise(std::span<const ClientProfile> profiles,
                                             Behaviour behaviour);

}  // namespace postern::config
