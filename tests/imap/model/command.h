#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/imap/model/view.h"

namespace postern::imap::model {

using Step = std::function<void(Turn&)>;

/// A command and what it does, in steps: between two of them other sessions may do theirs.
struct Command {
  std::string tag;
  std::string octets;
  std::vector<Step> steps;
};

/// What may be told between a command's own answers and its tagged line.
enum class Ending { free, withheld, replaces };

/// `text` comes without tag and CRLF. A step is left out once the memory holds an answer, which is
/// OK if none of them writes another one.
[[nodiscard]] Command command(const std::string& tag, const std::string& text, Ending ending,
                              std::vector<Step> work);

/// RFC 9051 section 9, sequence-set; 0 is "*".
struct Set {
  std::vector<std::pair<Number, Number>> ranges;
  bool saved = false;  ///< "$"

  [[nodiscard]] std::string text() const;
  /// "*" means nothing if `largest` is 0.
  [[nodiscard]] Numbers resolve(Number largest) const;
};

enum class By { sequence, uid };

/// The messages of the view that a set names; nullopt: a sequence number names none.
[[nodiscard]] std::optional<std::vector<Number>> choose(const View& view, const Set& set, By by);

/// RFC 9394 section 3.1: from one position to another, from 1, or from the end if below 0.
using Range = std::pair<int, int>;
[[nodiscard]] std::vector<Number> part(const std::vector<Number>& numbers, Range range);

/// "UID " where a command has it.
[[nodiscard]] inline std::string form_of(By by) {
  return by == By::uid ? "UID " : "";
}

}  // namespace postern::imap::model
