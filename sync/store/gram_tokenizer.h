#pragma once

#include <sqlite3.h>

namespace postern::store {

/// The name of the tokenizer in the schema.
inline constexpr const char* gram_tokenizer = "postern_grams";

/// Teaches a connection the tokenizer of the search index: it takes texts apart at
/// `gram_separator` and does nothing else, since what the index gets are terms already, each of
/// them once. Returns an SQLite error code.
int add_gram_tokenizer(sqlite3* database);

}  // namespace postern::store
