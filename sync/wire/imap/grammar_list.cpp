#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap::grammar {
namespace {

using command::List;
using Item = command::Status::Item;

constexpr std::size_t most_patterns = 100;

void selection_options(Cursor& in, List& list) {
  static constexpr std::array<std::pair<std::string_view, List::Selection>, 4> names = {{
      {"RECURSIVEMATCH", List::recursive_match},
      {"REMOTE", List::remote},
      {"SPECIAL-USE", List::special_use},
      {"SUBSCRIBED", List::subscribed},
  }};
  in.expect('(');
  if (in.accept(')')) return;
  do {
    const auto known =
        std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
    if (known == names.end()) {
      in.fail("There is no such selection option");
    } else {
      list.selection = static_cast<std::uint8_t>(list.selection | known->second);
    }
  } while (in.accept(' '));
  in.expect(')');
  // RFC 5258 section 3.1: it says how far others reach.
  if (list.selects(List::recursive_match) && !list.selects(List::subscribed) &&
      !list.selects(List::special_use))
    in.fail("RECURSIVEMATCH stands beside another option");
}

void return_options(Cursor& in, List& list) {
  static constexpr std::array<std::pair<std::string_view, List::Return>, 4> names = {{
      {"CHILDREN", List::return_children},
      {"MYRIGHTS", List::return_rights},
      {"SPECIAL-USE", List::return_special_use},
      {"SUBSCRIBED", List::return_subscribed},
  }};
  in.expect('(');
  if (in.accept(')')) return;
  do {
    const auto known =
        std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
    if (known != names.end()) {
      list.returns = static_cast<std::uint8_t>(list.returns | known->second);
    } else if (in.accept_word("STATUS")) {
      sp(in);
      list.status = status_items(in);
    } else if (!list.metadata && in.accept_word("METADATA")) {
      sp(in);
      list.metadata = metadata_query(in);
    } else {
      in.fail("There is no such return option");
    }
  } while (in.accept(' '));
  in.expect(')');
}

}  // namespace

ListPattern list_pattern(Cursor& in, std::string_view reference) {
  const std::string name = list_mailbox(in);
  auto pattern = ListPattern::from_wire(reference, name, in.charset());
  if (!pattern) {
    in.fail(in.charset() == Charset::utf8 ? "This is not a mailbox pattern in UTF-8"
                                          : "This is not a mailbox pattern in modified UTF-7");
  }
  return pattern.value_or(ListPattern{});
}

List list_arguments(Cursor& in) {
  List list;
  if (in.peek() == '(') {
    list.form = List::Form::extended;
    selection_options(in, list);
    sp(in);
  }
  const std::string reference = astring(in);
  sp(in);
  if (in.accept('(')) {
    list.form = List::Form::extended;
    do {
      list.patterns.push_back(list_pattern(in, reference));
      if (list.patterns.size() > most_patterns) in.fail("Too many patterns");
    } while (in.accept(' '));
    in.expect(')');
  } else {
    list.patterns.push_back(list_pattern(in, reference));
  }
  if (in.rest().starts_with(" ") && in.rest().size() > 1) {
    sp(in);
    if (!in.accept_word("RETURN")) in.fail("There is more than LIST takes");
    sp(in);
    list.form = List::Form::extended;
    return_options(in, list);
  }
  return list;
}

std::vector<Item> status_items(Cursor& in) {
  static constexpr std::array<std::pair<std::string_view, Item>, 10> names = {{
      {"DELETED", Item::deleted},
      {"DELETED-STORAGE", Item::deleted_storage},
      {"HIGHESTMODSEQ", Item::highest_mod_seq},
      {"MAILBOXID", Item::mailbox_id},
      {"MESSAGES", Item::messages},
      {"RECENT", Item::recent},
      {"SIZE", Item::size},
      {"UIDNEXT", Item::uid_next},
      {"UIDVALIDITY", Item::uid_validity},
      {"UNSEEN", Item::unseen},
  }};
  std::vector<Item> items;
  in.expect('(');
  do {
    const auto known =
        std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
    if (known == names.end()) {
      in.fail("There is no such status item");
    } else if (std::ranges::find(items, known->second) == items.end()) {
      items.push_back(known->second);
    }
  } while (in.accept(' '));
  in.expect(')');
  return items;
}

std::vector<std::string> create_uses(Cursor& in) {
  constexpr std::size_t most = 20;
  std::vector<std::string> uses;
  in.expect('(');
  if (!in.accept_word("USE")) in.fail("There is no such parameter of CREATE");
  sp(in);
  in.expect('(');
  if (!in.accept(')')) {
    do {
      in.expect('\\');
      uses.push_back("\\" + atom(in));
      if (uses.size() > most) in.fail("Too many uses");
    } while (in.accept(' '));
    in.expect(')');
  }
  in.expect(')');
  return uses;
}

}  // namespace postern::wire::imap::grammar
