#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap {
namespace grammar {
namespace {

using Kind = FetchItem::Kind;
using Text = mime::Section::Text;

FetchItem of_kind(Kind kind) {
  FetchItem item;
  item.kind = kind;
  return item;
}

constexpr std::size_t most_items = 200;
constexpr std::size_t most_fields = 200;

void header_list(Cursor& in, mime::Section& section) {
  sp(in);
  in.expect('(');
  do {
    if (section.fields.size() == most_fields) in.fail("Too many header fields");
    section.fields.push_back(astring(in));
    if (section.fields.back().empty()) in.fail("The name of a header field is missing");
  } while (in.accept(' '));
  in.expect(')');
}

/// `section-text`, or `section-msgtext` when there is no part number before it.
void section_text(Cursor& in, mime::Section& section) {
  if (in.accept_word("HEADER.FIELDS.NOT")) {
    section.what = Text::header_fields_not;
    header_list(in, section);
  } else if (in.accept_word("HEADER.FIELDS")) {
    section.what = Text::header_fields;
    header_list(in, section);
  } else if (in.accept_word("HEADER")) {
    section.what = Text::header;
  } else if (in.accept_word("TEXT")) {
    section.what = Text::text;
  } else if (!section.path.empty() && in.accept_word("MIME")) {
    section.what = Text::mime;
  } else {
    in.fail("There is no such section");
  }
}

constexpr std::size_t deepest = 200;

}  // namespace

mime::Section section(Cursor& in) {
  mime::Section result;
  in.expect('[');
  if (in.accept(']')) return result;
  bool text_follows = !is_digit(in.peek());
  while (!text_follows && !in.failed()) {
    result.path.push_back(nz_number(in));
    if (result.path.size() > deepest) in.fail("A section is nested too deeply");
    if (!in.accept('.')) break;
    text_follows = !is_digit(in.peek());
  }
  if (text_follows) section_text(in, result);
  in.expect(']');
  return result;
}

namespace {

std::optional<FetchItem::Partial> partial(Cursor& in) {
  if (!in.accept('<')) return std::nullopt;
  FetchItem::Partial range;
  range.offset = number(in);
  in.expect('.');
  range.octets = nz_number(in);
  in.expect('>');
  return range;
}

FetchItem section_item(Cursor& in, FetchItem::Seen seen) {
  FetchItem item = of_kind(Kind::section);
  item.seen = seen;
  item.section = section(in);
  item.partial = partial(in);
  return item;
}

/// RFC 3516 section 7, `section-binary`; the parts of a size are not of use.
FetchItem binary_item(Cursor& in, Kind kind, FetchItem::Seen seen) {
  FetchItem item = of_kind(kind);
  item.seen = seen;
  in.expect('[');
  while (is_digit(in.peek()) && !in.failed()) {
    item.section.path.push_back(nz_number(in));
    if (item.section.path.size() > deepest) in.fail("A section is nested too deeply");
    if (!in.accept('.')) break;
    if (!is_digit(in.peek())) in.fail("The number of a part is missing");
  }
  in.expect(']');
  if (kind == Kind::binary) item.partial = partial(in);
  return item;
}

/// RFC 8970 section 6.
FetchItem preview_item(Cursor& in) {
  // What else stands in parentheses behind it modifies the whole FETCH.
  if (equal_ignoring_case(in.rest().substr(0, 6), " (LAZY")) {
    in.skip(2);
    do {
      if (!in.accept_word("LAZY")) in.fail("There is no such modifier of PREVIEW");
    } while (in.accept(' '));
    in.expect(')');
  }
  return of_kind(Kind::preview);
}

/// What Dovecot had before RFC 8970: FUZZY is the only algorithm, LAZY=FUZZY the same if it is
/// ready.
FetchItem snippet_item(Cursor& in) {
  const std::string_view rest = in.rest();
  if (equal_ignoring_case(rest.substr(0, 7), " (FUZZY") ||
      equal_ignoring_case(rest.substr(0, 12), " (LAZY=FUZZY")) {
    in.skip(2);
    do {
      if (!in.accept_word("FUZZY") && !in.accept_word("LAZY=FUZZY"))
        in.fail("There is no such algorithm of SNIPPET");
    } while (in.accept(' '));
    in.expect(')');
  }
  return of_kind(Kind::snippet);
}

FetchItem old_item(Kind kind, Text text, FetchItem::Seen seen) {
  FetchItem item = of_kind(kind);
  item.section.what = text;
  item.seen = seen;
  return item;
}

FetchItem fetch_att(Cursor& in) {
  using Seen = FetchItem::Seen;
  if (in.accept_word("UID")) return of_kind(Kind::uid);
  if (in.accept_word("FLAGS")) return of_kind(Kind::flags);
  if (in.accept_word("INTERNALDATE")) return of_kind(Kind::internal_date);
  if (in.accept_word("SAVEDATE")) return of_kind(Kind::save_date);
  if (in.accept_word("MODSEQ")) return of_kind(Kind::mod_seq);
  if (in.accept_word("EMAILID")) return of_kind(Kind::email_id);
  if (in.accept_word("THREADID")) return of_kind(Kind::thread_id);
  if (in.accept_word("ENVELOPE")) return of_kind(Kind::envelope);
  if (in.accept_word("BODYSTRUCTURE")) return of_kind(Kind::body_structure);
  if (in.accept_word("RFC822.SIZE")) return of_kind(Kind::rfc822_size);
  if (in.accept_word("RFC822.HEADER"))
    return old_item(Kind::rfc822_header, Text::header, Seen::untouched);
  if (in.accept_word("RFC822.TEXT")) return old_item(Kind::rfc822_text, Text::text, Seen::set);
  // Workaround: Outlook 2007 to 2024: RFC822.PEEK, which IMAP4rev1 has no more.
  if (in.accept_word("RFC822.PEEK")) return old_item(Kind::rfc822, Text::whole, Seen::untouched);
  if (in.accept_word("RFC822")) return old_item(Kind::rfc822, Text::whole, Seen::set);
  if (in.accept_word("PREVIEW")) return preview_item(in);
  if (in.accept_word("SNIPPET")) return snippet_item(in);
  if (in.accept_word("BINARY.SIZE")) return binary_item(in, Kind::binary_size, Seen::untouched);
  if (in.accept_word("BINARY.PEEK")) return binary_item(in, Kind::binary, Seen::untouched);
  if (in.accept_word("BINARY")) return binary_item(in, Kind::binary, Seen::set);
  if (in.accept_word("BODY.PEEK")) return section_item(in, Seen::untouched);
  if (in.accept_word("BODY"))
    return in.peek() == '[' ? section_item(in, Seen::set) : of_kind(Kind::body);
  in.fail("There is no such data item");
  return {};
}

}  // namespace

std::vector<FetchItem> fetch_items(Cursor& in) {
  std::vector<FetchItem> items;
  const auto macro = [&](std::initializer_list<Kind> kinds) {
    for (const Kind kind : kinds) items.push_back(of_kind(kind));
    return items;
  };
  using enum FetchItem::Kind;
  if (in.accept_word("ALL")) return macro({flags, internal_date, rfc822_size, envelope});
  if (in.accept_word("FAST")) return macro({flags, internal_date, rfc822_size});
  if (in.accept_word("FULL")) return macro({flags, internal_date, rfc822_size, envelope, body});
  if (!in.accept('(')) {
    items.push_back(fetch_att(in));
    return items;
  }
  do {
    items.push_back(fetch_att(in));
    if (items.size() > most_items) in.fail("Too many data items");
  } while (in.accept(' '));
  in.expect(')');
  return items;
}

}  // namespace grammar
}  // namespace postern::wire::imap
