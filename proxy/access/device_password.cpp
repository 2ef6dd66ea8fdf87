#include "proxy/access/device_password.h"

#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sync/wire/sasl/scram_math.h"
#include "sync/wire/sasl/scram_server.h"

namespace postern::access {
namespace {

namespace scram = wire::sasl::scram;
using wire::sasl::ScramHash;

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t characters = 16;
constexpr std::size_t group = 4;

/// RFC 7914 section 2: N is 2 to the power of this.
constexpr unsigned scrypt_cost = 14;
constexpr unsigned largest_cost = 17;
constexpr std::size_t scrypt_block = 8;
constexpr std::size_t hash_octets = 32;

std::string random_octets(std::size_t count) {
  std::string out(count, '\0');
  RAND_bytes(reinterpret_cast<std::uint8_t*>(out.data()), count);
  return out;
}

/// Empty if it cannot be computed.
std::string scrypt(const Secret& password, std::string_view salt, unsigned cost) {
  if (cost == 0 || cost > largest_cost) return {};
  std::string out(hash_octets, '\0');
  const std::string_view octets = password.reveal();
  const std::uint64_t n = std::uint64_t{1} << cost;
  const std::size_t memory = 2 * 128 * scrypt_block * n;
  const int done = EVP_PBE_scrypt(
      octets.data(), octets.size(), reinterpret_cast<const std::uint8_t*>(salt.data()), salt.size(),
      n, scrypt_block, 1, memory, reinterpret_cast<std::uint8_t*>(out.data()), out.size());
  return done == 1 ? out : std::string();
}

/// The character as it is in a password, 0 if it is in none.
char canonical(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'o') return '0';
  if (c == 'i' || c == 'l') return '1';
  return alphabet.contains(c) ? c : '\0';
}

}  // namespace

Secret make_device_password() {
  std::array<std::uint8_t, characters> random{};
  RAND_bytes(random.data(), random.size());
  std::string out;
  out.reserve(characters + characters / group);
  for (std::size_t i = 0; i < characters; ++i) {
    if (i != 0 && i % group == 0) out += '-';
    out += alphabet[random.at(i) % alphabet.size()];
  }
  OPENSSL_cleanse(random.data(), random.size());
  return Secret(std::move(out));
}

Secret device_password_as_shown(const Secret& typed) {
  std::string out;
  out.reserve(characters + characters / group);
  std::size_t count = 0;
  for (const char c : typed.reveal()) {
    if (c == '-' || c == ' ') continue;
    const char plain = canonical(c);
    if (plain == '\0' || count == characters) {
      wipe(out);
      return typed;
    }
    if (count != 0 && count % group == 0) out += '-';
    out += plain;
    ++count;
  }
  if (count == characters) return Secret(std::move(out));
  wipe(out);
  return typed;
}

store::DeviceKeys device_keys_of(const Secret& shown) {
  store::DeviceKeys keys;
  keys.scram_salt = random_octets(16);
  keys.scram_iterations = scram::usual_iterations;
  auto made = wire::sasl::make_scram_keys(ScramHash::sha_256, shown, keys.scram_salt,
                                          scram::usual_iterations);
  keys.stored_key = std::move(made.stored_key);
  keys.server_key = std::move(made.server_key);
  made = wire::sasl::make_scram_keys(ScramHash::sha_1, shown, keys.scram_salt,
                                     scram::usual_iterations);
  keys.stored_key_sha_1 = std::move(made.stored_key);
  keys.server_key_sha_1 = std::move(made.server_key);
  keys.scrypt_salt = random_octets(16);
  keys.scrypt_cost = scrypt_cost;
  keys.scrypt_hash = scrypt(shown, keys.scrypt_salt, scrypt_cost);
  if (keys.scrypt_hash.empty()) throw std::runtime_error("no memory for a password's hash");
  return keys;
}

bool fits(const Secret& shown, const store::DeviceKeys& keys) {
  const std::string hash = scrypt(shown, keys.scrypt_salt, keys.scrypt_cost);
  // HMAC fills its keys up with zeros, so that NULs at the end of one count for nothing.
  if (shown.reveal().contains('\0')) return false;
  return hash.size() == hash_octets && keys.scrypt_hash.size() == hash_octets &&
         CRYPTO_memcmp(hash.data(), keys.scrypt_hash.data(), hash_octets) == 0;
}

store::DeviceKeys keys_of_nobody() {
  store::DeviceKeys keys;
  keys.scram_salt = random_octets(16);
  keys.scram_iterations = scram::usual_iterations;
  keys.stored_key = random_octets(scram::key_octets(ScramHash::sha_256));
  keys.server_key = random_octets(scram::key_octets(ScramHash::sha_256));
  keys.stored_key_sha_1 = random_octets(scram::key_octets(ScramHash::sha_1));
  keys.server_key_sha_1 = random_octets(scram::key_octets(ScramHash::sha_1));
  keys.scrypt_salt = random_octets(16);
  keys.scrypt_cost = scrypt_cost;
  keys.scrypt_hash = random_octets(hash_octets);
  return keys;
}

}  // namespace postern::access
