#pragma once

#include <string>

#include "sync/net/certificate_life.h"

namespace postern::net {

/// What a certificate says, for people. The words may be a peer's: quoted and cut.
struct CertificateFacts {
  std::string subject;
  std::string issuer;
  std::string names;        ///< it is valid for
  std::string fingerprint;  ///< "SHA256:" and 64 hex digits
  CertificateLife life;
};

/// What is known of a certificate that a client showed. It has the key; nobody has vouched for it.
struct ShownCertificate {
  std::string fingerprint;  ///< "SHA256:" and 64 hex digits in lower case
  CertificateLife life;
};

}  // namespace postern::net
