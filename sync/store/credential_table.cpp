#include "sync/store/credential_table.h"

namespace postern::store {

CredentialTable::CredentialTable(Database& database)
    : find_(database, "SELECT sealed FROM credential WHERE source = ?"),
      set_(database,
           "INSERT INTO credential(source, sealed) VALUES(?, ?) "
           "ON CONFLICT(source) DO UPDATE SET sealed = excluded.sealed"),
      forget_(database, "DELETE FROM credential WHERE source = ?") {}

std::string CredentialTable::find(std::string_view source_key) {
  auto row = find_(source_key);
  return row.step() ? std::string(row.octets(0)) : std::string();
}

void CredentialTable::set(std::string_view source_key, std::string_view sealed) {
  if (sealed.empty()) {
    forget_(source_key).finish();
  } else {
    set_(source_key, as_blob(sealed)).finish();
  }
}

}  // namespace postern::store
