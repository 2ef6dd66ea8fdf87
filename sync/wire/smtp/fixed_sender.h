#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::wire::smtp {

/// The header as if `address` had written the message: one From with that address, which keeps the
/// name that stood there first, in its place; no Sender beside it (RFC 5322 section 3.6.2).
/// `header`: up to and with the empty line, or all of a message that has none.
[[nodiscard]] std::string with_sender(std::string_view header, std::string_view address);

/// The same for a message that comes in pieces: those of its header are held back until it is
/// complete.
class FixedSender {
 public:
  static constexpr std::size_t longest_header = 1024UL * 1024;

  explicit FixedSender(std::string address) : address_(std::move(address)) {}

  /// What may go on of the message; may be empty.
  [[nodiscard]] std::string feed(std::string octets);
  /// At the end of it: what is held back still.
  [[nodiscard]] std::string finish();
  /// The header is longer than that: nothing of the message may go on.
  [[nodiscard]] bool too_long() const { return held_.size() > longest_header; }

 private:
  std::string address_;
  std::string held_;
  bool past_header_ = false;
};

}  // namespace postern::wire::smtp
