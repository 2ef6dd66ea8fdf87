#pragma once

#include <cstddef>
#include <vector>

#include "proxy/imap/search_match.h"
#include "sync/store/folded_texts.h"
#include "sync/store/reader.h"

namespace postern::imap {

/// What the search index tells of the messages of a SEARCH before any of their texts is read: which
/// needles cannot occur in them. Of a message that is not indexed yet it tells nothing. Where dates
/// are asked for, also what the stored keys of SORT tell of them.
///
/// Call step() until it has finished. Reader threads, one at a time.
class IndexHits {
 public:
  /// Of so few messages the texts are read sooner than the index.
  static constexpr std::size_t few_messages = 16;

  /// `question` outlives it; `bodies` are those of the messages, in any order.
  IndexHits(const Question& question, const std::vector<BodyId>& bodies);

  /// Asks for one needle, or for the dates of some messages. Throws StoreFailure.
  void step(store::Reader& reader);
  [[nodiscard]] bool finished() const {
    return possible_.size() == question_.needles.size() && dated_ == sent_.size();
  }

  /// What is known of the message at `place`, after what was asked so far.
  [[nodiscard]] Findings findings(std::size_t place) const;

  /// Answers the needles of BODY and TEXT in the texts that the store keeps folded, where it does:
  /// `body` is that of the message at `place`. After step() has finished.
  void ask_kept_texts(store::Reader& reader, BodyId body, std::size_t place,
                      Findings& findings) const;

 private:
  struct Message {
    BodyId body;
    std::size_t place;
  };
  using Bits = std::vector<bool>;
  using Part = store::FoldedTexts::Part;

  /// The messages that one needle may occur in, by their places; both are empty: in all.
  struct Possible {
    Bits header;
    Bits texts;  ///< behind it
  };

  [[nodiscard]] Part part(std::size_t needle, std::size_t place) const;
  void ask_fields_for_texts(store::Reader& reader, BodyId body, std::size_t place,
                            Findings& findings) const;
  bool mark(store::Reader& reader, const store::GramQuery& query, Bits& possible) const;
  void look_up_dates(store::Reader& reader);

  const Question& question_;
  std::vector<Message> messages_;                    ///< by their bodies
  std::vector<Possible> possible_;                   ///< of each needle
  std::vector<decltype(Findings::sent_near)> sent_;  ///< by the message's place, if asked for
  std::size_t dated_ = 0;                            ///< in messages_, and so far are they in sent_
};

/// Answers needles in fields that the store keeps beside the bodies, where the message is indexed.
void ask_kept_fields(const Question& question, store::Reader& reader, BodyId body,
                     Findings& findings);

}  // namespace postern::imap
