#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/base/texts.h"
#include "sync/engine/absent.h"
#include "sync/engine/plan.h"
#include "sync/engine/status.h"
#include "sync/store/account.h"
#include "sync/upstream/pop3_session.h"

namespace postern::engine {

class Intake;

/// Brings messages from a session into the store. What fails is recorded with its message, so that
/// the next plan puts it last. Network thread; the references outlive it.
///
/// A failure of the store is thrown as StoreFailure, a lost connection as net::Error, both after
/// everything that came completely was committed.
class Fetch {
 public:
  struct Parts {
    asio::any_io_executor executor;
    const config::Source& source;
    std::shared_ptr<store::Account> account;
    std::function<void(const Progress&)> progressed;
    std::uint64_t message_limit;                         ///< octets
    std::shared_ptr<Absent> absent;                      ///< may be null
    std::shared_ptr<const Texts> texts;                  ///< of the plan whose messages are fetched
    std::unordered_map<std::string, unsigned>& put_off;  ///< of PollMemory
  };
  Fetch(upstream::Pop3Session& session, Parts parts)
      : session_(session), parts_(std::move(parts)) {}

  /// All of them, those last that were put off before, unless it is cut short. A refusal that ends
  /// the conversation is returned; so is the last of five in a row, and that of all there are if it
  /// speaks of a limit or a passing trouble: then no message is to blame, at first.
  asio::awaitable<upstream::Answer<void>> all(std::vector<FetchItem> items);
  /// Each alone, the connection being all that is at stake. Those that turn out to be beyond the
  /// limit get placeholders.
  asio::awaitable<upstream::Answer<void>> each(std::vector<FetchItem> items);
  asio::awaitable<upstream::Answer<void>> placeholders(std::vector<FetchItem> items);

  [[nodiscard]] std::uint64_t committed() const { return committed_; }
  /// Of these, the ones of which anything new is recorded now.
  [[nodiscard]] std::uint64_t news() const { return news_; }
  /// The time for one session was over before all were asked for.
  [[nodiscard]] bool cut_short() const { return cut_short_; }
  /// Messages that the server would not give.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  asio::awaitable<MailboxId> destination();
  asio::awaitable<void> record(std::vector<FetchItem> failed);
  /// Begins to count the progress of these.
  std::vector<upstream::Pop3Session::Wanted> announce(const std::vector<FetchItem>& items);
  void put_off_last(std::vector<FetchItem>& items) const;
  enum class Row : std::uint8_t { meant, put_off };  ///< the last refusals
  [[nodiscard]] std::vector<FetchItem> to_blame(const Intake& intake,
                                                const std::vector<FetchItem>& items, Row row) const;
  asio::awaitable<upstream::Answer<std::string>> header_of(FetchItem item);
  asio::awaitable<upstream::Answer<std::string>> header(std::uint32_t number);
  /// One that stands for this message under another id.
  asio::awaitable<bool> has_placeholder(FetchItem item, store::HeaderHash header);
  asio::awaitable<void> put_placeholder(FetchItem item, std::string header);

  upstream::Pop3Session& session_;
  Parts parts_;
  Progress progress_;
  std::uint64_t committed_ = 0;
  std::uint64_t news_ = 0;
  std::uint64_t refused_ = 0;
  bool cut_short_ = false;
};

/// Whether an expunge here is to delete upstream.
[[nodiscard]] bool deletes_expunged(const config::Source& source);

}  // namespace postern::engine
