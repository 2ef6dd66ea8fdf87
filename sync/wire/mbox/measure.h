#pragma once

#include <cstdint>
#include <string_view>

#include "sync/wire/mbox/from_scan.h"
#include "sync/wire/mbox/variant.h"

namespace postern::wire::mbox {

/// What has to be known of a whole message before its first octet is written. Order: feed() any
/// number of times, finish(), then the rest. One thread at a time.
class Measure {
 public:
  /// `text_begin`: as header_end() says; npos if there is no end of the header.
  explicit Measure(std::size_t text_begin) : text_begin_(text_begin) {}

  void feed(std::string_view octets);
  void finish();

  /// All lines end with CRLF and come back as they are when LF stood for it.
  // A CR at the end would meet the LF that an open message gets.
  [[nodiscard]] bool clean() const { return clean_ && last_ != '\r'; }
  /// The last line does not end.
  [[nodiscard]] bool open() const { return octets_ != 0 && last_ != '\n'; }
  [[nodiscard]] bool has_header_end() const { return text_begin_ != std::string_view::npos; }
  /// Of the text as it stands in the file.
  [[nodiscard]] std::uint64_t text_octets(Variant variant) const;

 private:
  void take(std::string_view octets);

  const std::uint64_t text_begin_;
  FromScan scan_;
  std::uint64_t octets_ = 0;
  std::uint64_t line_ends_ = 0;  ///< in the text
  std::uint64_t quotes_ = 0;     ///< that mboxrd puts into the text
  char before_last_ = 0;
  char last_ = 0;
  bool clean_ = true;
};

}  // namespace postern::wire::mbox
