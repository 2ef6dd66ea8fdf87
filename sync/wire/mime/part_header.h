#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/mime/flowed.h"
#include "sync/wire/mime/structure.h"

namespace postern::wire::mime {

/// Where a part stands, which decides what a missing Content-Type means.
enum class PartContext : std::uint8_t {
  message,  ///< a whole message: its Content fields count only beside Content-Type or MIME-Version
  multipart_child,
  digest_child,  ///< RFC 2046 section 5.1.5: message/rfc822 by default
};

/// What the header of one part says about its body.
struct PartHeader {
  PartKind kind = PartKind::leaf;
  std::string type;
  std::string subtype;
  std::string charset;
  std::string encoding;
  std::optional<std::string> boundary;
  bool digest = false;
  Flow flow = Flow::fixed;
  /// Ready for BODYSTRUCTURE (RFC 9051 section 7.5.2): of a leaf "type subtype parameters id
  /// description encoding", of a multipart "subtype".
  std::string basic;
  /// What follows in BODYSTRUCTURE only, with a space in front: of a leaf " md5 disposition
  /// language location", of a multipart " parameters disposition language location".
  std::string extension;
};

enum class Nesting : std::uint8_t { allowed, exhausted };

/// With `Nesting::exhausted` a multipart or message is given as a leaf, application/octet-stream.
[[nodiscard]] PartHeader read_part_header(std::string_view header, PartContext context,
                                          Nesting nesting, const Limits& limits);

/// A leaf about which nothing is known.
[[nodiscard]] PartHeader opaque_part();

}  // namespace postern::wire::mime
