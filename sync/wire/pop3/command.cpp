#include "sync/wire/pop3/command.h"

#include <array>
#include <limits>

#include "sync/wire/command_text.h"

namespace postern::wire::pop3 {

namespace {

enum class Arguments : std::uint8_t { none, text, word, message, optional_message, top, auth };

struct Form {
  std::string_view word;
  Verb verb;
  Arguments arguments;
};

constexpr std::array<Form, 16> forms{{
    {"APOP", Verb::apop, Arguments::text},
    {"AUTH", Verb::auth, Arguments::auth},
    {"CAPA", Verb::capa, Arguments::none},
    {"DELE", Verb::dele, Arguments::message},
    {"LIST", Verb::list, Arguments::optional_message},
    {"NOOP", Verb::noop, Arguments::none},
    {"PASS", Verb::pass, Arguments::text},
    {"QUIT", Verb::quit, Arguments::none},
    {"RETR", Verb::retr, Arguments::message},
    {"RSET", Verb::rset, Arguments::none},
    {"STAT", Verb::stat, Arguments::none},
    {"STLS", Verb::stls, Arguments::none},
    {"TOP", Verb::top, Arguments::top},
    {"UIDL", Verb::uidl, Arguments::optional_message},
    {"USER", Verb::user, Arguments::word},
    {"UTF8", Verb::utf8, Arguments::none},
}};

/// Takes a message number; `wrong` is set when there is none.
void take_message(std::string_view& rest, Command& command) {
  const auto value = number(take_word(rest));
  if (!value || *value == 0 || *value > std::numeric_limits<std::uint32_t>::max()) {
    command.wrong = "a message number is missing or wrong";
  } else {
    command.message = static_cast<std::uint32_t>(*value);
  }
}

void take_top(std::string_view& rest, Command& command) {
  take_message(rest, command);
  const auto lines = number(take_word(rest));
  if (!lines) {
    command.wrong = "TOP wants a message number and a number of lines";
  } else {
    command.lines = *lines;
  }
}

/// RFC 1939 section 7: one blank, then the password, in which further blanks count.
std::string_view text_argument(std::string_view rest) {
  if (!rest.empty()) rest.remove_prefix(1);
  return rest;
}

void take_arguments(Arguments arguments, std::string_view rest, Command& command) {
  switch (arguments) {
    case Arguments::none: break;
    case Arguments::text:
      command.argument = text_argument(rest);
      if (command.argument.empty()) command.wrong = "an argument is missing";
      return;
    case Arguments::word:
      command.argument = trimmed(rest);
      if (command.argument.empty()) command.wrong = "an argument is missing";
      return;
    case Arguments::message: take_message(rest, command); break;
    case Arguments::optional_message:
      if (!trimmed(rest).empty()) take_message(rest, command);
      break;
    case Arguments::top: take_top(rest, command); break;
    case Arguments::auth:
      command.argument = take_word(rest);
      if (!trimmed(rest).empty()) command.initial = take_word(rest);
      break;
  }
  if (command.wrong.empty() && !trimmed(rest).empty()) command.wrong = "too many arguments";
}

}  // namespace

Command parse_command(std::string_view line) {
  std::string_view rest = line;
  const std::string_view word = take_word(rest);
  Command command;
  for (const Form& form : forms) {
    if (!is_word(word, form.word)) continue;
    command.verb = form.verb;
    take_arguments(form.arguments, rest, command);
    return command;
  }
  command.wrong = "unknown command";
  return command;
}

}  // namespace postern::wire::pop3
