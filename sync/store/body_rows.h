#pragma once

#include <optional>
#include <string_view>

#include "sync/base/ids.h"
#include "sync/store/database.h"

namespace postern::store {

/// A table with something about each body. Fast where bodies are asked for in rising order. The
/// thread of its Database.
class BodyRows {
 public:
  /// `sql` selects the body and the octets of all from one body on, in rising order.
  BodyRows(Database& database, const char* sql) : select_(database, sql) {}
  /// nullopt: there is no row of it. The view lasts until the next call or release().
  [[nodiscard]] std::optional<std::string_view> of(BodyId body);
  /// The transaction that was read in is over.
  void release() { row_.reset(); }

 private:
  Statement select_;
  std::optional<Statement::Run> row_;
  BodyId at_{0};  ///< where row_ stands
};

}  // namespace postern::store
