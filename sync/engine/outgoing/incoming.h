#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/engine/handover/postbox.h"
#include "sync/engine/outgoing/server.h"
#include "sync/engine/outgoing/text.h"
#include "sync/store/account.h"
#include "sync/upstream/smtp_session.h"

namespace postern::engine::outgoing {

/// A message on its way from a program: to the server while the program waits, or, when the server
/// is not reached or is not to be waited for, to the disk. Once the server is lost the message goes
/// to the disk with the recipients that were taken so far. Network thread.
class Incoming final : public handover::Handover {
 public:
  /// `wake`: something was queued, or a session waits for the next message.
  Incoming(std::shared_ptr<store::Account> account, std::shared_ptr<Server> server,
           wire::smtp::Sender sender, std::function<void()> wake);
  ~Incoming() override;

  using Reply = wire::smtp::Reply;
  /// A refusal of the sender.
  asio::awaitable<std::optional<Reply>> begin(std::optional<std::uint64_t> octets);
  asio::awaitable<Reply> recipient(wire::smtp::Recipient recipient) override;
  asio::awaitable<void> feed(std::string octets) override;
  asio::awaitable<Reply> end(wire::smtp::ContentCheck::Found content) override;

 private:
  void complete();
  [[nodiscard]] Reply too_large(std::uint64_t limit) const;
  void lose(const std::string& why);
  asio::awaitable<Reply> send();
  asio::awaitable<Reply> queue(store::Certainty certainty);
  asio::awaitable<void> file();

  std::shared_ptr<store::Account> account_;
  std::shared_ptr<Server> server_;
  wire::smtp::Sender sender_;
  std::function<void()> wake_;
  std::vector<wire::smtp::Recipient> recipients_;
  std::optional<upstream::SmtpSession> session_;  ///< empty: it goes to the disk
  HeldText text_;
  std::string header_;  ///< as far as it has come
  bool in_header_ = true;
  bool header_too_long_ = false;
  bool in_data_ = false;  ///< the server waits for the rest of a message
  std::string message_id_;
};

}  // namespace postern::engine::outgoing
