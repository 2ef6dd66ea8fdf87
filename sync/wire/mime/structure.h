#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wire::mime {

/// Bounds of what the scanner looks at. What lies beyond still arrives octet for octet, as part of
/// an opaque leaf.
struct Limits {
  std::size_t depth = 100;  ///< nested multiparts and message/rfc822
  std::size_t parts = 10'000;
  std::size_t header_octets = 1024 * 1024;    ///< of one header that are parsed
  std::size_t parameters = 200;               ///< of one field
  std::size_t kept_octets = 4 * 1024 * 1024;  ///< kept about all parts together
};

enum class PartKind : std::uint8_t { leaf, multipart, message };

/// One part of a message. Offsets count octets from the start of the message.
struct Part {
  std::uint64_t header_begin = 0;
  std::uint64_t body_begin = 0;  ///< after the empty line
  std::uint64_t body_end = 0;
  std::uint64_t body_lines = 0;
  PartKind kind = PartKind::leaf;
  std::uint32_t parent = 0;             ///< index in Structure::parts; the root is its own parent
  std::vector<std::uint32_t> children;  ///< of a multipart: its parts; of message/rfc822: the one
                                        ///< root of the inner message
  std::string type;                     ///< as sent, "text"
  std::string subtype;
  std::string charset;   ///< empty if none was given
  std::string encoding;  ///< Content-Transfer-Encoding, lower case; empty: 7bit
};

/// The MIME tree of one message, in preorder; parts[0] is the message itself.
struct Structure {
  std::vector<Part> parts;

  /// A compact form for the database; decode refuses what encode could not have made.
  [[nodiscard]] std::string encode() const;
  static std::expected<Structure, std::string> decode(std::string_view stored);
};

}  // namespace postern::wire::mime
