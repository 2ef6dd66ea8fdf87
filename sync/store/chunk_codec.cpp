#include "sync/store/chunk_codec.h"

#include <memory>
#include <new>

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
  const std::size_t before = out.size();
  out.resize(before + raw.size());
  // Room for one octet less than the input: what does not fit would not be smaller.
  const std::size_t room = raw.empty() ? 0 : raw.size() - 1;
  const std::size_t size = ZSTD_compressCCtx(compressor(), out.data() + before, room, raw.data(),
                                             raw.size(), compression_level);
  if (ZSTD_isError(size) != 0) {
    raw.copy(out.data() + before, raw.size());
    return raw.size();
  }
  out.resize(before + size);
  return size;
}

std::string_view expand_chunk(std::string_view stored, std::size_t raw_octets) {
  if (stored.size() == raw_octets) return stored;
  thread_local std::string expanded;
  expanded.resize(raw_octets);
  const std::size_t size =
      ZSTD_decompressDCtx(expander(), expanded.data(), raw_octets, stored.data(), stored.size());
  if (ZSTD_isError(size) != 0 || size != raw_octets)
    throw StoreFailure(FailureKind::corrupt, "a chunk of a body does not expand");
  return expanded;
}

}  // namespace postern::store
