#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wire::mbox {

/// So much of a message is searched for the end of its header.
inline constexpr std::size_t longest_header = 256 * 1024;

/// What mailbox programs keep about a message in fields of its header: Status and X-Status (mutt,
/// Pine, Dovecot), X-Keywords (Dovecot), X-Mozilla-Status, -Status2 and -Keys (Thunderbird).
struct Marks {
  std::uint8_t flags = 0;             ///< of SystemFlag
  std::vector<std::string> keywords;  ///< atoms of IMAP, each once
  bool expunged = false;              ///< Thunderbird would take it away with the next compaction
  bool pseudo = false;  ///< no message, but what UW IMAP and Dovecot remember of the file

  friend bool operator==(const Marks&, const Marks&) = default;
};

/// Where the text begins, behind the empty line; npos if there is none.
[[nodiscard]] std::size_t header_end(std::string_view message);

/// `header` may go on behind the empty line. Lines end with LF or CRLF.
[[nodiscard]] Marks read_marks(std::string_view header);

/// The header without the fields that mailbox programs put there: those of Marks, and
/// Content-Length, X-UID, X-IMAP, X-IMAPbase, X-UIDL, X-Account-Key. Equal for equal messages,
/// however they are flagged and wherever they are kept.
[[nodiscard]] std::string without_marks(std::string_view header);

/// A keyword as an atom of IMAP, with what it cannot have left out; may be empty.
[[nodiscard]] std::string as_keyword(std::string_view word);

/// Adds a keyword if it is not there.
void add_keyword(std::vector<std::string>& keywords, std::string keyword);

/// The fields that say `marks`, for programs that read them: a field on each line, each ended by
/// LF. Status is always among them.
[[nodiscard]] std::string mark_fields(const Marks& marks);

/// The value of the first field of this name, unfolded and trimmed; empty if there is none.
[[nodiscard]] std::string field_value(std::string_view header, std::string_view name);

}  // namespace postern::wire::mbox
