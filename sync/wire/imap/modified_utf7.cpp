#include "sync/wire/imap/modified_utf7.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sync/wire/imap/characters.h"

namespace postern::wire::imap {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Takes one character off valid UTF-8.
char32_t take_utf8(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const unsigned follow = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  char32_t character = follow == 0 ? lead : lead & (0x3fU >> follow);
  for (unsigned i = 1; i <= follow && i < text.size(); ++i)
    character = (character << 6) | (static_cast<unsigned char>(text[i]) & 0x3fU);
  text.remove_prefix(std::min<std::size_t>(follow + 1, text.size()));
  return character;
}

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80U | ((c >> shift) & 0x3fU)));
  };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0U | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0U | (c >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0U | (c >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Collects UTF-16 units as base64.
class Shifted {
 public:
  explicit Shifted(std::string& out) : out_(out) {}

  void character(char32_t c) {
    if (!open_) out_.push_back('&');
    open_ = true;
    if (c >= 0x10000) {
      unit(static_cast<std::uint32_t>(0xd800 + ((c - 0x10000) >> 10)));
      unit(static_cast<std::uint32_t>(0xdc00 + ((c - 0x10000) & 0x3ffU)));
    } else {
      unit(static_cast<std::uint32_t>(c));
    }
  }
  void close() {
    if (!open_) return;
    if (held_ != 0) out_.push_back(alphabet[(bits_ << (6 - held_)) & 63U]);
    out_.push_back('-');
    open_ = false;
    held_ = 0;
    bits_ = 0;
  }

 private:
  void unit(std::uint32_t value) {
    bits_ = (bits_ << 16) | value;
    held_ += 16;
    while (held_ >= 6) {
      held_ -= 6;
      out_.push_back(alphabet[(bits_ >> held_) & 63U]);
    }
    bits_ &= (1U << held_) - 1U;
  }

  std::string& out_;
  std::uint32_t bits_ = 0;
  unsigned held_ = 0;
  bool open_ = false;
};

/// The UTF-16 units of a run of base64; nullopt for a wrong digit or stray bits.
std::optional<std::vector<std::uint16_t>> units_of(std::string_view base64) {
  std::vector<std::uint16_t> units;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : base64) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 16) {
      held -= 16;
      units.push_back(static_cast<std::uint16_t>(bits >> held));
      bits &= (1U << held) - 1U;
    }
  }
  if (units.empty() || held >= 6 || bits != 0) return std::nullopt;
  return units;
}

bool append_units(std::string& out, const std::vector<std::uint16_t>& units) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    char32_t c = units[i];
    if (c >= 0xd800 && c < 0xdc00) {
      if (i + 1 == units.size() || units[i + 1] < 0xdc00 || units[i + 1] > 0xdfff) return false;
      c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00U);
    } else if ((c >= 0xdc00 && c < 0xe000) || (c >= 0x20 && c < 0x7f)) {
      return false;
    }
    append_utf8(out, c);
  }
  return true;
}

}  // namespace

std::string to_modified_utf7(std::string_view utf8) {
  std::string out;
  Shifted shifted(out);
  while (!utf8.empty()) {
    const char32_t c = take_utf8(utf8);
    if (c >= 0x20 && c < 0x7f) {
      shifted.close();
      out.push_back(static_cast<char>(c));
      if (c == '&') out.push_back('-');
    } else {
      shifted.character(c);
    }
  }
  shifted.close();
  return out;
}

std::optional<std::string> from_modified_utf7(std::string_view text) {
  std::string out;
  bool after_shift = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_printable(text[i])) return std::nullopt;
    if (text[i] != '&') {
      out.push_back(text[i]);
      after_shift = false;
      continue;
    }
    const std::size_t end = text.find('-', i);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view base64 = text.substr(i + 1, end - i - 1);
    i = end;
    if (base64.empty()) {
      out.push_back('&');
      after_shift = false;
      continue;
    }
    const auto units = units_of(base64);
    if (after_shift || !units || !append_units(out, *units)) return std::nullopt;
    after_shift = true;
  }
  return out;
}

}  // namespace postern::wire::imap
