#include "sync/wire/sasl/scram.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <openssl/mem.h>

#include "sync/base/log.h"
#include "sync/wire/base64.h"
#include "sync/wire/sasl/saslprep.h"
#include "sync/wire/sasl/scram_math.h"

namespace postern::wire::sasl {
namespace {

using scram::digest;
using scram::hmac;
using scram::salted_password;
using scram::take_attribute;

/// RFC 5802 section 5.1: "=" and "," have a meaning in messages.
std::string saslname(std::string_view user) {
  std::string out;
  for (const char c : user) {
    if (c == '=') {
      out += "=3D";
    } else if (c == ',') {
      out += "=2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<unsigned> parse_iterations(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

}  // namespace

ScramClient::ScramClient(ScramHash hash, ScramForm form, Credentials credentials, Context context)
    : hash_(hash),
      form_(form),
      credentials_(std::move(credentials)),
      context_(std::move(context)) {}

std::string ScramClient::gs2_header() const {
  if (form_ == ScramForm::plus) return "p=" + context_.binding->type + ",,";
  return context_.binding ? "y,," : "n,,";
}

Response ScramClient::fail(std::string what) {
  step_ = Step::failed;
  return std::unexpected(Problem{std::move(what), "try again later, or name another login method"});
}

std::optional<Secret> ScramClient::initial() {
  client_first_bare_ = "n=" + saslname(saslprep(credentials_.user)) + ",r=" + context_.nonce;
  step_ = Step::sent_first;
  return Secret(gs2_header() + client_first_bare_);
}

Response ScramClient::respond(std::string_view challenge) {
  switch (step_) {
    case Step::sent_first: return prove(challenge);
    case Step::sent_proof: return verify(challenge);
    case Step::begin:
    case Step::finished:
    case Step::failed: break;
  }
  return fail("the server sent a SCRAM message that was not its turn");
}

/// RFC 5802 section 7: the values of "e=". An empty answer lets the server refuse in order.
Response ScramClient::deny(std::string_view error) {
  constexpr std::array<std::string_view, 4> about_the_method{
      "channel-binding-not-supported", "channel-bindings-dont-match",
      "server-does-support-channel-binding", "unsupported-channel-binding-type"};
  const bool method = std::ranges::find(about_the_method, error) != about_the_method.end();
  denial_ = method ? Denial::method : Denial::credentials;
  step_ = Step::failed;
  return Secret();
}

Response ScramClient::prove(std::string_view server_first) {
  std::string_view rest = server_first;
  if (const auto error = take_attribute(rest, 'e')) return deny(*error);
  const auto nonce = take_attribute(rest, 'r');
  const auto salt_text = take_attribute(rest, 's');
  const auto iterations_text = take_attribute(rest, 'i');
  if (!nonce || !salt_text || !iterations_text) {
    return fail("the server's SCRAM challenge is malformed: " + log::quoted(server_first));
  }
  if (nonce->size() <= context_.nonce.size() || !nonce->starts_with(context_.nonce)) {
    return fail("the server's SCRAM challenge does not continue our nonce");
  }
  const auto salt = base64_decode(*salt_text);
  const auto iterations = parse_iterations(*iterations_text);
  if (!salt || salt->empty() || !iterations || *iterations > iteration_limit) {
    return fail("the server's SCRAM salt or iteration count is out of bounds");
  }

  std::string binding = gs2_header();
  if (form_ == ScramForm::plus) binding += context_.binding->data;
  const std::string without_proof = "c=" + base64_encode(binding) + ",r=" + std::string(*nonce);
  const std::string auth_message =
      client_first_bare_ + "," + std::string(server_first) + "," + without_proof;

  const Secret password(saslprep(credentials_.secret.reveal()));
  const Secret salted = salted_password(hash_, password.reveal(), *salt, *iterations);
  std::string proof = hmac(hash_, salted.reveal(), "Client Key");
  const std::string signature = hmac(hash_, digest(hash_, proof), auth_message);
  proof = scram::exclusive_or(std::move(proof), signature);
  server_signature_ = hmac(hash_, hmac(hash_, salted.reveal(), "Server Key"), auth_message);
  step_ = Step::sent_proof;
  return Secret(without_proof + ",p=" + base64_encode(proof));
}

Response ScramClient::verify(std::string_view server_final) {
  std::string_view rest = server_final;
  if (const auto error = take_attribute(rest, 'e')) return deny(*error);
  const auto text = take_attribute(rest, 'v');
  const auto signature = text ? base64_decode(*text) : std::nullopt;
  if (!signature || signature->size() != server_signature_.size() ||
      CRYPTO_memcmp(signature->data(), server_signature_.data(), signature->size()) != 0) {
    return fail("the server could not prove that it knows the password");
  }
  step_ = Step::finished;
  return Secret();
}

}  // namespace postern::wire::sasl
