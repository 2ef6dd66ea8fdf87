#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/fetch_item.h"
#include "sync/wire/imap/sequence_set.h"

namespace postern::imap {

/// What a FETCH is to answer.
struct FetchPlan {
  using Runs = wire::imap::SequenceSet::Ranges;

  store::SnapshotPtr view;
  Runs runs;                                 ///< rising, none empty
  std::vector<wire::imap::FetchItem> items;  ///< UID first if it is there
  UidSet recents;
  /// Messages that became \Seen through this command: their FLAGS are told although not asked for.
  UidSet flags_too;
  bool mod_seq_too = false;                                                ///< behind those FLAGS
  enum class Form : std::uint8_t { fetch, uid_fetch } form = Form::fetch;  ///< RFC 9586 section 3

  [[nodiscard]] bool asks_for(wire::imap::FetchItem::Kind kind) const;
  /// Whether the view is not enough to answer.
  [[nodiscard]] bool needs_reader() const;
  /// Takes messages off the front of the runs until what is likely read or told for them reaches
  /// `octets`, not 0. The last one may go far beyond.
  [[nodiscard]] Runs take(std::size_t octets);
};

}  // namespace postern::imap
