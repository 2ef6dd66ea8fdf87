#include "sync/wire/sasl/scram_server.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <openssl/mem.h>

#include "sync/wire/base64.h"
#include "sync/wire/sasl/saslprep.h"
#include "sync/wire/sasl/scram_math.h"
#include "sync/wire/utf8.h"

namespace postern::wire::sasl {
namespace {

using scram::take_attribute;

constexpr std::size_t longest = 1000;  ///< octets of a name or a nonce

/// RFC 5802 section 5.1: "=2C" and "=3D" are the only escapes.
std::optional<std::string> from_saslname(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    const std::string_view code = text.substr(i, 3);
    if (code != "=2C" && code != "=3D") return std::nullopt;
    out += code == "=2C" ? ',' : '=';
    i += 2;
  }
  return out;
}

bool printable(std::string_view nonce) {
  for (const char c : nonce)
    if (c < '!' || c > '~' || c == ',') return false;
  return !nonce.empty() && nonce.size() <= longest;
}

}  // namespace

ScramKeys make_scram_keys(ScramHash hash, const Secret& password, std::string salt,
                          unsigned iterations) {
  const Secret prepared(saslprep(password.reveal()));
  const Secret salted = scram::salted_password(hash, prepared.reveal(), salt, iterations);
  ScramKeys keys;
  keys.stored_key = scram::digest(hash, scram::hmac(hash, salted.reveal(), "Client Key"));
  keys.server_key = scram::hmac(hash, salted.reveal(), "Server Key");
  keys.salt = std::move(salt);
  keys.iterations = iterations;
  return keys;
}

/// RFC 5802 section 6.
bool ScramServer::accepts(std::string_view flag) {
  // "y": it could bind, and thinks that we cannot. If we can, somebody lied to it.
  if (form_ != ScramForm::plus) return flag == "n" || (flag == "y" && bindings_.empty());
  const auto taken = std::ranges::find_if(
      bindings_, [&](const ChannelBinding& one) { return flag == "p=" + one.type; });
  if (taken == bindings_.end()) return false;
  bound_to_ = taken->data;
  return true;
}

std::optional<std::string> ScramServer::first(std::string_view client_first) {
  const std::size_t flag_end = client_first.find(',');
  if (flag_end == std::string_view::npos || !accepts(client_first.substr(0, flag_end)))
    return std::nullopt;
  const std::size_t header_end = client_first.find(',', flag_end + 1);
  if (header_end == std::string_view::npos) return std::nullopt;
  std::string_view authorization = client_first.substr(flag_end + 1, header_end - flag_end - 1);
  std::string_view rest = client_first.substr(header_end + 1);
  gs2_header_ = client_first.substr(0, header_end + 1);
  client_first_bare_ = rest;
  // RFC 5802 section 5.1: "m=" may come to mean something, and must be refused until then.
  const auto name = take_attribute(rest, 'n');
  const auto nonce = take_attribute(rest, 'r');
  if (!name || !nonce || name->empty() || name->size() > longest || !printable(*nonce))
    return std::nullopt;
  auto user = from_saslname(*name);
  if (!user || !valid_utf8(*user) || user->contains('\0')) return std::nullopt;
  // Nobody may act for somebody else.
  if (!authorization.empty()) {
    const auto other = take_attribute(authorization, 'a');
    if (!other || from_saslname(*other) != user) return std::nullopt;
  }
  client_nonce_ = *nonce;
  return user;
}

std::string ScramServer::challenge(ScramKeys keys, std::string_view nonce) {
  keys_ = std::move(keys);
  server_first_ = fmt::format("r={}{},s={},i={}", client_nonce_, nonce, base64_encode(keys_.salt),
                              keys_.iterations);
  client_nonce_ += nonce;
  return server_first_;
}

std::optional<ScramServer::Verdict> ScramServer::finish(std::string_view client_final) {
  const std::size_t proof_at = client_final.rfind(",p=");
  if (proof_at == std::string_view::npos) return std::nullopt;
  const std::string_view without_proof = client_final.substr(0, proof_at);
  const auto proof = base64_decode(client_final.substr(proof_at + 3));
  std::string_view rest = without_proof;
  const auto channel = take_attribute(rest, 'c');
  const auto nonce = take_attribute(rest, 'r');
  if (!proof || !channel || !nonce) return std::nullopt;
  std::string bound = gs2_header_;
  bound += bound_to_;
  if (*nonce != client_nonce_ || base64_decode(*channel) != bound) return std::nullopt;

  const std::string auth_message =
      client_first_bare_ + "," + server_first_ + "," + std::string(without_proof);
  const std::string signature = scram::hmac(hash_, keys_.stored_key, auth_message);
  if (proof->size() != scram::key_octets(hash_)) return std::nullopt;
  const std::string client_key = scram::exclusive_or(*proof, signature);
  const std::string stored = scram::digest(hash_, client_key);
  Verdict verdict;
  // A key of another size is none: nobody is let in by it.
  if (stored.size() == keys_.stored_key.size() &&
      CRYPTO_memcmp(stored.data(), keys_.stored_key.data(), stored.size()) == 0) {
    verdict.proof = Verdict::Proof::right;
    verdict.server_final = "v=" + base64_encode(scram::hmac(hash_, keys_.server_key, auth_message));
  }
  return verdict;
}

}  // namespace postern::wire::sasl
