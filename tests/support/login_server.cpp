#include "tests/support/login_server.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>

#include <algorithm>
#include <utility>

#include "sync/wire/base64.h"
#include "sync/wire/sasl/password.h"

namespace postern::test {

namespace {

using wire::base64_decode;
using wire::base64_encode;

const std::string user = "anna";
const std::string password = "secret words";
const std::string salt = "a grain of it";

const std::uint8_t* octets(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string mac(const EVP_MD* digest, const std::string& key, const std::string& text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned count = 0;
  HMAC(digest, key.data(), key.size(), octets(text), text.size(),
       reinterpret_cast<std::uint8_t*>(out.data()), &count);
  out.resize(count);
  return out;
}

std::string hash(const EVP_MD* digest, const std::string& text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned count = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &count, digest,
             nullptr);
  out.resize(count);
  return out;
}

std::string salted(const EVP_MD* digest, unsigned iterations) {
  std::string out(EVP_MD_size(digest), '\0');
  PKCS5_PBKDF2_HMAC(password.data(), password.size(), octets(salt), salt.size(), iterations, digest,
                    out.size(), reinterpret_cast<std::uint8_t*>(out.data()));
  return out;
}

std::string hexadecimal(const std::string& text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

std::string exclusive_or(std::string a, const std::string& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

HostilePop3::Scripted ask(const std::string& challenge) {
  return {"+ " + base64_encode(challenge) + "\r\n"};
}

}  // namespace

std::optional<HostilePop3::Scripted> LoginServer::operator()(const std::string& command,
                                                             const net::Stream& stream) {
  if (!way_.empty()) return go_on(command, stream);
  return begin(command, stream);
}

std::optional<HostilePop3::Scripted> LoginServer::begin(const std::string& command,
                                                        const net::Stream& stream) {
  const auto refusal = std::ranges::find_if(
      refuses, [&](const Refusal& one) { return command.starts_with(one.command); });
  if (refusal != refuses.end()) return Scripted{refusal->words};
  if (command.starts_with("APOP ")) {
    way_ = "APOP";
    return judged(command ==
                  "APOP " + user + " " + wire::sasl::apop_digest(timestamp, Secret(password)));
  }
  if (!command.starts_with("AUTH ")) return std::nullopt;
  const std::size_t blank = command.find(' ', 5);
  way_ = command.substr(5, blank == std::string::npos ? blank : blank - 5);
  step_ = 0;
  if (blank != std::string::npos && takes_initial_response)
    return go_on(command.substr(blank + 1), stream);
  if (way_ == "CRAM-MD5") return ask(timestamp);
  return ask(way_ == "LOGIN" ? "User Name" : "");
}

HostilePop3::Scripted LoginServer::go_on(const std::string& line, const net::Stream& stream) {
  if (line == "*") {
    way_.clear();
    return {"-ERR called off\r\n"};
  }
  const std::string message = base64_decode(line).value_or("?");
  ++step_;
  if (way_ == "PLAIN") return judged(message == std::string("\0anna\0secret words", 18));
  if (way_ == "CRAM-MD5")
    return judged(message == user + " " + hexadecimal(mac(EVP_md5(), password, timestamp)));
  if (way_ == "LOGIN" && step_ == 1) return message == user ? ask("Password") : judged(false);
  if (way_ == "LOGIN") return judged(message == password);
  if (step_ == 1) return scram_first(message);
  if (step_ == 2) return scram_final(message, stream);
  return judged(message.empty());
}

HostilePop3::Scripted LoginServer::scram_first(const std::string& message) {
  const std::size_t bare = message.find(",,") + 2;
  scram_header = message.substr(0, bare);
  client_first_bare_ = message.substr(bare);
  const std::string nonce = client_first_bare_.substr(client_first_bare_.find(",r=") + 3);
  server_first_ =
      "r=" + nonce + "of-the-server,s=" + base64_encode(salt) + ",i=" + std::to_string(iterations);
  return ask(server_first_);
}

HostilePop3::Scripted LoginServer::scram_final(const std::string& message,
                                               const net::Stream& stream) {
  const EVP_MD* digest = way_.starts_with("SCRAM-SHA-256") ? EVP_sha256() : EVP_sha1();
  const std::size_t proof_at = message.find(",p=");
  const std::string without_proof = message.substr(0, proof_at);
  std::string bound = scram_header;
  if (way_.ends_with("-PLUS")) bound += stream.tls_bindings().front().data;
  const std::string expected = "c=" + base64_encode(bound) + ",";
  const std::string signed_text = client_first_bare_ + "," + server_first_ + "," + without_proof;
  const std::string client_key = mac(digest, salted(digest, iterations), "Client Key");
  const std::string signature = mac(digest, hash(digest, client_key), signed_text);
  const std::string proof = base64_encode(exclusive_or(client_key, signature));
  if (!message.starts_with(expected) || message.substr(proof_at + 3) != proof) return judged(false);
  std::string own = mac(digest, mac(digest, salted(digest, iterations), "Server Key"), signed_text);
  if (!knows_password) own.assign(own.size(), 'x');
  return ask("v=" + base64_encode(own));
}

HostilePop3::Scripted LoginServer::judged(bool right) {
  const std::string way = std::exchange(way_, {});
  if (!right) return {"-ERR [AUTH] wrong\r\n"};
  accepted.push_back(way);
  return {"+OK welcome\r\n", HostilePop3::Scripted::Then::logged_in};
}

}  // namespace postern::test
