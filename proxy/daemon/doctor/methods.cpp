#include "proxy/daemon/doctor/methods.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "sync/wire/sasl/client.h"

namespace postern::daemon::doctor {

std::string name_of(config::Login method) {
  if (const auto mechanism = upstream::mechanism_of(method))
    return std::string(wire::sasl::name(*mechanism));
  return method == config::Login::apop ? "APOP" : "USER";
}

std::string methods_text(const upstream::LoginOffer& offer) {
  const auto methods = upstream::login_methods(offer);
  std::vector<std::string> names;
  std::ranges::transform(methods, std::back_inserter(names), name_of);
  if (names.empty()) return "none that fits";
  return fmt::format("the strongest first: {}", fmt::join(names, ", "));
}

}  // namespace postern::daemon::doctor
