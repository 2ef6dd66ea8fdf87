#pragma once

#include <string>

#include "sync/net/certificate.h"
#include "sync/net/issue.h"
#include "sync/net/tls.h"
#include "tests/net/loop.h"

namespace postern::net::test {

/// A certificate for "pop.example.net" that is valid today; tests change what they are about.
inline CertificateText usual_text() {
  CertificateText text;
  text.common_name = "pop.example.net";
  text.names = {"pop.example.net"};
  text.life.begin = wall_now() - std::chrono::days(1);
  text.life.end = wall_now() + std::chrono::days(90);
  return text;
}

inline Identity authority() {
  CertificateText text = usual_text();
  text.role = CertificateText::Role::authority;
  text.common_name = "An Authority of the Tests";
  text.names.clear();
  return issue(text, nullptr);
}

inline TlsServer server_of(const TemporaryFolder& folder, const Identity& identity) {
  const auto certificate = folder.write("leaf.pem", certificate_pem(*identity.certificate));
  const auto key = folder.write("leaf.key", key_pem(*identity.key));
  auto server = TlsServer::load(certificate, key);
  if (!server) throw std::runtime_error(server.error().text());
  return std::move(*server);
}

}  // namespace postern::net::test
