#include "sync/wire/sasl/client.h"

#include <strings.h>
#include <array>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/sasl/bearer.h"
#include "sync/wire/sasl/password.h"
#include "sync/wire/sasl/scram.h"

namespace postern::wire::sasl {
namespace {

constexpr std::array<std::pair<Mechanism, std::string_view>, 9> names{{
    {Mechanism::scram_sha_256_plus, "SCRAM-SHA-256-PLUS"},
    {Mechanism::scram_sha_1_plus, "SCRAM-SHA-1-PLUS"},
    {Mechanism::scram_sha_256, "SCRAM-SHA-256"},
    {Mechanism::scram_sha_1, "SCRAM-SHA-1"},
    {Mechanism::cram_md5, "CRAM-MD5"},
    {Mechanism::plain, "PLAIN"},
    {Mechanism::login, "LOGIN"},
    {Mechanism::oauthbearer, "OAUTHBEARER"},
    {Mechanism::xoauth2, "XOAUTH2"},
}};

}  // namespace

std::string_view name(Mechanism mechanism) {
  for (const auto& [known, text] : names) {
    if (known == mechanism) return text;
  }
  std::unreachable();
}

std::optional<Mechanism> find_mechanism(std::string_view name) {
  for (const auto& [mechanism, text] : names) {
    if (equal_ignoring_case(name, text)) return mechanism;
  }
  return std::nullopt;
}

std::unique_ptr<Client> make_client(Mechanism mechanism, Credentials credentials, Context context) {
  const auto scram = [&](ScramHash hash, ScramForm form) {
    return std::make_unique<ScramClient>(hash, form, std::move(credentials), std::move(context));
  };
  const auto bearer = [&](BearerClient::Form form) {
    return std::make_unique<BearerClient>(form, std::move(credentials), std::move(context));
  };
  switch (mechanism) {
    case Mechanism::scram_sha_256_plus: return scram(ScramHash::sha_256, ScramForm::plus);
    case Mechanism::scram_sha_1_plus: return scram(ScramHash::sha_1, ScramForm::plus);
    case Mechanism::scram_sha_256: return scram(ScramHash::sha_256, ScramForm::bare);
    case Mechanism::scram_sha_1: return scram(ScramHash::sha_1, ScramForm::bare);
    case Mechanism::cram_md5: return std::make_unique<CramMd5Client>(std::move(credentials));
    case Mechanism::plain: return std::make_unique<PlainClient>(std::move(credentials));
    case Mechanism::login: return std::make_unique<LoginClient>(std::move(credentials));
    case Mechanism::oauthbearer: return bearer(BearerClient::Form::oauthbearer);
    case Mechanism::xoauth2: return bearer(BearerClient::Form::xoauth2);
  }
  std::unreachable();
}

}  // namespace postern::wire::sasl
