#include "sync/wire/sasl/scram_math.h"

#include <cstdint>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace postern::wire::sasl::scram {
namespace {

const EVP_MD* digest_of(ScramHash hash) {
  return hash == ScramHash::sha_1 ? EVP_sha1() : EVP_sha256();
}

const std::uint8_t* octets_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

std::size_t key_octets(ScramHash hash) {
  return EVP_MD_size(digest_of(hash));
}

std::string hmac(ScramHash hash, std::string_view key, std::string_view text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  HMAC(digest_of(hash), key.data(), key.size(), octets_of(text), text.size(),
       reinterpret_cast<std::uint8_t*>(out.data()), &length);
  out.resize(length);
  return out;
}

std::string digest(ScramHash hash, std::string_view text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &length,
             digest_of(hash), nullptr);
  out.resize(length);
  return out;
}

Secret salted_password(ScramHash hash, std::string_view password, std::string_view salt,
                       unsigned iterations) {
  std::string out(key_octets(hash), '\0');
  PKCS5_PBKDF2_HMAC(password.data(), password.size(), octets_of(salt), salt.size(), iterations,
                    digest_of(hash), out.size(), reinterpret_cast<std::uint8_t*>(out.data()));
  return Secret(std::move(out));
}

std::string exclusive_or(std::string a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

std::optional<std::string_view> take_attribute(std::string_view& rest, char letter) {
  if (rest.size() < 2 || rest[0] != letter || rest[1] != '=') return std::nullopt;
  const std::size_t end = rest.find(',');
  const std::string_view value = rest.substr(2, end == rest.npos ? rest.npos : end - 2);
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return value;
}

}  // namespace postern::wire::sasl::scram
