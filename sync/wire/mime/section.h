#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "sync/wire/mime/structure.h"
#include "sync/wire/mime/transfer_encoding.h"

namespace postern::wire::mime {

/// RFC 9051 section 6.4.5, `section-spec`: BODY[1.2.HEADER.FIELDS (From To)].
struct Section {
  enum class Text : std::uint8_t { whole, header, header_fields, header_fields_not, text, mime };
  std::vector<std::uint32_t> path;  ///< empty: the message itself
  Text what = Text::whole;
  std::vector<std::string>
      fields;  ///< of header_fields and header_fields_not, as the client wrote them
};

struct Octets {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Where the section's octets stand in the message; for header_fields and header_fields_not where
/// the header stands that `select_fields` is to be applied to. nullopt if the message has no such
/// part.
[[nodiscard]] std::optional<Octets> locate(const Structure& structure, const Section& section);

/// What BINARY[1.2] and BINARY.SIZE[1.2] are made of: RFC 9051 section 6.4.5, RFC 3516 section 4.
struct BinarySection {
  Octets where;  ///< as they stand in the message
  /// What a TransferDecoder has to undo; nullopt: nobody knows, and the answer is UNKNOWN-CTE.
  std::optional<TransferEncoding> encoding = TransferEncoding::identity;
};

/// nullopt if the message has no such part. The message itself (an empty path) and a multipart are
/// not coded: RFC 2045 section 6.4.
[[nodiscard]] std::optional<BinarySection> locate_binary(const Structure& structure,
                                                         const std::vector<std::uint32_t>& path);

/// Picks the fields that a section names (or does not name) out of any number of headers. Costs
/// time with the header only, however many names there are.
class FieldSelection {
 public:
  explicit FieldSelection(const Section& section);
  /// Appends them to `out`, with the empty line at the end.
  void append(std::string_view header, std::string& out) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const;
  };
  struct Same {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  [[nodiscard]] bool names(std::string_view field) const;

  bool named_ones_;
  std::unordered_set<std::string, Hash, Same> names_;
  std::size_t longest_ = 0;
};

/// The same for one header.
[[nodiscard]] std::string select_fields(std::string_view header, const Section& section);

}  // namespace postern::wire::mime
