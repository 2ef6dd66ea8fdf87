#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "sync/base/flags.h"
#include "sync/wire/imap/sequence_set.h"

namespace postern::wire::imap {

/// RFC 3501 section 6.4.4, one search key. What the RFC defines through other keys is built from
/// them: UNSEEN is `not_` of SEEN, NEW is `and_` of RECENT and UNSEEN.
struct SearchKey {
  enum class Kind : std::uint8_t {
    all,
    system_flag,  ///< flag
    recent,
    keyword,       ///< name
    sequence_set,  ///< set
    uid_set,       ///< set
    before,        ///< date; so are the next five
    on,
    since,
    sent_before,
    sent_on,
    sent_since,
    larger,   ///< octets
    smaller,  ///< octets
    header,   ///< name of the field, and value; an empty value asks whether there is such a field
    body,     ///< value
    text,     ///< value
    and_,     ///< children
    or_,      ///< children
    not_,     ///< the one child
  };
  Kind kind = Kind::all;
  SystemFlag flag = SystemFlag::seen;
  std::uint32_t octets = 0;
  std::chrono::sys_days date;
  std::string name;
  std::string value;  ///< UTF-8
  SequenceSet set;
  std::vector<SearchKey> children;

  friend bool operator==(const SearchKey&, const SearchKey&) = default;
};

}  // namespace postern::wire::imap
