#include "proxy/access/directory.h"

#include <openssl/digest.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "proxy/access/device_password.h"
#include "proxy/access/hash_queue.h"
#include "sync/base/log.h"
#include "sync/net/dial.h"
#include "sync/wire/sasl/scram_math.h"

namespace postern::access {
namespace {

using Digest = std::array<std::uint8_t, 32>;
using wire::sasl::ScramHash;
namespace scram = wire::sasl::scram;

bool may_log_in(const std::string& user, const Peer& peer) {
  return peer.secure || peer.loopback || (user.contains('/') && user == peer.scanner);
}

Digest mac(std::string_view key, std::string_view text) {
  Digest out{};
  unsigned count = 0;
  HMAC(EVP_sha256(), key.data(), key.size(), reinterpret_cast<const std::uint8_t*>(text.data()),
       text.size(), out.data(), &count);
  return out;
}

/// Passwords are compared by their hashes under a key that nobody knows, so that what the
/// comparison costs tells nothing about how much of a guess was right.
class Hasher {
 public:
  Hasher() { RAND_bytes(key_.data(), key_.size()); }
  [[nodiscard]] Digest operator()(const Secret& password) const {
    return mac({reinterpret_cast<const char*>(key_.data()), key_.size()}, password.reveal());
  }

 private:
  Digest key_{};
};

}  // namespace

struct Directory::State {
  struct Entry {
    Digest password;
    wire::sasl::ScramKeys sha_1;
    wire::sasl::ScramKeys sha_256;
    Login login;
  };

  struct DeviceEntry {
    store::Device device;
    /// Of its password, since it was right once: programs that log in often cost no hash each time.
    std::optional<Digest> known;
  };
  using Devices = std::map<std::string, DeviceEntry, std::less<>>;

  explicit State(ThrottleRules rules) : throttle(rules) {
    RAND_bytes(nobody.data(), nobody.size());
    Digest key{};
    RAND_bytes(key.data(), key.size());
    salt_key = Secret(std::string(key.begin(), key.end()));
  }

  [[nodiscard]] const Entry* find(const std::string& user) const {
    const auto found = accounts.find(user);
    return found == accounts.end() ? nullptr : &found->second;
  }

  [[nodiscard]] static bool bears(const store::Device& device, const net::ShownCertificate& shown) {
    return device.certificate && device.certificate->fingerprint == shown.fingerprint;
  }
  /// Of all accounts.
  template <class Predicate>
  [[nodiscard]] bool any_device(Predicate predicate) const {
    return std::ranges::any_of(devices, [&](const auto& account) {
      return std::ranges::any_of(account.second,
                                 [&](const auto& one) { return predicate(one.second.device); });
    });
  }

  /// The device whose certificate this is. There may be two, of different accounts, where a backup
  /// was put back: then `user` has to tell which.
  struct Owner {
    std::string user;
    const store::Device* device;
  };
  [[nodiscard]] std::optional<Owner> owner_of(const net::ShownCertificate& shown,
                                              std::string_view user) const {
    std::optional<Owner> owner;
    for (const auto& [account, all] : devices) {
      for (const auto& [name, entry] : all) {
        if (!bears(entry.device, shown)) continue;
        std::string full = account;
        full.append("/").append(name);
        if (!user.empty() && user != account && user != full) continue;
        if (owner) return std::nullopt;
        owner = Owner{std::move(full), &entry.device};
      }
    }
    return owner;
  }

  /// Names of accounts have no "/".
  [[nodiscard]] static bool names_device(std::string_view user) { return user.contains('/'); }
  /// One that logs in with a password: with one that has a certificate instead it is as if it were
  /// not there.
  [[nodiscard]] DeviceEntry* find_device(std::string_view user) {
    const std::size_t slash = user.find('/');
    const auto account = devices.find(user.substr(0, slash));
    if (slash == std::string_view::npos || account == devices.end()) return nullptr;
    const auto found = account->second.find(user.substr(slash + 1));
    const bool none = found == account->second.end() || found->second.device.certificate;
    return none ? nullptr : &found->second;
  }

  [[nodiscard]] Throttle::Guess guess_of(const std::string& user, const Secret& password) const {
    std::string text = fmt::format("{}:{}", user.size(), user);
    text.reserve(text.size() + password.reveal().size());
    text.append(password.reveal());
    const Digest digest = hash(Secret(std::move(text)));
    Throttle::Guess guess = 0;
    std::memcpy(&guess, digest.data(), sizeof guess);
    return guess;
  }

  /// The entry that user and password name. Unknown users cost the same work.
  const Entry* check(const std::string& user, const Secret& password) const {
    const auto found = accounts.find(user);
    const Digest& wanted = found == accounts.end() ? nobody : found->second.password;
    const Digest given = hash(password);
    const bool same = CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
    return same && found != accounts.end() && !password.empty() ? &found->second : nullptr;
  }

  /// The same for a user each time, whether or not there is one: a salt that changes tells that
  /// nobody has it.
  [[nodiscard]] std::string salt_of(const std::string& user) const {
    const Digest digest = mac(salt_key.reveal(), "salt of " + user);
    return {digest.begin(), digest.begin() + 16};
  }

  static std::expected<Login, Refused> admit(const Entry& entry, const Peer& peer) {
    if (!entry.login.store) return std::unexpected(Refused::unavailable);
    log::info("access", "login from {} to {}", peer.address, entry.login.account);
    return entry.login;
  }
  [[nodiscard]] std::expected<Login, Refused> admit_device(const std::string& user,
                                                           const store::Device& device,
                                                           const Peer& peer) const {
    const Entry* entry = find(user.substr(0, user.find('/')));
    if (entry == nullptr || !entry->login.store) return std::unexpected(Refused::unavailable);
    if (!peer.secure && !peer.loopback && device.rights != store::DeviceRights::send_only) {
      log::warning("access", "{} may not log in without TLS: it is not for sending only", user);
      return std::unexpected(Refused::privacy_required);
    }
    log::info("access", "login from {} to {}", peer.address, user);
    Login login = entry->login;
    login.device = device.name;
    login.device_id = device.id;
    login.rights = device.rights;
    login.sender = device.sender;
    tell(login, peer, "");
    return login;
  }
  void tell(const Login& login, const Peer& peer, const std::string& program) const {
    if (seen && !login.device.empty())
      seen({login.account, login.device, login.device_id, {wall_now(), peer.address, program}});
  }

  Hasher hash;
  Digest nobody{};
  Secret salt_key;
  std::map<std::string, Entry> accounts;
  std::map<std::string, Devices, std::less<>> devices;  ///< by account
  const store::DeviceKeys no_device = keys_of_nobody();
  std::function<void(const DeviceSeen&)> seen;
  HashQueue hashes;
  Throttle throttle;
};

Directory::Directory(ThrottleRules rules) : state_(std::make_unique<State>(rules)) {}
Directory::~Directory() = default;

void Directory::set_salt_key(Secret key) {
  state_->salt_key = std::move(key);
}

void Directory::set(const std::string& account, Secret password, Login login) {
  const std::string salt = state_->salt_of(account);
  auto sha_1 =
      wire::sasl::make_scram_keys(ScramHash::sha_1, password, salt, scram::usual_iterations);
  auto sha_256 =
      wire::sasl::make_scram_keys(ScramHash::sha_256, password, salt, scram::usual_iterations);
  state_->throttle.forget_guesses();
  state_->accounts.insert_or_assign(account, State::Entry{state_->hash(password), std::move(sha_1),
                                                          std::move(sha_256), std::move(login)});
}

void Directory::remove(const std::string& account) {
  state_->accounts.erase(account);
  state_->devices.erase(account);
}

void Directory::set_devices(const std::string& account, std::vector<store::Device> devices) {
  state_->throttle.forget_guesses();
  State::Devices next;
  State::Devices& now = state_->devices[account];
  for (store::Device& device : devices) {
    State::DeviceEntry entry{std::move(device), std::nullopt};
    const auto old = now.find(entry.device.name);
    if (old != now.end() && old->second.device.keys == entry.device.keys)
      entry.known = old->second.known;
    std::string name = entry.device.name;
    next.insert_or_assign(std::move(name), std::move(entry));
  }
  now = std::move(next);
}

void Directory::watch_devices(std::function<void(const DeviceSeen&)> seen) {
  state_->seen = std::move(seen);
}

void Directory::introduce(const Login& login, const Peer& peer, const std::string& program) const {
  if (!program.empty()) state_->tell(login, peer, program);
}

asio::awaitable<std::expected<Login, Refused>> Directory::login(std::string user, Secret password,
                                                                Peer peer) {
  if (!may_log_in(user, peer)) co_return std::unexpected(Refused::privacy_required);
  const SteadyTime now = std::chrono::steady_clock::now();
  Failure failure;
  if (!state_->throttle.admits(peer.address, now)) {
    failure.refused = Refused::throttled;
    co_return co_await refuse(std::move(user), std::move(peer), std::move(failure));
  }
  const Throttle::Guess guess = state_->guess_of(user, password);
  failure.guess = guess;
  if (state_->throttle.repeats(peer.address, guess, now))
    co_return co_await refuse(std::move(user), std::move(peer), std::move(failure));
  if (State::names_device(user))
    co_return co_await login_device(std::move(user), std::move(password), std::move(peer), guess);
  const State::Entry* entry = state_->check(user, password);
  if (entry != nullptr) co_return state_->admit(*entry, peer);
  co_return co_await refuse(std::move(user), std::move(peer), std::move(failure));
}

/// The same work for a device that is not there.
asio::awaitable<std::expected<Login, Refused>> Directory::login_device(std::string user,
                                                                       Secret password, Peer peer,
                                                                       Throttle::Guess guess) {
  const Secret shown = device_password_as_shown(password);
  const Digest given = state_->hash(shown);
  const auto is_known = [&given](const State::DeviceEntry& entry) {
    return entry.known && CRYPTO_memcmp(given.data(), entry.known->data(), given.size()) == 0;
  };
  State::DeviceEntry* entry = state_->find_device(user);
  if (entry == nullptr || !is_known(*entry)) {
    store::DeviceKeys keys = entry == nullptr ? state_->no_device : entry->device.keys;
    auto check = state_->hashes.check(shown, keys);
    const HashQueue::Verdict verdict = co_await std::move(check);
    if (verdict == HashQueue::Verdict::busy) {
      log::warning("access", "login from {} put off: too many at once", peer.address);
      co_return std::unexpected(Refused::unavailable);
    }
    // It may be revoked by now, or another one of its name.
    entry = verdict == HashQueue::Verdict::right ? state_->find_device(user) : nullptr;
    if (entry != nullptr && entry->device.keys != keys) entry = nullptr;
    if (entry != nullptr) entry->known = given;
  }
  if (entry != nullptr) co_return state_->admit_device(user, entry->device, peer);
  Failure failure;
  failure.guess = guess;
  co_return co_await refuse(std::move(user), std::move(peer), std::move(failure));
}

asio::awaitable<std::expected<Login, Refused>> Directory::proven(std::string user, Proof proof,
                                                                 Peer peer) {
  if (!may_log_in(user, peer)) co_return std::unexpected(Refused::privacy_required);
  const bool admitted = state_->throttle.admits(peer.address, std::chrono::steady_clock::now());
  if (admitted && proof == Proof::right) {
    if (const auto* device = state_->find_device(user))
      co_return state_->admit_device(user, device->device, peer);
    if (const auto* entry = state_->find(user)) co_return state_->admit(*entry, peer);
  }
  Failure failure;
  if (!admitted) failure.refused = Refused::throttled;
  co_return co_await refuse(std::move(user), std::move(peer), std::move(failure));
}

asio::awaitable<std::expected<Login, Refused>> Directory::refuse(std::string user, Peer peer,
                                                                 Failure failure) {
  const auto pause =
      state_->throttle.failed(peer.address, std::chrono::steady_clock::now(), failure.guess);
  log::info("access", "login refused from {}: user {}, {}", peer.address, log::quoted(user, 64),
            failure.refused == Refused::throttled ? "too many failures" : failure.why);
  co_await net::pause(pause);
  co_return std::unexpected(failure.refused);
}

bool Directory::knows_certificates() const {
  return state_->any_device(
      [](const store::Device& device) { return device.certificate.has_value(); });
}

bool Directory::knows(const Peer& peer) const {
  return peer.certificate && net::is_valid(peer.certificate->life, wall_now()) &&
         state_->any_device(
             [&](const store::Device& device) { return State::bears(device, *peer.certificate); });
}

asio::awaitable<std::expected<Login, Refused>> Directory::login_by_certificate(std::string user,
                                                                               Peer peer) {
  if (!peer.secure || !peer.certificate) co_return std::unexpected(Refused::privacy_required);
  const net::ShownCertificate& shown = *peer.certificate;
  Failure failure;
  if (!state_->throttle.admits(peer.address, std::chrono::steady_clock::now())) {
    failure.refused = Refused::throttled;
    co_return co_await refuse(std::move(user), std::move(peer), std::move(failure));
  }
  const auto owner = state_->owner_of(shown, user);
  const bool valid = net::is_valid(shown.life, wall_now());
  if (owner && valid) co_return state_->admit_device(owner->user, *owner->device, peer);
  failure.guess = state_->guess_of(user, Secret(shown.fingerprint));
  failure.why = owner ? fmt::format("the certificate of {} is valid from {} to {} only",
                                    owner->user, iso8601(shown.life.begin), iso8601(shown.life.end))
                      : fmt::format("the certificate {} is not for that", shown.fingerprint);
  co_return co_await refuse(std::move(user), std::move(peer), std::move(failure));
}

/// What an earlier release added has none for SHA-1.
bool Directory::has_scram_keys(wire::sasl::ScramHash hash) const {
  return hash == ScramHash::sha_256 || !state_->any_device([](const store::Device& device) {
    return !device.certificate && device.keys.stored_key_sha_1.empty();
  });
}

bool Directory::admits(const Peer& peer) const {
  return state_->throttle.admits(peer.address, std::chrono::steady_clock::now());
}

wire::sasl::ScramKeys Directory::scram_keys(const std::string& user,
                                            wire::sasl::ScramHash hash) const {
  const bool sha_1 = hash == ScramHash::sha_1;
  if (const State::Entry* entry = state_->find(user)) return sha_1 ? entry->sha_1 : entry->sha_256;
  wire::sasl::ScramKeys keys;
  if (const State::DeviceEntry* entry = state_->find_device(user)) {
    const store::DeviceKeys& known = entry->device.keys;
    keys = {known.scram_salt, known.scram_iterations,
            sha_1 ? known.stored_key_sha_1 : known.stored_key,
            sha_1 ? known.server_key_sha_1 : known.server_key};
  } else {
    keys.salt = state_->salt_of(user);
    keys.iterations = scram::usual_iterations;
  }
  if (!keys.stored_key.empty()) return keys;
  // Keys that no proof fits.
  keys.stored_key.assign(state_->nobody.begin(), state_->nobody.begin() + scram::key_octets(hash));
  keys.server_key = keys.stored_key;
  return keys;
}

}  // namespace postern::access
