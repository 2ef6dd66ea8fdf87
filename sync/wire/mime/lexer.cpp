#include "sync/wire/mime/lexer.h"

namespace postern::wire::mime {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool visible(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet > 0x20 && octet != 0x7f;
}

bool atext(char c) {
  return visible(c) && std::string_view("()<>[]:;@\\,.\"").find(c) == std::string_view::npos;
}

bool token_octet(char c) {
  return visible(c) && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

}  // namespace

bool Lexer::take(char c) {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

bool Lexer::skip() {
  while (!at_end()) {
    if (is_space(text_[at_])) {
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
  for (++at_; !at_end(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '\\' && at_ + 1 < text_.size()) {
      out += text_[++at_];
    } else if (c != '\n') {
      out += c;
    }
  }
  return false;
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

template <typename Accepts>
bool Lexer::run(std::string& out, Accepts accepts) {
  const auto begin = at_;
  while (!at_end() && accepts(text_[at_])) ++at_;
  out += text_.substr(begin, at_ - begin);
  return at_ > begin;
}

bool Lexer::atom(std::string& out) {
  return run(out, atext);
}

bool Lexer::dotted(std::string& out) {
  return run(out, [](char c) { return atext(c) || c == '.'; });
}

bool Lexer::encoded_word(std::string& out) {
  if (!text_.substr(at_).starts_with("=?")) return false;
  return run(out, [](char c) { return visible(c) && c != ';' && c != '"'; });
}

bool Lexer::token(std::string& out) {
  return run(out, token_octet);
}

}  // namespace postern::wire::mime
