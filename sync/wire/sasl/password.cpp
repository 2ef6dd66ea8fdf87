#include "sync/wire/sasl/password.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>

namespace postern::wire::sasl {
namespace {

std::string hexadecimal(const std::array<std::uint8_t, MD5_DIGEST_LENGTH>& octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t octet : octets) {
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

Response unexpected_challenge() {
  return std::unexpected(Problem{"the server asked for more than the login method has",
                                 "name another login method, or report it to the provider"});
}

}  // namespace

std::optional<Secret> PlainClient::initial() {
  std::string message;
  message += '\0';
  message += credentials_.user;
  message += '\0';
  message += credentials_.secret.reveal();
  return Secret(std::move(message));
}

Response PlainClient::respond(std::string_view /*challenge*/) {
  return unexpected_challenge();
}

Response LoginClient::respond(std::string_view /*challenge*/) {
  switch (++asked_) {
    case 1: return Secret(credentials_.user);
    case 2: return credentials_.secret;
    default: return unexpected_challenge();
  }
}

Response CramMd5Client::respond(std::string_view challenge) {
  if (answered_) return unexpected_challenge();
  // RFC 2195 section 2: the challenge is a message id, which keeps it from being chosen freely by
  // an attacker.
  if (!challenge.starts_with('<') || !challenge.ends_with('>')) {
    return std::unexpected(Problem{"the server's CRAM-MD5 challenge is not a message id",
                                   "name another login method for this source"});
  }
  std::array<std::uint8_t, MD5_DIGEST_LENGTH> mac{};
  unsigned length = 0;
  const std::string_view key = credentials_.secret.reveal();
  HMAC(EVP_md5(), key.data(), key.size(), reinterpret_cast<const std::uint8_t*>(challenge.data()),
       challenge.size(), mac.data(), &length);
  answered_ = true;
  return Secret(credentials_.user + " " + hexadecimal(mac));
}

std::string apop_digest(std::string_view timestamp, const Secret& password) {
  std::array<std::uint8_t, MD5_DIGEST_LENGTH> digest{};
  MD5_CTX context;
  MD5_Init(&context);
  MD5_Update(&context, timestamp.data(), timestamp.size());
  MD5_Update(&context, password.reveal().data(), password.reveal().size());
  MD5_Final(digest.data(), &context);
  return hexadecimal(digest);
}

}  // namespace postern::wire::sasl
