#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sync/store/body.h"

namespace postern::store {

/// What makes a message of an archive the same one when the archive is read again. Of equal
/// messages within one file the first has occurrence 1.
struct ImportKey {
  BodyHash identity{};  ///< of its octets without what mailbox programs keep there (its flags)
  std::uint32_t occurrence = 1;
};

enum class Imported : std::uint8_t {
  added,
  known,    ///< imported before, whatever became of it
  present,  ///< the mailbox holds as many of it from elsewhere
};

struct ImportOutcome {
  Imported what = Imported::added;
  std::vector<std::string> left_out;  ///< keywords that the mailbox has no room for
};

}  // namespace postern::store
