#include "sync/wire/mime/transfer_encoding.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/base64_groups.h"
#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

/// White space that may have to go is held back no longer than this. RFC 2045 section 6.7 rule 5
/// knows no line of more than 76 characters.
constexpr std::size_t most_held = 1000;

/// Decodes what `octets` begins with, as far as it is groups of four digits; how much that is.
std::size_t whole_groups(std::string_view octets, std::string& out) {
  std::size_t groups = 0;
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + octets.size() / 4 * 3, [&](char* text, std::size_t) {
    groups = decode_base64_groups(octets, text + before);
    return before + groups * 3;
  });
  return groups * 4;
}

/// How much of what `octets` begins with stands for itself whatever follows, in quoted-printable:
/// no code, and no white space that may be at the end of a line.
std::size_t plain_part(std::string_view octets) {
  const auto special = [](char c) { return c == '=' || c == '\r' || blanks(c); };
  const auto begin = octets.begin();
  for (auto at = begin;;) {
    at = std::find_if(at, octets.end(), special);
    if (at == octets.end() || !blanks(*at)) return static_cast<std::size_t>(at - begin);
    const auto next = std::find_if_not(at, octets.end(), blanks);
    if (next == octets.end() || *next == '\r' || *next == '\n')
      return static_cast<std::size_t>(at - begin);
    at = next;
  }
}

}  // namespace

std::optional<TransferEncoding> transfer_encoding(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, TransferEncoding>, 6> names = {{
      {"", TransferEncoding::identity},
      {"7bit", TransferEncoding::identity},
      {"8bit", TransferEncoding::identity},
      {"binary", TransferEncoding::identity},
      {"base64", TransferEncoding::base64},
      {"quoted-printable", TransferEncoding::quoted_printable},
  }};
  for (const auto& [known, encoding] : names) {
    if (equal_ignoring_case(name, known)) return encoding;
  }
  return std::nullopt;
}

void TransferDecoder::feed(std::string_view octets, std::string& out) {
  const std::size_t before = out.size();
  switch (encoding_) {
    case TransferEncoding::identity: out += octets; break;
    case TransferEncoding::base64: base64(octets, out); break;
    case TransferEncoding::quoted_printable: quoted_printable(octets, out); break;
  }
  decoded_ += out.size() - before;
}

void TransferDecoder::finish(std::string& out) {
  const std::size_t before = out.size();
  end_group(out);
  // A '=' at the very end is a soft line break; white space there is at the end of a line.
  if (state_ == State::carriage_return) {
    release(out);
    out += '\r';
  } else if (state_ == State::half_code || state_ == State::soft_return) {
    release(out);
  }
  held_.clear();
  state_ = State::text;
  decoded_ += out.size() - before;
}

/// RFC 2045 section 6.8. Padding ends a group, after which another may begin.
void TransferDecoder::base64(std::string_view octets, std::string& out) {
  out.reserve(out.size() + octets.size() / 4 * 3 + 3);
  for (std::size_t at = 0; at < octets.size(); ++at) {
    if (digits_ == 0) {
      at += whole_groups(octets.substr(at), out);
      if (at == octets.size()) return;
    }
    const char c = octets[at];
    const std::uint8_t digit = base64_value(c);
    if (c == '=') end_group(out);
    if (digit == no_base64_letter) continue;
    group_ = group_ << 6 | digit;
    if (++digits_ < 4) continue;
    out += static_cast<char>(group_ >> 16 & 0xff);
    out += static_cast<char>(group_ >> 8 & 0xff);
    out += static_cast<char>(group_ & 0xff);
    group_ = 0;
    digits_ = 0;
  }
}

void TransferDecoder::end_group(std::string& out) {
  const std::uint32_t whole = group_ << (6 * (4 - digits_));
  if (digits_ >= 2) out += static_cast<char>(whole >> 16 & 0xff);
  if (digits_ >= 3) out += static_cast<char>(whole >> 8 & 0xff);
  group_ = 0;
  digits_ = 0;
}

/// RFC 2045 section 6.7.
void TransferDecoder::quoted_printable(std::string_view octets, std::string& out) {
  for (std::size_t at = 0; at < octets.size();) {
    if (state_ == State::text && held_.empty()) {
      const std::size_t plain = plain_part(octets.substr(at));
      out += octets.substr(at, plain);
      at += plain;
      if (at == octets.size()) return;
    }
    const char c = octets[at];
    bool used = false;
    switch (state_) {
      case State::text:
      case State::carriage_return: used = text(c, out); break;
      case State::code:
      case State::half_code: used = code(c, out); break;
      case State::soft:
      case State::soft_return: used = soft(c, out); break;
    }
    if (used) ++at;
  }
}

/// Outside of a code. False: the octet is to be looked at again, in another state.
bool TransferDecoder::text(char c, std::string& out) {
  if (state_ == State::carriage_return) {
    state_ = State::text;
    if (c == '\n') held_.clear();
    release(out);
    out += '\r';
    if (c != '\n') return false;
    out += c;
    return true;
  }
  if (blanks(c)) {
    hold(c, out);
  } else if (c == '\r') {
    state_ = State::carriage_return;
  } else if (c == '=') {
    release(out);
    held_ = c;
    state_ = State::code;
  } else {
    if (c == '\n') held_.clear();
    release(out);
    out += c;
  }
  return true;
}

/// Behind '=', or behind its first digit.
bool TransferDecoder::code(char c, std::string& out) {
  const int digit = hex_digit(c);
  if (state_ == State::code && digit >= 0) {
    held_ += c;
    state_ = State::half_code;
    return true;
  }
  if (state_ == State::code && (blanks(c) || c == '\r' || c == '\n')) {
    state_ = State::soft;
    return false;
  }
  const bool whole = state_ == State::half_code && digit >= 0;
  state_ = State::text;
  if (whole) {
    out += static_cast<char>(hex_digit(held_.back()) << 4 | digit);
    held_.clear();
    return true;
  }
  release(out);
  return false;
}

/// Behind '=' and the white space in front of the line end that transport may have added.
bool TransferDecoder::soft(char c, std::string& out) {
  if (c == '\n') {
    held_.clear();
    state_ = State::text;
    return true;
  }
  if (state_ == State::soft && c == '\r') {
    held_ += c;
    state_ = State::soft_return;
    return true;
  }
  if (state_ == State::soft && blanks(c) && held_.size() < most_held) {
    held_ += c;
    return true;
  }
  // It starts nothing: the '=' stays, and the rest is text.
  out += '=';
  held_.erase(0, 1);
  if (state_ == State::soft_return) held_.pop_back();
  state_ = state_ == State::soft_return ? State::carriage_return : State::text;
  return false;
}

void TransferDecoder::hold(char c, std::string& out) {
  if (held_.size() >= most_held) release(out);
  held_ += c;
}

void TransferDecoder::release(std::string& out) {
  out += held_;
  held_.clear();
}

std::string decode_transfer(std::string_view octets, std::string_view encoding) {
  std::string out;
  TransferDecoder decoder(transfer_encoding(encoding).value_or(TransferEncoding::identity));
  decoder.feed(octets, out);
  decoder.finish(out);
  return out;
}

}  // namespace postern::wire::mime
