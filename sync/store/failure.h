#pragma once

#include <expected>
#include <stdexcept>
#include <string>

#include "sync/base/problem.h"

namespace postern::store {

/// Why the store could not do what it was asked: a resource is lost, nothing of the work is on
/// disk.
enum class FailureKind {
  disk_full,
  read_only,
  io,
  locked,  ///< another program holds the database; may pass
  corrupt,
  newer,   ///< written by a later release
  closed,  ///< the account is shutting down
  bug,
};

/// Thrown inside the store's threads, handed to callers as the error of an `Outcome`.
class StoreFailure : public std::runtime_error {
 public:
  StoreFailure(FailureKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  [[nodiscard]] FailureKind kind() const { return kind_; }

 private:
  FailureKind kind_;
};

/// What a person is told of it, with what to do next.
[[nodiscard]] Problem problem_of(const StoreFailure& failure);

template <class T>
using Outcome = std::expected<T, StoreFailure>;

/// Why a request makes no sense for the mailboxes as they are. A value, not an exception; RFC 9051
/// section 7.1 has a response code for most.
enum class Refusal {
  nonexistent,  ///< no such mailbox
  already_exists,
  cannot,  ///< the name or the operation is not possible (INBOX deleted, a name too long)
  in_use,
  has_children,
  try_create,  ///< the destination does not exist
  limit,       ///< too many mailboxes or keywords
  uid_exhausted,
  expunged,
};

template <class T>
using Result = std::expected<T, Refusal>;

}  // namespace postern::store
