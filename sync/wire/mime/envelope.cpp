#include "sync/wire/mime/envelope.h"

#include <array>
#include <optional>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/address.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/imap_string.h"

namespace postern::wire::mime {
namespace {

enum Place : std::size_t { from, sender, reply_to, to, cc, bcc, lists };
constexpr std::array<std::string_view, lists> list_names = {"From", "Sender", "Reply-To",
                                                            "To",   "Cc",     "Bcc"};

/// What the envelope needs of a header. Of fields that may stand only once the last one counts;
/// addresses of a repeated field are one list.
struct Collected {
  std::optional<std::string> date;
  std::optional<std::string> subject;
  std::optional<std::string> in_reply_to;
  std::optional<std::string> message_id;
  std::array<std::string, lists> addresses;
};

void collect_addresses(std::string& out, std::string_view raw) {
  const std::string value = field_value(raw);
  AddressReader reader(value);
  while (out.size() < address_list_octets) {
    const auto address = reader.next();
    if (!address) return;
    append_address(out, *address);
  }
}

void collect(Collected& out, const Field& field) {
  for (std::size_t i = 0; i < lists; ++i) {
    if (equal_ignoring_case(field.name, list_names[i]))
      return collect_addresses(out.addresses[i], field.raw);
  }
  if (equal_ignoring_case(field.name, "Subject")) {
    out.subject = field_value(field.raw);
  } else if (equal_ignoring_case(field.name, "Date")) {
    out.date = unfolded_value(field.raw);
  } else if (equal_ignoring_case(field.name, "In-Reply-To")) {
    out.in_reply_to = unfolded_value(field.raw);
  } else if (equal_ignoring_case(field.name, "Message-ID")) {
    out.message_id = unfolded_value(field.raw);
  }
}

}  // namespace

std::string envelope(std::string_view header) {
  Collected parts;
  HeaderFields fields(header);
  while (const auto field = fields.next()) collect(parts, *field);
  // RFC 9051 section 7.5.2: the server sets sender and reply-to from From if they are missing.
  for (const Place place : {sender, reply_to}) {
    if (parts.addresses[place].empty()) parts.addresses[place] = parts.addresses[from];
  }

  std::string out = "(";
  append_nstring(out, parts.date);
  out += ' ';
  if (parts.subject) {
    append_display_string(out, *parts.subject);
  } else {
    out += "NIL";
  }
  for (const std::string& list : parts.addresses) {
    list.empty() ? out.append(" NIL") : out.append(" (").append(list).append(1, ')');
  }
  out += ' ';
  append_nstring(out, parts.in_reply_to);
  out += ' ';
  append_nstring(out, parts.message_id);
  out += ')';
  return out;
}

std::string empty_envelope() {
  return "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
}

}  // namespace postern::wire::mime
