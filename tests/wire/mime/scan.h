#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/mime/scanner.h"

namespace postern::test {

/// Everything a scan gave, as one text that can be compared and printed.
[[nodiscard]] std::string described(const wire::mime::Scanned& scanned);

/// The message scanned in pieces of that many octets; 0: in one piece.
[[nodiscard]] wire::mime::Scanned scan(std::string_view message, std::size_t piece = 0,
                                       wire::mime::Limits limits = {});

/// The text with CRLF in place of LF.
[[nodiscard]] std::string crlf(std::string_view text);

/// Messages of many shapes, whole and broken.
struct Sample {
  const char* name;
  std::string octets;
};
[[nodiscard]] const std::vector<Sample>& samples();

}  // namespace postern::test
