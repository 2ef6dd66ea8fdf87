#include "sync/store/chunk_codec.h"

#include <memory>
#include <new>
#include <vector>

#include <zstd.h>

#include "sync/store/failure.h"

namespace postern::store {

namespace {

constexpr int compression_level = 1;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  return context.get();
}

ZSTD_DCtx* expander() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  return context.get();
}

}  // namespace

std::size_t compress_chunk(std::string_view raw, std::string& out) {
  // Not into `out` itself: it would have to make room, and keep it, for more than it gets.
  thread_local std::vector<char> compressed;
  if (compressed.size() < raw.size()) compressed.resize(raw.size());
  // Room for one octet less than the input: what does not fit would not be smaller.
  const std::size_t room = raw.empty() ? 0 : raw.size() - 1;
  const std::size_t size = ZSTD_compressCCtx(compressor(), compressed.data(), room, raw.data(),
                                             raw.size(), compression_level);
  const std::string_view stored =
      ZSTD_isError(size) != 0 ? raw : std::string_view(compressed.data(), size);
  out.append(stored);
  return stored.size();
}

void expand_chunk(std::string_view stored, std::size_t raw_octets, std::string& out) {
  if (stored.size() == raw_octets) {
    out.append(stored);
    return;
  }
  const std::size_t before = out.size();
  std::size_t size = 0;
  // Unlike resize() this does not fill first what is written right away.
  out.resize_and_overwrite(before + raw_octets, [&](char* octets, std::size_t) {
    size =
        ZSTD_decompressDCtx(expander(), octets + before, raw_octets, stored.data(), stored.size());
    return ZSTD_isError(size) != 0 ? before : before + size;
  });
  if (ZSTD_isError(size) != 0 || size != raw_octets)
    throw StoreFailure(FailureKind::corrupt, "a chunk of a body does not expand");
}

}  // namespace postern::store
