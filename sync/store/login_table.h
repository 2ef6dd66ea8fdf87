#pragma once

#include <optional>
#include <string_view>

#include "sync/store/database.h"
#include "sync/store/source_record.h"

namespace postern::store {

/// What the logins of sources taught. The thread of its Database.
class LoginTable {
 public:
  explicit LoginTable(Database& database);

  [[nodiscard]] std::optional<LoginRecord> find(std::string_view source_key);
  void set(std::string_view source_key, const LoginRecord& record);
  void forget_refused(std::string_view source_key);

 private:
  Statement find_;
  Statement set_;
  Statement forget_refused_;
};

}  // namespace postern::store
