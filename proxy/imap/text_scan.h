#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/imap/search_match.h"
#include "sync/store/reader.h"
#include "sync/wire/mime/folding.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/searched_texts.h"

namespace postern::imap {

/// Looks for all needles of a SEARCH in the texts of one message: each text is read, decoded and
/// folded once, the header first.
///
/// Call step() until the findings are enough or it has finished. Reader threads, one at a time.
class TextScan {
 public:
  /// The longest text that is kept while others have their turn.
  static constexpr std::size_t kept_octets = 256UL * 1024;

  /// `question` outlives it; `known` is what there is no need to look for.
  TextScan(const Question& question, BodyId body, Findings known = {});
  TextScan(const TextScan&) = delete;

  /// One piece of work: a text is loaded, or the next window of it is searched. Throws
  /// StoreFailure.
  void step(store::Reader& reader);
  [[nodiscard]] bool finished() const { return stage_ == Stage::over; }
  /// All that is known so far; after the end nothing is `unknown`.
  [[nodiscard]] const Findings& findings() const { return findings_; }
  /// A text is under way that rest() lets go.
  [[nodiscard]] bool has_long_text() const {
    return folding_ && stage_ != Stage::fields && text_.size() > kept_octets;
  }
  /// Others get their turn: a long text is let go, and loaded again by the next steps.
  void rest();

 private:
  enum class Stage { fields, header, parts, over };

  void read_header(store::Reader& reader);
  void find_texts(store::Reader& reader);
  void begin_stage(Stage stage);
  void next_field();
  void next_part(store::Reader& reader);
  void begin_text(std::string text);
  void look();
  [[nodiscard]] std::string read(store::Reader& reader, std::uint64_t begin,
                                 std::uint64_t octets) const;

  const Question& question_;
  BodyId body_;
  Findings findings_;
  Stage stage_ = Stage::fields;

  std::optional<std::string> header_;
  std::optional<wire::mime::HeaderFields> fields_;  ///< of header_
  std::optional<std::vector<wire::mime::SearchedText>> texts_;
  std::size_t at_ = 0;  ///< in texts_

  // The text under way.
  std::string text_;
  std::optional<wire::mime::Folding> folding_;  ///< of text_; none: no text is under way
  std::size_t looked_at_ = 0;                   ///< octets of a text that was let go
  std::string window_;                          ///< folded, with the end of the window before it
  std::vector<std::size_t> wanted_;             ///< needles, by their places in the question
};

}  // namespace postern::imap
