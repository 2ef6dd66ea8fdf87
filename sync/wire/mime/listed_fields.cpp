#include "sync/wire/mime/listed_fields.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/stored_form.h"

namespace postern::wire::mime::listed {
namespace {

/// What Thunderbird, K-9, mutt, Roundcube, Apple's and Microsoft's programs ask for. The numbers
/// are part of the file format: new names come last.
constexpr std::array<std::string_view, 35> known = {"from",
                                                    "to",
                                                    "cc",
                                                    "bcc",
                                                    "subject",
                                                    "date",
                                                    "message-id",
                                                    "in-reply-to",
                                                    "references",
                                                    "reply-to",
                                                    "sender",
                                                    "content-type",
                                                    "priority",
                                                    "x-priority",
                                                    "importance",
                                                    "x-msmail-priority",
                                                    "newsgroups",
                                                    "content-transfer-encoding",
                                                    "content-class",
                                                    "mime-version",
                                                    "list-id",
                                                    "list-post",
                                                    "list-subscribe",
                                                    "list-unsubscribe",
                                                    "disposition-notification-to",
                                                    "return-receipt-to",
                                                    "x-uniform-type-identifier",
                                                    "x-universally-unique-identifier",
                                                    "x-k9mail-identity",
                                                    "chat-version",
                                                    "content-description",
                                                    "lines",
                                                    "x-label",
                                                    "x-original-to",
                                                    "mail-followup-to"};

static_assert(known.size() < 64, "a bit for each");

std::optional<std::size_t> number_of(std::string_view name) {
  const auto found = std::ranges::find_if(
      known, [name](std::string_view each) { return equal_ignoring_case(each, name); });
  if (found == known.end()) return std::nullopt;
  return static_cast<std::size_t>(std::distance(known.begin(), found));
}

}  // namespace

/// How many names were known, and then the number and the lines of each field.
std::string fields(std::string_view header) {
  std::string out;
  put(out, known.size());
  HeaderFields in(header);
  while (const auto field = in.next()) {
    const auto number = number_of(field->name);
    if (!number) continue;
    put(out, *number);
    if (field->lines.ends_with('\n')) {
      put(out, field->lines);
    } else {
      put(out, std::string(field->lines) + "\r\n");
    }
    if (out.size() > most_octets) return {};
  }
  return out;
}

std::optional<Names> names(const Section& section) {
  if (section.what != Section::Text::header_fields || !section.path.empty()) return std::nullopt;
  Names wanted;
  for (const std::string& field : section.fields) {
    const auto number = number_of(field);
    if (!number) return std::nullopt;
    wanted.bits |= std::uint64_t{1} << *number;
  }
  return wanted;
}

bool select(std::string_view stored, Names wanted, std::string& out) {
  const std::size_t before = out.size();
  StoredReader in(stored);
  const std::uint64_t count = in.number(known.size());
  if (count == 0 || (wanted.bits >> count) != 0) return false;
  while (in.left() != 0) {
    const std::uint64_t number = in.number(count - 1);
    const std::string_view lines = in.text();
    if ((wanted.bits >> number & 1) != 0) out += lines;
  }
  if (!in.good()) {
    out.resize(before);
    return false;
  }
  out += "\r\n";
  return true;
}

}  // namespace postern::wire::mime::listed
