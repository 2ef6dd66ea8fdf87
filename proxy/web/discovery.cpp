#include "proxy/web/discovery.h"

#include <optional>
#include <string>
#include <utility>

#include "proxy/access/settings/autodiscover.h"
#include "proxy/web/answers.h"
#include "proxy/web/session.h"
#include "sync/wire/ascii.h"

namespace postern::web {
namespace {

House::Asker asker_of(const Way& way) {
  return way.loopback ? House::Asker::this_machine : House::Asker::network;
}

/// What is told is no secret in this network. A page in a browser is not of this network: it hears
/// what its own origin may, which is ours, or nothing.
Answer told(std::optional<std::string> xml) {
  return xml ? in_xml(std::move(*xml)) : plain(404, "nothing listens that could be told of");
}

}  // namespace

bool is_autoconfig(std::string_view path) {
  return path == "/.well-known/autoconfig/mail/config-v1.1.xml" || path == "/mail/config-v1.1.xml";
}

bool is_autodiscover(std::string_view path) {
  return wire::equal_ignoring_case(path, "/autodiscover/autodiscover.xml");
}

/// The name to log in with is the program's to fill in: the answer is the same for every address.
Answer Session::autoconfig(const Request& request) const {
  if (!is_our_page(request, way(), Effect::reads)) return plain(403, "not from another page");
  return told(surroundings_.house.discover(House::Discovery::autoconfig, asker_of(way()), ""));
}

Answer Session::autodiscover(const Request& request) const {
  if (!is_our_page(request, way(), Effect::reads)) return plain(403, "not from another page");
  const auto address = access::settings::asked_address(request.body);
  if (!address) return plain(400, "no request for the settings of a mail address");
  return told(
      surroundings_.house.discover(House::Discovery::autodiscover, asker_of(way()), *address));
}

}  // namespace postern::web
