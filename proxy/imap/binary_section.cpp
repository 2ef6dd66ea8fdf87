#include "proxy/imap/binary_section.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "sync/store/failure.h"
#include "sync/wire/imap/response.h"

namespace postern::imap {

BinarySection::BinarySection(BodyId body, const wire::mime::BinarySection& section,
                             const wire::imap::FetchItem& item)
    : body_(body),
      section_(section),
      kind_(item.kind),
      partial_(item.partial),
      decoder_(*section.encoding),
      at_(section.where.begin) {}

std::size_t BinarySection::decode(store::Reader& reader) {
  const std::uint64_t count = std::min<std::uint64_t>(section_.where.end - at_, piece_octets);
  piece_.clear();
  decoded_.clear();
  reader.read_body(body_, at_, count, piece_);
  if (piece_.size() != count)
    throw store::StoreFailure(store::FailureKind::corrupt,
                              "a stored message is shorter than it was");
  at_ += count;
  decoder_.feed(piece_, decoded_);
  if (at_ == section_.where.end) decoder_.finish(decoded_);
  return static_cast<std::size_t>(count);
}

std::size_t BinarySection::step(store::Reader& reader, std::string& out) {
  const std::size_t read = decode(reader);
  if (phase_ == Phase::writing) {
    write(out);
  } else if (at_ == section_.where.end) {
    begin_writing(out);
  }
  return read;
}

void BinarySection::begin_writing(std::string& out) {
  const std::uint64_t size = decoder_.decoded();
  if (kind_ == wire::imap::FetchItem::Kind::binary_size) {
    fmt::format_to(std::back_inserter(out), "{}", size);
    phase_ = Phase::over;
    return;
  }
  wanted_ = {0, size};
  if (partial_) {
    wanted_.begin = std::min<std::uint64_t>(partial_->offset, size);
    wanted_.end = std::min(size, wanted_.begin + partial_->octets);
  }
  wire::imap::append_literal8_start(out, wanted_.end - wanted_.begin);
  phase_ = wanted_.begin == wanted_.end ? Phase::over : Phase::writing;
  decoder_ = wire::mime::TransferDecoder(*section_.encoding);
  at_ = section_.where.begin;
}

void BinarySection::write(std::string& out) {
  const std::uint64_t end = passed_ + decoded_.size();
  const std::uint64_t first = std::max(passed_, wanted_.begin);
  const std::uint64_t last = std::min(end, wanted_.end);
  if (first < last)
    out.append(decoded_, static_cast<std::size_t>(first - passed_),
               static_cast<std::size_t>(last - first));
  passed_ = end;
  if (passed_ >= wanted_.end) phase_ = Phase::over;
}

}  // namespace postern::imap
