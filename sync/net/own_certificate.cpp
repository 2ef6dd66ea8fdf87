#include "sync/net/own_certificate.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fmt/core.h>

#include "sync/base/log.h"
#include "sync/net/certificate.h"
#include "sync/net/issue.h"
#include "sync/net/own_authority.h"

namespace postern::net {
namespace {

namespace fs = std::filesystem;

/// RFC 5280 appendix A.1, ub-common-name.
constexpr std::size_t longest_common_name = 64;
constexpr mode_t private_file = 0600;
constexpr mode_t public_file = 0644;

/// What an authority of ours may vouch for; nothing if it is bound to nothing.
std::optional<NameScope> scope_of(const X509& authority) {
  const bssl::UniquePtr<NAME_CONSTRAINTS> constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(&authority, NID_name_constraints, nullptr, nullptr)));
  if (!constraints || constraints->permittedSubtrees == nullptr) return std::nullopt;
  NameScope scope;
  for (std::size_t i = 0; i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); ++i) {
    const GENERAL_NAME& base = *sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)->base;
    if (base.type != GEN_DNS) continue;
    scope.names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(base.d.dNSName)),
                             static_cast<std::size_t>(ASN1_STRING_length(base.d.dNSName)));
  }
  scope.networks = own_scope({}).networks;
  return scope;
}

bool names_all(X509* certificate, const ServerNames& wanted) {
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
std::expected<void, Problem> write_file(const fs::path& file, const std::string& text,
                                        mode_t mode) {
  const fs::path beside = file.string() + ".new";
  ::unlink(beside.c_str());
  const int fd =
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_file);
  if (fd < 0) return std::unexpected(cannot_write(file));
  const bool written = ::fchmod(fd, mode) == 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  if (::close(fd) != 0 || !written || ::rename(beside.c_str(), file.c_str()) != 0) {
    return std::unexpected(cannot_write(file));
  }
  return {};
}

std::expected<Identity, Problem> make_authority(const OwnFiles& files, const HostFacts& host,
                                                WallTime now) {
  CertificateText text;
  text.role = CertificateText::Role::authority;
  text.common_name =
      fmt::format("Postern on {}", server_names(host, own_scope(host.name)).names.front())
          .substr(0, longest_common_name);
  text.scope = own_scope(host.name);
  text.life = authority_life(now);
  Identity made = issue(text, nullptr);
  if (auto done = write_file(files.authority_key, key_pem(*made.key), private_file); !done)
    return std::unexpected(done.error());
  if (auto done = write_file(files.authority, certificate_pem(*made.certificate), public_file);
      !done)
    return std::unexpected(done.error());
  log::info("net", "made an own certificate authority; devices are to trust {}",
            files.authority.string());
  return made;
}

std::expected<void, Problem> make_server(const OwnFiles& files, const Identity& authority,
                                         const ServerNames& names, WallTime now) {
  CertificateText text;
  text.common_name = names.names.front().substr(0, longest_common_name);
  text.names = names.names;
  text.addresses = names.addresses;
  text.life = server_life(now, life_of(*authority.certificate));
  const Identity made = issue(text, &authority);
  if (auto done = write_file(files.key, key_pem(*made.key), private_file); !done) return done;
  const std::string chain =
      certificate_pem(*made.certificate) + certificate_pem(*authority.certificate);
  if (auto done = write_file(files.certificate, chain, private_file); !done) return done;
  log::info("net", "made a certificate for {}, valid until {}", names_of(*made.certificate),
            iso8601(text.life.end));
  for (const std::string& name : names.left_out) {
    log::info("net", "the certificate is not for {}, which the own authority may not vouch for",
              name);
  }
  return {};
}

/// One that is there and cannot be opened is not to be replaced: what devices trust would be gone.
std::optional<Problem> shut(const fs::path& file) {
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened >= 0) {
    ::close(opened);
    return std::nullopt;
  }
  const int why = errno;
  if (why == ENOENT) return std::nullopt;
  return Problem{fmt::format("cannot read {}: {}", file.string(), std::strerror(why)),
                 "let the user that Postern runs as read it"};
}

}  // namespace

OwnFiles::OwnFiles(const fs::path& state)
    : authority(state / "ca.pem"),
      authority_key(state / "tls" / "ca.key"),
      certificate(state / "tls" / "leaf.pem"),
      key(state / "tls" / "leaf.key") {}

std::expected<Identity, Problem> authority_at_hand(const fs::path& state, const HostFacts& host,
                                                   WallTime now) {
  for (const fs::path& folder : {state, state / "tls"}) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
      return std::unexpected(cannot_write(folder));
  }
  const OwnFiles files(state);
  for (const fs::path& file : {files.authority, files.authority_key}) {
    if (auto problem = shut(file)) return std::unexpected(std::move(*problem));
  }
  auto authority = read_identity(files.authority, files.authority_key);
  const bool stays = authority && scope_of(*authority->certificate) &&
                     !authority_is_due(life_of(*authority->certificate), now);
  if (stays) return std::move(*authority);
  return make_authority(files, host, now);
}

std::expected<OwnFiles, Problem> own_certificate(const fs::path& state, const HostFacts& host,
                                                 WallTime now) {
  const auto authority = authority_at_hand(state, host, now);
  if (!authority) return std::unexpected(authority.error());
  const OwnFiles files(state);
  const ServerNames wanted = server_names(host, *scope_of(*authority->certificate));
  const auto leaf = read_identity(files.certificate, files.key);
  const bool stays = leaf && X509_verify(leaf->certificate.get(), authority->key.get()) == 1 &&
                     !server_is_due(life_of(*leaf->certificate), now) &&
                     names_all(leaf->certificate.get(), wanted);
  ERR_clear_error();
  if (stays) return files;
  if (auto made = make_server(files, *authority, wanted, now); !made)
    return std::unexpected(made.error());
  return files;
}

}  // namespace postern::net
