#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/mbox/block.h"
#include "sync/wire/mbox/from_line.h"
#include "sync/wire/mbox/variant.h"

namespace postern::wire::mbox {

/// The octets of an mbox, wherever they lie.
class Octets {
 public:
  virtual ~Octets() = default;
  /// Fills `out` from `offset` on; fewer than `count` only at the end.
  virtual std::size_t read(std::uint64_t offset, char* out, std::size_t count) = 0;
};

/// Reads the messages of an mbox one after the other, in memory that is bounded whatever is in it.
/// One thread at a time.
///
/// Order: next(), then read() until it says that there is no more, and again; what was not read is
/// passed over. rewind() begins the same message anew.
///
/// A line separates messages if it is a FromLine and
/// - has a date, and follows an empty line or is followed by a header field; or
/// - has none, and follows an empty line and is followed by a header field.
/// The empty line before it belongs to the file. Any other line that begins "From " is text.
///
/// What begins with a Block that names a variant is read as that says, all else as the variant that
/// was given. Without either what begins with a Block is mboxrd; of any other message a
/// Content-Length holds if the text ends there with a line, at the end of the file or before a
/// FromLine, and no dated separator stands before: then it is taken as mboxcl2; else as mboxrd.
/// Nobody who can write a header hides other people's messages so.
///
/// LF becomes CRLF and CRLF stays: which it was in the file is not kept, but for a Block that says
/// `exact`. A last line without an end gets one.
class Reader {
 public:
  /// `octets` outlives it.
  explicit Reader(Octets& octets, std::optional<Variant> variant = std::nullopt);

  struct Message {
    std::uint64_t offset = 0;  ///< of its separator
    FromLine from;
    Marks marks;              ///< of the block, else of the header
    std::string_view header;  ///< as in the file, behind the block; until the next call
    std::optional<Block> block;
  };
  /// nullptr at the end. Good until the next call.
  const Message* next();
  /// Appends the next octets of the message to `out`, about a quarter of a MiB at most; false, and
  /// nothing, at its end.
  bool read(std::string& out);
  void rewind();

  /// How far in the file it is.
  [[nodiscard]] std::uint64_t offset() const { return base_ + at_; }
  /// Octets that stand before the first separator, but for empty lines and a mark of UTF-8; of a
  /// file that is no mbox, all of them.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  enum class Place { before, separator, text, end };
  /// What becomes of a '>' before "From ".
  enum class Unquote { never, mboxo, mboxrd };

  [[nodiscard]] std::string_view window(std::size_t wanted);
  void seek(std::uint64_t offset);
  [[nodiscard]] std::optional<FromLine> separator_here(bool blank_before, bool only_dated);
  [[nodiscard]] bool length_fits(std::uint64_t end);
  void begin_text();
  void choose_form(std::size_t header_octets);
  bool find_first();
  /// One line or a part of a long one; false at the end of the message.
  bool take_line(std::string& out);
  void end_text(std::string& out);
  void put(std::string_view line, std::string& out);
  /// Gives out the line ends that turned out to be the message's.
  void let_go(std::string& out);
  [[nodiscard]] std::string_view line_end() const;

  Octets& octets_;
  const std::optional<Variant> variant_;
  std::string buffer_;
  std::uint64_t base_ = 0;  ///< of the buffer, in the file
  std::size_t at_ = 0;      ///< in the buffer
  bool ended_ = false;      ///< the buffer holds the end of the file
  std::uint64_t skipped_ = 0;

  Place place_ = Place::before;
  Message message_;
  std::string header_;
  std::optional<FromLine> coming_;
  std::uint64_t text_begin_ = 0;           ///< of the message, behind its block
  std::optional<std::uint64_t> text_end_;  ///< where Content-Length says
  bool certain_length_ = false;            ///< separators before it are text
  Unquote unquote_ = Unquote::mboxrd;
  bool exact_ = false;
  bool open_ = false;

  // Within the message.
  bool line_start_ = true;
  bool blank_before_ = false;
  std::size_t held_count_ = 0;  ///< line ends that are the file's if a separator follows
};

}  // namespace postern::wire::mbox
