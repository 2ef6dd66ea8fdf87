#include "sync/wire/mime/sort_keys.h"

#include <cstdint>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/address.h"
#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/message_ids.h"
#include "sync/wire/mime/stored_form.h"
#include "sync/wire/mime/text.h"

namespace postern::wire::mime {
namespace {

constexpr char version = 1;
constexpr std::string_view broken = "stored sort keys are damaged";

/// The fields that count, as they stand in the header.
struct Wanted {
  std::string_view date;
  std::string_view subject;
  std::string_view message_id;
  std::string_view in_reply_to;
  std::string references;
  std::optional<Address> from;
  std::optional<Address> to;
  std::optional<Address> cc;
};

void take_first(std::optional<Address>& out, std::string_view raw) {
  if (out) return;
  const std::string value = field_value(raw);
  out = AddressReader(value).next();
}

void collect(Wanted& out, const Field& field) {
  const auto is = [&](std::string_view name) { return equal_ignoring_case(field.name, name); };
  if (is("Date")) {
    out.date = field.raw;
  } else if (is("Subject")) {
    out.subject = field.raw;
  } else if (is("Message-ID")) {
    out.message_id = field.raw;
  } else if (is("In-Reply-To")) {
    out.in_reply_to = field.raw;
  } else if (is("References")) {
    out.references += field.raw;
    out.references += ' ';
  } else if (is("From")) {
    take_first(out.from, field.raw);
  } else if (is("To")) {
    take_first(out.to, field.raw);
  } else if (is("Cc")) {
    take_first(out.cc, field.raw);
  }
}

std::string key(std::string_view utf8) {
  if (utf8.size() > SortKeys::text_octets) {
    std::size_t size = SortKeys::text_octets;
    while (size > 0 && (static_cast<unsigned char>(utf8[size]) & 0xc0U) == 0x80) --size;
    utf8 = utf8.substr(0, size);
  }
  return collation_key(utf8);
}

/// Its octets, or nothing where one is missing.
std::string_view present(const std::optional<std::string>& value, std::string_view missing) {
  return value && *value != missing ? std::string_view(*value) : std::string_view();
}

std::string mailbox_key(const std::optional<Address>& address) {
  if (!address) return {};
  return key(to_utf8(present(address->mailbox, no_mailbox), {}));
}

/// RFC 5957 section 3.
std::string display_key(const std::optional<Address>& address) {
  if (!address) return {};
  if (address->name) {
    const std::string name = collapsed(decode_header(*address->name));
    if (!name.empty()) return key(name);
  }
  const std::string_view mailbox = present(address->mailbox, no_mailbox);
  const std::string_view host = present(address->host, no_domain);
  if (address->host == std::nullopt) return key(decode_header(mailbox));  // the name of a group
  std::string text(mailbox);
  if (!host.empty()) text.append(1, '@').append(host);
  return key(to_utf8(text, {}));
}

/// Signed numbers so that small ones are short, 0 for none.
std::uint64_t stored(std::optional<long long> number) {
  if (!number) return 0;
  const auto twice = static_cast<std::uint64_t>(*number) << 1U;
  return (*number < 0 ? ~twice : twice) + 1;
}

std::optional<long long> number_of(std::uint64_t stored) {
  if (stored-- == 0) return std::nullopt;
  const auto half = static_cast<long long>(stored >> 1U);
  return (stored & 1U) != 0 ? -half - 1 : half;
}

}  // namespace

SortKeys sort_keys(std::string_view header) {
  Wanted wanted;
  HeaderFields fields(header);
  while (const auto field = fields.next()) collect(wanted, *field);
  SortKeys keys;
  keys.sent = sent_date(wanted.date);
  const BaseSubject subject = base_subject(wanted.subject);
  keys.subject = key(subject.text);
  keys.kind = subject.kind;
  keys.from = mailbox_key(wanted.from);
  keys.to = mailbox_key(wanted.to);
  keys.cc = mailbox_key(wanted.cc);
  keys.display_from = display_key(wanted.from);
  keys.display_to = display_key(wanted.to);
  keys.message_id = first_message_id(wanted.message_id).value_or(std::string());
  keys.references = reference_list(wanted.references, wanted.in_reply_to);
  return keys;
}

std::string SortKeys::encode() const {
  std::string out(1, version);
  put(out, stored(sent));
  put(out, static_cast<std::uint64_t>(kind));
  for (const std::string* text :
       {&subject, &from, &to, &cc, &display_from, &display_to, &message_id})
    put(out, *text);
  put(out, static_cast<std::uint64_t>(references.size()));
  for (const std::string& reference : references) put(out, reference);
  return out;
}

bool SortKeys::read(std::string_view stored) {
  if (stored.empty() || stored.front() != version) return false;
  StoredReader in(stored.substr(1));
  sent = number_of(in.number());
  kind = static_cast<BaseSubject::Kind>(in.number(1));
  for (std::string* text : {&subject, &from, &to, &cc, &display_from, &display_to, &message_id})
    *text = in.text();
  const std::uint64_t count = in.number(most_message_ids);
  references.resize(count);
  for (std::string& reference : references) reference = in.text();
  return in.good() && in.left() == 0;
}

std::expected<SortKeys, std::string> SortKeys::decode(std::string_view stored) {
  SortKeys keys;
  if (!keys.read(stored)) return std::unexpected(std::string(broken));
  return keys;
}

std::optional<std::optional<long long>> SortKeys::sent_in(std::string_view stored) {
  if (stored.empty() || stored.front() != version) return std::nullopt;
  StoredReader in(stored.substr(1));
  const auto sent = number_of(in.number());
  if (!in.good()) return std::nullopt;
  return std::optional(sent);
}

}  // namespace postern::wire::mime
