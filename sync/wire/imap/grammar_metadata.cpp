#include <algorithm>
#include <string_view>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/grammar.h"
#include "sync/wire/mime/ascii.h"

namespace postern::wire::imap::grammar {
namespace {

using command::MetadataQuery;

constexpr std::size_t longest_entry = 1024;
constexpr std::size_t most_entries = 200;

/// RFC 5464 section 3.2.
bool valid_entry(std::string_view entry) {
  const auto allowed = [](char c) { return is_printable(c) && !is_list_wildcard(c); };
  if (entry.size() > longest_entry || entry.ends_with('/') || entry.contains("//") ||
      !std::ranges::all_of(entry, allowed))
    return false;
  const std::size_t end = std::min(entry.find('/', 1), entry.size());
  const std::string_view first = entry.substr(0, end);
  return equal_ignoring_case(first, "/private") || equal_ignoring_case(first, "/shared");
}

std::string entry(Cursor& in) {
  std::string name = astring(in);
  if (!valid_entry(name)) in.fail("This is not an entry like /private/comment");
  return name;
}

/// `mailbox`, or an empty string, which stands for the server.
std::optional<MailboxName> mailbox_or_server(Cursor& in) {
  if (in.rest().starts_with("\"\"")) {
    in.skip(2);
    return std::nullopt;
  }
  return mailbox(in);
}

void option(Cursor& in, MetadataQuery& query) {
  if (in.accept_word("MAXSIZE")) {
    sp(in);
    query.max_size = number(in);
    return;
  }
  if (!in.accept_word("DEPTH")) {
    in.fail("There is no such option of GETMETADATA");
    return;
  }
  sp(in);
  if (in.accept_word("0")) {
    query.depth = MetadataQuery::Depth::zero;
  } else if (in.accept_word("1")) {
    query.depth = MetadataQuery::Depth::one;
  } else if (in.accept_word("infinity")) {
    query.depth = MetadataQuery::Depth::infinity;
  } else {
    in.fail("DEPTH is 0, 1 or infinity");
  }
}

/// `getmetadata-options SP`, if they stand here. An entry begins with a slash, a quote or as a
/// literal.
void options(Cursor& in, MetadataQuery& query) {
  const std::string_view rest = in.rest();
  if (rest.size() < 2 || rest[0] != '(' || rest[1] == '/' || rest[1] == '"') return;
  in.expect('(');
  do {
    option(in, query);
  } while (in.accept(' '));
  in.expect(')');
  sp(in);
}

void entries(Cursor& in, MetadataQuery& query) {
  if (!in.accept('(')) {
    query.entries.push_back(entry(in));
    return;
  }
  do {
    query.entries.push_back(entry(in));
    if (query.entries.size() > most_entries) in.fail("Too many entries");
  } while (in.accept(' '));
  in.expect(')');
}

}  // namespace

/// Options stand before the mailbox in the formal syntax and behind it in examples: both are taken.
command::GetMetadata get_metadata(Cursor& in) {
  command::GetMetadata result;
  options(in, result);
  result.mailbox = mailbox_or_server(in);
  sp(in);
  options(in, result);
  entries(in, result);
  return result;
}

MetadataQuery metadata_query(Cursor& in) {
  MetadataQuery result;
  options(in, result);
  entries(in, result);
  return result;
}

command::SetMetadata set_metadata(Cursor& in) {
  command::SetMetadata result;
  result.mailbox = mailbox_or_server(in);
  sp(in);
  in.expect('(');
  do {
    std::string name = mime::lower_case(entry(in));
    if (name.find('/', 1) == std::string::npos)
      in.fail("There is nothing behind /private or /shared");
    sp(in);
    result.values.push_back({std::move(name), nstring_or_literal8(in)});
    if (result.values.size() > most_entries) in.fail("Too many entries");
  } while (in.accept(' '));
  in.expect(')');
  return result;
}

}  // namespace postern::wire::imap::grammar
