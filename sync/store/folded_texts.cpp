#include "sync/store/folded_texts.h"

#include <algorithm>
#include <cstring>

#include "sync/store/base64_lines.h"
#include "sync/store/chunk_codec.h"
#include "sync/store/failure.h"

namespace postern::store {

namespace {

constexpr char kept = '\xff';
constexpr char not_kept = '\xfe';

bool begins_text(char octet) {
  return octet == kept || octet == not_kept;
}

}  // namespace

void FoldedTexts::add(std::string_view folded) {
  if (too_much_ || keep_ == Keep::nothing) return;
  if (begin_ != 0 && octets_.size() - begin_ + folded.size() > most_text_octets) {
    octets_.resize(begin_);
    octets_.back() = not_kept;
    keep_ = Keep::nothing;
    return;
  }
  too_much_ = octets_.size() + folded.size() > most_octets;
  if (!too_much_) octets_ += folded;
}

void FoldedTexts::begin(Keep keep) {
  keep_ = keep;
  octets_ += keep == Keep::text ? kept : not_kept;
  begin_ = octets_.size();
}

std::optional<std::string> FoldedTexts::take() {
  std::optional<std::string> stored;
  if (!too_much_ && octets_.size() <= most_octets) {
    stored.emplace();
    append_number(octets_.size(), *stored);
    compress_chunk(octets_, *stored);
  }
  octets_.clear();
  begin_ = 0;
  keep_ = Keep::text;
  too_much_ = false;
  return stored;
}

void FoldedTexts::expand(std::string_view stored, std::string& out) {
  out.clear();
  const auto octets = take_number(stored);
  if (!octets || *octets > most_octets)
    throw StoreFailure(FailureKind::corrupt, "the folded texts of a message make no sense");
  expand_chunk(stored, *octets, out);
}

FoldedTexts::Answer FoldedTexts::contains(std::string_view octets, Part part,
                                          std::string_view folded) {
  if (part != Part::all) {
    const auto first = std::ranges::find_if(octets, begins_text);
    const auto header_octets = static_cast<std::size_t>(first - octets.begin());
    if (part == Part::behind_header && first == octets.end()) return Answer::no;
    octets = part == Part::header ? octets.substr(0, header_octets) : octets.substr(header_octets);
  }
  if (folded.empty() ||
      ::memmem(octets.data(), octets.size(), folded.data(), folded.size()) != nullptr)
    return Answer::yes;
  return octets.contains(not_kept) ? Answer::unknown : Answer::no;
}

}  // namespace postern::store
