#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sync/wire/mime/section.h"

namespace postern::wire::imap {

/// RFC 3501 section 6.4.5, one `fetch-att`; the macros are written out.
struct FetchItem {
  enum class Kind : std::uint8_t {
    uid,
    flags,
    internal_date,
    rfc822_size,
    save_date,  ///< RFC 8514 section 4.1
    mod_seq,    ///< RFC 7162 section 3.1.4.2
    envelope,
    body,  ///< BODY without a section: the structure without extension data
    body_structure,
    email_id,  ///< RFC 8474 section 5.3, so is the next one
    thread_id,
    snippet,        ///< the same under the name that Dovecot had before
    preview,        ///< RFC 8970; LAZY changes nothing, since it is always made at once
    binary_size,    ///< BINARY.SIZE[...] (RFC 3516 section 4.2), so is the next one
    binary,         ///< BINARY[...] and BINARY.PEEK[...]
    section,        ///< BODY[...] and BODY.PEEK[...]
    rfc822,         ///< BODY[] under its old name, so are the next two
    rfc822_header,  ///< BODY.PEEK[HEADER]
    rfc822_text,
  };
  enum class Seen : std::uint8_t { untouched, set };
  struct Partial {
    std::uint32_t offset = 0;
    std::uint32_t octets = 0;  ///< not 0
    friend bool operator==(Partial, Partial) = default;
  };

  Kind kind = Kind::uid;
  mime::Section section;  ///< of section, rfc822, rfc822_header, rfc822_text; of binary and
                          ///< binary_size its path
  std::optional<Partial> partial;
  Seen seen = Seen::untouched;  ///< whether fetching it sets \Seen

  /// Whether octets of the message are sent.
  [[nodiscard]] bool reads_body() const { return kind >= Kind::section; }
  /// Whether it tells what a part says once its transfer encoding is undone.
  [[nodiscard]] bool decodes() const { return kind == Kind::binary || kind == Kind::binary_size; }
  /// Whether the snapshot of the mailbox is enough to answer.
  [[nodiscard]] bool in_snapshot() const { return kind <= Kind::mod_seq; }
};

/// The item's name in an answer: "BODY[1.HEADER.FIELDS (From To)]<0>".
[[nodiscard]] std::string format(const FetchItem& item);

}  // namespace postern::wire::imap
