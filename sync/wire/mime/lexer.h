#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::wire {
class OctetSet;
}

namespace postern::wire::mime {

/// Tokens of RFC 5322 section 3.2 and RFC 2045 section 5.1, read leniently from one field's value.
/// Never recurses and never looks at an octet more than once per call.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool next_is(char c) const { return !at_end() && text_[at_] == c; }
  [[nodiscard]] std::size_t position() const { return at_; }
  void rewind(std::size_t position) { at_ = position; }
  void advance() { ++at_; }
  bool take(char c);

  /// White space and comments. False: a comment has no end, and nothing is left.
  bool skip();
  /// The text of the last comment that skip() passed, without the outer parentheses.
  [[nodiscard]] const std::string& last_comment() const { return comment_; }
  void forget_comment() { comment_.clear(); }

  /// At '"'. Appends the content, escapes and folds undone. False: no end, and nothing is left.
  bool quoted_string(std::string& out);
  /// At '['. Appends it with its brackets. False: no end.
  bool domain_literal(std::string& out);
  /// Appends atext (RFC 5322 section 3.2.3; octets above 0x7f count as atext). False: none there.
  bool atom(std::string& out);
  /// The same with dots.
  bool dotted(std::string& out);
  /// RFC 2045 `token`. False: none there.
  bool token(std::string& out);
  /// A bare encoded word (RFC 2047 section 2), which no parameter may be but many are. False: none
  /// there.
  bool encoded_word(std::string& out);

 private:
  bool comment();
  bool run(std::string& out, const OctetSet& octets);

  std::string_view text_;
  std::size_t at_ = 0;
  std::string comment_;
};

}  // namespace postern::wire::mime
