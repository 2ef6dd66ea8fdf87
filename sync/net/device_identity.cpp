#include "sync/net/device_identity.h"

#include <openssl/nid.h>
#include <openssl/pkcs8.h>
#include <openssl/x509.h>

#include <stdexcept>
#include <utility>

#include "sync/net/certificate.h"
#include "sync/net/issue.h"
#include "sync/net/own_authority.h"

namespace postern::net {
namespace {

/// RFC 5280 appendix A.1, ub-common-name.
constexpr std::size_t longest_common_name = 64;

/// With the ciphers that phones and old desktops import; the pass phrase is no word that could be
/// guessed, so that it does not matter how fast they are.
Secret pkcs12_of(const Identity& device, const Identity& authority, const std::string& name,
                 const Secret& pass_phrase) {
  constexpr int cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
  const bssl::UniquePtr<STACK_OF(X509)> chain(sk_X509_new_null());
  bssl::UniquePtr<X509> issuer = bssl::UpRef(authority.certificate.get());
  if (!bssl::PushToStack(chain.get(), std::move(issuer))) throw std::bad_alloc();
  Secret phrase(std::string(pass_phrase.reveal()) + '\0');
  const bssl::UniquePtr<PKCS12> made(PKCS12_create(
      phrase.reveal().data(), name.c_str(), device.key.get(), device.certificate.get(), chain.get(),
      cipher, cipher, PKCS12_DEFAULT_ITER, PKCS12_DEFAULT_ITER, 0));
  const int count = made ? i2d_PKCS12(made.get(), nullptr) : -1;
  if (count <= 0) throw std::runtime_error("making a PKCS#12 file failed");
  std::string out(static_cast<std::size_t>(count), '\0');
  auto* octets = reinterpret_cast<std::uint8_t*>(out.data());
  i2d_PKCS12(made.get(), &octets);
  return Secret(std::move(out));
}

}  // namespace

std::expected<DeviceIdentity, Problem> make_device_identity(const std::filesystem::path& state,
                                                            const std::string& name,
                                                            const Secret& pass_phrase,
                                                            const HostFacts& host, WallTime now) {
  const auto authority = authority_at_hand(state, host, now);
  if (!authority) return std::unexpected(authority.error());
  CertificateText text;
  text.role = CertificateText::Role::device;
  text.common_name = name.substr(0, longest_common_name);
  text.life = device_life(now, life_of(*authority->certificate));
  const Identity device = issue(text, &*authority);
  return DeviceIdentity{
      .certificate = {fingerprint_of(*device.certificate), life_of(*device.certificate)},
      .chain_pem = certificate_pem(*device.certificate) + certificate_pem(*authority->certificate),
      .key_pem = Secret(key_pem(*device.key)),
      .pkcs12 = pkcs12_of(device, *authority, name, pass_phrase)};
}

}  // namespace postern::net
