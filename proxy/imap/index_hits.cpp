#include "proxy/imap/index_hits.h"

#include <algorithm>

#include "sync/base/log.h"
#include "sync/store/failure.h"
#include "sync/store/folded_fields.h"
#include "sync/store/folded_texts.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::SearchKey::Kind;
using store::FoldedFields;
using store::FoldedTexts;
using store::GramPlace;

}  // namespace

IndexHits::IndexHits(const Question& question, const std::vector<BodyId>& bodies)
    : question_(question) {
  if (bodies.size() <= few_messages) {
    possible_.resize(question.needles.size());
    return;
  }
  messages_.reserve(bodies.size());
  for (std::size_t place = 0; place < bodies.size(); ++place)
    messages_.push_back({bodies[place], place});
  std::ranges::sort(messages_, {}, &Message::body);
  if (question.asks_date) sent_.resize(bodies.size());
}

bool IndexHits::mark(store::Reader& reader, const store::GramQuery& query, Bits& possible) const {
  auto at = messages_.begin();
  try {
    return reader.candidates(query, [&](BodyId body) {
      while (at != messages_.end() && at->body < body) ++at;
      for (; at != messages_.end() && at->body == body; ++at) possible[at->place] = true;
    });
  } catch (const store::StoreFailure& failure) {
    if (failure.kind() != store::FailureKind::corrupt) throw;
    log::error("imap", "searching without the index: {}", failure.what());
    return false;
  }
}

void IndexHits::look_up_dates(store::Reader& reader) {
  constexpr std::size_t slice = 1000;
  const std::size_t end = std::min(dated_ + slice, messages_.size());
  std::vector<BodyId> bodies;
  for (std::size_t i = dated_; i < end; ++i) {
    if (bodies.empty() || bodies.back() != messages_[i].body) bodies.push_back(messages_[i].body);
  }
  reader.sent_dates(bodies, [&](BodyId body, std::optional<std::int64_t> sent) {
    while (messages_[dated_].body < body) ++dated_;
    std::optional<std::chrono::sys_days> day;
    if (sent)
      day = std::chrono::floor<std::chrono::days>(
          std::chrono::sys_seconds(std::chrono::seconds(*sent)));
    for (std::size_t i = dated_; i < end && messages_[i].body == body; ++i)
      sent_[messages_[i].place] = day;
  });
  dated_ = end;
}

void IndexHits::step(store::Reader& reader) {
  if (dated_ != sent_.size()) return look_up_dates(reader);
  const Needle& needle = question_.needles[possible_.size()];
  Possible possible{Bits(messages_.size()), Bits(messages_.size())};
  bool told = true;
  if (needle.kind != Kind::body)
    told = mark(reader, {GramPlace::header, needle.folded, needle.field}, possible.header);
  if (told && needle.kind != Kind::header)
    told = mark(reader, {GramPlace::text, needle.folded, {}}, possible.texts);
  if (!told) {
    possible = {};
  } else {
    const BodyId indexed = reader.indexed();
    for (const Message& message : messages_) {
      if (message.body > indexed)
        possible.header[message.place] = possible.texts[message.place] = true;
    }
  }
  possible_.push_back(std::move(possible));
}

Findings IndexHits::findings(std::size_t place) const {
  Findings findings;
  findings.needles.assign(question_.needles.size(), Truth::unknown);
  for (std::size_t i = 0; i < possible_.size(); ++i) {
    const Possible& possible = possible_[i];
    if (!possible.header.empty() && !possible.header[place] && !possible.texts[place])
      findings.needles[i] = Truth::no;
  }
  if (!sent_.empty()) findings.sent_near = sent_[place];
  return findings;
}

void ask_kept_fields(const Question& question, store::Reader& reader, BodyId body,
                     Findings& findings) try {
  std::optional<std::string_view> fields;
  for (std::size_t i = 0; i < question.needles.size(); ++i) {
    const Needle& needle = question.needles[i];
    if (needle.kind != Kind::header || findings.needles[i] != Truth::unknown ||
        !FoldedFields::keeps(needle.field))
      continue;
    if (!fields) fields = reader.folded_fields(body);
    if (!fields) return;
    const auto answer = FoldedFields::contains(*fields, needle.field, needle.folded);
    if (answer == FoldedFields::Answer::unknown) continue;
    findings.needles[i] = answer == FoldedFields::Answer::yes ? Truth::yes : Truth::no;
    ++findings.changes;
  }
} catch (const store::StoreFailure& failure) {
  if (failure.kind() != store::FailureKind::corrupt) throw;
  log::error("imap", "searching the header of body {} itself: {}", body.value, failure.what());
}

/// What of a message may have the needle. A header is kept as a whole, so that where the index
/// knows of nothing behind it, texts that are not kept need not be read.
IndexHits::Part IndexHits::part(std::size_t needle, std::size_t place) const {
  if (question_.needles[needle].kind == Kind::body) return Part::behind_header;
  const Possible& possible = possible_[needle];
  if (possible.header.empty()) return Part::all;
  if (!possible.texts[place]) return Part::header;
  return possible.header[place] ? Part::all : Part::behind_header;
}

/// Most words of a header that are searched for stand in a field that is kept for itself, and is at
/// hand without all texts of the message.
void IndexHits::ask_fields_for_texts(store::Reader& reader, BodyId body, std::size_t place,
                                     Findings& findings) const {
  std::optional<std::string_view> fields;
  for (std::size_t i = 0; i < question_.needles.size(); ++i) {
    const Needle& needle = question_.needles[i];
    if (needle.kind != Kind::text || findings.needles[i] != Truth::unknown ||
        part(i, place) == Part::behind_header)
      continue;
    if (!fields) fields = reader.folded_fields(body);
    if (!fields) return;
    if (!FoldedFields::any_contains(*fields, needle.folded)) continue;
    findings.needles[i] = Truth::yes;
    ++findings.changes;
  }
}

void IndexHits::ask_kept_texts(store::Reader& reader, BodyId body, std::size_t place,
                               Findings& findings) const try {
  ask_fields_for_texts(reader, body, place, findings);
  std::optional<std::string_view> texts;
  for (std::size_t i = 0; i < question_.needles.size(); ++i) {
    const Needle& needle = question_.needles[i];
    if (needle.kind == Kind::header || findings.needles[i] != Truth::unknown) continue;
    if (!texts) texts = reader.folded_texts(body);
    if (!texts) return;
    findings.header_searched = true;
    const auto answer = FoldedTexts::contains(*texts, part(i, place), needle.folded);
    if (answer == FoldedTexts::Answer::unknown) continue;
    findings.needles[i] = answer == FoldedTexts::Answer::yes ? Truth::yes : Truth::no;
    ++findings.changes;
  }
} catch (const store::StoreFailure& failure) {
  if (failure.kind() != store::FailureKind::corrupt) throw;
  log::error("imap", "searching body {} itself: {}", body.value, failure.what());
}

}  // namespace postern::imap
