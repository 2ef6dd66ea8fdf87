#pragma once

#include <cstddef>
#include <string_view>

namespace postern::wire::mbox {

/// Finds the lines of a message that begin with any number of '>' and "From ". One thread at a
/// time.
class FromScan {
 public:
  /// `text(std::string_view)` gets all octets in order; `from(std::size_t quotes)` is called right
  /// before those of a "From ", behind its `quotes` times '>'.
  template <class Text, class From>
  void feed(std::string_view octets, Text text, From from) {
    while (!octets.empty()) {
      if (in_line_) {
        const std::size_t end = octets.find('\n');
        const std::size_t taken = end == std::string_view::npos ? octets.size() : end + 1;
        text(octets.substr(0, taken));
        octets.remove_prefix(taken);
        if (end != std::string_view::npos) *this = FromScan();
      } else if (matched_ == 0 && octets.front() == '>') {
        ++quotes_;
        text(octets.substr(0, 1));
        octets.remove_prefix(1);
      } else if (octets.front() == word[matched_]) {
        octets.remove_prefix(1);
        if (++matched_ == word.size()) {
          from(quotes_);
          flush(text);
        }
      } else {
        flush(text);
      }
    }
  }
  template <class Text>
  void finish(Text text) {
    if (!in_line_ && matched_ != 0) flush(text);
  }

 private:
  static constexpr std::string_view word = "From ";

  template <class Text>
  void flush(Text& text) {
    if (matched_ != 0) text(word.substr(0, matched_));
    in_line_ = true;
  }

  bool in_line_ = false;
  std::size_t quotes_ = 0;
  std::size_t matched_ = 0;  ///< octets of the word that are held back
};

}  // namespace postern::wire::mbox
