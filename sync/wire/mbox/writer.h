#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/clock.h"
#include "sync/wire/mbox/block.h"
#include "sync/wire/mbox/from_scan.h"
#include "sync/wire/mbox/measure.h"
#include "sync/wire/mbox/variant.h"

namespace postern::wire::mbox {

/// How one message stands in an mbox.
struct Layout {
  std::optional<Block> block;
  Variant variant = Variant::mboxrd;
  bool exact = false;  ///< line ends as they are; else LF for CRLF
};

/// `beginning`: up to longest_header octets of the message. `marks` is what a reader is to learn of
/// its flags, `date` of when it arrived. Without need there is no block: where the message says by
/// itself how it is flagged, its octets in the file are its own.
///
/// A message without an end of its header has no length to say: it is written as mboxrd.
[[nodiscard]] Layout layout_of(Variant wanted, std::string_view beginning, const Measure& measure,
                               const Marks& marks, InternalDate date);

/// Writes one message with its separator and the empty line behind it. Lines end with LF. One
/// thread at a time.
///
/// Order: begin(), feed() with all of its octets, finish(). Each appends to `out`.
class Writer {
 public:
  explicit Writer(const Layout& layout) : layout_(layout) {}

  void begin(std::string_view sender, InternalDate date, std::string& out) const;
  void feed(std::string_view octets, std::string& out);
  void finish(std::string& out);

 private:
  void put(std::string_view part, std::string& out);

  Layout layout_;
  FromScan scan_;
  bool held_cr_ = false;
  bool ended_ = true;  ///< with a line end
};

}  // namespace postern::wire::mbox
