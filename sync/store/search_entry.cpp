#include "sync/store/search_entry.h"

#include <algorithm>

#include "sync/store/folded_fields.h"
#include "sync/store/grams.h"
#include "sync/wire/mime/folding.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/searched_texts.h"
#include "sync/wire/mime/text.h"

namespace postern::store {

namespace {

class Collector {
 public:
  Collector(BodyReader& bodies, BodyId body) : bodies_(bodies) { entry_.body = body; }

  /// The header is searched as a whole and field by field, and what a charset is taken for depends
  /// on what is looked at together: both ways of reading it count.
  void header() {
    const std::string header = read(
        0, std::min(bodies_.ready(entry_.body).header_octets, wire::mime::searched_header_octets));
    add(GramPlace::header, wire::mime::decode_header(header));
    wire::mime::HeaderFields fields(header);
    FoldedFields kept;
    while (const auto field = fields.next()) {
      grams_.name(field->name);
      const std::string value = wire::mime::decode_header(field->raw);
      add(GramPlace::header, value);
      if (FoldedFields::keeps(field->name)) kept.add(field->name, wire::mime::fold(value));
    }
    entry_.fields = kept.stored();
  }

  void texts(const std::stop_token& stop) {
    const auto structure = wire::mime::Structure::decode(bodies_.ready(entry_.body).parts);
    if (!structure) return grams_.give_up();
    for (const wire::mime::SearchedText& text : wire::mime::searched_texts(*structure)) {
      if (stop.stop_requested()) return;
      const std::string decoded = text.decode(read(text.begin, text.octets()));
      entry_.octets += decoded.size();
      add(GramPlace::text, decoded);
    }
  }

  SearchEntry finish() {
    entry_.terms = grams_.terms();
    return std::move(entry_);
  }
  SearchEntry give_up() {
    grams_.give_up();
    entry_.fields.reset();
    return finish();
  }

 private:
  std::string read(std::uint64_t begin, std::uint64_t octets) {
    std::string out;
    bodies_.read(entry_.body, begin, octets, out);
    return out;
  }

  void add(GramPlace place, std::string_view text) {
    grams_.begin(place);
    for (wire::mime::Folding folding(text); !folding.finished();) {
      window_.clear();
      folding.next(window_);
      grams_.add(window_);
    }
    grams_.end();
  }

  BodyReader& bodies_;
  SearchEntry entry_;
  GramSet grams_;
  std::string window_;
};

}  // namespace

SearchEntry search_entry(BodyReader& bodies, BodyId body, const std::stop_token& stop) {
  Collector collector(bodies, body);
  try {
    collector.header();
    collector.texts(stop);
  } catch (const StoreFailure& failure) {
    if (failure.kind() != FailureKind::corrupt) throw;
    return collector.give_up();
  }
  return collector.finish();
}

}  // namespace postern::store
