#pragma once

#include <functional>

#include "sync/store/database.h"
#include "sync/store/verification.h"

namespace postern::store {

/// Whether the parts of an account's file agree with each other: every message has a body and a
/// mailbox, every number is within what its mailbox gave, and so on. Only reads, in the transaction
/// at hand.
void check_references(Database& database, const std::function<void(Finding)>& add);

}  // namespace postern::store
