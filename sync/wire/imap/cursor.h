#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/wire/imap/characters.h"
#include "sync/wire/imap/framer.h"

namespace postern::wire::imap {

/// A place in a command, and the first error met. After an error nothing is accepted any more, so
/// rules need not look at it: they return something harmless and come to their end.
class Cursor {
 public:
  /// `raw` outlives the cursor and the views it gives.
  explicit Cursor(const RawCommand& raw, Charset charset = Charset::ascii)
      : raw_(raw), charset_(charset), text_(raw.text.front()) {}

  [[nodiscard]] Charset charset() const { return charset_; }

  [[nodiscard]] bool failed() const { return !error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }
  /// The first error sticks.
  void fail(std::string_view what);

  /// The octet here; NUL at a literal, at the end, and after an error.
  [[nodiscard]] char peek() const { return at_ < text_.size() && !failed() ? text_[at_] : '\0'; }
  [[nodiscard]] bool at_literal() const {
    return !failed() && at_ == text_.size() && piece_ < raw_.literals.size();
  }
  [[nodiscard]] bool at_end() const {
    return failed() || (at_ == text_.size() && piece_ + 1 == raw_.text.size());
  }
  /// At the message of an APPEND.
  [[nodiscard]] std::optional<std::uint64_t> stream() const {
    return !failed() && at_end() ? raw_.stream : std::nullopt;
  }

  bool accept(char c);
  void expect(char c);
  /// A keyword in any case, whole: no atom character follows it.
  bool accept_word(std::string_view word);

  template <class Class>
  std::string_view take_while(Class is) {
    const std::size_t start = at_;
    while (at_ < text_.size() && !failed() && is(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  /// The rest of the text here, unread.
  [[nodiscard]] std::string_view rest() const { return failed() ? "" : text_.substr(at_); }
  void skip(std::size_t octets) { at_ += octets; }
  /// at_literal() holds.
  std::string_view take_literal();

  /// Parentheses and nested keys; more than 32 of them are an error.
  class Level {
   public:
    explicit Level(Cursor& cursor) : cursor_(cursor) {
      if (++cursor_.depth_ > 32) cursor_.fail("Nested too deeply");
    }
    Level(const Level&) = delete;
    ~Level() { --cursor_.depth_; }

   private:
    Cursor& cursor_;
  };

 private:
  const RawCommand& raw_;
  Charset charset_;
  std::string_view text_;
  std::size_t piece_ = 0;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string error_;
};

}  // namespace postern::wire::imap
