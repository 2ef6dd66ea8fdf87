#pragma once

#include <string>

#include <openssl/x509.h>

#include "sync/net/certificate_facts.h"

namespace postern::net {

/// The words of a certificate for people. They are a peer's: quoted and cut.
[[nodiscard]] std::string subject_of(const X509& certificate);
[[nodiscard]] std::string issuer_of(const X509& certificate);
/// The names and addresses it is valid for, or "none".
[[nodiscard]] std::string names_of(const X509& certificate);
/// "not valid before 2026-01-01T00:00:00Z", "expired on ..." and so on; `error` is an X509_V_ERR_*.
[[nodiscard]] std::string reason_of(const X509& certificate, int error);
/// "SHA256:" and 64 hex digits in lower case.
[[nodiscard]] std::string fingerprint_of(const X509& certificate);

[[nodiscard]] CertificateLife life_of(const X509& certificate);
[[nodiscard]] CertificateFacts facts_of(const X509& certificate);

}  // namespace postern::net
