#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sync/base/ids.h"
#include "sync/store/reader.h"
#include "sync/wire/imap/fetch_item.h"
#include "sync/wire/mime/section.h"

namespace postern::imap {

/// The answer to BINARY[1.2] or BINARY.SIZE[1.2] of one message, decoded while it is written: RFC
/// 3516 section 4. The size stands in front of the octets, so the part is read twice, or up to the
/// end of what is asked for; memory does not grow with it.
///
/// Call step() until it has finished. One thread at a time.
class BinarySection {
 public:
  /// What step() reads at most.
  static constexpr std::size_t piece_octets = 64UL * 1024;

  /// `section.encoding` is one that is known. `item` is of binary or binary_size.
  BinarySection(BodyId body, const wire::mime::BinarySection& section,
                const wire::imap::FetchItem& item);

  /// Reads a piece of the message and appends what comes out of it, which may be nothing. Returns
  /// how many octets were read. Throws StoreFailure.
  std::size_t step(store::Reader& reader, std::string& out);
  [[nodiscard]] bool finished() const { return phase_ == Phase::over; }

 private:
  enum class Phase : std::uint8_t { counting, writing, over };

  /// The decoded octets of the next piece.
  std::size_t decode(store::Reader& reader);
  void begin_writing(std::string& out);
  void write(std::string& out);

  BodyId body_;
  wire::mime::BinarySection section_;
  wire::imap::FetchItem::Kind kind_;
  std::optional<wire::imap::FetchItem::Partial> partial_;
  Phase phase_ = Phase::counting;
  wire::mime::TransferDecoder decoder_;
  std::uint64_t at_;             ///< in octets of the message
  std::string piece_;            ///< as it is stored
  std::string decoded_;          ///< of it
  wire::mime::Octets wanted_{};  ///< of the decoded octets; those before it are not told
  std::uint64_t passed_ = 0;     ///< decoded octets that came before decoded_
};

}  // namespace postern::imap
