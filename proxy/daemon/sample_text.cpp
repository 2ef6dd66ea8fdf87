#include "proxy/daemon/sample_text.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/core.h>

#include "sync/wire/base64.h"

namespace postern::daemon::sample {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// How many of the first `limit` octets end with a whole UTF-8 character.
std::size_t whole_characters(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return limit;
}

void append_little_endian(std::string& out, std::uint32_t value, int octets) {
  for (int i = 0; i < octets; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

std::string header_text(std::string_view text) {
  constexpr std::size_t line = 70;
  std::string out;
  if (is_ascii(text)) {
    std::size_t column = 10;
    while (!text.empty()) {
      const std::size_t space = text.find(' ', 1);
      const std::string_view word = text.substr(0, space);
      if (column + word.size() > line && !out.empty()) {
        out += "\r\n";
        column = 0;
      }
      out += word;
      column += word.size();
      text.remove_prefix(word.size());
    }
    return out;
  }
  while (!text.empty()) {
    const std::size_t count = whole_characters(text, 42);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + wire::base64_encode(text.substr(0, count)) + "?=";
    text.remove_prefix(count);
  }
  return out;
}

std::string date_text(WallTime time) {
  constexpr std::array weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     weekdays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string base64_lines(std::string_view octets) {
  constexpr std::size_t per_line = 57;
  std::string out;
  out.reserve(octets.size() * 4 / 3 + octets.size() / 25);
  for (std::size_t i = 0; i < octets.size(); i += per_line) {
    out += wire::base64_encode(octets.substr(i, per_line)) + "\r\n";
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && text.substr(i).starts_with("\r\n")) {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool at_end = text.substr(i + 1).starts_with("\r\n");
    const bool plain = (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !at_end);
    const std::string piece =
        plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
    if (column + piece.size() > 75) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  }
  return out;
}

std::string paragraphs(Dice& dice, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) out += "\r\n";
    for (std::size_t lines = 1 + dice.below(5); lines > 0; --lines) {
      out += std::string(dice.pick(sentences)) + "\r\n";
    }
  }
  return out;
}

std::string picture(Dice& dice, std::uint32_t width, std::uint32_t height) {
  const std::uint32_t pixels = width * height * 3;
  std::string out = "BM";
  append_little_endian(out, 54 + pixels, 4);
  append_little_endian(out, 0, 4);
  append_little_endian(out, 54, 4);
  append_little_endian(out, 40, 4);
  append_little_endian(out, width, 4);
  append_little_endian(out, height, 4);
  append_little_endian(out, 1, 2);
  append_little_endian(out, 24, 2);
  append_little_endian(out, 0, 4);
  append_little_endian(out, pixels, 4);
  for (int i = 0; i < 4; ++i) append_little_endian(out, i < 2 ? 2835 : 0, 4);
  const auto tint = static_cast<std::uint32_t>(dice.below(256));
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      out += static_cast<char>(tint);
      out += static_cast<char>(y * 255 / height);
      out += static_cast<char>((x * 255 / width + dice.below(8)) & 0xff);
    }
  }
  return out;
}

}  // namespace postern::daemon::sample
