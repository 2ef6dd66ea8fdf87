#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/store/reader.h"
#include "sync/wire/imap/search_key.h"

namespace postern::imap {

/// How well messages that a SEARCH found fit its FUZZY keys: RFC 6203 section 4. A text in the
/// Subject counts most, then one in an address, the more the larger a part of the field it is; what
/// stands elsewhere counts least. Only fields that the store keeps beside the bodies are looked at,
/// so that no message is read. Any one thread.
class Relevancy {
 public:
  explicit Relevancy(const wire::imap::SearchKey& key);

  /// From 1 to 100. Fast for bodies asked for in rising order.
  [[nodiscard]] std::uint8_t score(store::Reader& reader, BodyId body) const;

 private:
  struct Needle {
    std::string field;  ///< empty: it may stand anywhere
    std::string folded;
  };
  void collect(const wire::imap::SearchKey& key);
  [[nodiscard]] static unsigned score(const Needle& needle, std::string_view fields);

  std::vector<Needle> needles_;
};

}  // namespace postern::imap
