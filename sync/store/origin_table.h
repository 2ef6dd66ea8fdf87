#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/store/body.h"
#include "sync/store/database.h"
#include "sync/store/source_record.h"

namespace postern::store {

/// Sources and what was delivered from them. A UIDL is unique among the origins of a source that
/// are not gone; an origin that is gone keeps its row until it is forgotten, so that the messages
/// that bear it are never taken for another one's. Writer's thread.
class OriginTable {
 public:
  explicit OriginTable(Database& database);

  SourceId source(std::string_view key, bool delete_expunged);

  /// Records a delivery. nullopt if this message was delivered before: the UIDL is there and not
  /// gone, or it is gone but came with the same octets (a listing had lacked it by mistake), which
  /// brings it back.
  std::optional<OriginId> deliver(SourceId source, std::string_view uidl, const BodyDigest& digest,
                                  std::uint64_t announced, WallTime now);
  /// No mailbox holds it any more.
  void expunged(OriginId origin);
  void set_state(SourceId source, OriginId origin, OriginState state, WallTime now);
  void forget(SourceId source, WallTime before);

 private:
  Database& database_;
  Statement find_source_;
  Statement insert_source_;
  Statement update_source_;
  Statement find_;
  Statement insert_;
  Statement come_back_;
  Statement expunged_;
  Statement set_gone_;
  Statement set_present_;
  Statement forget_;
};

/// As Reader::origins. The thread of its Database.
class OriginReader {
 public:
  explicit OriginReader(Database& database);
  [[nodiscard]] std::vector<Origin> all(std::string_view source_key);

 private:
  Statement select_;
};

}  // namespace postern::store
