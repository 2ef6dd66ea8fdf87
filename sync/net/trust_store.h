#pragma once

#include <expected>
#include <filesystem>
#include <optional>

#include <openssl/x509.h>

#include "sync/base/problem.h"

namespace postern::net {

/// The system's certificate authorities ($SSL_CERT_FILE, else where Debian, Fedora and SUSE keep
/// them) and those of `extra`. A missing system bundle is no error: nothing is trusted then.
/// Any thread.
[[nodiscard]] std::expected<bssl::UniquePtr<X509_STORE>, Problem> trust_store(
    const std::optional<std::filesystem::path>& extra);

}  // namespace postern::net
