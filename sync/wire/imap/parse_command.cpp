#include "sync/wire/imap/parse_command.h"

#include <algorithm>
#include <array>
#include <utility>

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

constexpr std::array<CommandForm, 19> forms = {{
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
    {"STARTTLS", bare<command::StartTls>},
    {"UID", uid},
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

}  // namespace postern::wire::imap
