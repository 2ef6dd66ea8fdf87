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
    Login login;
  };

  explicit State(ThrottleRules rules) : throttle(rules) {
    RAND_bytes(nobody.data(), nobody.size());
  }

  /// The entry that user and password name. Unknown users cost the same work.
  const Entry* check(const std::string& user, const Secret& password) const {
    const auto found = accounts.find(user);
    const Digest& wanted = found == accounts.end() ? nobody : found->second.password;
    const Digest given = hash(password);
    const bool same = CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
    return same && found != accounts.end() && !password.empty() ? &found->second : nullptr;
  }

  Hasher hash;
  Digest nobody{};
  std::map<std::string, Entry> accounts;
  Throttle throttle;
};

Directory::Directory(ThrottleRules rules) : state_(std::make_unique<State>(rules)) {}
Directory::~Directory() = default;

void Directory::set(const std::string& account, Secret password, Login login) {
  state_->accounts.insert_or_assign(account,
                                    State::Entry{state_->hash(password), std::move(login)});
}

void Directory::remove(const std::string& account) {
  state_->accounts.erase(account);
}

asio::awaitable<std::expected<Login, Refused>> Directory::login(std::string user, Secret password,
                                                                Peer peer) {
  if (!may_send_password(peer)) co_return std::unexpected(Refused::privacy_required);
  const bool admitted = state_->throttle.admits(peer.address, std::chrono::steady_clock::now());
  const State::Entry* entry = admitted ? state_->check(user, password) : nullptr;
  if (entry != nullptr) {
    if (!entry->login.store) co_return std::unexpected(Refused::unavailable);
    log::info("access", "login from {} to {}", peer.address, entry->login.account);
    co_return entry->login;
  }
  const auto pause = state_->throttle.failed(peer.address, std::chrono::steady_clock::now());
  log::info("access", "login refused from {}: user {}, {}", peer.address, log::quoted(user, 64),
            admitted ? "wrong user or password" : "too many failures");
  co_await net::pause(pause);
  co_return std::unexpected(admitted ? Refused::wrong : Refused::throttled);
}

}  // namespace postern::access
