#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sync/base/ids.h"
#include "sync/store/body_table.h"
#include "sync/store/database.h"
#include "sync/wire/mime/sort_keys.h"

namespace postern::store {

/// What of a header SORT and THREAD look at; what lies beyond has no keys.
inline constexpr std::uint64_t sort_header_octets = 1024UL * 1024;

/// The keys of bodies as they are read. The thread of its Database.
class SortKeyReader {
 public:
  /// `bodies` outlives it.
  SortKeyReader(Database& database, BodyReader& bodies);

  using Visit = std::function<void(BodyId, const wire::mime::SortKeys&)>;
  /// As Reader::sort_keys.
  void read(std::span<const BodyId> bodies, const Visit& visit);
  /// As Reader::sent_dates.
  void sent_dates(std::span<const BodyId> bodies,
                  const std::function<void(BodyId, std::optional<std::int64_t>)>& visit);
  /// Calls `visit` for each body whose Message-ID is one of `ids`.
  void find(std::span<const std::string> ids, const std::function<void(BodyId)>& visit);
  /// From the header itself; without any keys if it is damaged.
  [[nodiscard]] wire::mime::SortKeys compute(BodyId body);

 private:
  using VisitRow = std::function<void(BodyId, std::optional<std::string_view>)>;
  /// The stored keys of each of the bodies, or that there are none.
  void rows(std::span<const BodyId> bodies, const VisitRow& visit);

  BodyReader& bodies_;
  Statement select_;
  Statement select_all_;
  Statement select_without_;
  wire::mime::SortKeys keys_;  ///< read into again and again
};

/// The keys that a file of an earlier schema lacks are filled in later, the newest bodies first.
/// Writer's thread.
class SortKeyTable {
 public:
  explicit SortKeyTable(Database& database);

  /// Computes the keys of up to `limit` bodies. False when none lacks them any more.
  bool fill(int limit);

 private:
  BodyReader bodies_;
  SortKeyReader reader_;
  Statement select_lacking_;
  Statement set_lacking_;
  Statement forget_lacking_;
  Statement next_;
  Statement insert_;
  bool filled_ = false;
};

}  // namespace postern::store
