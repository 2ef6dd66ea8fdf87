#include "proxy/imap/annotations.h"

#include <algorithm>

#include "proxy/imap/mailbox_listing.h"
#include "sync/wire/ascii.h"
#include "sync/wire/imap/response.h"

namespace postern::imap {
namespace {

using Depth = wire::imap::command::MetadataQuery::Depth;
using wire::equal_ignoring_case;

constexpr std::string_view server_comment = "/shared/comment";
constexpr std::string_view server_admin = "/shared/admin";
constexpr std::string_view special_use = "/private/specialuse";

/// Whether `entry` stands so many levels below `above`, or is it.
bool stands_at(std::string_view entry, std::string_view above, Depth depth) {
  if (!equal_ignoring_case(entry.substr(0, above.size()), above)) return false;
  const std::string_view below = entry.substr(above.size());
  if (below.empty()) return true;
  if (depth == Depth::zero || below.front() != '/') return false;
  return depth == Depth::infinity || below.find('/', 1) == std::string_view::npos;
}

/// A value that holds NUL needs a literal8.
void append_pair(std::string& out, std::string_view entry,
                 const std::optional<std::string>& value) {
  if (!out.empty()) out.push_back(' ');
  wire::imap::append_astring(out, entry);
  out.push_back(' ');
  if (value && value->contains('\0')) {
    wire::imap::append_literal8_start(out, value->size());
    out.append(*value);
  } else {
    wire::imap::append_nstring(out, value);
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> fixed_annotations(
    const std::optional<store::MailboxInfo>& mailbox) {
  if (!mailbox) return {{std::string(server_comment), "Postern"}};
  const std::string_view attribute = attribute_of(mailbox->special_use);
  if (attribute.empty()) return {};
  return {{std::string(special_use), std::string(attribute.substr(attribute.find('\\')))}};
}

bool is_fixed_annotation(std::string_view entry, const std::optional<store::MailboxInfo>& mailbox) {
  return mailbox ? entry == special_use : entry == server_comment || entry == server_admin;
}

bool AnnotationAnswer::wanted(std::string_view entry) const {
  return std::ranges::any_of(query_.entries, [&](const std::string& named) {
    return stands_at(entry, named, query_.depth);
  });
}

void AnnotationAnswer::offer(std::string_view entry, std::string_view value) {
  if (!wanted(entry) || found_.contains(entry)) return;
  if (query_.max_size && value.size() > *query_.max_size) {
    longest_ = std::max<std::uint64_t>(longest_, value.size());
    found_.emplace(entry, std::nullopt);
  } else {
    found_.emplace(entry, std::string(value));
  }
}

std::string AnnotationAnswer::text() const {
  std::string out;
  if (query_.depth != Depth::zero) {
    for (const auto& [entry, value] : found_) {
      if (value) append_pair(out, entry, value);
    }
    return out;
  }
  // As they were asked for, and spelt so.
  for (const std::string& named : query_.entries) {
    const auto found = std::ranges::find_if(
        found_, [&](const auto& row) { return equal_ignoring_case(row.first, named); });
    if (found == found_.end()) {
      append_pair(out, named, std::nullopt);
    } else if (found->second) {
      append_pair(out, named, found->second);
    }
  }
  return out;
}

}  // namespace postern::imap
