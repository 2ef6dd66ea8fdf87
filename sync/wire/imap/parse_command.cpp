#include "sync/wire/imap/parse_command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap {
namespace {

using namespace grammar;  // NOLINT(google-build-using-namespace): its rules are all this file says
using Body = Command::Body;
using Rule = Body (*)(Cursor&);

template <class T>
Body bare(Cursor& /*in*/) {
  return T{};
}

/// SP mailbox. After an error the command is thrown away, so any name will do.
MailboxName mailbox_argument(Cursor& in) {
  sp(in);
  auto name = mailbox(in);
  return name ? std::move(*name) : *MailboxName::from_utf8("INBOX");
}

template <class T>
Body with_mailbox(Cursor& in) {
  return T{mailbox_argument(in)};
}

Body id(Cursor& in) {
  constexpr std::size_t most = 30;  // RFC 2971 section 3.3
  constexpr std::size_t longest = 1024;
  command::Id id;
  sp(in);
  if (in.accept_word("NIL")) return id;
  in.expect('(');
  if (in.accept(')')) return id;
  do {
    std::string field = string(in);
    sp(in);
    auto value = nstring(in);
    if (field.size() > longest || (value && value->size() > longest) || id.fields.size() >= most)
      in.fail("Too many fields, or too long ones");
    id.fields.emplace_back(std::move(field), std::move(value));
  } while (in.accept(' '));
  in.expect(')');
  return id;
}

Body authenticate(Cursor& in) {
  command::Authenticate result;
  sp(in);
  result.mechanism = atom(in);
  std::ranges::transform(result.mechanism, result.mechanism.begin(), to_upper);
  if (in.accept(' ')) {
    const std::string_view response = in.take_while(is_astring_char);
    if (response.empty()) in.fail("The initial response is missing");
    result.initial_response = Secret(std::string(response));
  }
  return result;
}

Body login(Cursor& in) {
  command::Login result;
  sp(in);
  result.user = astring(in);
  sp(in);
  result.password = Secret(astring(in));
  return result;
}

Body enable(Cursor& in) {
  command::Enable result;
  do {
    sp(in);
    result.capabilities.push_back(atom(in));
  } while (in.peek() == ' ');
  return result;
}

Body rename(Cursor& in) {
  MailboxName from = mailbox_argument(in);
  MailboxName to = mailbox_argument(in);
  return command::Rename{std::move(from), std::move(to)};
}

template <class T>
Body list(Cursor& in) {
  sp(in);
  const std::string reference = astring(in);
  sp(in);
  const std::string name = list_mailbox(in);
  auto pattern = ListPattern::from_wire(reference, name);
  if (!pattern) in.fail("This is not a mailbox pattern in modified UTF-7");
  return T{pattern.value_or(ListPattern{})};
}

Body status(Cursor& in) {
  using Item = command::Status::Item;
  static constexpr std::array<std::pair<std::string_view, Item>, 6> names = {{
      {"MAILBOXID", Item::mailbox_id},
      {"MESSAGES", Item::messages},
      {"RECENT", Item::recent},
      {"UIDNEXT", Item::uid_next},
      {"UIDVALIDITY", Item::uid_validity},
      {"UNSEEN", Item::unseen},
  }};
  command::Status result{mailbox_argument(in), {}};
  sp(in);
  in.expect('(');
  do {
    const auto known =
        std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
    if (known == names.end()) {
      in.fail("There is no such status item");
    } else if (std::ranges::find(result.items, known->second) == result.items.end()) {
      result.items.push_back(known->second);
    }
  } while (in.accept(' '));
  in.expect(')');
  return result;
}

Body append(Cursor& in) {
  command::Append result{mailbox_argument(in), {}, {}, 0};
  sp(in);
  if (in.peek() == '(') {
    result.flags = flag_list(in);
    sp(in);
  }
  if (in.peek() == '"') {
    result.date = date_time(in);
    sp(in);
  }
  if (const auto octets = in.stream()) {
    result.octets = *octets;
  } else {
    in.fail("The message must come as a literal");
  }
  return result;
}

/// SP, and behind it what RETURN asks for, if it stands there.
void returns(Cursor& in, command::Searching& result) {
  sp(in);
  if (!in.accept_word("RETURN")) return;
  sp(in);
  result.returns = return_options(in);
  sp(in);
}

/// `charset SP search-program`
void charset_and_key(Cursor& in, command::Searching& result) {
  result.charset = astring(in);
  std::ranges::transform(result.charset, result.charset.begin(), to_upper);
  sp(in);
  result.key = search_program(in);
}

Body search(Numbers numbers, Cursor& in) {
  command::Search result;
  result.numbers = numbers;
  returns(in, result);
  if (in.accept_word("CHARSET")) {
    sp(in);
    charset_and_key(in, result);
  } else {
    result.key = search_program(in);
  }
  return result;
}

Body sort(Numbers numbers, Cursor& in) {
  command::Sort result;
  result.numbers = numbers;
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

Body cancel_update(Cursor& in) {
  constexpr std::size_t most = 100;
  command::CancelUpdate result;
  sp(in);
  do {
    result.tags.push_back(quoted(in));
    if (result.tags.size() > most) in.fail("Too many tags");
  } while (in.accept(' '));
  return result;
}

Body fetch(Numbers numbers, Cursor& in) {
  command::Fetch result;
  result.numbers = numbers;
  sp(in);
  result.set = sequence_set(in);
  sp(in);
  result.items = fetch_items(in);
  if (numbers == Numbers::uid && in.rest().starts_with(" (")) {
    sp(in);
    in.expect('(');
    if (!in.accept_word("PARTIAL")) in.fail("There is no such modifier of FETCH");
    sp(in);
    result.partial = partial_range(in);
    in.expect(')');
  }
  return result;
}

/// `store-att-flags`
Body store(Numbers numbers, Cursor& in) {
  command::Store result;
  result.numbers = numbers;
  sp(in);
  result.set = sequence_set(in);
  sp(in);
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

using NumbersRule = Body (*)(Numbers, Cursor&);
constexpr std::array<std::pair<std::string_view, NumbersRule>, 7> numbers_rules = {{
    {"COPY", copy<command::Copy>},
    {"FETCH", fetch},
    {"MOVE", copy<command::Move>},
    {"SEARCH", search},
    {"SORT", sort},
    {"STORE", store},
    {"THREAD", thread},
}};

Body uid(Cursor& in) {
  sp(in);
  for (const auto& [name, rule] : numbers_rules) {
    if (in.accept_word(name)) return rule(Numbers::uid, in);
  }
  if (in.accept_word("EXPUNGE")) {
    sp(in);
    return command::Expunge{sequence_set(in)};
  }
  in.fail("There is no such UID command");
  return {};
}

constexpr std::array<std::pair<std::string_view, Rule>, 27> rules = {{
    {"APPEND", append},
    {"AUTHENTICATE", authenticate},
    {"CANCELUPDATE", cancel_update},
    {"CAPABILITY", bare<command::Capability>},
    {"CHECK", bare<command::Check>},
    {"CLOSE", bare<command::Close>},
    {"CREATE", with_mailbox<command::Create>},
    {"DELETE", with_mailbox<command::Delete>},
    {"ENABLE", enable},
    {"EXAMINE", with_mailbox<command::Examine>},
    {"EXPUNGE", bare<command::Expunge>},
    {"ID", id},
    {"IDLE", bare<command::Idle>},
    {"LIST", list<command::List>},
    {"LOGIN", login},
    {"LOGOUT", bare<command::Logout>},
    {"LSUB", list<command::Lsub>},
    {"NAMESPACE", bare<command::Namespace>},
    {"NOOP", bare<command::Noop>},
    {"RENAME", rename},
    {"SELECT", with_mailbox<command::Select>},
    {"STARTTLS", bare<command::StartTls>},
    {"STATUS", status},
    {"SUBSCRIBE", with_mailbox<command::Subscribe>},
    {"UID", uid},
    {"UNSELECT", bare<command::Unselect>},
    {"UNSUBSCRIBE", with_mailbox<command::Unsubscribe>},
}};

Body command_body(Cursor& in) {
  for (const auto& [name, rule] : rules) {
    if (in.accept_word(name)) return rule(in);
  }
  for (const auto& [name, rule] : numbers_rules) {
    if (in.accept_word(name)) return rule(Numbers::sequence, in);
  }
  in.fail("There is no such command");
  return {};
}

}  // namespace

std::expected<Command, SyntaxError> parse_command(const RawCommand& raw) {
  Cursor in(raw);
  std::string command_tag = tag(in);
  sp(in);
  Body body = command_body(in);
  // Some programs leave spaces at the end of a line.
  while (in.accept(' ')) {
  }
  if (!in.at_end()) in.fail("There is more than this command takes");
  if (in.failed()) return std::unexpected(SyntaxError{tag_of(raw.text.front()), in.error()});
  return Command{std::move(command_tag), std::move(body)};
}

}  // namespace postern::wire::imap
