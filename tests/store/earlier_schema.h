#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace postern::store {

/// SQL that makes a file of the newest schema one of `version`, as if this release had never opened
/// it: what later steps brought goes.
inline std::string back_to_schema(int version) {
  static constexpr std::pair<int, std::string_view> brought[] = {{2, "search_index"},
                                                                 {2, "search_fields"},
                                                                 {3, "sort_key"},
                                                                 {3, "sort_key_lacking"},
                                                                 {4, "imported"},
                                                                 {5, "identity"},
                                                                 {6, "submission"},
                                                                 {6, "submission_recipient"},
                                                                 {6, "sent_copy"},
                                                                 {7, "search_text"},
                                                                 {8, "device"},
                                                                 {8, "device_hidden"},
                                                                 {9, "device_certificate"},
                                                                 {10, "listed_fields"},
                                                                 {10, "listed_fields_complete"},
                                                                 {11, "annotation"},
                                                                 {12, "device_sha_1"}};
  std::string sql;
  for (const auto& [since, table] : brought) {
    if (since > version) sql.append("DROP TABLE ").append(table).append("; ");
  }
  return sql + "PRAGMA user_version = " + std::to_string(version);
}

}  // namespace postern::store
