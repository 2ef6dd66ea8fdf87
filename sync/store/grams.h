#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::store {

/// The search index knows of each message which sequences of three characters occur in its folded
/// texts. A text's last two characters, and its last one, count as well, so that whatever occurs in
/// a text is the beginning of one of its grams.
///
/// A gram as a term of the index is an octet that says where it occurs, and its characters in
/// UTF-8. Control characters (line ends, mostly) count as spaces, here and in what is looked for.
enum class GramPlace : char { header = 'h', text = 't' };

/// Collects what the index shall know of one message after another. Any one thread.
///
/// Order: for each text begin(), add() for its pieces in order, end(); name() at any time; take()
/// at last, and then the next message.
class GramSet {
 public:
  /// So many different grams at most; a message with more may be a hit of every search.
  static constexpr std::size_t most = 50'000;

  GramSet();

  void begin(GramPlace place);
  /// `folded` ends between two characters.
  void add(std::string_view folded);
  void end();
  /// The header has a field of this name.
  void name(std::string_view field);
  /// The message may be a hit of every search.
  void give_up() { overflown_ = true; }

  /// The terms, with `gram_separator` between them. Nothing is left of the message.
  [[nodiscard]] std::string take();

 private:
  using Words = std::vector<std::uint64_t>;

  /// Adds as much of the beginning as is ASCII, behind ASCII; returns how much.
  std::size_t add_ascii(std::string_view folded);
  void add(char32_t a, char32_t b, char32_t c);
  [[nodiscard]] std::uint64_t gram_of(char32_t a, char32_t b, char32_t c) const;
  void mark_ascii(std::uint64_t gram);
  void insert(std::uint64_t gram);
  void grow();
  void clear();

  std::uint64_t place_ = 0;   ///< as the grams have it
  char32_t before_last_ = 0;  ///< of the text under way; 0: there is none
  char32_t last_ = 0;
  Words grams_;  ///< each once
  Words ascii_;  ///< a bit for each gram of ASCII characters that is in grams_
  Words table_;  ///< the others that are in it: open addressing; 0: free
  std::size_t in_table_ = 0;
  std::vector<std::string> names_;
  bool overflown_ = false;
};

inline constexpr char gram_separator = '\x01';

/// What is looked for in one place; the folded form of what a person wrote.
struct GramQuery {
  GramPlace place;
  std::string_view folded;
  std::string_view field;  ///< the field that it must be in; empty: any
};

/// The expression for MATCH that finds every message in which `query` occurs, and few others.
/// nullopt: the index cannot tell.
[[nodiscard]] std::optional<std::string> gram_expression(const GramQuery& query);

/// The expression for MATCH that finds every message which has all of up to `most` of the `terms`,
/// as GramSet gives them, from here and there. nullopt: there are none.
[[nodiscard]] std::optional<std::string> sample_expression(std::string_view terms,
                                                           std::size_t most);

}  // namespace postern::store
