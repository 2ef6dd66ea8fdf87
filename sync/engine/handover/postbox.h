#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/wire/smtp/content_check.h"
#include "sync/wire/smtp/envelope.h"
#include "sync/wire/smtp/reply.h"

/// What a program that hands in messages sees of the engine, and all of it.
namespace postern::engine::handover {

/// One message being handed in. Going away without end() forgets it. Network thread.
///
/// Order: recipient() for each, feed() any number of times, then end() once.
class Handover {
 public:
  virtual ~Handover() = default;

  /// The provider's own answer if it is asked now, else ours.
  virtual asio::awaitable<wire::smtp::Reply> recipient(wire::smtp::Recipient recipient) = 0;
  /// Throws store::StoreFailure when it cannot be held.
  virtual asio::awaitable<void> feed(std::string octets) = 0;
  /// What becomes of it. After a positive answer it is sent or on disk, and ours to deliver.
  virtual asio::awaitable<wire::smtp::Reply> end(wire::smtp::ContentCheck::Found content) = 0;
};

/// Where an account's programs hand in what is to be sent. Network thread.
class Postbox {
 public:
  virtual ~Postbox() = default;

  using Begun = std::expected<std::unique_ptr<Handover>, wire::smtp::Reply>;
  /// `octets`: as the program announced them. The sender's address chooses the server; one that is
  /// not the account's own is refused.
  virtual asio::awaitable<Begun> begin(wire::smtp::Sender sender,
                                       std::optional<std::uint64_t> octets) = 0;
};

}  // namespace postern::engine::handover
