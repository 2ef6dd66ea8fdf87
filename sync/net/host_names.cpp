#include "sync/net/host_names.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace postern::net {

std::vector<std::string> host_names_in(const std::filesystem::path& certificate) {
  const bssl::UniquePtr<BIO> file(BIO_new_file(certificate.c_str(), "r"));
  if (!file) return {};
  const bssl::UniquePtr<X509> first(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  if (!first) return {};
  const bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(first.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> out;
  for (std::size_t i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME& name = *sk_GENERAL_NAME_value(names.get(), i);
    if (name.type != GEN_DNS) continue;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName)),
                     static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName)));
  }
  return out;
}

}  // namespace postern::net
