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

/// What became of an account's file that was damaged.
struct Salvaged {
  struct Lost {
    std::string mailbox;
    Uid uid;
    bool of_source = false;  ///< it is fetched again if its provider still has it
  };
  std::uint64_t messages = 0;      ///< saved where they were, octets and UIDs included
  std::uint64_t recovered = 0;     ///< of them: nothing but their octets was left; in "Recovered"
  std::uint64_t bare = 0;          ///< of them: their flags and dates were lost
  std::vector<Lost> lost;          ///< known, and their octets cannot be read
  std::uint64_t unknown = 0;       ///< lost, and nothing but their UIDs is known
  bool uncounted = false;          ///< there may be more of them than can be counted
  std::uint64_t doubtful = 0;      ///< saved or lost: the file contradicted itself about them
  std::vector<std::string> notes;  ///< what else happened, sentences for a person

  [[nodiscard]] bool all_saved() const { return lost.empty() && unknown == 0 && !uncounted; }
  std::filesystem::path aside;  ///< where the damaged file is now
};

/// Makes a new file for the account in `folder` out of all that can be read of the old one, row by
/// row where need be, and puts it in its place; the old one is kept beside it. UIDs, flags, dates,
/// keywords and UIDVALIDITYs stay; a mailbox of which these are lost gets another UIDVALIDITY.
/// Every body is checked against a hash that is known of it.
///
/// Where table and index contradict each other about a message, it is decided which is believed
/// (SalvagedMessages). What came from a provider and is here is not fetched again, even where the
/// record of that is lost (SalvagedOrigins). A file of a later release is refused.
///
/// What is lost of a source is forgotten, so that it is fetched again if it is still there; and
/// nothing is deleted at a provider before a whole poll went well. Refused while the account is
/// open anywhere. Blocks. Any thread.
[[nodiscard]] std::expected<Salvaged, Problem> salvage(const std::filesystem::path& folder,
                                                       const ShowProgress& show);

}  // namespace postern::store
