#include "sync/store/search_entry.h"

#include <algorithm>

#include "sync/store/folded_fields.h"
#include "sync/wire/mime/folding.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/part_text.h"
#include "sync/wire/mime/searched_texts.h"
#include "sync/wire/mime/text.h"

namespace postern::store {

namespace {

std::string read(BodyReader& bodies, BodyId body, std::uint64_t begin, std::uint64_t octets) {
  std::string out;
  bodies.read(body, begin, octets, out);
  return out;
}

/// What is neither prose nor laid out as such is long (tables, logs, calendars), searched in less
/// often, and soon decoded.
bool keeps(const wire::mime::SearchedText& text) {
  return text.form == wire::mime::SearchedText::Form::header ||
         wire::mime::text_kind(text.part) != wire::mime::TextKind::other;
}

}  // namespace

/// The values of single fields are part of the text of the header.
void SearchEntryMaker::header(BodyReader& bodies, SearchEntry& entry, const std::stop_token& stop) {
  const std::string header =
      read(bodies, entry.body, 0,
           std::min(bodies.ready(entry.body).header_octets, wire::mime::searched_header_octets));
  add(GramPlace::header, wire::mime::header_text(header), stop);
  wire::mime::HeaderFields fields(header);
  FoldedFields kept;
  while (const auto field = fields.next()) {
    grams_.name(field->name);
    if (FoldedFields::keeps(field->name))
      kept.add(field->name, wire::mime::fold(wire::mime::decode_header(field->raw)));
  }
  entry.fields = kept.stored();
}

void SearchEntryMaker::texts(BodyReader& bodies, SearchEntry& entry, const std::stop_token& stop) {
  const auto structure = wire::mime::Structure::decode(bodies.ready(entry.body).parts);
  if (!structure) return grams_.give_up();
  for (const wire::mime::SearchedText& text : wire::mime::searched_texts(*structure)) {
    if (stop.stop_requested()) return;
    const std::string decoded = text.decode(read(bodies, entry.body, text.begin, text.octets()));
    entry.octets += decoded.size();
    texts_.begin(keeps(text) ? FoldedTexts::Keep::text : FoldedTexts::Keep::nothing);
    add(GramPlace::text, decoded, stop);
  }
}

void SearchEntryMaker::add(GramPlace place, std::string_view text, const std::stop_token& stop) {
  grams_.begin(place);
  for (wire::mime::Folding folding(text); !folding.finished() && !stop.stop_requested();) {
    window_.clear();
    folding.next(window_);
    grams_.add(window_);
    texts_.add(window_);
  }
  grams_.end();
}

SearchEntry SearchEntryMaker::make(BodyReader& bodies, BodyId body, const std::stop_token& stop) {
  SearchEntry entry;
  entry.body = body;
  try {
    header(bodies, entry, stop);
    texts(bodies, entry, stop);
  } catch (const StoreFailure& failure) {
    static_cast<void>(grams_.take());
    static_cast<void>(texts_.take());
    if (failure.kind() != FailureKind::corrupt) throw;
    grams_.give_up();
    entry.fields.reset();
    entry.terms = grams_.take();
    return entry;
  }
  entry.terms = grams_.take();
  entry.texts = texts_.take();
  return entry;
}

}  // namespace postern::store
