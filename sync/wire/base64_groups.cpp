#include "sync/wire/base64_groups.h"

#include <algorithm>
#include <array>
#include <cstring>

#ifdef __x86_64__
#include <tmmintrin.h>
#endif

namespace postern::wire {
namespace {

using Group = Base64Group;

constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_base64_letter);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
    table[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

/// Two letters for each twelve bits.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = {base64_alphabet[i >> 6], base64_alphabet[i & 63U]};
  return table;
}();

constexpr std::string_view line_end = "\r\n";

std::uint32_t octet(char c) {
  return static_cast<unsigned char>(c);
}

std::size_t decode_one_by_one(std::string_view text, char* to) {
  std::size_t groups = 0;
  for (; text.size() >= Group::letters; text.remove_prefix(Group::letters), ++groups) {
    std::uint32_t bits = 0;
    std::uint32_t all = 0;
    for (std::size_t i = 0; i < Group::letters; ++i) {
      const std::uint32_t value = base64_value(text[i]);
      bits = (bits << 6) | value;
      all |= value;
    }
    if ((all & no_base64_letter) != 0) break;
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  return groups;
}

void encode_one_by_one(std::string_view octets, char* to) {
  for (; !octets.empty(); octets.remove_prefix(Group::octets), to += Group::letters) {
    const std::uint32_t bits =
        (octet(octets[0]) << 16) | (octet(octets[1]) << 8) | octet(octets[2]);
    std::memcpy(to, pairs[bits >> 12].data(), 2);
    std::memcpy(to + 2, pairs[bits & 0xfffU].data(), 2);
  }
}

#ifdef __x86_64__

// Four groups at a time. A vector of octets is read and written whole, though only twelve of its
// sixteen count: the loops end where that would reach beyond what there is.
#define POSTERN_SSSE3 __attribute__((target("ssse3")))

constexpr std::size_t groups_at_once = 4;

bool has_ssse3() {
  static const bool has = __builtin_cpu_supports("ssse3") != 0;
  return has;
}

POSTERN_SSSE3 __m128i load(const char* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

POSTERN_SSSE3 void save(__m128i vector, char* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), vector);
}

using Nibbles = std::array<std::uint8_t, 16>;  ///< a table by nibble

/// Bit n stands for row n of the table of octets: its high nibble has it, and so has each low
/// nibble that is a letter there. An octet whose nibbles have a bit in common is a letter. Eight
/// rows fit: letters are ASCII.
struct NibblesOfLetters {
  Nibbles high{};
  Nibbles low{};
};

constexpr std::size_t row_octets = 16;  ///< those with the same high nibble
constexpr std::size_t ascii_rows = 8;

constexpr NibblesOfLetters of_letters = [] {
  NibblesOfLetters nibbles;
  for (std::size_t high = 0; high < ascii_rows; ++high) {
    const auto bit = static_cast<std::uint8_t>(1U << high);
    nibbles.high[high] = bit;
    for (std::size_t low = 0; low < row_octets; ++low) {
      if (values[high * row_octets + low] != no_base64_letter) nibbles.low[low] |= bit;
    }
  }
  return nibbles;
}();

/// It shares its row with '+', but not the step to its value.
constexpr char odd_letter = '/';
constexpr auto row_above = values.begin() + (odd_letter / row_octets - 1) * row_octets;
static_assert(std::all_of(row_above, row_above + row_octets,
                          [](std::uint8_t value) { return value == no_base64_letter; }));

/// What takes a letter to its value: the same in a row, but for the odd letter, whose step has the
/// place of the row above, which has no letters.
constexpr Nibbles steps = [] {
  Nibbles step{};
  for (std::size_t octet = 0; octet < values.size(); ++octet) {
    if (values[octet] == no_base64_letter) continue;
    const std::size_t row = octet / row_octets - (octet == odd_letter ? 1 : 0);
    step[row] = static_cast<std::uint8_t>(values[octet] - octet);
  }
  return step;
}();

POSTERN_SSSE3 __m128i look_up(const Nibbles& table, __m128i nibbles) {
  return _mm_shuffle_epi8(load(reinterpret_cast<const char*>(table.data())), nibbles);
}

/// Turns sixteen letters into their values; a bit for each that is none.
POSTERN_SSSE3 unsigned to_values(__m128i& vector) {
  const __m128i nibble = _mm_set1_epi8(0x0f);
  const __m128i high = _mm_and_si128(_mm_srli_epi16(vector, 4), nibble);
  const __m128i low = _mm_and_si128(vector, nibble);
  const __m128i common =
      _mm_and_si128(look_up(of_letters.high, high), look_up(of_letters.low, low));
  const __m128i no_letter = _mm_cmpeq_epi8(common, _mm_setzero_si128());
  const __m128i odd = _mm_cmpeq_epi8(vector, _mm_set1_epi8(odd_letter));  // -1 where it is
  vector = _mm_add_epi8(vector, look_up(steps, _mm_add_epi8(high, odd)));
  return static_cast<unsigned>(_mm_movemask_epi8(no_letter));
}

/// The octets of sixteen values, and four that mean nothing.
POSTERN_SSSE3 __m128i to_octets(__m128i numbers) {
  const __m128i big_endian = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  // Values of six bits become pairs of twelve, and those groups of twenty-four.
  const __m128i twelve = _mm_maddubs_epi16(numbers, _mm_set1_epi16(0x0140));
  const __m128i whole = _mm_madd_epi16(twelve, _mm_set1_epi32(0x00011000));
  return _mm_shuffle_epi8(whole, big_endian);
}

POSTERN_SSSE3 std::size_t decode_at_once(std::string_view text, char* to) {
  std::size_t groups = 0;
  // Two groups more leave room for the four octets that are written too much.
  while (text.size() >= (groups_at_once + 2) * Group::letters) {
    __m128i letters = load(text.data());
    if (to_values(letters) != 0) break;
    save(to_octets(letters), to);
    text.remove_prefix(groups_at_once * Group::letters);
    to += groups_at_once * Group::octets;
    groups += groups_at_once;
  }
  return groups;
}

/// A line's last vector reaches over its end, by three groups and four octets at most. What is
/// written too much there the next line overwrites; so the last line is left to others, and so are
/// short ones.
constexpr std::size_t least_line_groups = 5;

POSTERN_SSSE3 std::size_t decode_lines_at_once(std::string_view text, std::size_t groups,
                                               char* to) {
  if (groups < least_line_groups) return 0;
  const std::size_t vectors = (groups + groups_at_once - 1) / groups_at_once;
  const std::size_t letters = groups * Group::letters;
  const std::size_t in_last = letters - (vectors - 1) * sizeof(__m128i);
  const unsigned all_in_last = (1U << in_last) - 1;
  const std::size_t line = letters + line_end.size();
  std::size_t lines = 0;
  for (; text.size() >= 2 * line; text.remove_prefix(line), ++lines) {
    if (text.substr(letters, line_end.size()) != line_end) break;
    unsigned unknown = 0;
    char* into = to;
    for (std::size_t i = 0; i + 1 < vectors; ++i, into += groups_at_once * Group::octets) {
      __m128i numbers = load(text.data() + i * sizeof(__m128i));
      unknown |= to_values(numbers);
      save(to_octets(numbers), into);
    }
    __m128i numbers = load(text.data() + (vectors - 1) * sizeof(__m128i));
    const unsigned last = to_values(numbers);
    save(to_octets(numbers), into);
    if ((unknown | (last & all_in_last)) != 0) break;
    to += groups * Group::octets;
  }
  return lines;
}

/// `by` at each place that is greater than `most`.
template <int most, int by>
POSTERN_SSSE3 __m128i beyond(__m128i numbers) {
  return _mm_and_si128(_mm_cmpgt_epi8(numbers, _mm_set1_epi8(most)), _mm_set1_epi8(by));
}

/// The letters of sixteen values: each range of the alphabet lies so far from the one before.
POSTERN_SSSE3 __m128i to_letters(__m128i numbers) {
  __m128i letters = _mm_add_epi8(numbers, _mm_set1_epi8('A'));
  letters = _mm_add_epi8(letters, beyond<25, 'a' - 'Z' - 1>(numbers));
  letters = _mm_add_epi8(letters, beyond<51, '0' - 'z' - 1>(numbers));
  letters = _mm_add_epi8(letters, beyond<61, '+' - '9' - 1>(numbers));
  return _mm_add_epi8(letters, beyond<62, '/' - '+' - 1>(numbers));
}

/// The letters of the first twelve octets.
POSTERN_SSSE3 __m128i encoded(__m128i octets) {
  // The three octets of a group as two numbers of sixteen bits that hold two values each.
  const __m128i spread = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m128i group = _mm_shuffle_epi8(octets, spread);
  // Multiplying shifts each number by its own distance.
  const __m128i first_and_third =
      _mm_mulhi_epu16(_mm_and_si128(group, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
  const __m128i second_and_fourth =
      _mm_mullo_epi16(_mm_and_si128(group, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
  return to_letters(_mm_or_si128(first_and_third, second_and_fourth));
}

/// How many octets it took.
POSTERN_SSSE3 std::size_t encode_at_once(std::string_view octets, char* to) {
  std::size_t taken = 0;
  for (; octets.size() - taken >= sizeof(__m128i); taken += groups_at_once * Group::octets) {
    save(encoded(load(octets.data() + taken)), to);
    to += groups_at_once * Group::letters;
  }
  return taken;
}

/// How many lines it wrote; the last one never.
POSTERN_SSSE3 std::size_t encode_lines_at_once(std::string_view octets, std::size_t groups,
                                               char* to) {
  if (groups < least_line_groups) return 0;
  const std::size_t vectors = (groups + groups_at_once - 1) / groups_at_once;
  const std::size_t line = groups * Group::octets;
  std::size_t lines = 0;
  for (; octets.size() >= 2 * line; octets.remove_prefix(line), ++lines) {
    for (std::size_t i = 0; i < vectors; ++i)
      save(encoded(load(octets.data() + i * groups_at_once * Group::octets)),
           to + i * sizeof(__m128i));
    to += groups * Group::letters;
    to = std::ranges::copy(line_end, to).out;
  }
  return lines;
}

#else

bool has_ssse3() {
  return false;
}
std::size_t decode_at_once(std::string_view, char*) {
  return 0;
}
std::size_t encode_at_once(std::string_view, char*) {
  return 0;
}
std::size_t decode_lines_at_once(std::string_view, std::size_t, char*) {
  return 0;
}
std::size_t encode_lines_at_once(std::string_view, std::size_t, char*) {
  return 0;
}

#endif

}  // namespace

std::uint8_t base64_value(char letter) {
  return values[static_cast<unsigned char>(letter)];
}

std::size_t decode_base64_groups(std::string_view text, char* to) {
  const std::size_t groups = has_ssse3() ? decode_at_once(text, to) : 0;
  return groups +
         decode_one_by_one(text.substr(groups * Group::letters), to + groups * Group::octets);
}

void encode_base64_groups(std::string_view octets, char* to) {
  const std::size_t taken = has_ssse3() ? encode_at_once(octets, to) : 0;
  encode_one_by_one(octets.substr(taken), to + taken / Group::octets * Group::letters);
}

std::size_t decode_base64_lines(std::string_view text, std::size_t groups, char* to) {
  if (groups == 0) return 0;
  const std::size_t letters = groups * Group::letters;
  const std::size_t line = letters + line_end.size();
  std::size_t lines = has_ssse3() ? decode_lines_at_once(text, groups, to) : 0;
  for (text.remove_prefix(lines * line); text.size() >= line; text.remove_prefix(line), ++lines) {
    if (text.substr(letters, line_end.size()) != line_end) break;
    char* const into = to + lines * groups * Group::octets;
    if (decode_base64_groups(text.substr(0, letters), into) != groups) break;
  }
  return lines;
}

void encode_base64_lines(std::string_view octets, std::size_t groups, char* to) {
  if (groups == 0) return;
  const std::size_t line = groups * Group::octets;
  const std::size_t lines = has_ssse3() ? encode_lines_at_once(octets, groups, to) : 0;
  to += lines * (groups * Group::letters + line_end.size());
  for (octets.remove_prefix(lines * line); octets.size() >= line; octets.remove_prefix(line)) {
    encode_base64_groups(octets.substr(0, line), to);
    to = std::ranges::copy(line_end, to + groups * Group::letters).out;
  }
}

}  // namespace postern::wire
