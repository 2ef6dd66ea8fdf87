#include "sync/wire/smtp/submitted_header.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/address.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/message_ids.h"
#include "sync/wire/smtp/path.h"

namespace postern::wire::smtp {

namespace {

using mime::Field;
using mime::HeaderFields;

/// RFC 5322 section 2.1.1: lines should have 78 characters at most.
constexpr std::size_t line_octets = 76;

std::optional<Field> find(std::string_view header, std::string_view name) {
  HeaderFields fields(header);
  while (auto field = fields.next())
    if (equal_ignoring_case(field->name, name)) return field;
  return std::nullopt;
}

bool has_fields(std::string_view header) {
  return HeaderFields(header).next().has_value();
}

/// Octets in front of the first line that is not folded onto one before it. What is added goes
/// behind them: in front it would take them for its own value.
std::size_t folded_onto_nothing(std::string_view header) {
  std::size_t at = 0;
  while (at < header.size() && (header[at] == ' ' || header[at] == '\t')) {
    const std::size_t end = header.find("\r\n", at);
    at = end == std::string_view::npos ? header.size() : end + 2;
  }
  return at;
}

/// RFC 5322 section 3.6.6: who a message was sent to again says nothing of whom it was sent to.
bool was_resent(std::string_view header) {
  HeaderFields fields(header);
  while (const auto field = fields.next())
    if (equal_ignoring_case(field->name.substr(0, 7), "Resent-")) return true;
  return false;
}

/// "local@domain" of each mailbox of To, Cc and Bcc.
std::vector<std::string> named_in(std::string_view header) {
  std::vector<std::string> out;
  HeaderFields fields(header);
  while (const auto field = fields.next()) {
    if (!equal_ignoring_case(field->name, "To") && !equal_ignoring_case(field->name, "Cc") &&
        !equal_ignoring_case(field->name, "Bcc"))
      continue;
    const std::string value = mime::unfolded_value(field->raw);
    mime::AddressReader reader(value);
    while (const auto address = reader.next())
      if (address->mailbox && address->host)
        out.push_back(*address->mailbox + "@" + *address->host);
  }
  return out;
}

/// What programs put before the subject of a message that they pass on; "WG" is German.
bool says_forwarded(std::string_view subject) {
  while (subject.starts_with(' ')) subject.remove_prefix(1);
  for (const std::string_view mark : {"fwd:", "fw:", "wg:", "[fwd:"})
    if (equal_ignoring_case(subject.substr(0, mark.size()), mark)) return true;
  return false;
}

std::string bcc_field(const std::vector<std::string_view>& addresses) {
  std::string out = "Bcc:";
  std::size_t line = out.size();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::string item = fmt::format("{}{}", addresses[i], i + 1 < addresses.size() ? "," : "");
    if (i != 0 && line + 1 + item.size() > line_octets) {
      out += "\r\n";
      line = 0;
    }
    out += " " + item;
    line += 1 + item.size();
  }
  return out + "\r\n";
}

std::string bcc_of(std::string_view header, std::span<const Recipient> recipients) {
  if (was_resent(header)) return {};
  const std::vector<std::string> named = named_in(header);
  std::vector<std::string_view> missing;
  for (const Recipient& recipient : recipients) {
    const auto same = [&](std::string_view other) {
      return same_mailbox(recipient.address, other);
    };
    if (std::ranges::none_of(named, same) && std::ranges::none_of(missing, same))
      missing.push_back(recipient.address);
  }
  return missing.empty() ? std::string() : bcc_field(missing);
}

}  // namespace

CompletedHeader complete_header(std::string_view header, const Supplement& supplement) {
  CompletedHeader out;
  const auto known_id = find(header, "Message-ID");
  const auto id = known_id ? mime::first_message_id(known_id->raw) : std::nullopt;
  out.message_id = id ? *id : *mime::first_message_id(supplement.message_id);
  if (!find(header, "Date")) out.header += fmt::format("Date: {}\r\n", supplement.date);
  if (!known_id) out.header += fmt::format("Message-ID: {}\r\n", supplement.message_id);
  if (!find(header, "From") && !supplement.sender.empty())
    out.header += fmt::format("From: <{}>\r\n", supplement.sender);
  out.header += bcc_of(header, supplement.recipients);
  if (has_fields(header)) {
    const std::size_t stray = folded_onto_nothing(header);
    out.header.insert(0, header.substr(0, stray));
    header.remove_prefix(stray);
  } else if (!header.starts_with("\r\n")) {
    out.header += "\r\n";
  }
  out.header += header;
  return out;
}

std::string without_bcc(std::string_view header) {
  std::string out;
  std::size_t kept = 0;
  HeaderFields fields(header);
  while (const auto field = fields.next()) {
    if (!equal_ignoring_case(field->name, "Bcc") && !equal_ignoring_case(field->name, "Resent-Bcc"))
      continue;
    const auto at = static_cast<std::size_t>(field->lines.data() - header.data());
    out += header.substr(kept, at - kept);
    kept = at + field->lines.size();
  }
  out += header.substr(kept);
  return out;
}

Refers refers_to(std::string_view header) {
  Refers out;
  if (const auto field = find(header, "In-Reply-To")) out.answered = mime::message_ids(field->raw);
  // Thunderbird names what it forwards.
  if (const auto field = find(header, "X-Forwarded-Message-Id")) {
    out.forwarded = mime::message_ids(field->raw);
    return out;
  }
  // Others keep the thread and say so in the subject.
  if (!out.answered.empty()) return out;
  const auto subject = find(header, "Subject");
  const auto references = find(header, "References");
  if (!subject || !references) return out;
  std::vector<std::string> ids = mime::message_ids(references->raw);
  const std::string text = mime::unfolded_value(subject->raw);
  if (!ids.empty() && says_forwarded(text)) out.forwarded.push_back(std::move(ids.back()));
  return out;
}

}  // namespace postern::wire::smtp
