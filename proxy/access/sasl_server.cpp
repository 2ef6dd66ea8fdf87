#include "proxy/access/sasl_server.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/base64.h"
#include "sync/wire/command_text.h"
#include "sync/wire/sasl/scram_server.h"
#include "sync/wire/sasl_plain.h"
#include "sync/wire/utf8.h"

namespace postern::access {
namespace {

using Step = SaslServer::Step;
using Kind = Step::Kind;
using wire::sasl::ScramForm;
using wire::sasl::ScramHash;

constexpr std::string_view external = "EXTERNAL";
struct ScramMechanism {
  std::string_view name;
  ScramHash hash;
  ScramForm form;
};
/// The strongest first.
constexpr std::array scram{
    ScramMechanism{"SCRAM-SHA-256-PLUS", ScramHash::sha_256, ScramForm::plus},
    ScramMechanism{"SCRAM-SHA-1-PLUS", ScramHash::sha_1, ScramForm::plus},
    ScramMechanism{"SCRAM-SHA-256", ScramHash::sha_256, ScramForm::bare},
    ScramMechanism{"SCRAM-SHA-1", ScramHash::sha_1, ScramForm::bare},
};
constexpr std::string_view plain = "PLAIN";
constexpr std::string_view login = "LOGIN";

Step challenge(std::string_view octets) {
  return {Kind::challenge, wire::base64_encode(octets), std::unexpected(Refused::wrong)};
}

Step malformed() {
  return {Kind::malformed, "", std::unexpected(Refused::wrong)};
}

Step done(std::expected<Login, Refused> outcome) {
  return {Kind::done, "", std::move(outcome)};
}

/// RFC 4422 appendix A.
class External final : public SaslServer {
 public:
  External(Directory& directory, Peer peer) : directory_(directory), peer_(std::move(peer)) {}

  asio::awaitable<Step> respond(std::optional<std::string> base64) override {
    if (!base64) co_return challenge("");
    constexpr std::size_t longest = 255;
    auto user = wire::base64_decode(*base64);
    if (!user || user->size() > longest || user->contains('\0') || !wire::valid_utf8(*user))
      co_return malformed();
    auto outcome = co_await directory_.login_by_certificate(std::move(*user), peer_);
    co_return done(std::move(outcome));
  }

 private:
  Directory& directory_;
  Peer peer_;
};

class Plain final : public SaslServer {
 public:
  Plain(Directory& directory, Peer peer) : directory_(directory), peer_(std::move(peer)) {}

  asio::awaitable<Step> respond(std::optional<std::string> base64) override {
    if (!base64) co_return challenge("");
    auto parsed = wire::parse_sasl_plain(*base64);
    wipe(*base64);
    if (!parsed) co_return malformed();
    // Nobody may act for somebody else.
    if (!parsed->authorization.empty() && parsed->authorization != parsed->user)
      co_return done(std::unexpected(Refused::wrong));
    std::string user = std::move(parsed->user);
    Secret password = std::move(parsed->password);
    auto outcome = co_await directory_.login(std::move(user), std::move(password), peer_);
    co_return done(std::move(outcome));
  }

 private:
  Directory& directory_;
  Peer peer_;
};

/// Not standardised: two prompts, in the words that all programs know.
class LoginPrompts final : public SaslServer {
 public:
  LoginPrompts(Directory& directory, Peer peer) : directory_(directory), peer_(std::move(peer)) {}

  asio::awaitable<Step> respond(std::optional<std::string> base64) override {
    if (!base64) co_return challenge("Username:");
    auto octets = wire::base64_decode(*base64);
    wipe(*base64);
    if (!octets) co_return malformed();
    if (!user_) {
      user_ = std::move(*octets);
      co_return challenge("Password:");
    }
    // The same bounds as in PLAIN.
    Secret password(std::move(*octets));
    const Secret as_plain = wire::format_sasl_plain(*user_, password);
    if (!wire::parse_sasl_plain(as_plain.reveal())) co_return malformed();
    std::string user = *user_;
    auto outcome = co_await directory_.login(std::move(user), std::move(password), peer_);
    co_return done(std::move(outcome));
  }

 private:
  Directory& directory_;
  Peer peer_;
  std::optional<std::string> user_;
};

class Scram final : public SaslServer {
 public:
  Scram(ScramHash hash, ScramForm form, Directory& directory, Peer peer,
        std::vector<net::TlsBinding> bindings)
      : directory_(directory),
        peer_(std::move(peer)),
        hash_(hash),
        server_(hash, form, as_wire(std::move(bindings))) {}

  asio::awaitable<Step> respond(std::optional<std::string> base64) override {
    if (!base64) co_return challenge("");
    const auto octets = wire::base64_decode(*base64);
    if (!octets) co_return malformed();
    switch (std::exchange(turn_, next(turn_))) {
      case Turn::first: co_return begin(*octets);
      case Turn::proof: co_return co_await judge(*octets);
      case Turn::end: break;
    }
    // What the program says to our proof: nothing (RFC 5802 section 5).
    if (!octets->empty()) co_return malformed();
    // The password may have become another one since it was proven.
    const auto proof = directory_.scram_keys(user_, hash_).stored_key == stored_key_
                           ? Directory::Proof::right
                           : Directory::Proof::wrong;
    std::string user = user_;
    auto outcome = co_await directory_.proven(std::move(user), proof, peer_);
    co_return done(std::move(outcome));
  }

 private:
  enum class Turn : std::uint8_t { first, proof, end };
  static Turn next(Turn turn) { return turn == Turn::first ? Turn::proof : Turn::end; }

  static std::vector<wire::sasl::ChannelBinding> as_wire(std::vector<net::TlsBinding> bindings) {
    std::vector<wire::sasl::ChannelBinding> out;
    out.reserve(bindings.size());
    for (net::TlsBinding& binding : bindings)
      out.push_back({std::move(binding.type), std::move(binding.data)});
    return out;
  }

  Step begin(const std::string& octets) {
    const auto user = server_.first(octets);
    if (!user) return malformed();
    user_ = *user;
    std::array<std::uint8_t, 18> nonce{};
    RAND_bytes(nonce.data(), nonce.size());
    const std::string printable =
        wire::base64_encode({reinterpret_cast<const char*>(nonce.data()), nonce.size()});
    wire::sasl::ScramKeys keys = directory_.scram_keys(user_, hash_);
    stored_key_ = keys.stored_key;
    return challenge(server_.challenge(std::move(keys), printable));
  }

  asio::awaitable<Step> judge(const std::string& octets) {
    // Who is throttled learns of no proof whether it was right.
    const bool admitted = directory_.admits(peer_);
    const auto verdict = server_.finish(octets);
    if (!verdict) co_return malformed();
    if (admitted && verdict->proof == wire::sasl::ScramServer::Verdict::Proof::right)
      co_return challenge(verdict->server_final);
    std::string user = user_;
    auto outcome = co_await directory_.proven(std::move(user), Directory::Proof::wrong, peer_);
    co_return done(std::move(outcome));
  }

  Directory& directory_;
  Peer peer_;
  ScramHash hash_;
  wire::sasl::ScramServer server_;
  Turn turn_ = Turn::first;
  std::string user_;
  std::string stored_key_;  ///< that the proof is judged by
};

}  // namespace

std::vector<std::string_view> SaslServer::offered(const Directory& directory, const Peer& peer,
                                                  std::span<const net::TlsBinding> bindings) {
  if (!Directory::may_send_password(peer)) return {};
  std::vector<std::string_view> names;
  if (directory.knows(peer)) names.push_back(external);
  for (const ScramMechanism& one : scram) {
    const bool possible = one.form == ScramForm::bare || !bindings.empty();
    if (possible && directory.has_scram_keys(one.hash)) names.push_back(one.name);
  }
  names.insert(names.end(), {plain, login});
  return names;
}

std::unique_ptr<SaslServer> SaslServer::begin(std::string_view mechanism, Directory& directory,
                                              Peer peer, std::vector<net::TlsBinding> bindings) {
  if (peer.secure && peer.certificate && wire::is_word(mechanism, external))
    return std::make_unique<External>(directory, std::move(peer));
  const auto names = offered(directory, peer, bindings);
  const auto name = std::ranges::find_if(
      names, [&](std::string_view one) { return wire::is_word(mechanism, one); });
  if (name == names.end()) return nullptr;
  if (*name == plain) return std::make_unique<Plain>(directory, std::move(peer));
  if (*name == login) return std::make_unique<LoginPrompts>(directory, std::move(peer));
  const auto* const chosen = std::ranges::find(scram, *name, &ScramMechanism::name);
  return std::make_unique<Scram>(chosen->hash, chosen->form, directory, std::move(peer),
                                 std::move(bindings));
}

}  // namespace postern::access
