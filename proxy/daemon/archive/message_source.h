#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/daemon/archive/import_folder.h"
#include "sync/base/clock.h"
#include "sync/store/body.h"
#include "sync/wire/mbox/marks.h"
#include "sync/wire/mbox/variant.h"

namespace postern::daemon::archive {

/// A message of an archive, as it would be stored.
struct FoundMessage {
  wire::mbox::Marks marks;
  InternalDate date;
  std::uint64_t octets = 0;
  store::BodyHash content{};
  store::BodyHash identity{};
  std::string text;  ///< all of its octets, unless it is large
};

/// The messages of one folder of an archive, one after the other, in bounded memory. Failures are
/// thrown as FileTrouble. One thread at a time.
///
/// Order: next(); read() as often as the octets are wanted that are not in `text`; next() again.
class MessageSource {
 public:
  /// Messages up to so many octets are kept whole.
  explicit MessageSource(std::uint64_t small_octets) : small_octets_(small_octets) {}
  MessageSource(const MessageSource&) = delete;
  virtual ~MessageSource() = default;

  /// nullptr at the end. Good until the next call. What is no message is passed over.
  const FoundMessage* next();
  /// Appends the next octets of a message to `out`; false, and nothing, at its end. Begins anew
  /// with it after next().
  virtual bool read(std::string& out) = 0;

  /// How far in the octets of the folder it is.
  [[nodiscard]] virtual std::uint64_t offset() const = 0;
  /// What was passed over as it is no mail.
  struct Skipped {
    std::uint64_t expunged = 0;  ///< deleted by a mail program and not taken away yet
    std::uint64_t pseudo = 0;    ///< what a server remembers of the file
    std::uint64_t empty = 0;     ///< of no octets
  };
  [[nodiscard]] const Skipped& skipped() const { return skipped_; }
  /// Files that may be messages and cannot be read, and why: a line for each.
  [[nodiscard]] const std::vector<std::string>& unread() const { return unread_; }
  /// What a person should know about the folder once it was read; empty: nothing.
  [[nodiscard]] virtual std::string remark() const = 0;
  /// Why some of its messages may be missing, once it was read; empty: none are.
  [[nodiscard]] virtual std::string incomplete() const = 0;

 protected:
  /// Marks and date of the next message; false at the end.
  virtual bool find_next(FoundMessage& message) = 0;
  /// Begins the message anew.
  virtual void rewind() = 0;

  std::vector<std::string> unread_;

 private:
  std::uint64_t small_octets_;
  FoundMessage message_;
  Skipped skipped_;
};

[[nodiscard]] std::unique_ptr<MessageSource> open_folder(const ImportFolder& folder,
                                                         std::uint64_t small_octets);

}  // namespace postern::daemon::archive
