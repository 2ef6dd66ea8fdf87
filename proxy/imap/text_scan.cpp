#include "proxy/imap/text_scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sync/base/texts.h"
#include "sync/store/failure.h"
#include "sync/wire/ascii.h"
#include "sync/wire/mime/structure.h"
#include "sync/wire/mime/text.h"

namespace postern::imap {
namespace {

using Kind = wire::imap::SearchKey::Kind;

/// In time that grows with the lengths only, whatever both consist of.
bool contains(std::string_view text, std::string_view needle) {
  return needle.empty() ||
         ::memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

}  // namespace

TextScan::TextScan(const Question& question, BodyId body, Findings known)
    : question_(question), body_(body), findings_(std::move(known)) {
  findings_.needles.resize(question.needles.size(), Truth::unknown);
  bool asks_fields = question.asks_date && !findings_.header_read;
  for (std::size_t i = 0; i < question.needles.size(); ++i) {
    if (question.needles[i].kind == Kind::header && findings_.needles[i] == Truth::unknown)
      asks_fields = true;
  }
  if (!asks_fields) begin_stage(Stage::header);
}

std::string TextScan::read(store::Reader& reader, std::uint64_t begin, std::uint64_t octets) const {
  std::string read;
  reader.read_body(body_, begin, octets, read);
  return read;
}

void TextScan::step(store::Reader& reader) {
  if (folding_) return look();
  switch (stage_) {
    case Stage::fields: return header_ ? next_field() : read_header(reader);
    case Stage::header:
      return header_ ? begin_text(wire::mime::header_text(*header_)) : read_header(reader);
    case Stage::parts: return texts_ ? next_part(reader) : find_texts(reader);
    case Stage::over: return;
  }
}

void TextScan::read_header(store::Reader& reader) {
  header_ = read(reader, 0,
                 std::min(reader.ready(body_).header_octets, wire::mime::searched_header_octets));
  fields_.emplace(*header_);
  findings_.sent = sent_day(*header_);
  findings_.header_read = true;
  ++findings_.changes;
}

/// What the stage before was about is known from here on.
void TextScan::begin_stage(Stage stage) {
  stage_ = stage;
  const bool all = stage == Stage::over;
  wanted_.clear();
  for (std::size_t i = 0; i < question_.needles.size(); ++i) {
    Truth& truth = findings_.needles[i];
    if (truth != Truth::unknown) continue;
    if (all || question_.needles[i].kind == Kind::header) {
      truth = Truth::no;
    } else if (stage == Stage::parts || question_.needles[i].kind == Kind::text) {
      wanted_.push_back(i);
    }
  }
  ++findings_.changes;
  if (stage == Stage::header && (wanted_.empty() || findings_.header_searched))
    return begin_stage(Stage::parts);
  if (stage == Stage::parts) {
    fields_.reset();
    header_.reset();
  }
  if (stage == Stage::parts && wanted_.empty()) begin_stage(Stage::over);
}

void TextScan::next_field() {
  constexpr int most_fields = 2000;
  wanted_.clear();
  for (int count = 0; count < most_fields; ++count) {
    const auto field = fields_->next();
    if (!field) return begin_stage(Stage::header);
    for (std::size_t i = 0; i < question_.needles.size(); ++i) {
      const Needle& needle = question_.needles[i];
      if (needle.kind == Kind::header && findings_.needles[i] == Truth::unknown &&
          wire::equal_ignoring_case(field->name, needle.field))
        wanted_.push_back(i);
    }
    if (!wanted_.empty()) return begin_text(wire::mime::decode_header(field->raw));
  }
}

void TextScan::find_texts(store::Reader& reader) {
  const auto structure = wire::mime::Structure::decode(reader.ready(body_).parts);
  if (!structure)
    throw store::StoreFailure(store::FailureKind::corrupt,
                              "the stored parts of a message: " + structure.error());
  texts_ = wire::mime::searched_texts(*structure);
}

void TextScan::next_part(store::Reader& reader) {
  if (at_ == texts_->size()) return begin_stage(Stage::over);
  const wire::mime::SearchedText& text = (*texts_)[at_];
  begin_text(text.decode(read(reader, text.begin, text.octets())));
}

void TextScan::begin_text(std::string text) {
  text_ = std::move(text);
  folding_.emplace(std::string_view(text_).substr(looked_at_));
  if (looked_at_ == 0) window_.clear();
  looked_at_ = 0;
  // The first window now: with a rest() after every step there would be no progress otherwise.
  look();
}

void TextScan::look() {
  const std::size_t kept = std::min(window_.size(), question_.longest_needle);
  window_.erase(0, window_.size() - kept);
  folding_->next(window_);
  const std::string_view window = window_;
  const auto found = [&](std::size_t place) {
    const std::string& needle = question_.needles[place].folded;
    // Of the window before only what an occurrence may begin in.
    if (!contains(window.substr(kept - std::min(kept, needle.size())), needle)) return false;
    findings_.needles[place] = Truth::yes;
    ++findings_.changes;
    return true;
  };
  std::erase_if(wanted_, found);
  if (!folding_->finished() && !wanted_.empty()) return;
  folding_.reset();
  release(text_);
  if (stage_ == Stage::header) begin_stage(Stage::parts);
  if (stage_ == Stage::parts && texts_) {
    ++at_;
    if (wanted_.empty()) begin_stage(Stage::over);
  }
}

void TextScan::rest() {
  if (!has_long_text()) return;
  looked_at_ = text_.size() - folding_->left();
  folding_.reset();
  release(text_);
  fields_.reset();
  header_.reset();
}

}  // namespace postern::imap
