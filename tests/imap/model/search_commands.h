#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/imap/model/command.h"

namespace postern::imap::model {

/// A message as a search sees it.
struct Subject {
  const Mailbox& mailbox;
  const View& view;
  Number seq = 0;
  const Message& message;
};

/// RFC 9051 section 6.4.4.
struct Key {
  std::string text;
  std::function<bool(const Subject&)> holds;
  bool asks_mod_seq = false;
};

[[nodiscard]] Key everything();
/// "SEEN", "UNSEEN", "NEW", "OLD" and so on.
[[nodiscard]] Key flag_key(const std::string& name);
[[nodiscard]] Key keyword_key(const std::string& name);
[[nodiscard]] Key set_key(const Set& set, By by);
[[nodiscard]] Key mod_seq_key(ModSeq mod_seq);
/// BEFORE, ON, SINCE
[[nodiscard]] Key day_key(const std::string& name, unsigned day);
/// LARGER, SMALLER
[[nodiscard]] Key size_key(const std::string& name, std::size_t octets);
/// SUBJECT, BODY, TEXT
[[nodiscard]] Key word_key(const std::string& name, const std::string& word);
[[nodiscard]] Key negated(const Key& key);
[[nodiscard]] Key either(const Key& one, const Key& other);
[[nodiscard]] Key both(const Key& one, const Key& other);

struct Searching {
  By by = By::sequence;
  Key key;
  /// Of MIN, MAX, ALL, COUNT, SAVE; nullopt: a plain answer.
  std::optional<std::vector<std::string>> returns;
  /// Not with ALL.
  std::optional<Range> partial;
  /// "ARRIVAL", "REVERSE SIZE", "SUBJECT"; not empty: SORT.
  std::vector<std::string> order;
};
[[nodiscard]] Command search(const std::string& tag, const Searching& searching);

}  // namespace postern::imap::model
