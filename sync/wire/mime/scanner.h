#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sync/wire/mime/structure.h"

/// The structure of messages and the text in them. Everywhere in this folder:
///
/// - No input is an error: every sequence of octets is a message and has a structure.
/// - The result does not depend on the pieces in which the octets come.
/// - A part lies within the body of its parent, and parts stand in the order of the message.
/// - Time grows with the octets only, memory not even with those; nothing recurses.
/// - Sizes and line counts are those of the octets as they come; no line end is changed.
/// - ENVELOPE, BODY and BODYSTRUCTURE say what Dovecot says where the RFCs leave a choice; see
///   docs/compatibility.md.
namespace postern::wire::mime {

/// What is computed once about a message when it arrives.
struct Scanned {
  std::uint64_t octets = 0;
  std::uint64_t header_octets = 0;  ///< of the message's own header, with the empty line
  std::string envelope;             ///< RFC 9051 section 7.5.2, "(...)", ready to send
  std::string body;                 ///< BODY, without extension data
  std::string body_structure;       ///< BODYSTRUCTURE, with extension data
  Structure structure;
};

/// One pass over the octets of a message, in any pieces: no recursion, memory bounded by `Limits`
/// whatever arrives.
///
/// Order: feed() any number of times, then finish() once. One thread at a time. RFC 2045, RFC 2046,
/// RFC 5322, RFC 9051 section 7.5.2.
class Scanner {
 public:
  explicit Scanner(Limits limits = {});
  Scanner(Scanner&&) noexcept;
  Scanner& operator=(Scanner&&) noexcept;
  ~Scanner();

  void feed(std::string_view octets);
  [[nodiscard]] Scanned finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postern::wire::mime
