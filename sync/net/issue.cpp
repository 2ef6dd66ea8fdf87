#include "sync/net/issue.h"

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include <asio/ip/address.hpp>

namespace postern::net {
namespace {

/// Making certificates fails only without memory or by our own mistake.
void must(int done, const char* what) {
  if (done == 0) throw std::runtime_error(std::string("making a certificate failed at ") + what);
}

bssl::UniquePtr<EVP_PKEY> new_key() {
  const bssl::UniquePtr<EC_KEY> curve(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  must(EC_KEY_generate_key(curve.get()), "the key");
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  must(EVP_PKEY_set1_EC_KEY(key.get(), curve.get()), "the key");
  return key;
}

void set_serial(X509& certificate) {
  // RFC 5280 section 4.1.2.2: positive, at most 20 octets.
  std::array<std::uint8_t, 16> octets{};
  RAND_bytes(octets.data(), octets.size());
  octets[0] = static_cast<std::uint8_t>((octets[0] & 0x7f) | 0x40);
  const bssl::UniquePtr<BIGNUM> number(BN_bin2bn(octets.data(), octets.size(), nullptr));
  must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr ? 1 : 0,
       "the serial number");
}

void set_time(ASN1_TIME* field, WallTime time) {
  must(ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time)) != nullptr ? 1 : 0,
       "the dates");
}

ASN1_IA5STRING* ia5(std::string_view text) {
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  must(ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())), "a name");
  return value;
}

bssl::UniquePtr<GENERAL_NAMES> general_names(const CertificateText& text) {
  bssl::UniquePtr<GENERAL_NAMES> all(sk_GENERAL_NAME_new_null());
  for (const std::string& name : text.names) {
    bssl::UniquePtr<GENERAL_NAME> entry(GENERAL_NAME_new());
    GENERAL_NAME_set0_value(entry.get(), GEN_DNS, ia5(name));
    must(bssl::PushToStack(all.get(), std::move(entry)) ? 1 : 0, "a name");
  }
  for (const std::string& address : text.addresses) {
    ASN1_OCTET_STRING* value = a2i_IPADDRESS(address.c_str());
    if (value == nullptr) continue;
    bssl::UniquePtr<GENERAL_NAME> entry(GENERAL_NAME_new());
    GENERAL_NAME_set0_value(entry.get(), GEN_IPADD, value);
    must(bssl::PushToStack(all.get(), std::move(entry)) ? 1 : 0, "an address");
  }
  return all;
}

void extend(X509& certificate, int nid, void* value, int critical) {
  must(X509_add1_ext_i2d(&certificate, nid, value, critical, 0), "an extension");
}

void add_usage(X509& certificate, CertificateText::Role role) {
  const bool authority = role == CertificateText::Role::authority;
  const bssl::UniquePtr<BASIC_CONSTRAINTS> basic(BASIC_CONSTRAINTS_new());
  basic->ca = authority ? 0xff : 0;
  if (authority) {
    // No authority below this one.
    basic->pathlen = ASN1_INTEGER_new();
    must(ASN1_INTEGER_set(basic->pathlen, 0), "the path length");
  }
  extend(certificate, NID_basic_constraints, basic.get(), 1);

  const bssl::UniquePtr<ASN1_BIT_STRING> usage(ASN1_BIT_STRING_new());
  // RFC 5280 section 4.2.1.3: digitalSignature is bit 0, keyCertSign bit 5.
  must(ASN1_BIT_STRING_set_bit(usage.get(), authority ? 5 : 0, 1), "the key usage");
  extend(certificate, NID_key_usage, usage.get(), 1);
  if (authority || role == CertificateText::Role::signature) return;
  const bool server = role == CertificateText::Role::server;
  const bssl::UniquePtr<EXTENDED_KEY_USAGE> purposes(sk_ASN1_OBJECT_new_null());
  bssl::UniquePtr<ASN1_OBJECT> purpose(OBJ_nid2obj(server ? NID_server_auth : NID_client_auth));
  must(bssl::PushToStack(purposes.get(), std::move(purpose)) ? 1 : 0, "the purpose");
  extend(certificate, NID_ext_key_usage, purposes.get(), 0);
}

/// "10.0.0.0/8" as address and mask.
ASN1_OCTET_STRING* network_octets(std::string_view network) {
  const std::size_t slash = network.find('/');
  const auto address = asio::ip::make_address(network.substr(0, slash));
  const unsigned length = static_cast<unsigned>(std::stoul(std::string(network.substr(slash + 1))));
  std::string octets;
  std::size_t size = 4;
  if (address.is_v4()) {
    for (const auto octet : address.to_v4().to_bytes()) octets += static_cast<char>(octet);
  } else {
    for (const auto octet : address.to_v6().to_bytes()) octets += static_cast<char>(octet);
    size = 16;
  }
  for (unsigned i = 0; i < size; ++i) {
    const unsigned ones = std::clamp(length, i * 8, i * 8 + 8) - i * 8;
    octets += static_cast<char>(0xff00U >> ones);
  }
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  must(ASN1_STRING_set(value, octets.data(), static_cast<int>(octets.size())), "a network");
  return value;
}

void permit(NAME_CONSTRAINTS& constraints, int type, ASN1_STRING* value) {
  bssl::UniquePtr<GENERAL_SUBTREE> subtree(GENERAL_SUBTREE_new());
  GENERAL_NAME_set0_value(subtree->base, type, value);
  must(sk_GENERAL_SUBTREE_push(constraints.permittedSubtrees, subtree.release()) > 0 ? 1 : 0,
       "the name constraints");
}

void add_scope(X509& certificate, const NameScope& scope) {
  const bssl::UniquePtr<NAME_CONSTRAINTS> constraints(NAME_CONSTRAINTS_new());
  constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
  for (const std::string& name : scope.names) permit(*constraints, GEN_DNS, ia5(name));
  for (const std::string& network : scope.networks)
    permit(*constraints, GEN_IPADD, network_octets(network));
  // Kinds of names that nothing is said of are free; nobody's mail address is to be vouched for.
  permit(*constraints, GEN_EMAIL, ia5("localhost"));
  extend(certificate, NID_name_constraints, constraints.get(), 1);
}

/// RFC 5280 sections 4.2.1.1 and 4.2.1.2: by which programs find the issuer among several.
void add_key_names(X509& certificate, const X509& signer) {
  const auto name = [](const X509& of) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned count = 0;
    must(X509_pubkey_digest(&of, EVP_sha1(), digest.data(), &count), "the name of a key");
    bssl::UniquePtr<ASN1_OCTET_STRING> out(ASN1_OCTET_STRING_new());
    must(ASN1_STRING_set(out.get(), digest.data(), static_cast<int>(count)), "the name of a key");
    return out;
  };
  extend(certificate, NID_subject_key_identifier, name(certificate).get(), 0);
  const bssl::UniquePtr<AUTHORITY_KEYID> issuer(AUTHORITY_KEYID_new());
  issuer->keyid = name(signer).release();
  extend(certificate, NID_authority_key_identifier, issuer.get(), 0);
}

std::string contents(BIO& memory) {
  const std::uint8_t* octets = nullptr;
  std::size_t count = 0;
  must(BIO_mem_contents(&memory, &octets, &count), "PEM");
  return {reinterpret_cast<const char*>(octets), count};
}

template <class Pointer, class Read>
Pointer read_pem(const std::filesystem::path& file, Read read) {
  const bssl::UniquePtr<BIO> in(BIO_new_file(file.c_str(), "r"));
  return Pointer(in ? read(in.get(), nullptr, nullptr, nullptr) : nullptr);
}

}  // namespace

Identity issue(const CertificateText& text, const Identity* issuer) {
  Identity out{bssl::UniquePtr<X509>(X509_new()), new_key()};
  X509& certificate = *out.certificate;
  must(X509_set_version(&certificate, X509_VERSION_3), "the version");
  set_serial(certificate);
  set_time(X509_getm_notBefore(&certificate), text.life.begin);
  set_time(X509_getm_notAfter(&certificate), text.life.end);
  X509_NAME* subject = X509_get_subject_name(&certificate);
  must(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                  reinterpret_cast<const std::uint8_t*>(text.common_name.data()),
                                  static_cast<int>(text.common_name.size()), -1, 0),
       "the subject");
  const X509& signer = issuer == nullptr ? certificate : *issuer->certificate;
  must(X509_set_issuer_name(&certificate, X509_get_subject_name(&signer)), "the issuer");
  must(X509_set_pubkey(&certificate, out.key.get()), "the key");
  add_usage(certificate, text.role);
  add_key_names(certificate, signer);
  if (text.scope) add_scope(certificate, *text.scope);
  const auto names = general_names(text);
  if (sk_GENERAL_NAME_num(names.get()) > 0) {
    extend(certificate, NID_subject_alt_name, names.get(), 0);
  }
  must(X509_sign(&certificate, issuer == nullptr ? out.key.get() : issuer->key.get(), EVP_sha256()),
       "the signature");
  return out;
}

std::optional<Identity> read_identity(const std::filesystem::path& certificate,
                                      const std::filesystem::path& key) {
  Identity out{read_pem<bssl::UniquePtr<X509>>(certificate, PEM_read_bio_X509),
               read_pem<bssl::UniquePtr<EVP_PKEY>>(key, PEM_read_bio_PrivateKey)};
  const bool fits = out.certificate && out.key &&
                    X509_check_private_key(out.certificate.get(), out.key.get()) == 1;
  ERR_clear_error();
  if (!fits) return std::nullopt;
  return out;
}

std::string certificate_pem(const X509& certificate) {
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(out.get(), const_cast<X509*>(&certificate)), "PEM");
  return contents(*out);
}

std::string certificate_der(const X509& certificate) {
  std::uint8_t* octets = nullptr;
  const int count = i2d_X509(const_cast<X509*>(&certificate), &octets);
  must(count > 0 ? 1 : 0, "DER");
  std::string out(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(count));
  OPENSSL_free(octets);
  return out;
}

std::string key_pem(EVP_PKEY& key) {
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr),
       "PEM");
  return contents(*out);
}

}  // namespace postern::net
