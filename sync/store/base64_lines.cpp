#include "sync/store/base64_lines.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace postern::store {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t longest_line = 1024;
constexpr std::size_t least_line = 20;  ///< letters
/// Shorter runs are left as they are: their numbers would cost what is saved.
constexpr std::size_t least_run = 256;

constexpr std::uint32_t no_letter = 1U << 24;

/// The bits of a letter at each of the four places of a quartet, the first octet lowest.
struct LetterBits {
  std::array<std::array<std::uint32_t, 256>, 4> at{};

  constexpr LetterBits() {
    for (auto& place : at) place.fill(no_letter);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
      const auto letter = static_cast<unsigned char>(alphabet[i]);
      const auto value = static_cast<std::uint32_t>(i);
      at[0][letter] = value << 2;
      at[1][letter] = (value >> 4) | ((value & 0xfU) << 12);
      at[2][letter] = ((value >> 2) << 8) | ((value & 3U) << 22);
      at[3][letter] = value << 16;
    }
  }
};
constexpr LetterBits letter_bits;

/// Two letters for each twelve bits.
struct LetterPairs {
  std::array<std::array<char, 2>, 4096> of{};

  constexpr LetterPairs() {
    for (std::size_t i = 0; i < of.size(); ++i) of[i] = {alphabet[i >> 6], alphabet[i & 63]};
  }
};
constexpr LetterPairs letter_pairs;

std::uint32_t octet(char c) {
  return static_cast<unsigned char>(c);
}

/// Whether all are letters; then their octets are at `to`, which has room for one more.
bool read_quartets(const char* from, std::size_t quartets, char* to) {
  std::uint32_t wrong = 0;
  for (; quartets != 0; --quartets, from += 4, to += 3) {
    const std::uint32_t bits =
        letter_bits.at[0][octet(from[0])] | letter_bits.at[1][octet(from[1])] |
        letter_bits.at[2][octet(from[2])] | letter_bits.at[3][octet(from[3])];
    wrong |= bits;
    to[0] = static_cast<char>(bits);
    to[1] = static_cast<char>(bits >> 8);
    to[2] = static_cast<char>(bits >> 16);
  }
  return (wrong & no_letter) == 0;
}

void write_quartets(const char* from, std::size_t quartets, char* to) {
  for (; quartets != 0; --quartets, from += 3, to += 4) {
    const std::uint32_t bits = (octet(from[0]) << 16) | (octet(from[1]) << 8) | octet(from[2]);
    std::memcpy(to, letter_pairs.of[bits >> 12].data(), 2);
    std::memcpy(to + 2, letter_pairs.of[bits & 0xfffU].data(), 2);
  }
}

/// Lines of the same length that hold nothing but letters.
struct Run {
  std::size_t quartets = 0;  ///< in each line
  std::size_t lines = 0;
  [[nodiscard]] std::size_t line_octets() const { return quartets * 4 + 2; }
  [[nodiscard]] std::size_t octets() const { return lines * line_octets(); }
};

/// The quartets of the line that `text` begins with; 0: it is no line of a run.
std::size_t quartets_of_line(std::string_view text) {
  // Words have blanks and dots.
  if (text.size() < least_line) return 0;
  for (const char c : text.substr(0, least_line))
    if (letter_bits.at[0][octet(c)] == no_letter) return 0;
  const std::size_t end = text.substr(0, longest_line).find('\n');
  if (end == std::string_view::npos || text[end - 1] != '\r') return 0;
  return (end - 1) % 4 == 0 ? (end - 1) / 4 : 0;
}

/// The run at the start of `text`, its octets at the end of `out`.
Run take_run(std::string_view text, std::string& out) {
  Run run{quartets_of_line(text), 0};
  if (run.quartets == 0) return run;
  const std::size_t before = out.size();
  const std::size_t most = text.size() / run.line_octets();
  out.resize_and_overwrite(before + most * run.quartets * 3, [&](char* octets, std::size_t) {
    char* to = octets + before;
    for (const char* line = text.data(); run.lines < most; ++run.lines) {
      const char* end = line + run.quartets * 4;
      if (end[0] != '\r' || end[1] != '\n' || !read_quartets(line, run.quartets, to)) break;
      to += run.quartets * 3;
      line = end + 2;
    }
    return static_cast<std::size_t>(to - octets);
  });
  return run;
}

}  // namespace

void append_number(std::size_t number, std::string& out) {
  for (; number >= 128; number >>= 7) out.push_back(static_cast<char>((number & 127U) | 128U));
  out.push_back(static_cast<char>(number));
}

std::optional<std::size_t> take_number(std::string_view& from) {
  std::size_t number = 0;
  for (unsigned shift = 0; shift < 35 && !from.empty(); shift += 7) {
    const std::uint32_t next = octet(from.front());
    from.remove_prefix(1);
    number |= std::size_t{next & 127U} << shift;
    if (next < 128) return number;
  }
  return std::nullopt;
}

bool pack_base64_lines(std::string_view raw, PackedLines& packed) {
  packed.frame.clear();
  packed.octets.clear();
  std::size_t text_from = 0;
  std::size_t saved = 0;
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t before = packed.octets.size();
    const Run run = take_run(raw.substr(at), packed.octets);
    if (run.octets() >= least_run) {
      append_number(at - text_from, packed.frame);
      packed.frame.append(raw, text_from, at - text_from);
      append_number(run.quartets, packed.frame);
      append_number(run.lines, packed.frame);
      saved += run.octets() - (packed.octets.size() - before);
      at += run.octets();
      text_from = at;
      continue;
    }
    packed.octets.resize(before);
    at = run.lines != 0 ? at + run.octets() : std::min(raw.find('\n', at), raw.size() - 1) + 1;
  }
  if (saved <= raw.size() / 16) return false;
  append_number(raw.size() - text_from, packed.frame);
  packed.frame.append(raw, text_from);
  return true;
}

bool unpack_base64_lines(std::string_view frame, std::string_view octets, char* into,
                         std::size_t room) {
  while (true) {
    const auto text = take_number(frame);
    if (!text || *text > frame.size() || *text > room) return false;
    into = std::ranges::copy(frame.substr(0, *text), into).out;
    frame.remove_prefix(*text);
    room -= *text;
    if (frame.empty()) return room == 0 && octets.empty();
    const auto quartets = take_number(frame);
    const auto lines = take_number(frame);
    if (!quartets || !lines || *quartets == 0 || *quartets > longest_line / 4) return false;
    const Run run{*quartets, *lines};
    if (run.lines > room / run.line_octets()) return false;
    if (run.lines > octets.size() / (run.quartets * 3)) return false;
    for (std::size_t line = 0; line < run.lines; ++line) {
      write_quartets(octets.data(), run.quartets, into);
      octets.remove_prefix(run.quartets * 3);
      into += run.quartets * 4;
      *into++ = '\r';
      *into++ = '\n';
    }
    room -= run.octets();
  }
}

}  // namespace postern::store
