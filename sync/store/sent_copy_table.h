#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/store/database.h"

namespace postern::store {

/// Which messages of Sent stand for one that is filed there twice: by us once it was sent, and by
/// the program that wrote it. Remembered for `remembered`. Writer's thread.
class SentCopyTable {
 public:
  static constexpr std::chrono::days remembered{7};

  explicit SentCopyTable(Database& database);

  enum class By : std::uint8_t { us, program };
  struct Message {
    std::string_view likeness;   ///< of its header; empty if it has no Message-ID
    std::optional<BodyId> body;  ///< none: no such octets are here
  };
  /// The message that was filed by `by` and is the same; it stands for no other one from now on.
  /// One that is \Deleted is none.
  [[nodiscard]] std::optional<Uid> claim(MailboxId mailbox, By by, const Message& message,
                                         WallTime now);
  void record(MailboxId mailbox, Uid uid, By by, std::string_view likeness, WallTime now);

  /// Whether anything is remembered of the mailbox.
  [[nodiscard]] bool any(MailboxId mailbox);
  void forget(MailboxId mailbox, Uid uid);

  /// What two copies of one message have in common though their octets differ (Bcc): Message-ID,
  /// date and type. A program that keeps another text than it sent, unencrypted or without its
  /// attachments, keeps it under the same id. The arguments are as BodyDigest has them.
  [[nodiscard]] static std::string likeness(std::string_view sort_keys, std::string_view parts);
  /// Of a body that is stored.
  [[nodiscard]] std::string likeness(BodyId body);

 private:
  void forget_old(WallTime now);

  Statement by_body_;
  Statement by_id_;
  Statement claim_;
  Statement record_;
  Statement any_;
  Statement forget_;
  Statement forget_old_;
  Statement keys_;
  std::optional<WallTime> forgot_at_;
};

}  // namespace postern::store
