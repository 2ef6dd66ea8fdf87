#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/config.h"
#include "sync/engine/explain.h"
#include "sync/engine/fetch.h"
#include "sync/engine/plan.h"
#include "sync/engine/preview.h"
#include "sync/engine/relink.h"
#include "sync/engine/sign_on.h"
#include "sync/engine/status.h"
#include "sync/engine/vanished.h"
#include "sync/engine/wish.h"
#include "sync/store/account.h"
#include "sync/upstream/pop3_session.h"

namespace postern::engine {

/// What a source remembers between polls, in memory only: forgetting it costs at most a delay.
struct PollMemory {
  std::optional<SteadyTime> top_broke;  ///< the connection was lost while headers were asked for
  std::optional<WallTime> last_wall;    ///< for telling that the wall clock jumped
  SteadyTime last_steady{};
  std::unordered_set<OriginId> left;  ///< see Plan::left: asking for another poll is no use
  /// Of a poll from which nothing followed: from the same listing nothing follows either, as long
  /// as nothing is expunged here and no time passes that counts.
  struct Rest {
    wire::pop3::ListingPrint print;
    SteadyTime until;
    std::string note;
  };
  std::optional<Rest> rest;
  /// Messages whose fetching the server put off, and how often in a row.
  std::unordered_map<std::string, unsigned> put_off;
  SignOnMemory sign_on;
};

enum class Credentials : std::uint8_t {
  accepted,  ///< or not asked for
  doubtful,  ///< the login was refused without a reason
  refused,
};

struct PollResult {
  std::optional<Trouble> trouble;  ///< nothing: all went well
  Credentials credentials = Credentials::accepted;
  std::optional<upstream::Refused> refusal;  ///< if it was the server that refused
  bool logged_in = false;
  std::string note;         ///< for people, when all went well
  bool unfinished = false;  ///< another poll soon could do more
  std::uint64_t listed = 0;
  std::uint64_t fetched = 0;
  std::uint64_t news = 0;          ///< of these, what was not known before
  std::uint64_t deleted = 0;       ///< confirmed by this listing
  std::size_t trashed = 0;         ///< moved to the Trash here, since they are gone there
  std::size_t unconfirmed = 0;     ///< messages that wait for PollWish::confirm_removals
  std::optional<Preview> preview;  ///< if one was asked for, and all went well
  std::optional<std::chrono::seconds> login_delay;
};

/// One poll of a source: log in, list, recognise, plan, fetch, commit, delete, QUIT; and if
/// messages are left that may cost the session, a session of their own. Where logins have to keep a
/// distance, that is left to the next poll.
///
/// Invariants (no message lost, none twice):
/// - DELE goes out only for what is committed, after `delete_due` was committed.
/// - QUIT goes out only when everything that was completely received is committed, what was only
///   looked at included; in any other case the connection is closed without it.
///
/// Cancellation is thrown, everything else is a result. Network thread.
class Poll {
 public:
  struct Parts {
    asio::any_io_executor executor;
    const config::Source& source;
    std::shared_ptr<store::Account> account;
    PollMemory& memory;
    std::function<void(const Progress&)> progressed;
    upstream::Pop3Deadlines deadlines;
    AccessTokens* tokens = nullptr;  ///< for a source with `oauth:`
    std::uint64_t message_limit = config::LimitSettings().message;
    std::chrono::seconds least_gap{0};  ///< between logins, as far as it is known before this one
    PollWish wish = PollWish::none;
    /// The keys of all sources of the account that are configured: what is recorded under others
    /// may be this one's, under its former name.
    /// It may change while this runs; nullptr: there are none.
    const std::vector<std::string>* configured = nullptr;
  };
  explicit Poll(Parts parts);

  asio::awaitable<PollResult> run();

 private:
  /// What is recorded of the source.
  struct Recorded {
    std::vector<store::Origin> origins;
    std::vector<store::FetchFailure> failures;
    store::SourceRecord source;
  };
  enum class Next : std::uint8_t { done, once_more };

  asio::awaitable<Next> attempt();
  asio::awaitable<void> converse();
  /// nullopt if it is the one of PollMemory::rest.
  asio::awaitable<std::optional<wire::pop3::Listing>> listing(upstream::Pop3Session& session);
  asio::awaitable<void> carry_out(upstream::Pop3Session& session,
                                  const wire::pop3::Listing& listing);
  asio::awaitable<Recorded> recorded(std::string key);
  /// The same, with what a former source left if this is its maildrop (see adoption.h).
  asio::awaitable<Recorded> recorded_or_adopted(upstream::Pop3Session& session,
                                                const wire::pop3::Listing& listing);
  asio::awaitable<std::vector<FormerSource>> formers();
  [[nodiscard]] Relink::Top top() const;
  asio::awaitable<Evidence> recognise(upstream::Pop3Session& session,
                                      const wire::pop3::Listing& listing, const Recorded& recorded);
  [[nodiscard]] Plan plan(const wire::pop3::Listing& listing, const Recorded& recorded,
                          const Evidence& evidence);
  [[nodiscard]] Vanished vanished(const Recorded& recorded, ListingWorth worth) const;
  void preview(const wire::pop3::Listing& listing, const Plan& plan, const Recorded& recorded,
               const Evidence& evidence);
  /// What the listing says about the source, committed if it is news.
  asio::awaitable<void> settle(const Plan& plan, store::SourceRecord before,
                               store::SourceRecord record);
  /// The same of messages that are gone.
  asio::awaitable<void> settle(const Vanished& vanished);
  asio::awaitable<void> commit(const Vanished& vanished);
  asio::awaitable<std::shared_ptr<Absent>> absent(const Plan& plan);
  /// Fetches what the plan says, and takes it out of the plan.
  asio::awaitable<void> take_in(Fetch& fetch, Plan& plan);
  [[nodiscard]] store::SourceRecord after_fetching(store::SourceRecord record, const Fetch& fetch);
  asio::awaitable<void> remove(upstream::Pop3Session& session, const Plan& plan);
  void remember(const Plan& plan);
  void rest_on(const wire::pop3::Listing& listing);
  /// False if the conversation is over.
  asio::awaitable<bool> retry(Fetch& fetch, std::vector<FetchItem> items);
  [[nodiscard]] bool is_configured(const std::string& key) const;
  asio::awaitable<void> quit(upstream::Pop3Session& session);
  /// Some servers hide or delete what was fetched, if only to look at it, once they are told
  /// good-bye: nothing of that may be missing here.
  asio::awaitable<bool> all_seen_is_here();
  void note(std::string text);
  void note_plan(const wire::pop3::Listing& listing, const Plan& plan);
  void note_refused(std::uint64_t count);
  void note_vanished(const Vanished& vanished);
  [[nodiscard]] bool clock_trusted() const;
  [[nodiscard]] bool may_log_in_again() const;

  Parts parts_;
  SignOn sign_on_;
  bool leftovers_ = false;                  ///< messages that are tried in a session of their own
  std::vector<store::BodyHash> looked_at_;  ///< fetched in this session only for that
  PollResult result_;
  std::uint64_t fetched_ = 0;  ///< in all attempts
  std::uint64_t news_ = 0;     ///< the same
};

/// What the record of a source is after a listing.
[[nodiscard]] store::SourceRecord after_listing(store::SourceRecord record,
                                                wire::pop3::Reliability reliability,
                                                const Plan& plan, WallTime now);

}  // namespace postern::engine
