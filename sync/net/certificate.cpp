#include "sync/net/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/digest.h>
#include <openssl/x509v3.h>

#include <array>
#include <span>
#include <string_view>

#include <fmt/core.h>
#include <asio/ip/address.hpp>

#include "sync/base/log.h"

namespace postern::net {
namespace {

std::string contents(BIO& memory) {
  const std::uint8_t* octets = nullptr;
  std::size_t count = 0;
  if (BIO_mem_contents(&memory, &octets, &count) == 0) return {};
  return {reinterpret_cast<const char*>(octets), count};
}

std::string name_text(const X509_NAME* name) {
  const bssl::UniquePtr<BIO> memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  return log::quoted(contents(*memory));
}

std::string time_text(const ASN1_TIME* time) {
  const bssl::UniquePtr<BIO> memory(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(memory.get(), time);
  return contents(*memory);
}

std::string address_text(const ASN1_OCTET_STRING& octets) {
  const std::span all(ASN1_STRING_get0_data(&octets),
                      static_cast<std::size_t>(ASN1_STRING_length(&octets)));
  if (all.size() == 4) {
    asio::ip::address_v4::bytes_type v4{};
    std::ranges::copy(all, v4.begin());
    return asio::ip::address_v4(v4).to_string();
  }
  if (all.size() == 16) {
    asio::ip::address_v6::bytes_type v6{};
    std::ranges::copy(all, v6.begin());
    return asio::ip::address_v6(v6).to_string();
  }
  return "(an odd address)";
}

WallTime wall_time(const ASN1_TIME* time) {
  const bssl::UniquePtr<ASN1_TIME> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return {};
  return WallTime(std::chrono::days(days) + std::chrono::seconds(seconds));
}

bool signed_by_itself(const X509& certificate) {
  return X509_NAME_cmp(X509_get_subject_name(&certificate), X509_get_issuer_name(&certificate)) ==
         0;
}

}  // namespace

std::string subject_of(const X509& certificate) {
  return name_text(X509_get_subject_name(&certificate));
}

std::string issuer_of(const X509& certificate) {
  return name_text(X509_get_issuer_name(&certificate));
}

std::string names_of(const X509& certificate) {
  constexpr std::size_t limit = 10;
  const bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string out;
  std::size_t count = 0;
  for (std::size_t i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME& name = *sk_GENERAL_NAME_value(names.get(), i);
    if (name.type != GEN_DNS && name.type != GEN_IPADD) continue;
    if (count++ == limit) return out + ", ...";
    if (!out.empty()) out += ", ";
    if (name.type == GEN_IPADD) {
      out += address_text(*name.d.iPAddress);
    } else {
      out += log::quoted({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName)),
                          static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName))});
    }
  }
  return out.empty() ? "none" : out;
}

std::string reason_of(const X509& certificate, int error) {
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("it is not valid before {} (is this machine's clock right?)",
                         time_text(X509_get0_notBefore(&certificate)));
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("it expired on {} (is this machine's clock right?)",
                         time_text(X509_get0_notAfter(&certificate)));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return signed_by_itself(certificate) ? "it is signed by itself" : "its issuer is not trusted";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("it is for other names: {}", names_of(certificate));
    default: return X509_verify_cert_error_string(error);
  }
}

std::string fingerprint_of(const X509& certificate) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned count = 0;
  X509_digest(&certificate, EVP_sha256(), digest.data(), &count);
  std::string out = "SHA256:";
  for (const std::uint8_t octet : std::span(digest).first(count))
    out += fmt::format("{:02x}", octet);
  return out;
}

CertificateLife life_of(const X509& certificate) {
  return {wall_time(X509_get0_notBefore(&certificate)),
          wall_time(X509_get0_notAfter(&certificate))};
}

CertificateFacts facts_of(const X509& certificate) {
  return {subject_of(certificate), issuer_of(certificate), names_of(certificate),
          fingerprint_of(certificate), life_of(certificate)};
}

}  // namespace postern::net
