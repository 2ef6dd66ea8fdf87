#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sync/wire/mime/structure.h"

namespace postern::wire::mime {

/// What the header of a part gave for BODYSTRUCTURE; see PartHeader.
struct PartText {
  std::string basic;
  std::string extension;
  std::string envelope;  ///< of the root of a message
};

enum class Form : std::uint8_t { body, body_structure };

/// RFC 9051 section 7.5.2: the BODY or BODYSTRUCTURE of the message, "(...)", ready to send.
/// `texts` goes with `structure.parts`, one for each. Walks without recursion.
[[nodiscard]] std::string write_body_structure(const Structure& structure,
                                               const std::vector<PartText>& texts, Form form);

}  // namespace postern::wire::mime
