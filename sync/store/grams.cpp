#include "sync/store/grams.h"

#include <algorithm>
#include <array>

namespace postern::store {

namespace {

constexpr char overflow_term = 's';
constexpr char name_mark = 'n';
constexpr int bits = 21;  ///< of one character
constexpr std::uint64_t character_mask = (std::uint64_t{1} << bits) - 1;
constexpr std::uint64_t text_bit = std::uint64_t{1} << 63;
/// Grams of ASCII characters, of both places.
constexpr std::size_t ascii_grams = std::size_t{2} << 21;
constexpr std::size_t most_names = 1000;
constexpr std::size_t most_asked = 32;  ///< grams of one needle

/// The lower 7 bits of its characters and its place, together.
std::size_t ascii_number(std::uint64_t gram) {
  return (gram & text_bit) >> 42 | (gram >> (2 * bits) & 0x7f) << 14 | (gram >> bits & 0x7f) << 7 |
         (gram & 0x7f);
}

/// Takes the first character off; folded texts are valid UTF-8, and others do no harm.
inline char32_t take_character(std::string_view& rest) {
  if (const auto first = static_cast<unsigned char>(rest[0]); first < 0x80) {
    rest.remove_prefix(1);
    return first < 0x20 || first == 0x7f ? U' ' : first;
  }
  const auto octet = [&](std::size_t at) {
    return at < rest.size() ? static_cast<unsigned char>(rest[at]) : 0U;
  };
  const unsigned lead = octet(0);
  char32_t character = lead;
  std::size_t size = 1;
  if (lead >= 0xf0) {
    character = (lead & 0x07U) << 18 | (octet(1) & 0x3fU) << 12 | (octet(2) & 0x3fU) << 6 |
                (octet(3) & 0x3fU);
    size = 4;
  } else if (lead >= 0xe0) {
    character = (lead & 0x0fU) << 12 | (octet(1) & 0x3fU) << 6 | (octet(2) & 0x3fU);
    size = 3;
  } else if (lead >= 0xc0) {
    character = (lead & 0x1fU) << 6 | (octet(1) & 0x3fU);
    size = 2;
  }
  rest.remove_prefix(std::min(size, rest.size()));
  return character & character_mask;
}

/// Returns how many octets it wrote: four at most.
inline std::size_t put_character(char32_t character, char* out) {
  const auto put = [&out](char32_t value) { *out++ = static_cast<char>(value); };
  if (character < 0x80) {
    put(character);
    return 1;
  }
  if (character < 0x800) {
    put(0xc0 | character >> 6);
    put(0x80 | (character & 0x3f));
    return 2;
  }
  if (character < 0x10000) {
    put(0xe0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3f));
    put(0x80 | (character & 0x3f));
    return 3;
  }
  put(0xf0 | character >> 18);
  put(0x80 | (character >> 12 & 0x3f));
  put(0x80 | (character >> 6 & 0x3f));
  put(0x80 | (character & 0x3f));
  return 4;
}

void put_character(char32_t character, std::string& out) {
  std::array<char, 4> octets;
  out.append(octets.data(), put_character(character, octets.data()));
}

void put_term(std::uint64_t gram, std::string& out) {
  // Of 18 octets at most: its place, three characters and the separator.
  std::array<char, 18> term;
  std::size_t size = 0;
  term[size++] = static_cast<char>((gram & text_bit) == 0 ? GramPlace::header : GramPlace::text);
  for (int at = 2; at >= 0; --at) {
    const auto character = static_cast<char32_t>(gram >> (at * bits) & character_mask);
    if (character != 0) size += put_character(character, term.data() + size);
  }
  term[size++] = gram_separator;
  out.append(term.data(), size);
}

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Names that cannot be a term are not in the index.
bool may_be_term(std::string_view name) {
  constexpr std::size_t longest = 100;
  return !name.empty() && name.size() <= longest &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string quoted(std::string_view term) {
  std::string out = "\"";
  for (const char c : term) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// Of a needle of one or two characters: all grams that begin with it.
std::string beginning_with(GramPlace place, const std::u32string& needle) {
  std::string term(1, static_cast<char>(place));
  for (const char32_t character : needle) put_character(character, term);
  return quoted(term) + " *";
}

std::string all_grams(GramPlace place, const std::u32string& needle) {
  std::vector<std::string> terms;
  for (std::size_t at = 0; at + 3 <= needle.size() && terms.size() < most_asked; ++at) {
    std::string term(1, static_cast<char>(place));
    for (std::size_t i = at; i < at + 3; ++i) put_character(needle[i], term);
    if (std::ranges::find(terms, term) == terms.end()) terms.push_back(std::move(term));
  }
  std::string out;
  for (const std::string& term : terms) out += (out.empty() ? "" : " AND ") + quoted(term);
  return out;
}

}  // namespace

GramSet::GramSet() : ascii_(ascii_grams / 64), table_(std::size_t{1} << 12) {}

inline std::uint64_t GramSet::gram_of(char32_t a, char32_t b, char32_t c) const {
  return place_ | std::uint64_t{a} << (2 * bits) | std::uint64_t{b} << bits | c;
}

inline void GramSet::mark_ascii(std::uint64_t gram) {
  const std::size_t at = ascii_number(gram);
  std::uint64_t& word = ascii_[at / 64];
  const std::uint64_t bit = std::uint64_t{1} << at % 64;
  if ((word & bit) != 0) return;
  word |= bit;
  grams_.push_back(gram);
}

void GramSet::begin(GramPlace place) {
  place_ = place == GramPlace::text ? text_bit : 0;
  before_last_ = 0;
  last_ = 0;
}

void GramSet::add(std::string_view folded) {
  if (overflown_) return;
  while (!folded.empty()) {
    folded.remove_prefix(add_ascii(folded));
    if (folded.empty()) break;
    const char32_t c = take_character(folded);
    if (before_last_ != 0) add(before_last_, last_, c);
    before_last_ = last_;
    last_ = c;
  }
  if (grams_.size() > most) overflown_ = true;
}

std::size_t GramSet::add_ascii(std::string_view folded) {
  char32_t a = before_last_;
  char32_t b = last_;
  std::size_t at = 0;
  if ((a | b) < 0x80) {
    for (; at < folded.size(); ++at) {
      const auto octet = static_cast<unsigned char>(folded[at]);
      if (octet >= 0x80) break;
      const char32_t c = octet < 0x20 || octet == 0x7f ? U' ' : octet;
      if (a != 0) mark_ascii(gram_of(a, b, c));
      a = b;
      b = c;
    }
  }
  before_last_ = a;
  last_ = b;
  return at;
}

void GramSet::end() {
  if (before_last_ != 0) add(before_last_, last_, 0);
  if (last_ != 0) add(last_, 0, 0);
}

inline void GramSet::add(char32_t a, char32_t b, char32_t c) {
  const std::uint64_t gram = gram_of(a, b, c);
  if ((a | b | c) < 0x80) return mark_ascii(gram);
  insert(gram);
}

void GramSet::insert(std::uint64_t gram) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = (gram * 0x9e3779b97f4a7c15U) >> 32 & mask;
  for (; table_[at] != 0; at = (at + 1) & mask) {
    if (table_[at] == gram) return;
  }
  table_[at] = gram;
  grams_.push_back(gram);
  if (++in_table_ * 2 > table_.size()) grow();
}

void GramSet::grow() {
  const Words there = std::move(table_);
  table_.assign(there.size() * 4, 0);
  const std::size_t mask = table_.size() - 1;
  for (const std::uint64_t gram : there) {
    if (gram == 0) continue;
    std::size_t at = (gram * 0x9e3779b97f4a7c15U) >> 32 & mask;
    while (table_[at] != 0) at = (at + 1) & mask;
    table_[at] = gram;
  }
}

void GramSet::name(std::string_view field) {
  if (!may_be_term(field)) return;
  const std::string name = lower(field);
  if (std::ranges::find(names_, name) != names_.end()) return;
  if (names_.size() < most_names) {
    names_.push_back(name);
  } else {
    overflown_ = true;
  }
}

void GramSet::clear() {
  for (const std::uint64_t gram : grams_) ascii_[ascii_number(gram) / 64] = 0;
  if (in_table_ != 0) std::ranges::fill(table_, 0);
  in_table_ = 0;
  grams_.clear();
  names_.clear();
  overflown_ = false;
}

std::string GramSet::take() {
  std::string out;
  if (overflown_) {
    out = overflow_term;
    clear();
    return out;
  }
  out.reserve(grams_.size() * 6 + names_.size() * 20);
  for (const std::string& name : names_) (out += name_mark) += name + gram_separator;
  for (const std::uint64_t gram : grams_) put_term(gram, out);
  clear();
  return out;
}

std::optional<std::string> gram_expression(const GramQuery& query) {
  std::u32string needle;
  for (std::string_view rest = query.folded; !rest.empty();) needle.push_back(take_character(rest));
  // One letter of ours begins so many grams that reading them costs more than it spares.
  const bool tells = needle.size() > 1 || (needle.size() == 1 && needle[0] > 0x2ff);
  std::string grams;
  if (tells)
    grams =
        needle.size() < 3 ? beginning_with(query.place, needle) : all_grams(query.place, needle);
  if (may_be_term(query.field)) {
    const std::string name = quoted(name_mark + lower(query.field));
    grams = grams.empty() ? name : name + " AND " + grams;
  }
  if (grams.empty()) return std::nullopt;
  return "(" + grams + ") OR " + quoted(std::string_view(&overflow_term, 1));
}

std::optional<std::string> sample_expression(std::string_view terms, std::size_t most) {
  std::vector<std::string_view> all;
  while (!terms.empty()) {
    const std::string_view term = terms.substr(0, terms.find(gram_separator));
    terms.remove_prefix(std::min(term.size() + 1, terms.size()));
    if (!term.empty()) all.push_back(term);
  }
  std::string expression;
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
    if (i != 0) expression += " AND ";
    expression += quoted(all[i * all.size() / std::min(most, all.size())]);
  }
  if (expression.empty()) return std::nullopt;
  return expression;
}

}  // namespace postern::store
