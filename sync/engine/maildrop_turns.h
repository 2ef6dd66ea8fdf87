#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/execution_context.hpp>

#include "sync/base/clock.h"

namespace postern::engine {

/// Who may poll now, among all sources of one network thread: one of them for each maildrop (and
/// one renewal for each grant), so that we are never the other program of an [IN-USE], and not all
/// in the same moment. One for each io_context: `asio::use_service<MaildropTurns>(context)`.
/// Network thread.
class MaildropTurns : public asio::execution_context::service {
 public:
  using key_type = MaildropTurns;
  static asio::execution_context::id id;
  explicit MaildropTurns(asio::execution_context& context) : service(context) {}

  /// The maildrop is its holder's for as long as this lives.
  class Turn {
   public:
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    friend class MaildropTurns;
    Turn(MaildropTurns& turns, std::string maildrop)
        : turns_(&turns), maildrop_(std::move(maildrop)) {}
    MaildropTurns* turns_;
    std::string maildrop_;
  };
  /// Waits until nobody else has the maildrop; who came first is first. Cancellation is thrown.
  asio::awaitable<Turn> take(std::string maildrop);

  /// A moment from `now` on at which nobody else was told to begin.
  SteadyTime next_start(SteadyTime now);

 private:
  struct Waiter;
  void shutdown() override {}
  void release(const std::string& maildrop);

  std::map<std::string, std::list<Waiter*>> taken_;  ///< maildrop -> who waits for it
  SteadyTime last_start_{};
};

}  // namespace postern::engine
