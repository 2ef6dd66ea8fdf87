#pragma once

#include "sync/store/database.h"
#include "sync/store/search_table.h"

namespace postern::store {

/// Whether what FTS5 has written down of a search index is sound in itself: every segment, every
/// page of it, every term in its order. FTS5 checks that within a statement that writes, which the
/// file of an account does not get for it: a copy of the index does, in a temporary file that has
/// no name and is gone afterwards.
///
/// The index is that of `source`, which is in a transaction. Throws StoreFailure: `corrupt` if it
/// is not sound, `disk_full` if there is no room for the copy. The thread of `source`.
void check_integrity(Database& source, const SearchIndex& index);

}  // namespace postern::store
