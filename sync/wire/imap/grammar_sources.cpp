#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap::grammar {
namespace {

using command::MailboxSource;
using Kind = MailboxSource::Kind;

constexpr std::size_t most_sources = 100;

/// RFC 7377 section 4, `filter-mailboxes` as it is there.
MailboxSource source(Cursor& in) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 7> known = {{
      {"SELECTED", Kind::selected},
      {"INBOXES", Kind::inboxes},
      {"PERSONAL", Kind::personal},
      {"SUBSCRIBED", Kind::subscribed},
      {"SUBTREE", Kind::subtree},
      {"SUBTREE-ONE", Kind::subtree_one},
      {"MAILBOXES", Kind::mailboxes},
  }};
  MailboxSource result;
  const auto found =
      std::ranges::find_if(known, [&](const auto& row) { return in.accept_word(row.first); });
  if (found == known.end()) {
    in.fail("There is no such choice of mailboxes");
    return result;
  }
  result.kind = found->second;
  if (result.kind >= Kind::subtree) {
    sp(in);
    result.names = one_or_more_mailboxes(in);
  }
  return result;
}

}  // namespace

std::vector<MailboxName> one_or_more_mailboxes(Cursor& in) {
  std::vector<MailboxName> names;
  const auto one = [&] {
    if (auto name = mailbox(in)) names.push_back(std::move(*name));
  };
  if (!in.accept('(')) {
    one();
    return names;
  }
  do {
    one();
  } while (in.accept(' '));
  in.expect(')');
  return names;
}

std::vector<MailboxSource> mailbox_sources(Cursor& in) {
  std::vector<MailboxSource> result;
  do {
    if (in.peek() == '(') in.fail("There are no options of a search in mailboxes");
    result.push_back(source(in));
    if (result.size() > most_sources) in.fail("Too many choices of mailboxes");
  } while (in.accept(' '));
  in.expect(')');
  return result;
}

}  // namespace postern::wire::imap::grammar
