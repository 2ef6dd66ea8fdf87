#pragma once

#include <string>
#include <string_view>

#include "sync/store/database.h"

namespace postern::store {

/// What signs in to sources, sealed by its owner: octets that mean nothing here. The thread of its
/// Database.
class CredentialTable {
 public:
  explicit CredentialTable(Database& database);

  /// Empty if there is none.
  [[nodiscard]] std::string find(std::string_view source_key);
  /// An empty one is forgotten.
  void set(std::string_view source_key, std::string_view sealed);

 private:
  Statement find_;
  Statement set_;
  Statement forget_;
};

}  // namespace postern::store
