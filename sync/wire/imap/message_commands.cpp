#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/command_rules.h"

namespace postern::wire::imap::grammar {
namespace {

using Body = Command::Body;

/// What RETURN asks for, if it stands here.
void returns(Cursor& in, command::Searching& result) {
  if (!in.accept_word("RETURN")) return;
  sp(in);
  result.returns = return_options(in, result.update_items);
  sp(in);
}

/// `charset SP search-program`
void charset_and_key(Cursor& in, command::Searching& result) {
  result.charset = astring(in);
  std::ranges::transform(result.charset, result.charset.begin(), to_upper);
  sp(in);
  result.key = search_program(in);
}

void program(Cursor& in, command::Searching& result) {
  returns(in, result);
  if (in.accept_word("CHARSET")) {
    sp(in);
    charset_and_key(in, result);
  } else {
    result.key = search_program(in);
  }
}

Body search(Numbers numbers, Cursor& in) {
  command::Search result;
  result.numbers = numbers;
  sp(in);
  program(in, result);
  return result;
}

Body sort(Numbers numbers, Cursor& in) {
  command::Sort result;
  result.numbers = numbers;
  sp(in);
  returns(in, result);
  result.order = sort_criteria(in);
  sp(in);
  charset_and_key(in, result);
  return result;
}

Body thread(Numbers numbers, Cursor& in) {
  command::Thread result;
  result.numbers = numbers;
  sp(in);
  result.algorithm = thread_algorithm(in);
  sp(in);
  charset_and_key(in, result);
  return result;
}

Body fetch(Numbers numbers, Cursor& in) {
  command::Fetch result;
  result.numbers = numbers;
  sp(in);
  result.set = sequence_set(in);
  sp(in);
  result.items = fetch_items(in);
  if (in.rest().starts_with(" (")) {
    sp(in);
    fetch_modifiers(in, result);
  }
  return result;
}

Body store(Numbers numbers, Cursor& in) {
  command::Store result;
  result.numbers = numbers;
  sp(in);
  result.set = sequence_set(in);
  sp(in);
  if (in.peek() == '(') {
    store_modifiers(in, result);
    sp(in);
  }
  if (in.accept('+')) {
    result.change = command::Store::Change::add;
  } else if (in.accept('-')) {
    result.change = command::Store::Change::remove;
  }
  if (in.accept_word("FLAGS.SILENT")) {
    result.answer = command::Store::Answer::silent;
  } else if (!in.accept_word("FLAGS")) {
    in.fail("FLAGS or FLAGS.SILENT is missing");
  }
  sp(in);
  if (in.peek() == '(') {
    result.flags = flag_list(in);
  } else {
    do {
      flag(in, result.flags);
    } while (in.accept(' '));
  }
  return result;
}

template <class T>
Body copy(Numbers numbers, Cursor& in) {
  sp(in);
  SequenceSet set = sequence_set(in);
  MailboxName to = mailbox_argument(in);
  return T{numbers, std::move(set), std::move(to)};
}

Body replace(Numbers numbers, Cursor& in) {
  sp(in);
  SequenceSet set = sequence_set(in);
  // `5:*` is as many as there are.
  const bool runs_to_the_end = set.star() && set.star()->highest != 0;
  if (set.saved() || runs_to_the_end || set.count() + (set.star() ? 1 : 0) != 1)
    in.fail("REPLACE names one message");
  command::Replace result{{{}, mailbox_argument(in), {}}, numbers, std::move(set)};
  sp(in);
  new_messages(in, result);
  return result;
}

constexpr std::array<NumbersForm, 8> forms = {{
    {"COPY", copy<command::Copy>},
    {"FETCH", fetch},
    {"MOVE", copy<command::Move>},
    {"REPLACE", replace},
    {"SEARCH", search},
    {"SORT", sort},
    {"STORE", store},
    {"THREAD", thread},
}};

}  // namespace

Command::Body multi_search(Cursor& in) {
  command::MultiSearch result;
  result.numbers = Numbers::uid;
  sp(in);
  if (in.accept_word("IN")) {
    sp(in);
    in.expect('(');
    result.mailboxes = mailbox_filters(in);
    sp(in);
  }
  program(in, result);
  return result;
}

std::span<const NumbersForm> message_commands() {
  return forms;
}

}  // namespace postern::wire::imap::grammar
