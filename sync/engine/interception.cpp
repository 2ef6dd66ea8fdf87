#include "sync/engine/interception.h"

#include <algorithm>
#include <array>

#include "config/values.h"

namespace postern::engine {

namespace {

struct Known {
  std::string_view word;  ///< in lower case, as it stands in the issuer
  std::string_view name;
};

constexpr std::array<Known, 20> known{{
    {"avast", "Avast"},
    {"avg technologies", "AVG"},
    {"avg web", "AVG"},
    {"kaspersky", "Kaspersky"},
    {"eset ssl", "ESET"},
    {"bitdefender", "Bitdefender"},
    {"norton", "Norton"},
    {"symantec endpoint", "Symantec"},
    {"mcafee", "McAfee"},
    {"sophos", "Sophos"},
    {"g data", "G DATA"},
    {"dr.web", "Dr.Web"},
    {"trend micro", "Trend Micro"},
    {"f-secure", "F-Secure"},
    {"fortinet", "Fortinet"},
    {"fortigate", "Fortinet"},
    {"zscaler", "Zscaler"},
    {"netskope", "Netskope"},
    {"palo alto", "Palo Alto Networks"},
    {"cisco umbrella", "Cisco Umbrella"},
}};

}  // namespace

std::optional<std::string_view> interceptor(std::string_view issuer) {
  const std::string words = config::lower(issuer);
  const auto found = std::ranges::find_if(
      known, [&](const Known& one) { return words.find(one.word) != std::string::npos; });
  return found == known.end() ? std::nullopt : std::optional(found->name);
}

}  // namespace postern::engine
