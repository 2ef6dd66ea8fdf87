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

/// Sixteen letters on their way to their values.
struct Letters {
  __m128i letters;
  __m128i known;  ///< all bits of those whose range was met
  __m128i step;   ///< from a letter to its value

  POSTERN_SSSE3 explicit Letters(__m128i from)
      : letters(from), known(_mm_setzero_si128()), step(_mm_setzero_si128()) {}

  /// Both letters included.
  template <char first, char last, int value_of_first>
  POSTERN_SSSE3 void range() {
    const __m128i here = _mm_and_si128(_mm_cmpgt_epi8(letters, _mm_set1_epi8(first - 1)),
                                       _mm_cmplt_epi8(letters, _mm_set1_epi8(last + 1)));
    known = _mm_or_si128(known, here);
    step = _mm_or_si128(step, _mm_and_si128(here, _mm_set1_epi8(value_of_first - first)));
  }
};

/// Turns sixteen letters into their values; a bit for each that is one.
POSTERN_SSSE3 unsigned to_values(__m128i& vector) {
  Letters all(vector);
  all.range<'A', 'Z', 0>();
  all.range<'a', 'z', 26>();
  all.range<'0', '9', 52>();
  all.range<'+', '+', 62>();
  all.range<'/', '/', 63>();
  vector = _mm_add_epi8(vector, all.step);
  return static_cast<unsigned>(_mm_movemask_epi8(all.known));
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
    if (to_values(letters) != 0xffffU) break;
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
    unsigned known = 0xffffU;
    char* into = to;
    for (std::size_t i = 0; i + 1 < vectors; ++i, into += groups_at_once * Group::octets) {
      __m128i numbers = load(text.data() + i * sizeof(__m128i));
      known &= to_values(numbers);
      save(to_octets(numbers), into);
    }
    __m128i numbers = load(text.data() + (vectors - 1) * sizeof(__m128i));
    const unsigned last = to_values(numbers);
    save(to_octets(numbers), into);
    if (known != 0xffffU || (last & all_in_last) != all_in_last) break;
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
