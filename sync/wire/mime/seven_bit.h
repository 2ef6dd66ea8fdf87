#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/mime/structure.h"

namespace postern::wire::mime {

/// What has to change in a message so that it fits a way of seven bits (RFC 6152 section 3, RFC
/// 2045 section 6): which parts hold octets that do not go through, and how each is encoded.
///
/// Order: the octets of the whole message go through survey(), in any pieces; then the plan is
/// complete. One thread at a time.
class SevenBitPlan {
 public:
  enum class Encoding : std::uint8_t { as_it_is, quoted_printable, base64 };

  explicit SevenBitPlan(Structure structure);
  void survey(std::string_view octets);

  /// A stretch of the message that is not copied as it is, in the order of the message.
  struct Stretch {
    enum class Kind : std::uint8_t { header, body } kind = Kind::header;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::size_t part = 0;
  };
  [[nodiscard]] const std::vector<Stretch>& stretches() const { return stretches_; }
  [[nodiscard]] Encoding encoding(std::size_t part) const;
  /// False: octets that are no lines stand where no encoding reaches them, in a header, between
  /// parts, or in a part that is encoded already.
  [[nodiscard]] bool possible() const { return !outside_.binary && outside_.last != '\r'; }
  [[nodiscard]] const Part& part(std::size_t index) const { return structure_.parts[index]; }

 private:
  struct Seen {
    bool eight_bit = false;
    bool binary = false;  ///< NUL, or a CR or LF that stands alone
    char last = '\n';
  };
  static void look(Seen& seen, std::string_view octets);
  [[nodiscard]] Seen& seen_of(const Stretch& stretch);

  Structure structure_;
  std::vector<Stretch> stretches_;
  std::vector<Seen> seen_;
  Seen outside_;
  std::uint64_t at_ = 0;
  std::size_t next_ = 0;  ///< stretch
};

/// Rewrites a message by a complete plan.
///
/// Order: feed() with the same octets as survey(), then finish() once. One thread at a time.
class SevenBitConverter {
 public:
  explicit SevenBitConverter(const SevenBitPlan& plan) : plan_(plan) {}
  void feed(std::string_view octets, std::string& out);
  void finish(std::string& out);

 private:
  void take(const SevenBitPlan::Stretch& stretch, std::string_view octets, std::string& out);
  void close(const SevenBitPlan::Stretch& stretch, std::string& out);
  void quoted_printable(std::string_view octets, std::string& out);
  void base64(std::string_view octets, std::string& out);
  void put(std::string_view token, std::string& out);
  void release_blank(bool at_end_of_line, std::string& out);

  const SevenBitPlan& plan_;
  std::uint64_t at_ = 0;
  std::size_t next_ = 0;    ///< stretch
  std::string held_;        ///< a header, or octets that make no whole line of base64 yet
  std::size_t column_ = 0;  ///< of quoted-printable
  char blank_ = 0;          ///< held back: at a line's end it is encoded
  bool cr_ = false;
};

}  // namespace postern::wire::mime
