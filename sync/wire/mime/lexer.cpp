#include "sync/wire/mime/lexer.h"

#include "sync/wire/ascii.h"

namespace postern::wire::mime {
namespace {

constexpr bool visible(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet > 0x20 && octet != 0x7f;
}

/// RFC 6532 section 3.2: all beyond ASCII counts as atext.
constexpr OctetSet atom_octets([](char c) {
  return atext(c) || static_cast<unsigned char>(c) >= 0x80;
});
constexpr OctetSet dotted_octets([](char c) { return atom_octets(c) || c == '.'; });
constexpr OctetSet token_octets([](char c) {
  return visible(c) && !std::string_view("()<>@,;:\\\"/[]?=").contains(c);
});
constexpr OctetSet encoded_word_octets([](char c) { return visible(c) && c != ';' && c != '"'; });
/// RFC 5322 section 3.2.4, leniently: all but what ends it, escapes or folds.
constexpr OctetSet qtext([](char c) { return c != '"' && c != '\\' && c != '\n'; });

}  // namespace

bool Lexer::take(char c) {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

bool Lexer::skip() {
  while (!at_end()) {
    if (white_space(text_[at_])) {
      ++at_;
    } else if (text_[at_] == '(') {
      if (!comment()) return false;
    } else {
      break;
    }
  }
  return true;
}

bool Lexer::comment() {
  comment_.clear();
  std::size_t open = 0;
  for (; !at_end(); ++at_) {
    const char c = text_[at_];
    if (c == '\\' && at_ + 1 < text_.size()) {
      comment_ += text_[++at_];
      continue;
    }
    if (c == '(' && open++ == 0) continue;
    if (c == ')' && --open == 0) {
      ++at_;
      return true;
    }
    if (c != '\n') comment_ += c;
  }
  comment_.clear();
  return false;
}

bool Lexer::quoted_string(std::string& out) {
  ++at_;
  for (;;) {
    run(out, qtext);
    if (at_end()) return false;
    const char c = text_[at_++];
    if (c == '"') return true;
    if (c == '\\') out += at_end() ? c : text_[at_++];
  }
}

bool Lexer::domain_literal(std::string& out) {
  for (; !at_end(); ++at_) {
    const char c = text_[at_];
    if (c == '\\' && at_ + 1 < text_.size()) {
      out += c;
      out += text_[++at_];
      continue;
    }
    if (c != '\n') out += c;
    if (c == ']') {
      ++at_;
      return true;
    }
  }
  return false;
}

bool Lexer::run(std::string& out, const OctetSet& octets) {
  const auto begin = at_;
  at_ += octets.run(text_, at_);
  out += text_.substr(begin, at_ - begin);
  return at_ > begin;
}

bool Lexer::atom(std::string& out) {
  return run(out, atom_octets);
}

bool Lexer::dotted(std::string& out) {
  return run(out, dotted_octets);
}

bool Lexer::encoded_word(std::string& out) {
  if (!text_.substr(at_).starts_with("=?")) return false;
  return run(out, encoded_word_octets);
}

bool Lexer::token(std::string& out) {
  return run(out, token_octets);
}

}  // namespace postern::wire::mime
