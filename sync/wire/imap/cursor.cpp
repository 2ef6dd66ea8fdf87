#include "sync/wire/imap/cursor.h"

#include "sync/wire/ascii.h"

namespace postern::wire::imap {

void Cursor::fail(std::string_view what) {
  if (error_.empty()) error_ = what;
}

bool Cursor::accept(char c) {
  if (peek() != c || c == '\0') return false;
  ++at_;
  return true;
}

void Cursor::expect(char c) {
  if (accept(c)) return;
  if (c == ' ') {
    fail(at_end() ? "Arguments are missing" : "A space is missing");
  } else {
    fail(std::string("Expected ") + c);
  }
}

bool Cursor::accept_word(std::string_view word) {
  if (failed() || !equal_ignoring_case(text_.substr(at_, word.size()), word)) return false;
  const std::size_t after = at_ + word.size();
  if (after < text_.size() && is_atom_char(text_[after]) && text_[after] != '[') return false;
  at_ = after;
  return true;
}

std::string_view Cursor::take_literal() {
  const std::string_view literal = raw_.literals[piece_];
  ++piece_;
  text_ = raw_.text[piece_];
  at_ = 0;
  return literal;
}

}  // namespace postern::wire::imap
