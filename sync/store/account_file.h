#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/flags.h"
#include "sync/base/ids.h"
#include "sync/store/body.h"

namespace postern::store {

/// An account's file as another process reads it, beside a daemon or without one. It only reads, in
/// transactions that last a moment, so that neither the writer nor its log waits for it. Failures
/// are StoreFailures. One thread at a time.
class AccountFile {
 public:
  explicit AccountFile(const std::filesystem::path& file);
  AccountFile(const AccountFile&) = delete;
  ~AccountFile();

  struct Mailbox {
    MailboxId id;
    std::string name;
    UidValidity uid_validity;
    ModSeq mod_seq;
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;           ///< sum of message sizes
    std::vector<std::string> keywords;  ///< by bit
  };
  /// By name.
  [[nodiscard]] std::vector<Mailbox> mailboxes();

  struct Message {
    Uid uid;
    BodyId body;
    std::uint64_t octets = 0;
    Flags flags;
    InternalDate date;
  };
  /// By rising UID, as they are at this moment.
  [[nodiscard]] std::vector<Message> messages(MailboxId mailbox);

  /// Calls `visit` for each of them that is there still; `read` may be called within. Returns how
  /// many went meanwhile.
  std::size_t each(MailboxId mailbox, const std::vector<Message>& messages,
                   const std::function<void(const Message&)>& visit);
  /// Appends octets of a body, as Reader::read_body.
  void read(BodyId body, std::uint64_t offset, std::uint64_t count, std::string& out);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace postern::store
