#include "proxy/access/directory.h"

#include <openssl/digest.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

#include "sync/base/log.h"
#include "sync/net/dial.h"

namespace postern::access {
namespace {

using Digest = std::array<std::uint8_t, 32>;

/// RFC 7677 section 4 wants 4096 at least.
constexpr unsigned scram_iterations = 4096;

/// Passwords are compared by their hashes under a key that nobody knows, so that what the
/// comparison costs tells nothing about how much of a guess was right.
class Hasher {
 public:
  Hasher() { RAND_bytes(key_.data(), key_.size()); }
  [[nodiscard]] Digest operator()(const Secret& password) const {
    const std::string_view octets = password.reveal();
    Digest out{};
    unsigned count = 0;
    HMAC(EVP_sha256(), key_.data(), key_.size(),
         reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size(), out.data(), &count);
    return out;
  }

 private:
  Digest key_{};
};

}  // namespace

struct Directory::State {
  struct Entry {
    Digest password;
    wire::sasl::ScramKeys scram;
    Login login;
  };

  explicit State(ThrottleRules rules) : throttle(rules) {
    RAND_bytes(nobody.data(), nobody.size());
  }

  [[nodiscard]] const Entry* find(const std::string& user) const {
    const auto found = accounts.find(user);
    return found == accounts.end() ? nullptr : &found->second;
  }

  /// The entry that user and password name. Unknown users cost the same work.
  const Entry* check(const std::string& user, const Secret& password) const {
    const auto found = accounts.find(user);
    const Digest& wanted = found == accounts.end() ? nobody : found->second.password;
    const Digest given = hash(password);
    const bool same = CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
    return same && found != accounts.end() && !password.empty() ? &found->second : nullptr;
  }

  /// The same for a user each time, whether or not there is one, and another one in each process.
  [[nodiscard]] std::string salt_of(const std::string& user) const {
    const Digest digest = hash(Secret("salt of " + user));
    return {digest.begin(), digest.begin() + 16};
  }

  static std::expected<Login, Refused> admit(const Entry& entry, const Peer& peer) {
    if (!entry.login.store) return std::unexpected(Refused::unavailable);
    log::info("access", "login from {} to {}", peer.address, entry.login.account);
    return entry.login;
  }

  Hasher hash;
  Digest nobody{};
  std::map<std::string, Entry> accounts;
  Throttle throttle;
};

Directory::Directory(ThrottleRules rules) : state_(std::make_unique<State>(rules)) {}
Directory::~Directory() = default;

void Directory::set(const std::string& account, Secret password, Login login) {
  auto scram = wire::sasl::make_scram_keys(password, state_->salt_of(account), scram_iterations);
  state_->accounts.insert_or_assign(
      account, State::Entry{state_->hash(password), std::move(scram), std::move(login)});
}

void Directory::remove(const std::string& account) {
  state_->accounts.erase(account);
}

asio::awaitable<std::expected<Login, Refused>> Directory::login(std::string user, Secret password,
                                                                Peer peer) {
  if (!may_send_password(peer)) co_return std::unexpected(Refused::privacy_required);
  const bool admitted = state_->throttle.admits(peer.address, std::chrono::steady_clock::now());
  const State::Entry* entry = admitted ? state_->check(user, password) : nullptr;
  if (entry != nullptr) co_return state_->admit(*entry, peer);
  co_return co_await refuse(std::move(user), std::move(peer),
                            admitted ? Admitted::yes : Admitted::throttled);
}

asio::awaitable<std::expected<Login, Refused>> Directory::proven(std::string user, Proof proof,
                                                                 Peer peer) {
  if (!may_send_password(peer)) co_return std::unexpected(Refused::privacy_required);
  const bool admitted = state_->throttle.admits(peer.address, std::chrono::steady_clock::now());
  const State::Entry* entry = admitted && proof == Proof::right ? state_->find(user) : nullptr;
  if (entry != nullptr) co_return state_->admit(*entry, peer);
  co_return co_await refuse(std::move(user), std::move(peer),
                            admitted ? Admitted::yes : Admitted::throttled);
}

asio::awaitable<std::expected<Login, Refused>> Directory::refuse(std::string user, Peer peer,
                                                                 Admitted admitted) {
  const bool counted = admitted == Admitted::yes;
  const auto pause = state_->throttle.failed(peer.address, std::chrono::steady_clock::now());
  log::info("access", "login refused from {}: user {}, {}", peer.address, log::quoted(user, 64),
            counted ? "wrong user or password" : "too many failures");
  co_await net::pause(pause);
  co_return std::unexpected(counted ? Refused::wrong : Refused::throttled);
}

bool Directory::admits(const Peer& peer) const {
  return state_->throttle.admits(peer.address, std::chrono::steady_clock::now());
}

wire::sasl::ScramKeys Directory::scram_keys(const std::string& user) const {
  if (const State::Entry* entry = state_->find(user)) return entry->scram;
  wire::sasl::ScramKeys keys;
  keys.salt = state_->salt_of(user);
  keys.iterations = scram_iterations;
  // Keys that no proof fits.
  keys.stored_key.assign(state_->nobody.begin(), state_->nobody.end());
  keys.server_key = keys.stored_key;
  return keys;
}

}  // namespace postern::access
