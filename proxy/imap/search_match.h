#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/flags.h"
#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/search_key.h"

namespace postern::imap {

/// A search key made ready for one view: numbers resolved, keywords as bits, texts folded, cheap
/// questions before dear ones. RFC 3501 section 6.4.4.
struct Criterion {
  wire::imap::SearchKey::Kind kind = wire::imap::SearchKey::Kind::all;
  Flags flags;  ///< of system_flag and keyword; none: no message has it
  std::uint32_t octets = 0;
  std::chrono::sys_days date;
  std::string field;
  std::string needle;  ///< folded
  UidSet numbers;      ///< of sequence_set as well
  std::vector<Criterion> children;
  unsigned cost = 0;  ///< 0: known without the message's text
};

[[nodiscard]] Criterion prepare(const wire::imap::SearchKey& key, const store::Snapshot& view);

/// The texts of one message, loaded when they are asked for.
class SearchTexts {
 public:
  virtual ~SearchTexts() = default;
  /// The header of the message itself.
  virtual std::string_view header() = 0;
  /// Calls `visit` with each text part and the header of each message inside, decoded and folded,
  /// until it says true; whether it did.
  virtual bool any_text(const std::function<bool(std::string_view)>& visit) = 0;
};

struct SearchMessage {
  SeqNum seq;
  const store::Entry& entry;
  bool recent = false;
  SearchTexts* texts = nullptr;  ///< without them some answers are `unknown`
};

enum class Truth : std::uint8_t { no, yes, unknown };

[[nodiscard]] Truth matches(const Criterion& criterion, const SearchMessage& message);

}  // namespace postern::imap
