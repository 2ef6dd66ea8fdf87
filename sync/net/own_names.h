#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern::net {

/// How this machine is called and where it is reached.
struct HostFacts {
  std::string name;                    ///< as the kernel has it: anything may be in it
  std::vector<std::string> addresses;  ///< of interfaces that are up: "192.168.1.2", "fd00::1"
};
[[nodiscard]] HostFacts host_facts();

/// What an authority may vouch for (RFC 5280 section 4.2.1.10): each name with everything below it.
struct NameScope {
  std::vector<std::string> names;
  std::vector<std::string> networks;  ///< "192.168.0.0/16", "fe80::/10"
};

/// For the authority of this host: its own names, `.local`, localhost and private addresses. A name
/// without a dot that is also a top-level domain of the internet stays out.
[[nodiscard]] NameScope own_scope(std::string_view host);

struct ServerNames {
  std::vector<std::string> names;      ///< the best for mail programs first; never empty
  std::vector<std::string> addresses;  ///< those of this machine included; without zones
  std::vector<std::string> left_out;  ///< of the host's, since the authority may not vouch for them
};
/// What a certificate of this host can be for, as its authority has it. Pure.
[[nodiscard]] ServerNames server_names(const HostFacts& host, const NameScope& scope);

}  // namespace postern::net
