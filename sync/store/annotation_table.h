#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/store/annotation.h"
#include "sync/store/database.h"
#include "sync/store/failure.h"
#include "sync/store/undo_log.h"

namespace postern::store {

/// All annotations, their names held in memory; every change is in the undo log too. Writer's
/// thread.
class AnnotationTable {
 public:
  AnnotationTable(Database& database, UndoLog& undo);

  /// Refusal::limit: more than most_annotations or most_annotation_octets. What was done before
  /// that is to be dropped with the write.
  Result<void> set(MailboxId mailbox, const std::vector<NewAnnotation>& changes);
  /// A mailbox goes.
  void forget(MailboxId mailbox);

  [[nodiscard]] std::shared_ptr<const AnnotationPicture> picture() const;
  /// Rises with every change that picture() shows.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  using Key = std::pair<MailboxId, std::string>;
  struct Held {
    std::uint64_t fingerprint = 0;
    std::size_t octets = 0;  ///< of name and value
  };

  void put(const Key& key, Held held);
  void take(const Key& key);
  [[nodiscard]] std::size_t count(MailboxId mailbox) const;

  UndoLog& undo_;
  std::map<Key, Held> held_;
  std::size_t octets_ = 0;
  std::uint64_t version_ = 0;
  Statement set_;
  Statement remove_;
};

/// Reads values. The thread of its Database.
class AnnotationReader {
 public:
  explicit AnnotationReader(Database& database);

  using Visit = std::function<void(std::string_view entry, std::string_view value)>;
  /// By rising entries; views are good during the call.
  void each(MailboxId mailbox, const Visit& visit);

 private:
  Statement select_;
};

}  // namespace postern::store
