#include "sync/store/chunk_codec.h"

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>

#include <zstd.h>

#include "sync/store/base64_lines.h"
#include "sync/store/failure.h"

namespace postern::store {

namespace {

/// The first level that leaves single octets as they are: text becomes a quarter larger than at
/// level 1, and is read half again as fast.
constexpr int compression_level = -1;

/// How a chunk is stored; its first octet.
enum class Coding : char { plain = 0, lines = 1 };

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// What a thread needs for it, again and again.
struct Workshop {
  std::unique_ptr<ZSTD_CCtx, FreeContext> compressor{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, FreeContext> expander{ZSTD_createDCtx()};
  PackedLines packed;
  std::string frame;   ///< in the other form
  std::string octets;  ///< in the other form

  static Workshop& of_this_thread() {
    thread_local Workshop workshop;
    if (!workshop.compressor || !workshop.expander) throw std::bad_alloc();
    return workshop;
  }
};

/// `raw` as it is or compressed, whichever is smaller; `room` holds the compressed form.
std::string_view smaller(std::string_view raw, std::string& room) {
  Workshop& workshop = Workshop::of_this_thread();
  if (raw.empty()) return raw;
  std::size_t size = 0;
  // Workaround: libstdc++ 12: tells the function more room than was asked for. A compressed form as
  // long as the octets would be taken for them.
  const std::size_t most = raw.size() - 1;
  room.resize_and_overwrite(most, [&](char* out, std::size_t) {
    size = ZSTD_compressCCtx(workshop.compressor.get(), out, most, raw.data(), raw.size(),
                             compression_level);
    return ZSTD_isError(size) != 0 ? 0 : size;
  });
  return ZSTD_isError(size) != 0 ? raw : std::string_view(room);
}

/// Whether the octets are spread as chance would have it: then they are compressed or encrypted
/// already. Pearson's chi-squared test, with tolerance for archives and images.
bool looks_random(std::string_view sample) {
  constexpr std::size_t values = 256;
  std::array<std::uint16_t, values> counts{};
  for (const char octet : sample) ++counts[static_cast<unsigned char>(octet)];
  std::uint64_t squares = 0;
  for (const std::uint64_t count : counts) squares += count * count;
  // Chance makes the sum larger than it is at its evenest by about the size.
  const std::uint64_t evenest = sample.size() * sample.size() / values;
  return squares > evenest + sample.size() / 2 && squares < evenest + sample.size() * 3 / 2;
}

/// Most attachments are compressed already, and trying costs more than all the rest: samples tell.
std::string_view smaller_attachment(std::string_view raw, std::string& room) {
  constexpr std::size_t sample_octets = 2048;
  constexpr std::size_t samples = 3;
  if (raw.size() < 2 * samples * sample_octets) return smaller(raw, room);
  bool worth = false;
  for (std::size_t i = 1; i <= samples && !worth; ++i) {
    const std::string_view sample = raw.substr(raw.size() / (samples + 1) * i, sample_octets);
    worth = !looks_random(sample) && smaller(sample, room).size() < sample_octets / 16 * 15;
  }
  return worth ? smaller(raw, room) : raw;
}

/// Whether `stored` stands for `octets` octets; then they are at `to`.
bool expand(Workshop& workshop, std::string_view stored, char* to, std::size_t octets) {
  if (stored.size() == octets) {
    stored.copy(to, octets);
    return true;
  }
  return ZSTD_decompressDCtx(workshop.expander.get(), to, octets, stored.data(), stored.size()) ==
         octets;
}

/// The octets that `stored` stands for, in `room` unless they stand there; nullopt: it does not.
std::optional<std::string_view> expanded(Workshop& workshop, std::string_view stored,
                                         std::size_t octets, std::string& room) {
  if (stored.size() == octets) return stored;
  bool right = false;
  room.resize_and_overwrite(octets, [&](char* to, std::size_t) {
    right = expand(workshop, stored, to, octets);
    return octets;
  });
  return right ? std::optional<std::string_view>(room) : std::nullopt;
}

/// Numbers, frame and octets as compress_chunk() put them, for exactly `room` octets.
bool expand_lines(Workshop& workshop, std::string_view stored, char* to, std::size_t room) {
  const auto frame_octets = take_number(stored);
  const auto stored_frame = take_number(stored);
  const auto octets = take_number(stored);
  if (!frame_octets || !stored_frame || !octets) return false;
  // None of both is ever larger than the chunk.
  if (*stored_frame > stored.size() || *frame_octets > room || *octets > room) return false;
  const auto frame =
      expanded(workshop, stored.substr(0, *stored_frame), *frame_octets, workshop.frame);
  const auto rest = expanded(workshop, stored.substr(*stored_frame), *octets, workshop.octets);
  return frame && rest && unpack_base64_lines(*frame, *rest, to, room);
}

}  // namespace

std::size_t compress_chunk(std::string_view raw, std::string& out) {
  Workshop& workshop = Workshop::of_this_thread();
  const std::size_t before = out.size();
  PackedLines& packed = workshop.packed;
  if (pack_base64_lines(raw, packed)) {
    const std::string_view frame = smaller(packed.frame, workshop.frame);
    const std::string_view octets = smaller_attachment(packed.octets, workshop.octets);
    out.push_back(static_cast<char>(Coding::lines));
    append_number(packed.frame.size(), out);
    append_number(frame.size(), out);
    append_number(packed.octets.size(), out);
    out.append(frame).append(octets);
  } else {
    out.push_back(static_cast<char>(Coding::plain));
    out.append(smaller(raw, workshop.frame));
  }
  return out.size() - before;
}

void expand_chunk(std::string_view stored, std::size_t raw_octets, std::string& out) {
  bool right = false;
  Workshop& workshop = Workshop::of_this_thread();
  const std::size_t before = out.size();
  // Unlike resize() this does not fill first what is written right away.
  out.resize_and_overwrite(before + raw_octets, [&](char* octets, std::size_t) {
    char* const to = octets + before;
    const std::string_view content = stored.substr(stored.empty() ? 0 : 1);
    if (stored.starts_with(static_cast<char>(Coding::plain))) {
      right = expand(workshop, content, to, raw_octets);
    } else if (stored.starts_with(static_cast<char>(Coding::lines))) {
      right = expand_lines(workshop, content, to, raw_octets);
    }
    return right ? before + raw_octets : before;
  });
  if (!right) throw StoreFailure(FailureKind::corrupt, "a chunk of a body does not expand");
}

std::optional<std::size_t> expanded_octets(std::string_view stored) {
  constexpr std::string_view frame_begin = "\x28\xb5\x2f\xfd";
  if (!stored.starts_with(static_cast<char>(Coding::plain))) return std::nullopt;
  const std::string_view content = stored.substr(1);
  if (!content.starts_with(frame_begin)) return content.size();
  const auto octets = ZSTD_getFrameContentSize(content.data(), content.size());
  if (octets == ZSTD_CONTENTSIZE_UNKNOWN || octets == ZSTD_CONTENTSIZE_ERROR) return std::nullopt;
  return octets;
}

}  // namespace postern::store
