#pragma once

#include <string>
#include <string_view>

#include "sync/base/ids.h"
#include "sync/store/body_table.h"
#include "sync/store/database.h"

namespace postern::store {

/// What of a header is looked at for them; the same as a FETCH looks at.
inline constexpr std::uint64_t listed_header_octets = 1024UL * 1024;

/// The fields of bodies that are kept for lists (`wire::mime::listed`). Those that are lacking, in
/// a file of an earlier schema or one that was a backup, are filled in later, the newest bodies
/// first. Writer's thread.
class ListedFieldsTable {
 public:
  explicit ListedFieldsTable(Database& database);

  /// Of a file that has no bodies yet: nothing will be lacking.
  static void begin(Database& database);
  /// Fills in those of up to `limit` bodies. False when none lacks them any more.
  bool fill(int limit);

 private:
  [[nodiscard]] std::string compute(BodyId body);

  BodyReader bodies_;
  Statement select_complete_;
  Statement forget_complete_;
  Statement set_complete_;
  Statement last_;
  Statement next_;
  Statement insert_;
  bool filled_ = false;
};

}  // namespace postern::store
