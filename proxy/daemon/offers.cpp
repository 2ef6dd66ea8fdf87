#include "proxy/daemon/offers.h"

namespace postern::daemon {

using access::settings::Offer;
using Protocol = Offer::Protocol;

std::vector<Offer> offers_of(const config::Listen& listen) {
  std::vector<Offer> out;
  const auto add = [&](Protocol protocol, const std::vector<std::string>& addresses) {
    for (const auto& address : addresses) out.push_back({protocol, address});
  };
  add(Protocol::imap, listen.imap);
  add(Protocol::imaps, listen.imaps);
  add(Protocol::pop3, listen.pop3);
  add(Protocol::submission, listen.submission);
  add(Protocol::submissions, listen.submissions);
  add(Protocol::web, listen.web);
  return out;
}

std::vector<Offer> offers_of(const std::vector<Faces::Place>& places) {
  std::vector<Offer> out;
  for (const Faces::Place& place : places) {
    switch (place.face) {
      case Face::imap: out.push_back({Protocol::imap, place.address}); break;
      case Face::imaps: out.push_back({Protocol::imaps, place.address}); break;
      case Face::pop3: out.push_back({Protocol::pop3, place.address}); break;
      case Face::submission: out.push_back({Protocol::submission, place.address}); break;
      case Face::submissions: out.push_back({Protocol::submissions, place.address}); break;
      case Face::web: out.push_back({Protocol::web, place.address}); break;
      case Face::scanner: break;  // for one device, without TLS
    }
  }
  return out;
}

access::settings::Hosts hosts_of(const net::HostFacts& host) {
  const auto names = net::server_names(host, net::own_scope(host.name)).names;
  access::settings::Hosts hosts;
  hosts.network = access::settings::network_name(names);
  return hosts;
}

}  // namespace postern::daemon
