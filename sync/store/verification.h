#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "sync/base/ids.h"
#include "sync/base/problem.h"
#include "sync/store/progress.h"

namespace postern::store {

/// Something in an account's file that is not as it has to be.
struct Finding {
  enum class Kind : std::uint8_t {
    file,       ///< the database as such: a page, an index
    octets,     ///< of a message: some are missing, or others than came
    ready,      ///< what is kept ready about a message is not what its octets say; those are right
    reference,  ///< two parts of the file contradict each other
  };
  Kind kind = Kind::file;
  std::string what;
  std::string mailbox;  ///< of a finding about a message
  Uid uid{0};           ///< 0: not about a message
};

struct Verified {
  static constexpr std::size_t findings_limit = 1000;
  std::vector<Finding> findings;  ///< no more than the limit
  std::uint64_t more = 0;         ///< findings beyond it
  std::uint64_t messages = 0;
  std::uint64_t bodies = 0;      ///< read, all of their octets
  std::uint64_t octets = 0;      ///< of these
  bool earlier_release = false;  ///< wrote it; it is taken to this one when it is used
};

/// Reads all of an account's file, or of a backup: every page and index, that of FTS5 by its own
/// check, the octets of every body against its hash, against what is kept ready about it and what
/// the search index has of it, and every reference. Changes nothing, nor does it move the log that
/// a crash left; commits that damage in that log hides are a finding.
///
/// May run beside a daemon: its transactions on bodies last a moment; those on the indexes as long
/// as one table takes. A Problem: it is no such file, or cannot be opened. Blocks. Any thread.
[[nodiscard]] std::expected<Verified, Problem> verify(const std::filesystem::path& file,
                                                      const ShowProgress& show);

}  // namespace postern::store
