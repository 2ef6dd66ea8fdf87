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

std::string_view expand_chunk(std::string_view stored, std::size_t raw_octets) {
  if (stored.size() == raw_octets) return stored;
  thread_local std::vector<char> expanded;
  if (expanded.size() < raw_octets) expanded.resize(raw_octets);
  const std::size_t size =
      ZSTD_decompressDCtx(expander(), expanded.data(), raw_octets, stored.data(), stored.size());
  if (ZSTD_isError(size) != 0 || size != raw_octets)
    throw StoreFailure(FailureKind::corrupt, "a chunk of a body does not expand");
  return {expanded.data(), raw_octets};
}

}  // namespace postern::store
