#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "sync/base/flags.h"
#include "sync/wire/imap/sequence_set.h"

namespace postern::wire::imap {

/// RFC 3501 section 6.4.4, one search key. What the RFC defines through other keys is built from
/// them: UNSEEN is `not_` of SEEN, NEW is `and_` of RECENT and UNSEEN. FUZZY (RFC 6203) marks a key
/// and those within it, and finds the same: what is exact is also near.
struct SearchKey {
  enum class Kind : std::uint8_t {
    all,
    system_flag,  ///< flag
    recent,
    keyword,       ///< name
    sequence_set,  ///< set
    uid_set,       ///< set
    before,        ///< date; so are the next eight
    on,
    since,
    sent_before,
    sent_on,
    sent_since,
    saved_before,  ///< RFC 8514 section 4.3
    saved_on,
    saved_since,
    older,      ///< number: seconds (RFC 5032 section 3)
    younger,    ///< number: seconds
    larger,     ///< octets
    smaller,    ///< octets
    header,     ///< name of the field, and value; an empty value asks whether there is such a field
    body,       ///< value
    text,       ///< value
    email_id,   ///< value (RFC 8474 section 6)
    thread_id,  ///< value
    mod_seq,    ///< number: the lowest (RFC 7162 section 3.1.5)
    filter,     ///< name, in any case (RFC 5466 section 3.1)
    and_,       ///< children
    or_,        ///< children
    not_,       ///< the one child
  };
  enum class Match : std::uint8_t { exact, fuzzy };

  Kind kind = Kind::all;
  Match match = Match::exact;
  SystemFlag flag = SystemFlag::seen;
  std::uint32_t octets = 0;
  std::int64_t number = 0;
  std::chrono::sys_days date;
  std::string name;
  std::string value;  ///< UTF-8
  SequenceSet set;
  std::vector<SearchKey> children;

  friend bool operator==(const SearchKey&, const SearchKey&) = default;
};

}  // namespace postern::wire::imap
