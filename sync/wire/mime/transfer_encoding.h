#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::mime {

/// RFC 2045 section 6.
enum class TransferEncoding : std::uint8_t {
  identity,  ///< 7bit, 8bit, binary, or none said
  base64,
  quoted_printable,
};

/// nullopt for a name that is none of them: what RFC 3516 section 4.3 calls UNKNOWN-CTE.
[[nodiscard]] std::optional<TransferEncoding> transfer_encoding(std::string_view name);

/// Undoes an encoding piece by piece, in memory that does not grow. No input is an error: what is
/// not of the alphabet of base64 is passed over, and padding may be missing; what starts no code in
/// quoted-printable stays. The result does not depend on the pieces.
///
/// Order: feed() any number of times, then finish() once. One thread at a time.
class TransferDecoder {
 public:
  explicit TransferDecoder(TransferEncoding encoding) : encoding_(encoding) {}

  /// Both append to `out` what is certain by now.
  void feed(std::string_view octets, std::string& out);
  void finish(std::string& out);

  /// Octets given out so far; after finish() the size of the decoded part: RFC 3516 section 4.3.
  [[nodiscard]] std::uint64_t decoded() const { return decoded_; }

 private:
  enum class State : std::uint8_t { text, carriage_return, code, half_code, soft, soft_return };

  void base64(std::string_view octets, std::string& out);
  void end_group(std::string& out);
  void quoted_printable(std::string_view octets, std::string& out);
  bool text(char c, std::string& out);
  bool code(char c, std::string& out);
  bool soft(char c, std::string& out);
  void hold(char c, std::string& out);
  void release(std::string& out);

  TransferEncoding encoding_;
  std::uint64_t decoded_ = 0;
  std::uint32_t group_ = 0;  ///< of base64, `digits_` of them
  unsigned digits_ = 0;
  State state_ = State::text;
  std::string held_;  ///< white space that goes if the line ends, or a '=' and what follows it
};

}  // namespace postern::wire::mime
