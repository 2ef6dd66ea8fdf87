#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/engine/adoption.h"
#include "sync/engine/evidence.h"
#include "sync/store/account.h"
#include "sync/upstream/pop3_session.h"

namespace postern::engine {

/// Finds out which known messages stand behind the ids of a listing, where the ids alone do not
/// tell: asks the server for as little as that takes. See evidence.h for when and how. Network
/// thread; the references outlive run().
class Relink {
 public:
  /// Whether the server is asked for headers. One whose connection broke over them is not asked
  /// again for a while.
  enum class Top : std::uint8_t { may_be_asked, is_broken };
  Relink(upstream::Pop3Session& session, store::Account& account, Top top)
      : session_(session), account_(account), top_(top) {}

  /// A refusal that ends the conversation is returned. `relinking`: an earlier session did not
  /// come to the end of it.
  enum class Before : std::uint8_t { done, relinking };
  asio::awaitable<upstream::Answer<Evidence>> run(const wire::pop3::Listing& listing,
                                                  const std::vector<store::Origin>& known,
                                                  Before before);
  /// For a listing of which nothing is known: the one of `formers` whose maildrop it is, by its
  /// place (see adoption.h).
  asio::awaitable<upstream::Answer<std::optional<std::size_t>>> former(
      const wire::pop3::Listing& listing, const std::vector<FormerSource>& formers);
  /// The server was asked for headers when the connection broke.
  [[nodiscard]] bool asking() const { return asking_; }
  /// The bodies that were fetched only to look at them.
  [[nodiscard]] const std::vector<store::BodyHash>& looked_at() const { return looked_at_; }

 private:
  asio::awaitable<upstream::Answer<Headers>> headers(std::vector<std::uint32_t> numbers);
  asio::awaitable<upstream::Answer<Evidence>> by_order(const wire::pop3::Listing& listing,
                                                       const std::vector<store::Origin>& known);
  /// By the last message that can be looked at.
  asio::awaitable<upstream::Answer<bool>> verified(const wire::pop3::Listing& listing,
                                                   const Continuity& continuity);
  /// Whether the message of that number is the known one: by its header, else by its body; nullopt:
  /// it is too large to look at.
  asio::awaitable<upstream::Answer<std::optional<bool>>> verified(
      const wire::pop3::ListedMessage& message, const store::Origin& origin);
  asio::awaitable<upstream::Answer<std::optional<std::size_t>>> former_by_bodies(
      const wire::pop3::Listing& listing, const std::vector<FormerSource>& formers,
      const std::vector<std::uint32_t>& samples);
  asio::awaitable<upstream::Answer<std::optional<store::BodyHash>>> body_hash(
      const wire::pop3::ListedMessage& message);

  upstream::Pop3Session& session_;
  store::Account& account_;
  Top top_;
  bool asking_ = false;
  std::vector<store::BodyHash> looked_at_;
};

}  // namespace postern::engine
