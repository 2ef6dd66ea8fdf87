#include "sync/net/own_signature.h"

#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>
#include <span>
#include <stdexcept>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "sync/net/certificate.h"
#include "sync/net/issue.h"
#include "sync/net/own_certificate.h"

namespace postern::net {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::string_view signed_data = "1.2.840.113549.1.7.2";
constexpr std::string_view data = "1.2.840.113549.1.7.1";
constexpr std::string_view content_type = "1.2.840.113549.1.9.3";
constexpr std::string_view message_digest = "1.2.840.113549.1.9.4";
constexpr std::string_view signing_time = "1.2.840.113549.1.9.5";
constexpr std::string_view sha256 = "2.16.840.1.101.3.4.2.1";
constexpr std::string_view ecdsa_with_sha256 = "1.2.840.10045.4.3.2";

constexpr unsigned explicit_0 = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;

/// Fails only without memory or by our own mistake.
void must(int done) {
  if (done == 0) throw std::runtime_error("signing failed");
}

/// DER while it is written; within() nests.
class Writer {
 public:
  Writer() { must(CBB_init(&root_, 512)); }
  Writer(const Writer&) = delete;
  ~Writer() { CBB_cleanup(&root_); }

  template <class Fill>
  void within(unsigned tag, Fill fill) {
    CBB* const outer = at_;
    CBB inner;
    must(CBB_add_asn1(outer, &inner, tag));
    at_ = &inner;
    fill();
    at_ = outer;
    must(CBB_flush(outer));
  }
  void oid(std::string_view text) {
    within(CBS_ASN1_OBJECT,
           [&] { must(CBB_add_asn1_oid_from_text(at_, text.data(), text.size())); });
  }
  void algorithm(std::string_view text) {
    within(CBS_ASN1_SEQUENCE, [&] { oid(text); });
  }
  void number(std::uint64_t value) { must(CBB_add_asn1_uint64(at_, value)); }
  void string(unsigned tag, std::span<const std::uint8_t> octets) {
    within(tag, [&] { raw(octets); });
  }
  void raw(std::span<const std::uint8_t> octets) {
    must(CBB_add_bytes(at_, octets.data(), octets.size()));
  }
  /// The elements of the SET under way in the order that DER wants.
  void order() { must(CBB_flush_asn1_set_of(at_)); }
  Octets take() {
    std::uint8_t* out = nullptr;
    std::size_t count = 0;
    must(CBB_finish(&root_, &out, &count));
    const bssl::UniquePtr<std::uint8_t> owner(out);
    return {out, out + count};
  }

 private:
  CBB root_{};
  CBB* at_ = &root_;
};

std::span<const std::uint8_t> octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <class Value, class Encode>
Octets der_of(const Value* value, Encode encode) {
  std::uint8_t* out = nullptr;
  const int count = encode(const_cast<Value*>(value), &out);
  must(count > 0 ? 1 : 0);
  const bssl::UniquePtr<std::uint8_t> owner(out);
  return {out, out + count};
}

/// RFC 5652 section 5.3: what is signed instead of the text, with the text's digest.
Octets attributes_of(std::string_view text, WallTime now) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(octets_of(text).data(), text.size(), digest.data());
  Writer out;
  const auto attribute = [&](std::string_view type, auto value) {
    out.within(CBS_ASN1_SEQUENCE, [&] {
      out.oid(type);
      out.within(CBS_ASN1_SET, value);
    });
  };
  out.within(CBS_ASN1_SET, [&] {
    attribute(content_type, [&] { out.oid(data); });
    attribute(signing_time, [&] {
      out.string(CBS_ASN1_UTCTIME, octets_of(fmt::format("{:%y%m%d%H%M%S}Z", now)));
    });
    attribute(message_digest, [&] { out.string(CBS_ASN1_OCTETSTRING, digest); });
    out.order();
  });
  return out.take();
}

Octets signature_of(const Octets& octets, EVP_PKEY& key) {
  bssl::ScopedEVP_MD_CTX context;
  std::size_t count = 0;
  must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, &key));
  must(EVP_DigestSign(context.get(), nullptr, &count, octets.data(), octets.size()));
  Octets out(count);
  must(EVP_DigestSign(context.get(), out.data(), &count, octets.data(), octets.size()));
  out.resize(count);
  return out;
}

void add_signer(Writer& out, const Identity& signer, Octets attributes) {
  const Octets signature = signature_of(attributes, *signer.key);
  out.within(CBS_ASN1_SEQUENCE, [&] {
    out.number(1);
    out.within(CBS_ASN1_SEQUENCE, [&] {
      out.raw(der_of(X509_get_issuer_name(signer.certificate.get()), i2d_X509_NAME));
      out.raw(der_of(X509_get0_serialNumber(signer.certificate.get()), i2d_ASN1_INTEGER));
    });
    out.algorithm(sha256);
    // Signed as a SET, written with the tag of its place.
    attributes.front() = 0xa0;
    out.raw(attributes);
    out.algorithm(ecdsa_with_sha256);
    out.string(CBS_ASN1_OCTETSTRING, signature);
  });
}

std::string signed_text(std::string_view text, const Identity& signer, const Identity& authority,
                        WallTime now) {
  Writer out;
  out.within(CBS_ASN1_SEQUENCE, [&] {
    out.oid(signed_data);
    out.within(explicit_0, [&] {
      out.within(CBS_ASN1_SEQUENCE, [&] {
        out.number(1);
        out.within(CBS_ASN1_SET, [&] { out.algorithm(sha256); });
        out.within(CBS_ASN1_SEQUENCE, [&] {
          out.oid(data);
          out.within(explicit_0, [&] { out.string(CBS_ASN1_OCTETSTRING, octets_of(text)); });
        });
        out.within(explicit_0, [&] {
          out.raw(octets_of(certificate_der(*signer.certificate)));
          out.raw(octets_of(certificate_der(*authority.certificate)));
        });
        out.within(CBS_ASN1_SET, [&] { add_signer(out, signer, attributes_of(text, now)); });
      });
    });
  });
  const Octets der = out.take();
  return {der.begin(), der.end()};
}

std::expected<Identity, Problem> own_authority(const std::filesystem::path& state) {
  const OwnFiles files(state);
  auto authority = read_identity(files.authority, files.authority_key);
  if (authority) return std::move(*authority);
  return std::unexpected(
      Problem{fmt::format("there is no own certificate authority in {}", state.string()),
              "write `tls: {certificate: auto}` and start the daemon, which makes one"});
}

}  // namespace

std::expected<std::string, Problem> signed_by_own_authority(const std::filesystem::path& state,
                                                            std::string_view text, WallTime now) {
  const auto authority = own_authority(state);
  if (!authority) return std::unexpected(authority.error());
  CertificateText about;
  about.role = CertificateText::Role::signature;
  about.common_name = "Postern set-up";
  about.life = server_life(now, life_of(*authority->certificate));
  const Identity signer = issue(about, &*authority);
  return signed_text(text, signer, *authority, now);
}

std::expected<std::string, Problem> own_authority_der(const std::filesystem::path& state) {
  const auto authority = own_authority(state);
  if (!authority) return std::unexpected(authority.error());
  return certificate_der(*authority->certificate);
}

}  // namespace postern::net
