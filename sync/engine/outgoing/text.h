#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "sync/base/ids.h"
#include "sync/store/account.h"
#include "sync/store/spool_file.h"

namespace postern::engine::outgoing {

/// The octets of a message as they are kept here: a header, and what follows it. Failures of the
/// store are thrown as StoreFailure. Network thread.
class Text {
 public:
  virtual ~Text() = default;

  /// With the empty line.
  [[nodiscard]] const std::string& header() const { return header_; }
  /// Octets behind the header.
  [[nodiscard]] std::uint64_t rest() const { return rest_; }
  /// Of what follows the header; fewer octets than `count` at its end only.
  virtual asio::awaitable<std::string> read(std::uint64_t offset, std::size_t count) = 0;

 protected:
  std::string header_;
  std::uint64_t rest_ = 0;
};

/// One that is not stored yet: a small one in memory, a larger one in a file without a name.
class HeldText final : public Text {
 public:
  static constexpr std::size_t memory_limit = 1024UL * 1024;

  explicit HeldText(std::shared_ptr<store::Account> account) : account_(std::move(account)) {}

  void set_header(std::string header) { header_ = std::move(header); }
  asio::awaitable<void> append(std::string octets);
  asio::awaitable<std::string> read(std::uint64_t offset, std::size_t count) override;
  /// Ready to be stored: scanned, hashed and compressed.
  asio::awaitable<store::NewBody> body();

 private:
  std::shared_ptr<store::Account> account_;
  std::string in_memory_;
  std::unique_ptr<store::SpoolFile> spool_;
};

/// One of a mailbox.
class StoredText final : public Text {
 public:
  static asio::awaitable<std::unique_ptr<StoredText>> open(std::shared_ptr<store::Account> account,
                                                           BodyId body);
  asio::awaitable<std::string> read(std::uint64_t offset, std::size_t count) override;

 private:
  StoredText(std::shared_ptr<store::Account> account, BodyId body)
      : account_(std::move(account)), body_(body) {}

  std::shared_ptr<store::Account> account_;
  BodyId body_;
};

}  // namespace postern::engine::outgoing
