#include "sync/wire/imap/parse_command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/command_rules.h"

namespace postern::wire::imap {
namespace {

using namespace grammar;  // NOLINT(google-build-using-namespace): its rules are all this file says
using Body = Command::Body;

template <class T>
Body bare(Cursor& /*in*/) {
  return T{};
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

Body compress(Cursor& in) {
  command::Compress result;
  sp(in);
  result.mechanism = atom(in);
  std::ranges::transform(result.mechanism, result.mechanism.begin(), to_upper);
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

Body language(Cursor& in) {
  constexpr std::size_t most = 20;
  command::Language result;
  while (in.accept(' ') && !in.failed()) {
    result.ranges.push_back(astring(in));
    if (result.ranges.size() > most) in.fail("Too many languages");
  }
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

Body uid_batches(Cursor& in) {
  command::UidBatches result;
  sp(in);
  result.size = nz_number(in);
  if (in.peek() == ' ' && in.rest().size() > 1 && in.rest()[1] != ' ') {
    sp(in);
    const std::uint32_t first = nz_number(in);
    in.expect(':');
    result.range.emplace(first, nz_number(in));
  }
  return result;
}

Body notify_form(Cursor& in) {
  sp(in);
  return notify(in);
}

Body uid(Cursor& in) {
  sp(in);
  for (const auto& [name, rule] : message_commands()) {
    if (in.accept_word(name)) return rule(Numbers::uid, in);
  }
  if (in.accept_word("EXPUNGE")) {
    sp(in);
    return command::Expunge{sequence_set(in)};
  }
  in.fail("There is no such UID command");
  return {};
}

constexpr std::array<CommandForm, 22> forms = {{
    {"AUTHENTICATE", authenticate},
    {"CANCELUPDATE", cancel_update},
    {"CAPABILITY", bare<command::Capability>},
    {"CHECK", bare<command::Check>},
    {"CLOSE", bare<command::Close>},
    {"COMPRESS", compress},
    {"ENABLE", enable},
    {"ESEARCH", multi_search},
    {"EXPUNGE", bare<command::Expunge>},
    {"ID", id},
    {"IDLE", bare<command::Idle>},
    {"LANGUAGE", language},
    {"LOGIN", login},
    {"LOGOUT", bare<command::Logout>},
    {"NAMESPACE", bare<command::Namespace>},
    {"NOOP", bare<command::Noop>},
    {"NOTIFY", notify_form},
    {"STARTTLS", bare<command::StartTls>},
    {"UID", uid},
    {"UIDBATCHES", uid_batches},
    {"UNAUTHENTICATE", bare<command::Unauthenticate>},
    {"UNSELECT", bare<command::Unselect>},
}};

Body command_body(Cursor& in) {
  for (const auto& [name, rule] : forms) {
    if (in.accept_word(name)) return rule(in);
  }
  for (const auto& [name, rule] : mailbox_commands()) {
    if (in.accept_word(name)) return rule(in);
  }
  for (const auto& [name, rule] : message_commands()) {
    if (in.accept_word(name)) return rule(Numbers::sequence, in);
  }
  in.fail("There is no such command");
  return {};
}

}  // namespace

std::expected<Command, SyntaxError> parse_command(const RawCommand& raw, Charset charset) {
  Cursor in(raw, charset);
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

std::expected<command::AppendPiece, SyntaxError> parse_more_messages(
    const RawCommand& raw, command::NewMessage::Form form, command::AppendPiece::Stream stream,
    Charset charset) {
  Cursor in(raw, charset);
  command::AppendPiece piece = more_messages(in, form, stream);
  if (!in.at_end()) in.fail("There is more than this command takes");
  if (in.failed()) return std::unexpected(SyntaxError{"*", in.error()});
  return piece;
}

std::expected<SearchKey, SyntaxError> parse_search_program(std::string_view text) {
  constexpr std::size_t longest = std::size_t{64} * 1024;
  Framer framer(FramerLimits::after_login(longest));
  framer.feed("f UID SEARCH ");
  framer.feed(text);
  framer.feed("\r\n");
  Framer::Event event = framer.next();
  while (std::holds_alternative<Framer::Continue>(event)) event = framer.next();
  const auto* complete = std::get_if<Framer::Complete>(&event);
  if (complete == nullptr || framer.holds_octets())
    return std::unexpected(SyntaxError{"*", "This is more than search keys"});
  auto command = parse_command(complete->command, Charset::utf8);
  if (!command) return std::unexpected(std::move(command.error()));
  auto& search = std::get<command::Search>(command->body);
  if (search.returns || !search.charset.empty())
    return std::unexpected(SyntaxError{"*", "Search keys alone may stand here"});
  return std::move(search.key);
}

}  // namespace postern::wire::imap
