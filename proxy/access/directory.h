#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/awaitable.hpp>

#include "proxy/access/throttle.h"
#include "sync/base/secret.h"
#include "sync/engine/handover/postbox.h"
#include "sync/net/certificate_facts.h"
#include "sync/store/account.h"
#include "sync/store/device.h"
#include "sync/wire/sasl/scram_server.h"

namespace postern::access {

/// Where a login comes from.
struct Peer {
  std::string address;
  bool loopback = false;
  bool secure = false;  ///< TLS is up
  /// "account/device": which one, that only sends, may say its password here in the clear.
  std::string scanner{};
  /// What it showed in the handshake, and has the key of.
  std::optional<net::ShownCertificate> certificate{};
};

/// What a successful login gives.
struct Login {
  std::string account;
  std::shared_ptr<store::Account> store;
  /// Asks the account's sources to poll now, within their limits. Never empty.
  std::function<void()> poll_now;
  /// Where its programs hand in what is to be sent. Never empty.
  std::shared_ptr<engine::handover::Postbox> postbox;
  std::string device{};  ///< who logged in; empty: somebody with the account's own password
  DeviceId device_id{};
  store::DeviceRights rights = store::DeviceRights::full;
  std::string sender{};  ///< of a device that only sends: its address
};

/// A device was here, or said what it is.
struct DeviceSeen {
  std::string account;
  std::string device;
  DeviceId device_id;
  store::DeviceUse use;
};

enum class Refused {
  wrong,             ///< user, password or certificate; which one is not told
  privacy_required,  ///< no TLS from a host that is not this one: refused before the password is
                     ///< looked at
  throttled,
  unavailable,  ///< the account's store is not open, or too many log in at once
};

/// Who may log in: all accounts and their passwords, and their devices with theirs, or with
/// certificates. The user name of a device is "account/device". Network thread.
class Directory {
 public:
  explicit Directory(ThrottleRules rules = {});
  Directory(const Directory&) = delete;
  ~Directory();

  /// What the salts of users are made with: with the same key they outlive a restart. Before the
  /// first set(); without it they are others in each process.
  void set_salt_key(Secret key);
  /// Adds an account or changes its password; `password` is the real one, read by the caller.
  void set(const std::string& account, Secret password, Login login);
  void remove(const std::string& account);
  /// All devices of an account from now on.
  void set_devices(const std::string& account, std::vector<store::Device> devices);
  /// `seen` is called for each login of a device, and for what it says of itself.
  void watch_devices(std::function<void(const DeviceSeen&)> seen);
  /// Of a login that succeeded: what the program calls itself.
  void introduce(const Login& login, const Peer& peer, const std::string& program) const;

  /// Without TLS passwords are taken only from this machine, and where a scanner may log in.
  [[nodiscard]] static bool may_send_password(const Peer& peer) {
    return peer.secure || peer.loopback || !peer.scanner.empty();
  }

  /// Compares in constant time, does the same work for unknown users, and answers a refusal after a
  /// growing pause per address. What was just wrong from there is not looked at again.
  asio::awaitable<std::expected<Login, Refused>> login(std::string user, Secret password,
                                                       Peer peer);

  /// Whether there is a device that logs in with a certificate: programs are to be asked for one.
  [[nodiscard]] bool knows_certificates() const;
  /// Whether the certificate that was shown would log in as a device of some account.
  [[nodiscard]] bool knows(const Peer& peer) const;
  /// With the certificate that was shown (RFC 4422 appendix A). `user`, unless it is empty, is the
  /// device or its account. A refusal counts as a wrong password.
  asio::awaitable<std::expected<Login, Refused>> login_by_certificate(std::string user, Peer peer);

  /// What SCRAM computes with; of an unknown user something that looks the same, always the same.
  [[nodiscard]] wire::sasl::ScramKeys scram_keys(const std::string& user,
                                                 wire::sasl::ScramHash hash) const;
  /// Whether all passwords are known in a form for that: a program may take any way it is offered.
  [[nodiscard]] bool has_scram_keys(wire::sasl::ScramHash hash) const;
  /// Whether a password from there is looked at now, or refused whatever it is.
  [[nodiscard]] bool admits(const Peer& peer) const;
  enum class Proof : std::uint8_t { right, wrong };
  /// The end of an exchange in which the password itself was not sent.
  asio::awaitable<std::expected<Login, Refused>> proven(std::string user, Proof proof, Peer peer);

 private:
  /// One that failed, with what is for the log. Without a guess it counts in any case.
  struct Failure {
    Refused refused = Refused::wrong;
    std::optional<Throttle::Guess> guess;
    std::string why = "wrong user or password";
  };
  asio::awaitable<std::expected<Login, Refused>> login_device(std::string user, Secret password,
                                                              Peer peer, Throttle::Guess guess);
  asio::awaitable<std::expected<Login, Refused>> refuse(std::string user, Peer peer,
                                                        Failure failure);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::access
