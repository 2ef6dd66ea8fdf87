#include "sync/store/gram_tokenizer.h"

#include <cstring>

#include "sync/store/grams.h"

namespace postern::store {

namespace {

using Emit = int (*)(void*, int, const char*, int, int, int);

int create(void* /*context*/, const char** /*arguments*/, int /*count*/, Fts5Tokenizer** made) {
  // It has no state; FTS5 only wants something that is not null.
  static char nothing = 0;
  *made = reinterpret_cast<Fts5Tokenizer*>(&nothing);
  return SQLITE_OK;
}

void remove(Fts5Tokenizer* /*tokenizer*/) {}

int tokenize(Fts5Tokenizer* /*tokenizer*/, void* context, int /*flags*/, const char* text, int size,
             Emit emit) {
  for (int begin = 0; begin < size;) {
    const void* found =
        std::memchr(text + begin, gram_separator, static_cast<std::size_t>(size - begin));
    const int end =
        found == nullptr ? size : static_cast<int>(static_cast<const char*>(found) - text);
    if (end > begin) {
      const int code = emit(context, 0, text + begin, end - begin, begin, end);
      if (code != SQLITE_OK) return code;
    }
    begin = end + 1;
  }
  return SQLITE_OK;
}

fts5_api* api_of(sqlite3* database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  return api;
}

}  // namespace

int add_gram_tokenizer(sqlite3* database) {
  fts5_api* api = api_of(database);
  if (api == nullptr) return SQLITE_ERROR;
  fts5_tokenizer tokenizer{create, remove, tokenize};
  return api->xCreateTokenizer(api, gram_tokenizer, nullptr, &tokenizer, nullptr);
}

}  // namespace postern::store
