#include "sync/wire/mime/seven_bit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/base64.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/transfer_encoding.h"

namespace postern::wire::mime {

namespace {

using Encoding = SevenBitPlan::Encoding;
using Stretch = SevenBitPlan::Stretch;

constexpr std::size_t base64_line = 57;  ///< octets that make 76 characters
constexpr std::size_t quoted_line = 76;

bool is_identity(const Part& part) {
  return transfer_encoding(part.encoding) == TransferEncoding::identity;
}

/// The header with this encoding. RFC 1428 section 4: text of which nothing is known is named so.
std::string rewritten(std::string_view header, const Part& part, std::string_view encoding,
                      bool is_message) {
  std::string out;
  std::size_t kept = 0;
  bool typed = false;
  bool versioned = false;
  HeaderFields fields(header);
  while (const auto field = fields.next()) {
    typed = typed || equal_ignoring_case(field->name, "Content-Type");
    versioned = versioned || equal_ignoring_case(field->name, "MIME-Version");
    if (!equal_ignoring_case(field->name, "Content-Transfer-Encoding")) continue;
    const auto at = static_cast<std::size_t>(field->lines.data() - header.data());
    out += header.substr(kept, at - kept);
    kept = at + field->lines.size();
  }
  out += header.substr(kept);
  std::string added;
  if (is_message && !versioned) added += "MIME-Version: 1.0\r\n";
  if (!typed && part.kind == PartKind::leaf)
    added += "Content-Type: text/plain; charset=unknown-8bit\r\n";
  added += fmt::format("Content-Transfer-Encoding: {}\r\n", encoding);
  // A line that continues nothing must not continue what is added.
  if (out.starts_with(' ') || out.starts_with('\t')) added += "Comments:\r\n";
  // In front: what a header is, its first field shows, and its end may be missing.
  return added + out;
}

}  // namespace

SevenBitPlan::SevenBitPlan(Structure structure) : structure_(std::move(structure)) {
  seen_.resize(structure_.parts.size());
  for (std::size_t i = 0; i < structure_.parts.size(); ++i) {
    const Part& part = structure_.parts[i];
    stretches_.push_back({Stretch::Kind::header, part.header_begin, part.body_begin, i});
    if (part.kind == PartKind::leaf)
      stretches_.push_back({Stretch::Kind::body, part.body_begin, part.body_end, i});
  }
}

void SevenBitPlan::look(Seen& seen, std::string_view octets) {
  for (const char c : octets) {
    seen.eight_bit = seen.eight_bit || static_cast<unsigned char>(c) >= 0x80;
    const bool lone = (c == '\n') != (seen.last == '\r');
    seen.binary = seen.binary || c == '\0' || lone;
    seen.last = c;
  }
}

SevenBitPlan::Seen& SevenBitPlan::seen_of(const Stretch& stretch) {
  const bool reached = stretch.kind == Stretch::Kind::body && is_identity(part(stretch.part));
  return reached ? seen_[stretch.part] : outside_;
}

void SevenBitPlan::survey(std::string_view octets) {
  const std::uint64_t end = at_ + octets.size();
  while (at_ < end) {
    const bool between = next_ == stretches_.size() || at_ < stretches_[next_].begin;
    const std::uint64_t limit = next_ == stretches_.size() ? end
                                : between                  ? stretches_[next_].begin
                                                           : stretches_[next_].end;
    const std::uint64_t to = std::min(limit, end);
    look(between ? outside_ : seen_of(stretches_[next_]), octets.substr(0, to - at_));
    octets.remove_prefix(to - at_);
    at_ = to;
    while (next_ < stretches_.size() && stretches_[next_].end <= at_) ++next_;
  }
}

Encoding SevenBitPlan::encoding(std::size_t index) const {
  const Part& part = structure_.parts[index];
  const Seen& seen = seen_[index];
  const bool binary = seen.binary || seen.last == '\r';
  if (part.kind != PartKind::leaf || !is_identity(part) || (!seen.eight_bit && !binary))
    return Encoding::as_it_is;
  const bool text = part.type.empty() || equal_ignoring_case(part.type, "text");
  return text && !binary ? Encoding::quoted_printable : Encoding::base64;
}

void SevenBitConverter::feed(std::string_view octets, std::string& out) {
  const std::uint64_t end = at_ + octets.size();
  const auto& stretches = plan_.stretches();
  while (at_ < end || (next_ < stretches.size() && stretches[next_].end == at_ &&
                       stretches[next_].begin == at_)) {
    if (next_ == stretches.size() || at_ < stretches[next_].begin) {
      const std::uint64_t to =
          next_ == stretches.size() ? end : std::min(end, stretches[next_].begin);
      out += octets.substr(0, to - at_);
      octets.remove_prefix(to - at_);
      at_ = to;
      continue;
    }
    const Stretch& stretch = stretches[next_];
    const std::uint64_t to = std::min(end, stretch.end);
    take(stretch, octets.substr(0, to - at_), out);
    octets.remove_prefix(to - at_);
    at_ = to;
    if (at_ < stretch.end) return;
    close(stretch, out);
    ++next_;
  }
}

void SevenBitConverter::finish(std::string& out) {
  const auto& stretches = plan_.stretches();
  while (next_ < stretches.size()) close(stretches[next_++], out);
}

void SevenBitConverter::take(const Stretch& stretch, std::string_view octets, std::string& out) {
  if (stretch.kind == Stretch::Kind::header) {
    held_ += octets;
    return;
  }
  switch (plan_.encoding(stretch.part)) {
    case Encoding::as_it_is: out += octets; break;
    case Encoding::quoted_printable: quoted_printable(octets, out); break;
    case Encoding::base64: base64(octets, out); break;
  }
}

void SevenBitConverter::close(const Stretch& stretch, std::string& out) {
  const Part& part = plan_.part(stretch.part);
  const Encoding encoding = plan_.encoding(stretch.part);
  if (stretch.kind == Stretch::Kind::body) {
    if (encoding == Encoding::quoted_printable) {
      release_blank(true, out);
      if (cr_) put("=0D", out);
    } else if (encoding == Encoding::base64 && !held_.empty()) {
      out += base64_encode(held_);
    }
    held_.clear();
    column_ = 0;
    cr_ = false;
    return;
  }
  const std::string header = std::exchange(held_, {});
  const bool whole = stretch.part == 0;
  const bool says_more = part.encoding == "8bit" || part.encoding == "binary";
  if (encoding != Encoding::as_it_is) {
    out += rewritten(header, part, encoding == Encoding::base64 ? "base64" : "quoted-printable",
                     whole);
  } else if (says_more) {
    out += rewritten(header, part, "7bit", whole);
  } else {
    out += header;
  }
}

/// RFC 2045 section 6.7: no line may have more than 76 characters, the "=" of a soft break
/// included.
void SevenBitConverter::put(std::string_view token, std::string& out) {
  if (column_ + token.size() > quoted_line - 1) {
    out += "=\r\n";
    column_ = 0;
  }
  out += token;
  column_ += token.size();
}

void SevenBitConverter::release_blank(bool at_end_of_line, std::string& out) {
  if (blank_ == 0) return;
  const char blank = std::exchange(blank_, 0);
  if (at_end_of_line) {
    put(blank == ' ' ? "=20" : "=09", out);
  } else {
    put(std::string_view(&blank, 1), out);
  }
}

void SevenBitConverter::quoted_printable(std::string_view octets, std::string& out) {
  for (const char c : octets) {
    if (c == '\n' && cr_) {
      cr_ = false;
      release_blank(true, out);
      out += "\r\n";
      column_ = 0;
      continue;
    }
    if (c == '\r') {
      cr_ = true;
      continue;
    }
    release_blank(false, out);
    if (c == ' ' || c == '\t') {
      blank_ = c;
    } else if (c > ' ' && c <= '~' && c != '=') {
      put(std::string_view(&c, 1), out);
    } else {
      put(fmt::format("={:02X}", static_cast<unsigned>(static_cast<unsigned char>(c))), out);
    }
  }
}

void SevenBitConverter::base64(std::string_view octets, std::string& out) {
  held_ += octets;
  std::size_t at = 0;
  // The last line waits: no line end may follow it.
  for (; held_.size() - at > base64_line; at += base64_line)
    out += base64_encode(std::string_view(held_).substr(at, base64_line)) + "\r\n";
  held_.erase(0, at);
}

}  // namespace postern::wire::mime
