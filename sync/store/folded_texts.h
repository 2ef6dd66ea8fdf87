#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::store {

/// The texts of a message that BODY and TEXT of RFC 9051 section 6.4.4 look into, decoded and
/// folded: to look into them again needs neither the message nor its structure. Part of the file
/// format.
///
///     stored = number of octets (base64_lines.h), the octets as a chunk (chunk_codec.h)
///     octets = header *(%xFF text / %xFE)
///
/// %xFE is a text that is not kept. UTF-8 has neither octet, so nothing that is looked for occurs
/// across two texts.
///
/// Order, of one message after another: the pieces of its header, and for each text begin() and its
/// pieces; take() at last. One thread.
class FoldedTexts {
 public:
  /// A longer text is not kept, and of a message with more than that of a message nothing is.
  static constexpr std::size_t most_text_octets = 64UL * 1024;
  static constexpr std::size_t most_octets = 256UL * 1024;

  /// `folded` is what wire::mime::fold makes of the next piece.
  void add(std::string_view folded);
  enum class Keep : std::uint8_t { text, nothing };
  void begin(Keep keep);
  /// The stored form; nullopt: there is too much. Nothing is left of the message.
  [[nodiscard]] std::optional<std::string> take();

  /// The octets that `stored` stands for are in `out` then. Throws StoreFailure(corrupt).
  static void expand(std::string_view stored, std::string& out);

  enum class Part : std::uint8_t { all, header, behind_header };
  enum class Answer : std::uint8_t { no, yes, unknown };
  /// Whether `folded` occurs in one of the texts; an empty one occurs in each. Of the header that
  /// is always known.
  [[nodiscard]] static Answer contains(std::string_view octets, Part part, std::string_view folded);

 private:
  std::string octets_;
  std::size_t begin_ = 0;  ///< of the text under way, in octets_
  Keep keep_ = Keep::text;
  bool too_much_ = false;
};

}  // namespace postern::store
