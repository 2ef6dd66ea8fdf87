#include "sync/net/own_certificate.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fmt/core.h>
#include <asio/ip/address.hpp>

#include "sync/base/log.h"
#include "sync/net/issue.h"

namespace postern::net {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;

/// What programs of today accept at most; renewed long before.
constexpr days leaf_life{397};
constexpr days renew_before{30};
constexpr days authority_life{3650};

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

void add_address(std::set<std::string>& out, const sockaddr& raw) {
  if (raw.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(raw);
    out.insert(asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)).to_string());
  } else if (raw.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(raw);
    asio::ip::address_v6::bytes_type octets{};
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    const asio::ip::address_v6 address(octets);
    // Link-local addresses need a zone, which no certificate can hold.
    if (!address.is_link_local()) out.insert(address.to_string());
  }
}

std::vector<std::string> own_addresses() {
  std::set<std::string> out = {"127.0.0.1", "::1"};
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {out.begin(), out.end()};
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr != nullptr && (entry->ifa_flags & IFF_UP) != 0)
      add_address(out, *entry->ifa_addr);
  }
  ::freeifaddrs(list);
  return {out.begin(), out.end()};
}

CertificateText leaf_text(WallTime now) {
  const std::string host = host_name();
  const std::string label = host.substr(0, host.find('.'));
  CertificateText text;
  text.common_name = host.substr(0, 64);
  text.names = {host};
  for (const std::string& name : {label, label + ".local", std::string("localhost")}) {
    if (std::ranges::find(text.names, name) == text.names.end()) text.names.push_back(name);
  }
  text.addresses = own_addresses();
  // A day back: clocks of phones and of this machine differ.
  text.not_before = now - days(1);
  text.not_after = text.not_before + leaf_life;
  return text;
}

template <class Pointer, class Read>
Pointer read_pem(const fs::path& file, Read read) {
  const bssl::UniquePtr<BIO> in(BIO_new_file(file.c_str(), "r"));
  Pointer out(in ? read(in.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  return out;
}

Identity read_identity(const fs::path& certificate, const fs::path& key) {
  return {read_pem<bssl::UniquePtr<X509>>(certificate, PEM_read_bio_X509),
          read_pem<bssl::UniquePtr<EVP_PKEY>>(key, PEM_read_bio_PrivateKey)};
}

bool belongs(const Identity& identity) {
  return identity.certificate && identity.key &&
         X509_check_private_key(identity.certificate.get(), identity.key.get()) == 1;
}

/// Still good: signed by this authority, days left, and no name or address is missing from it.
bool serves(const Identity& leaf, const Identity& authority, const CertificateText& wanted,
            WallTime now) {
  if (!belongs(leaf)) return false;
  X509* certificate = leaf.certificate.get();
  if (X509_verify(certificate, authority.key.get()) != 1) return false;
  auto limit = std::chrono::system_clock::to_time_t(now + renew_before);
  if (X509_cmp_time(X509_get0_notAfter(certificate), &limit) <= 0) return false;
  return std::ranges::all_of(wanted.names,
                             [&](const std::string& name) {
                               return X509_check_host(certificate, name.data(), name.size(),
                                                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                                                      nullptr) == 1;
                             }) &&
         std::ranges::all_of(wanted.addresses, [&](const std::string& address) {
           return X509_check_ip_asc(certificate, address.c_str(), 0) == 1;
         });
}

Problem cannot_write(const fs::path& file) {
  return {fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
          "make sure that the folder is writable and the disk is not full"};
}

/// Complete or not at all: written beside, then renamed.
std::expected<void, Problem> write_file(const fs::path& file, const std::string& text) {
  const fs::path beside = file.string() + ".new";
  ::unlink(beside.c_str());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(cannot_write(file));
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  if (::close(fd) != 0 || !written || ::rename(beside.c_str(), file.c_str()) != 0) {
    return std::unexpected(cannot_write(file));
  }
  return {};
}

}  // namespace

std::expected<OwnFiles, Problem> own_certificate(const fs::path& folder, WallTime now) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(cannot_write(folder));
  }
  const OwnFiles files{folder / "authority.pem", folder / "leaf.pem", folder / "leaf.key"};
  const fs::path authority_key = folder / "authority.key";

  Identity authority = read_identity(files.authority, authority_key);
  if (!belongs(authority)) {
    CertificateText text;
    text.role = CertificateText::Role::authority;
    text.common_name = fmt::format("Postern on {}", host_name()).substr(0, 64);
    text.not_before = now - days(1);
    text.not_after = now + authority_life;
    authority = issue(text, nullptr);
    if (auto done = write_file(authority_key, key_pem(*authority.key)); !done)
      return std::unexpected(done.error());
    if (auto done = write_file(files.authority, certificate_pem(*authority.certificate)); !done) {
      return std::unexpected(done.error());
    }
    log::info("net", "made an own certificate authority: {}", files.authority.string());
  }

  const CertificateText wanted = leaf_text(now);
  if (serves(read_identity(files.certificate, files.key), authority, wanted, now)) return files;
  const Identity leaf = issue(wanted, &authority);
  if (auto done = write_file(files.key, key_pem(*leaf.key)); !done)
    return std::unexpected(done.error());
  const std::string chain =
      certificate_pem(*leaf.certificate) + certificate_pem(*authority.certificate);
  if (auto done = write_file(files.certificate, chain); !done) return std::unexpected(done.error());
  log::info("net", "made a certificate for this host: {}", files.certificate.string());
  return files;
}

}  // namespace postern::net
