#pragma once

#include <sqlite3.h>

#include "sync/store/database.h"

namespace postern::store {

/// One state of the database for as long as this lives; the Database outlives it. The log is not
/// used again meanwhile. Throws StoreFailure if it cannot begin. On
/// the thread of the Database.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database) : database_(database) { database_.run("BEGIN"); }
  ReadTransaction(const ReadTransaction&) = delete;
  ~ReadTransaction() {
    // Not by run(): nothing that was read depends on how this ends.
    if (database_.in_transaction())
      sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

 private:
  Database& database_;
};

}  // namespace postern::store
