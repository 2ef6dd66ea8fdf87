#include <algorithm>

#include <fmt/format.h>

#include "config/fields.h"
#include "config/sections.h"
#include "config/values.h"

namespace postern::config {
namespace {

struct Taken {
  std::string address;
  std::string key;
};

std::string_view port_of(std::string_view address) {
  return address.substr(address.rfind(':'));
}

/// "0.0.0.0" and "[::]" take a port on every address of their family.
bool takes_all(std::string_view address) {
  return address.starts_with("0.0.0.0:") || address.starts_with("[::]:");
}

bool clash(std::string_view one, std::string_view other) {
  if (one == other) return true;
  if (port_of(one) != port_of(other)) return false;
  const bool same_family = one.starts_with('[') == other.starts_with('[');
  return same_family && (takes_all(one) || takes_all(other));
}

/// The same address cannot be listened on twice; port 0 takes another free one each time.
void check_taken(Fields& fields, std::string_view key, const std::vector<std::string>& addresses,
                 std::vector<Taken>& taken) {
  for (const std::string& address : addresses) {
    if (address.ends_with(":0")) continue;
    const auto other = std::ranges::find_if(
        taken, [&](const Taken& before) { return clash(before.address, address); });
    if (other != taken.end()) {
      fields.mistake(key, {other->address == address
                               ? fmt::format("{} is already taken by {}", address, other->key)
                               : fmt::format("{} cannot be beside {} of {}", address,
                                             other->address, other->key),
                           "give it another port"});
    }
    taken.push_back({address, std::string(key)});
  }
}

}  // namespace

Listen read_listen(Report& report, const Node& node) {
  Listen listen;
  Fields fields(report, node, "listen",
                {"imap", "imaps", "pop3", "submission", "submissions", "web"});
  std::vector<Taken> taken;
  const auto read = [&](std::string_view key, std::vector<std::string>& into) {
    fields.read_list(key, into, listen_address);
    check_taken(fields, key, into, taken);
  };
  read("imap", listen.imap);
  read("imaps", listen.imaps);
  read("pop3", listen.pop3);
  read("submission", listen.submission);
  read("submissions", listen.submissions);
  read("web", listen.web);
  for (const std::string_view key : {"web"}) {
    if (fields.has(key)) {
      fields.note(key, {"is not served in this release", "nothing will listen there"});
    }
  }
  return listen;
}

}  // namespace postern::config
