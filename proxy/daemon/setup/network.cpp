#include "proxy/daemon/setup/network.h"

#include <utility>

#include "proxy/daemon/doctor/smtp_encounter.h"
#include "proxy/daemon/run_loop.h"
#include "sync/net/error.h"

namespace postern::daemon::setup {
namespace {

asio::awaitable<void> look_for(std::vector<Server> candidates, Dialogue& dialogue, Found& found) {
  found = co_await find_server(std::move(candidates), dialogue);
}

asio::awaitable<void> try_login(config::Source source, Secret password,
                                doctor::Encounter& encounter) {
  encounter = co_await doctor::meet(std::move(source), std::move(password), doctor::Depth::login);
}

asio::awaitable<void> try_login(config::Outgoing server, Secret password,
                                doctor::Encounter& encounter) {
  upstream::Credential credential(std::move(password));
  encounter = co_await doctor::meet(std::move(server), std::move(credential), doctor::Depth::login);
}

asio::awaitable<void> probe(config::Source source, Dialogue& dialogue,
                            std::vector<net::CertificateFacts>& chain) {
  try {
    const net::Endpoint server{source.server.host, source.server.port};
    std::vector<std::string> opening;
    if (source.tls == config::Tls::starttls) opening.emplace_back("STLS");
    chain = co_await net::probe_certificates(server, std::move(opening), std::chrono::seconds(10));
  } catch (const net::Error& error) {
    dialogue.say(error.what());
  }
}

}  // namespace

Found RealNetwork::find(std::vector<Server> candidates, Dialogue& dialogue) {
  Found found;
  run_to_end(io_, look_for(std::move(candidates), dialogue, found));
  return found;
}

doctor::Encounter RealNetwork::log_in(const config::Source& source, const Secret& password) {
  doctor::Encounter encounter;
  run_to_end(io_, try_login(source, password, encounter));
  return encounter;
}

doctor::Encounter RealNetwork::log_in(const config::Outgoing& server, const Secret& password) {
  doctor::Encounter encounter;
  run_to_end(io_, try_login(server, password, encounter));
  return encounter;
}

std::vector<net::CertificateFacts> RealNetwork::certificates(const config::Source& source,
                                                             Dialogue& dialogue) {
  std::vector<net::CertificateFacts> chain;
  run_to_end(io_, probe(source, dialogue, chain));
  return chain;
}

}  // namespace postern::daemon::setup
