#include <algorithm>
#include <optional>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/text.h"
#include "sync/wire/mime/unicode.h"

namespace postern::wire::mime {
namespace {

struct EncodedWord {
  std::string charset;
  std::string octets;
  std::size_t length = 0;  ///< of the word as it stands
};

/// RFC 2047 section 4.2. Unlike quoted-printable it has no lines; '_' is a space.
std::string decode_q(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool coded = text[at] == '=' && at + 2 < text.size();
    const int high = coded ? hex_digit(text[at + 1]) : -1;
    const int low = coded ? hex_digit(text[at + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out += static_cast<char>(high << 4 | low);
      at += 2;
    } else {
      out += text[at] == '_' ? ' ' : text[at];
    }
  }
  return out;
}

/// Where the encoded text ends that begins at `at`: the place of its "?=". A second "=?" before
/// it shows that this is no encoded word, and keeps the search short.
std::size_t text_end(std::string_view value, std::size_t at) {
  for (std::size_t mark = at; (mark = value.find_first_of("?=", mark)) != std::string_view::npos;
       ++mark) {
    const char after = mark + 1 < value.size() ? value[mark + 1] : '\0';
    if (value[mark] == '?' && (after == '=' || after == '\0')) return mark;
    if (value[mark] == '=' && after == '?') {
      // "=?=" is an encoded text that ends in '='.
      const bool end = mark + 2 == value.size() || value[mark + 2] == '=';
      if (!end) return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

/// RFC 2047 section 2, at "=?". White space within the text and a missing last '=' are accepted.
std::optional<EncodedWord> encoded_word(std::string_view value) {
  constexpr std::size_t longest_charset = 80;
  const auto charset_end = value.substr(0, longest_charset).find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= value.size()) return std::nullopt;
  const char encoding = to_lower(value[charset_end + 1]);
  if ((encoding != 'b' && encoding != 'q') || value[charset_end + 2] != '?') return std::nullopt;
  const std::size_t begin = charset_end + 3;
  const std::size_t end = text_end(value, begin);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = value.substr(begin, end - begin);
  EncodedWord word;
  word.charset = lower_case(value.substr(2, charset_end - 2));
  word.octets = encoding == 'b' ? decode_transfer(text, "base64") : decode_q(text);
  word.length = std::min(end + 2, value.size());
  return word;
}

/// Collects words of one charset, so that a character split between two words becomes whole.
class Decoder {
 public:
  void add(EncodedWord word) {
    if (pending_.length != 0 && pending_.charset == word.charset) {
      pending_.octets += word.octets;
    } else {
      flush();
      pending_ = std::move(word);
    }
  }

  void add_text(std::string_view text) {
    flush();
    out_ += to_utf8(text, {});
  }

  std::string finish() {
    flush();
    // What was encoded cannot start a new line or field.
    std::ranges::replace_if(out_, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    return std::move(out_);
  }

 private:
  void flush() {
    if (pending_.length != 0) out_ += to_utf8(pending_.octets, pending_.charset);
    pending_ = {};
  }

  std::string out_;
  EncodedWord pending_;  ///< none while its length is 0
};

}  // namespace

std::string decode_header(std::string_view value) {
  std::string unfolded = unfolded_value(value);
  // Nothing to decode. ISO-2022-JP is ASCII but for its escapes.
  if (is_ascii(unfolded) && !unfolded.contains("=?") && !unfolded.contains('\x1b')) return unfolded;
  std::string_view rest = unfolded;
  Decoder decoder;
  std::size_t plain = 0;  // octets of `rest` that are no encoded word
  bool after_word = false;
  while (!rest.empty()) {
    const auto mark = rest.find("=?", plain);
    auto word = mark == std::string_view::npos ? std::nullopt : encoded_word(rest.substr(mark));
    if (mark != std::string_view::npos && !word) {
      plain = mark + 2;
      continue;
    }
    const std::string_view between = rest.substr(0, mark);
    // RFC 2047 section 6.2: white space between two encoded words is not shown.
    if (!(after_word && word && blanks.all(between)) && !between.empty()) {
      decoder.add_text(between);
    }
    if (!word) break;
    rest.remove_prefix(mark + word->length);
    plain = 0;
    after_word = true;
    decoder.add(std::move(*word));
  }
  return decoder.finish();
}

}  // namespace postern::wire::mime
