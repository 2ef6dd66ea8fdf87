#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "proxy/daemon/archive/output_file.h"
#include "sync/store/account_file.h"
#include "sync/wire/mbox/marks.h"
#include "sync/wire/mbox/variant.h"

namespace postern::daemon::archive {

/// What became of the messages of a mailbox.
struct Exported {
  std::uint64_t written = 0;
  std::uint64_t there = 0;          ///< written by an earlier run
  std::uint64_t gone = 0;           ///< expunged while they were read
  std::uint64_t keywords_lost = 0;  ///< that the format has no room for
  std::vector<std::string> left;    ///< what could not be written, a line for each
};

/// Called behind each message with its octets.
using Counted = std::function<void(std::uint64_t octets)>;

/// Writes all messages of a mailbox, in bounded memory; the file is to be finished. Throws
/// StoreFailure and FileTrouble.
Exported write_mbox(store::AccountFile& account, const store::AccountFile::Mailbox& mailbox,
                    wire::mbox::Variant variant, OutputFile& file, const Counted& counted);

/// Brings a folder of a Maildir up to date with a mailbox: what it lacks is written, flags are set
/// anew, and what went from the mailbox stays. Each message bears its hash in the name of its file,
/// which stays when a backup is put back. A file that is not as it was written stays, too.
/// Throws StoreFailure and FileTrouble.
Exported write_maildir(store::AccountFile& account, const store::AccountFile::Mailbox& mailbox,
                       const std::filesystem::path& folder, const Counted& counted);

/// The flags of a message as fields tell them.
[[nodiscard]] wire::mbox::Marks marks_of(const store::AccountFile::Mailbox& mailbox,
                                         const store::AccountFile::Message& message);

/// Calls `visit` with the octets of a body in order, in pieces.
void each_piece(store::AccountFile& account, const store::AccountFile::Message& message,
                const std::function<void(std::string_view)>& visit);

}  // namespace postern::daemon::archive
