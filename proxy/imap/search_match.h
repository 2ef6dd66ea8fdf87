#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/flags.h"
#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/search_key.h"

namespace postern::imap {

/// A search key made ready for one view: numbers resolved, keywords as bits, cheap questions before
/// dear ones. RFC 3501 section 6.4.4.
struct Criterion {
  wire::imap::SearchKey::Kind kind = wire::imap::SearchKey::Kind::all;
  Flags flags;  ///< of system_flag and keyword; none: no message has it
  std::uint32_t octets = 0;
  std::int64_t number = 0;  ///< as search_references.h leaves it
  std::chrono::sys_days date;
  std::size_t needle = 0;  ///< of header, body and text: its place in Question::needles
  UidSet numbers;          ///< of sequence_set as well
  std::vector<Criterion> children;
  unsigned cost = 0;  ///< 0: known without the message's text
};

/// What is looked for in the texts of a message.
struct Needle {
  wire::imap::SearchKey::Kind kind;  ///< header, body or text
  std::string field;                 ///< of header
  std::string folded;
};

/// A whole SEARCH made ready.
struct Question {
  Criterion criterion;
  std::vector<Needle> needles;
  std::size_t longest_needle = 0;  ///< octets
  bool asks_fields = false;        ///< fields of the header decide, or the Date field does
  bool asks_date = false;          ///< the Date field decides
};

/// `key` refers to nothing outside the view (search_references.h).
[[nodiscard]] Question prepare(const wire::imap::SearchKey& key, const store::Snapshot& view);

enum class Truth : std::uint8_t { no, yes, unknown };

/// What is known of one message's texts so far.
struct Findings {
  std::vector<Truth> needles;  ///< as in Question::needles
  bool header_read = false;
  std::optional<std::chrono::sys_days> sent;  ///< the day that the header tells, once it is read
  /// What the keys of SORT tell of the Date field before: the day it names in UTC, or that it names
  /// none. Most dates are decided by it.
  std::optional<std::optional<std::chrono::sys_days>> sent_near;
  /// The header needs no further look for BODY and TEXT: what is open is so because of the texts.
  bool header_searched = false;
  std::size_t changes = 0;  ///< how often something became known
};

/// RFC 3501 section 6.4.4: the day as the Date field has it, time and zone disregarded. Of several
/// the last one counts, as in the ENVELOPE.
[[nodiscard]] std::optional<std::chrono::sys_days> sent_day(std::string_view header);

struct SearchMessage {
  SeqNum seq;
  const store::Entry& entry;
  bool recent = false;
  const Findings* findings = nullptr;  ///< without them some answers are `unknown`
};

[[nodiscard]] Truth matches(const Criterion& criterion, const SearchMessage& message);

}  // namespace postern::imap
