#include "sync/wire/mime/base_subject.h"

#include "sync/wire/ascii.h"
#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

bool begins(std::string_view text, std::string_view lower) {
  return equal_ignoring_case(text.substr(0, lower.size()), lower);
}

std::string_view without_leading_space(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

/// The grammar of RFC 5256 section 5 (`subject`), on what is left of one.
class Stripper {
 public:
  explicit Stripper(std::string_view subject) : rest_(subject) {}

  BaseSubject strip() {
    do {
      take_trailers();
      take_leaders();
    } while (take_forward());
    return {std::string(rest_), kind_};
  }

 private:
  using Kind = BaseSubject::Kind;

  void take_trailers() {
    constexpr std::string_view mark = "(fwd)";
    for (;;) {
      while (rest_.ends_with(' ')) rest_.remove_suffix(1);
      if (rest_.size() < mark.size() || !begins(rest_.substr(rest_.size() - mark.size()), mark)) {
        return;
      }
      rest_.remove_suffix(mark.size());
      kind_ = Kind::reply_or_forward;
    }
  }

  /// Steps 3 to 5. All blobs in a row are looked at together: they go with the "Re:" behind them,
  /// or one by one as long as something else remains.
  void take_leaders() {
    for (;;) {
      rest_ = without_leading_space(rest_);
      std::string_view last_blob;
      std::string_view behind = rest_;
      for (std::size_t size = 0; (size = blob(behind)) != 0; behind.remove_prefix(size)) {
        last_blob = behind;
      }
      const std::size_t leader = reply(behind);
      if (leader == 0) {
        rest_ = behind.empty() ? last_blob : behind;
        return;
      }
      rest_ = behind.substr(leader);
      kind_ = Kind::reply_or_forward;
    }
  }

  /// Step 6.
  bool take_forward() {
    constexpr std::string_view mark = "[fwd:";
    if (!begins(rest_, mark) || !rest_.ends_with(']')) return false;
    rest_ = rest_.substr(mark.size(), rest_.size() - mark.size() - 1);
    kind_ = Kind::reply_or_forward;
    return true;
  }

  /// The octets of a `subj-blob` at the beginning of `text`, 0 if there is none.
  static std::size_t blob(std::string_view text) {
    if (!text.starts_with('[')) return 0;
    const auto end = text.find_first_of("[]", 1);
    if (end == std::string_view::npos || text[end] != ']') return 0;
    const auto behind = text.find_first_not_of(' ', end + 1);
    return behind == std::string_view::npos ? text.size() : behind;
  }

  /// The octets of a `subj-refwd`, 0 if there is none.
  static std::size_t reply(std::string_view text) {
    std::string_view behind = text;
    if (begins(text, "fwd")) {
      behind.remove_prefix(3);
    } else if (begins(text, "re") || begins(text, "fw")) {
      behind.remove_prefix(2);
    } else {
      return 0;
    }
    behind = without_leading_space(behind);
    behind.remove_prefix(blob(behind));
    return behind.starts_with(':') ? text.size() - behind.size() + 1 : 0;
  }

  std::string_view rest_;
  Kind kind_ = Kind::original;
};

}  // namespace

BaseSubject base_subject(std::string_view value) {
  const std::string text = collapsed(decode_header(value));
  return Stripper(text).strip();
}

}  // namespace postern::wire::mime
