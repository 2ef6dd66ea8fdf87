#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

#include "sync/base/clock.h"
#include "sync/base/problem.h"
#include "sync/store/progress.h"

namespace postern::store {

/// What is known of a backup that lies somewhere.
struct BackupFacts {
  std::string account;
  WallTime taken{};
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;  ///< sum of message sizes
};

struct BackupOutcome {
  BackupFacts facts;
  std::uint64_t copied = 0;         ///< bodies
  std::uint64_t copied_octets = 0;  ///< of these, uncompressed
  std::uint64_t dropped = 0;        ///< bodies that the account no longer has
};

/// Whether a backup may be made the backup of an account that it does not look like: of one that
/// was made anew under the name, or that has lost most of the messages that the backup has.
enum class Anew { no, yes };

/// Brings `target` up to date with the account's file, or makes it (mode 0600): a database of the
/// same schema that is one consistent state of the account. Only bodies that it lacks are copied;
/// all else is small and written anew. The search index is left out, since it is made again.
///
/// May run beside a daemon, in any process of the same user: it only reads, in transactions that
/// last a moment, so that neither the writer nor its log waits for it.
///
/// The target is the last complete backup, whatever happens, until one transaction makes it the
/// next one. Bodies are committed before that, where nothing names them yet: one that was
/// interrupted goes on where it stood.
///
/// Refused, and the target left as it was: a target that is another file, or not a regular one of
/// this user, or the backup of another account; without Anew::yes also what that is about. An
/// account of which a message has lost its body is refused before anything of the backup goes.
/// Blocks. Any thread.
[[nodiscard]] std::expected<BackupOutcome, Problem> back_up(const std::filesystem::path& file,
                                                            const std::filesystem::path& target,
                                                            const std::string& account,
                                                            const ShowProgress& show,
                                                            Anew anew = Anew::no);

/// Of a complete backup; else why it is none.
[[nodiscard]] std::expected<BackupFacts, Problem> backup_facts(const std::filesystem::path& backup);

struct RestoreOutcome {
  BackupFacts facts;
  std::filesystem::path aside;  ///< where the file that was there is now; empty: there was none
};

enum class Replace { no, yes };

/// Makes a copy of `backup` the file of the account in `folder`. The next Account::open() takes it
/// for what it is (Generation). What was there is kept beside it. Until the end of it the account
/// is as it was. Refused while the account is open anywhere, and, without Replace::yes, if it has a
/// file. Blocks. Any thread.
[[nodiscard]] std::expected<RestoreOutcome, Problem> restore(const std::filesystem::path& backup,
                                                             const std::filesystem::path& folder,
                                                             Replace replace,
                                                             const ShowProgress& show);

}  // namespace postern::store
