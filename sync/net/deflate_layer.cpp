#include "sync/net/deflate_layer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <limits>
#include <new>

// Or the library would want to be given octets that it might change.
#define ZLIB_CONST
#include <zlib.h>

#include "sync/base/secret.h"

namespace postern::net {
namespace {

/// Without a header (RFC 1950). The other side may use as much as there is.
constexpr int expander_window = -15;
/// What an answer costs while it is compressed: 64 KiB, and 6 for the library's own.
constexpr int compressor_window = -13;
constexpr int compressor_memory = 6;
/// Fast: this is done between the octets of all other connections.
constexpr int level = 3;
constexpr std::size_t remembered_octets = 4096;
constexpr std::size_t window_octets = 32UL * 1024;

const Bytef* bytes_of(std::string_view octets) {
  return reinterpret_cast<const Bytef*>(octets.data());
}

uInt fitting(std::size_t octets) {
  return static_cast<uInt>(std::min<std::size_t>(octets, std::numeric_limits<uInt>::max()));
}

/// With its memory: there may be a password in it.
void let_go(std::string& octets) {
  wipe(octets);
  std::string().swap(octets);
}

}  // namespace

struct DeflateLayer::Memory {
  std::size_t octets = 0;

  /// Each piece is preceded by its size.
  static constexpr std::size_t head = alignof(std::max_align_t);
  static voidpf take(voidpf self, uInt items, uInt size) {
    const std::size_t wanted = std::size_t{items} * size;
    auto* piece = static_cast<char*>(std::malloc(head + wanted));  // NOLINT(*-no-malloc): its form
    if (piece == nullptr) return nullptr;
    *reinterpret_cast<std::size_t*>(piece) = wanted;
    static_cast<Memory*>(self)->octets += wanted;
    return piece + head;
  }
  static void give_back(voidpf self, voidpf piece) {
    char* whole = static_cast<char*>(piece) - head;
    const std::size_t size = *reinterpret_cast<std::size_t*>(whole);
    static_cast<Memory*>(self)->octets -= size;
    wipe(static_cast<char*>(piece), size);
    std::free(whole);  // NOLINT(*-no-malloc)
  }
};

void DeflateLayer::EndDeflate::operator()(z_stream_s* stream) const {
  deflateEnd(stream);
  delete stream;
}

void DeflateLayer::EndInflate::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

DeflateLayer::DeflateLayer() : memory_(std::make_unique<Memory>()) {}
DeflateLayer::~DeflateLayer() {
  for (std::string* octets : {&said_, &heard_, &received_}) let_go(*octets);
}

void DeflateLayer::wake_compressor() {
  if (compressor_) return;
  compressor_.reset(new z_stream_s{});
  compressor_->zalloc = Memory::take;
  compressor_->zfree = Memory::give_back;
  compressor_->opaque = memory_.get();
  if (deflateInit2(compressor_.get(), level, Z_DEFLATED, compressor_window, compressor_memory,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  if (!said_.empty())
    deflateSetDictionary(compressor_.get(), bytes_of(said_), fitting(said_.size()));
  let_go(said_);
}

void DeflateLayer::wake_expander() {
  if (expander_) return;
  expander_.reset(new z_stream_s{});
  expander_->zalloc = Memory::take;
  expander_->zfree = Memory::give_back;
  expander_->opaque = memory_.get();
  if (inflateInit2(expander_.get(), expander_window) != Z_OK) throw std::bad_alloc();
  if (!heard_.empty() &&
      inflateSetDictionary(expander_.get(), bytes_of(heard_), fitting(heard_.size())) != Z_OK)
    throw std::bad_alloc();
  let_go(heard_);
}

std::string DeflateLayer::compress(std::string_view octets) {
  wake_compressor();
  z_stream_s& stream = *compressor_;
  std::string out;
  std::array<char, 16UL * 1024> room;  // NOLINT(*-member-init): written before it is read
  stream.next_in = bytes_of(octets);
  stream.avail_in = fitting(octets.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = fitting(room.size());
    const int result = deflate(&stream, Z_SYNC_FLUSH);
    // Z_BUF_ERROR: the room was filled to the last octet, and that was all.
    assert(result == Z_OK || result == Z_BUF_ERROR);
    out.append(room.data(), room.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  return out;
}

void DeflateLayer::feed(std::string_view compressed) {
  assert(used_ == received_.size());
  received_ = compressed;
  used_ = 0;
}

DeflateLayer::Step DeflateLayer::expand(std::span<char> into) {
  if (ended_) return {Outcome::end, 0};
  if (used_ == received_.size() && !more_inside_) return {};
  wake_expander();
  z_stream_s& stream = *expander_;
  const std::string_view left = std::string_view(received_).substr(used_);
  stream.next_in = bytes_of(left);
  stream.avail_in = fitting(left.size());
  stream.next_out = reinterpret_cast<Bytef*>(into.data());
  stream.avail_out = fitting(into.size());
  const int result = inflate(&stream, Z_SYNC_FLUSH);
  used_ += left.size() - stream.avail_in;
  if (used_ == received_.size()) {
    let_go(received_);
    used_ = 0;
  }
  const std::size_t octets = into.size() - stream.avail_out;
  more_inside_ = stream.avail_out == 0;
  ended_ = result == Z_STREAM_END;
  if (octets != 0) return {Outcome::octets, octets};
  if (ended_) return {Outcome::end, 0};
  return {result == Z_OK || result == Z_BUF_ERROR ? Outcome::more_needed : Outcome::broken, 0};
}

void DeflateLayer::rest_compressor() {
  if (!compressor_) return;
  said_.resize(window_octets);
  uInt octets = 0;
  deflateGetDictionary(compressor_.get(), reinterpret_cast<Bytef*>(said_.data()), &octets);
  said_.resize(octets);
  if (said_.size() > remembered_octets) said_.erase(0, said_.size() - remembered_octets);
  said_.shrink_to_fit();
  compressor_.reset();
}

/// Where one block of the other side ended at a whole octet, and no other has begun, nothing but
/// the octets of before carries over to the next one; so it is after each flush of most programs.
void DeflateLayer::rest() {
  rest_compressor();
  constexpr int between_blocks = 128;
  if (!expander_ || expander_->data_type != between_blocks || used_ != received_.size()) return;
  std::string window(window_octets, '\0');
  uInt octets = 0;
  inflateGetDictionary(expander_.get(), reinterpret_cast<Bytef*>(window.data()), &octets);
  heard_.assign(window, 0, octets);
  let_go(window);
  expander_.reset();
}

std::size_t DeflateLayer::octets_held() const {
  return sizeof(*this) + memory_->octets + said_.capacity() + heard_.capacity() +
         received_.capacity();
}

}  // namespace postern::net
