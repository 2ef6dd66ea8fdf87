#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sync/wire/mime/structure.h"

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
/// Order: feed() any number of times, then finish() once.
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
