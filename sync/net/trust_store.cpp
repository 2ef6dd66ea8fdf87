#include "sync/net/trust_store.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <system_error>
#include <vector>

#include <fmt/core.h>

#include "sync/base/log.h"

namespace postern::net {
namespace {

namespace fs = std::filesystem;
using Certificates = std::vector<bssl::UniquePtr<X509>>;

Certificates read_all(const fs::path& file) {
  Certificates out;
  const bssl::UniquePtr<BIO> in(BIO_new_file(file.c_str(), "r"));
  while (in) {
    bssl::UniquePtr<X509> next(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    out.push_back(std::move(next));
  }
  ERR_clear_error();
  return out;
}

fs::path system_bundle() {
  if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr) return named;
  constexpr std::array places = {"/etc/ssl/certs/ca-certificates.crt",
                                 "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                 "/etc/ssl/cert.pem"};
  for (const char* place : places) {
    std::error_code ignored;
    if (fs::exists(place, ignored)) return place;
  }
  return {};
}

/// Reading the bundle takes milliseconds and every reload of every source asks for it, so it is
/// kept until the file changes. Any thread; whoever has the old list while a new one is read keeps
/// it.
std::shared_ptr<const Certificates> system_certificates() {
  static std::mutex guard;
  static fs::path read_from;
  static fs::file_time_type read_at;
  static std::shared_ptr<const Certificates> kept;
  const fs::path bundle = system_bundle();
  std::error_code ignored;
  const auto changed = fs::last_write_time(bundle, ignored);
  const std::lock_guard lock(guard);
  if (!kept || bundle != read_from || changed != read_at) {
    kept = std::make_shared<const Certificates>(read_all(bundle));
    read_from = bundle;
    read_at = changed;
    if (kept->empty()) {
      log::warning("net",
                   "no certificate authorities of the system were found; install ca-certificates");
    }
  }
  return kept;
}

}  // namespace

std::expected<bssl::UniquePtr<X509_STORE>, Problem> trust_store(
    const std::optional<fs::path>& extra) {
  bssl::UniquePtr<X509_STORE> store(X509_STORE_new());
  const auto system = system_certificates();
  for (const auto& certificate : *system) X509_STORE_add_cert(store.get(), certificate.get());
  if (extra) {
    const Certificates own = read_all(*extra);
    if (own.empty()) {
      return std::unexpected(
          Problem{fmt::format("{} holds no certificate that can be read", extra->string()),
                  "give a file with certificates in PEM form"});
    }
    for (const auto& certificate : own) X509_STORE_add_cert(store.get(), certificate.get());
  }
  return store;
}

}  // namespace postern::net
