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

  enum class Outcome : std::uint8_t {
    fresh,  ///< its message is to be appended
    known,  ///< delivered before; if it was gone (a listing had lacked it by mistake), it is back
    replaced,  ///< the same, and what is there is the placeholder of an earlier delivery
  };
  struct Delivered {
    Outcome outcome = Outcome::known;
    OriginId origin{};
  };
  /// Records a delivery. What is recorded under its UIDL is the same message if it is not gone, or
  /// if it came with the same octets or the same known header hash. Where the server announces
  /// another size than before, or accepted a DELE before, those two decide as well: if both differ,
  /// what was recorded is gone; else it is to be deleted again, if it was.
  Delivered deliver(SourceId source, const BodyDigest& digest, const Arrival& arrival);
  void rebind(SourceId source, const Rebinding& rebinding);
  void set_size(SourceId source, OriginId origin, std::uint64_t announced);
  /// Entries of these are gone for good: those that no mailbox holds any more are expunged.
  void lost_entries(std::vector<OriginId> origins);
  void set_state(SourceId source, OriginId origin, OriginState state, WallTime now);
  /// False if the origin is not gone; then nothing happens.
  bool set_lacking(SourceId source, OriginId origin, std::int32_t lacking);
  bool adopt(std::string_view from, std::string_view to);
  void forget(SourceId source, WallTime before, std::chrono::seconds age);
  void set_record(SourceId source, const SourceRecord& record);
  void set_failure(SourceId source, const FetchFailure& failure);

 private:
  struct Found {
    std::optional<OriginId> same;    ///< the message that was delivered
    bool replaceable = false;        ///< a placeholder is there instead of it
    std::optional<OriginId> ousted;  ///< another one had the UIDL so far
  };
  Found find(SourceId source, const BodyDigest& digest, const Arrival& arrival);
  /// What a placeholder stands for has come, or another placeholder.
  Delivered replace(OriginId origin, const BodyDigest& digest, const Arrival& arrival);

  Database& database_;
  Statement find_source_;
  Statement insert_source_;
  Statement update_source_;
  Statement find_;
  Statement insert_;
  Statement replace_;
  Statement come_back_;
  Statement park_;
  Statement set_size_;
  Statement rebind_;
  Statement expunged_;
  Statement set_gone_;
  Statement set_present_;
  Statement set_lacking_;
  Statement forget_;
  Statement set_record_;
  Statement set_failure_;
  Statement end_failure_;
  Statement delivered_;
  Statement end_failures_;
  Statement drop_source_;
  Statement rename_source_;
};

/// As the functions of Reader. The thread of its Database.
class OriginReader {
 public:
  explicit OriginReader(Database& database);
  [[nodiscard]] std::vector<Origin> all(std::string_view source_key);
  [[nodiscard]] std::vector<OriginId> to_delete(std::string_view source_key);
  [[nodiscard]] std::vector<BodyHash> body_hashes(const std::vector<OriginId>& origins);
  /// The bodies of those that a mailbox holds.
  struct Held {
    OriginId origin;
    BodyId body;
    BodyHash hash;  ///< that it came with
  };
  [[nodiscard]] std::vector<Held> held(const std::vector<OriginId>& origins);
  [[nodiscard]] std::vector<std::string> keys();
  [[nodiscard]] std::optional<SourceRecord> record(std::string_view source_key);
  [[nodiscard]] std::vector<FetchFailure> failures(std::string_view source_key);

 private:
  Statement select_;
  Statement to_delete_;
  Statement keys_;
  Statement hash_;
  Statement held_;
  Statement record_;
  Statement failures_;
};

}  // namespace postern::store
