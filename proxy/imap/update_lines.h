#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/wire/imap/command.h"

namespace postern::imap {

/// A search whose results are kept up to date (RFC 5267 section 4.3).
struct UpdateContext {
  std::string tag;
  wire::imap::Numbers numbers = wire::imap::Numbers::sequence;
  wire::imap::SearchKey key;                     ///< names no sequence numbers
  std::vector<wire::imap::SortCriterion> order;  ///< empty: the order of the mailbox
  std::vector<Uid> results;                      ///< in this order
  std::vector<wire::imap::FetchItem> items;      ///< told of results that are newer than `newest`
  Uid newest;                                    ///< of all messages that were looked at
};

/// A result that comes or goes: its position, from 1, and how the program knows it.
struct Placed {
  std::uint32_t position = 0;
  std::uint32_t number = 0;
};

/// What became of the results, "* ESEARCH (TAG "a") REMOVEFROM (...) ADDTO (...)" CRLF: RFC 5267
/// sections 4.3.3 and 4.3.4. Both lists rise by position; of `removed` in the list as it was, of
/// `added` in the list as it is then. Positions are told of sorted results only. Empty if nothing
/// changed.
[[nodiscard]] std::string update_line(const UpdateContext& context,
                                      const std::vector<Placed>& removed,
                                      const std::vector<Placed>& added);

}  // namespace postern::imap
