#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "sync/base/clock.h"
#include "sync/store/account.h"
#include "sync/store/import.h"

namespace postern::engine {

/// Takes messages of archives into an account. What is taken is kept with the next commit() and not
/// before: mailbox entries and the memory of what came are one transaction, so that an import that
/// is interrupted anywhere and begun again adds each message once.
///
/// Order: mailbox() before messages go there; for each message take(), or, if it is large,
/// wants(), feed() and end(); commit() after some of them. Failures of the store are thrown as
/// StoreFailure. Network thread; lives until its last call has ended.
class Importer {
 public:
  enum class Mode {
    keep,
    look,  ///< nothing changes; the tally says what would be
  };
  /// A message of more octets than this is fed in pieces.
  static constexpr std::uint64_t small_octets = 1024UL * 1024;

  struct Item {
    std::string mailbox;  ///< as mailbox() was told
    store::ImportKey key;
    store::BodyHash content{};  ///< of its octets
    store::FlagNames flags;
    InternalDate date;
  };
  struct Tally {
    std::uint64_t added = 0;
    std::uint64_t known = 0;
    std::uint64_t present = 0;
    std::uint64_t curtailed = 0;     ///< of those added: messages that lost keywords
    std::set<std::string> left_out;  ///< the keywords that they lost: no room in their mailbox
  };

  Importer(std::shared_ptr<store::Account> account, Mode mode);

  /// Makes it if it is missing, and subscribes to it. With a `use` the first level stands for the
  /// mailbox of that use, if there is one. False for a name that no mailbox can have.
  asio::awaitable<bool> mailbox(std::string name, store::SpecialUse use);

  asio::awaitable<void> take(Item item, std::string octets);
  /// False if the octets of a large message are of no use; then neither feed() nor end() follow.
  asio::awaitable<bool> wants(Item item);
  asio::awaitable<void> feed(std::string octets);
  asio::awaitable<void> end(Item item);

  /// What became of the messages since the last one. nullopt if a mailbox is gone: then none of
  /// them was kept.
  asio::awaitable<std::optional<Tally>> commit();

 private:
  struct Raw {
    Item item;
    MailboxId mailbox;
    std::string octets;
  };
  struct Ready {
    Item item;
    MailboxId mailbox;
    store::NewBody body;
  };

  asio::awaitable<void> prepare();
  /// For the mailboxes of `places`, in their order; with Mode::keep only what is known is told.
  struct Place {
    MailboxId mailbox;
    store::ImportKey key;
    store::BodyHash content;
  };
  asio::awaitable<std::vector<store::Imported>> judge(std::vector<Place> places);
  void count(store::Imported outcome);
  [[nodiscard]] MailboxId id_of(const std::string& name) const;

  std::shared_ptr<store::Account> account_;
  Mode mode_;
  std::map<std::string, MailboxId> mailboxes_;  ///< id 0: it would be made
  std::vector<Raw> parcel_;
  std::uint64_t parcel_octets_ = 0;
  std::unique_ptr<store::IncomingBody> large_;
  std::vector<Ready> ready_;
  Tally tally_;
};

}  // namespace postern::engine
