#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap::grammar {
namespace {

using command::MailboxFilter;
using Kind = MailboxFilter::Kind;

constexpr std::size_t most_filters = 100;

/// RFC 5465 section 8, `one-or-more-mailbox`.
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

}  // namespace

MailboxFilter mailbox_filter(Cursor& in, MailboxFilter::Kind unknown) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 8> known = {{
      {"SELECTED", Kind::selected},
      {"SELECTED-DELAYED", Kind::selected_delayed},
      {"INBOXES", Kind::inboxes},
      {"PERSONAL", Kind::personal},
      {"SUBSCRIBED", Kind::subscribed},
      {"SUBTREE", Kind::subtree},
      {"SUBTREE-ONE", Kind::subtree_one},
      {"MAILBOXES", Kind::mailboxes},
  }};
  MailboxFilter result;
  const auto found =
      std::ranges::find_if(known, [&](const auto& row) { return in.accept_word(row.first); });
  if (found == known.end() || found->second == unknown) {
    in.fail("There is no such choice of mailboxes");
    return result;
  }
  result.kind = found->second;
  if (result.kind == Kind::subtree || result.kind == Kind::subtree_one ||
      result.kind == Kind::mailboxes) {
    sp(in);
    result.names = one_or_more_mailboxes(in);
  }
  return result;
}

std::vector<MailboxFilter> mailbox_filters(Cursor& in) {
  std::vector<MailboxFilter> result;
  do {
    if (in.peek() == '(') in.fail("There are no options of a search in mailboxes");
    result.push_back(mailbox_filter(in, Kind::selected_delayed));
    if (result.size() > most_filters) in.fail("Too many choices of mailboxes");
  } while (in.accept(' '));
  in.expect(')');
  return result;
}

}  // namespace postern::wire::imap::grammar
