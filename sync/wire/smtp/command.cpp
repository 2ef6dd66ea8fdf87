#include "sync/wire/smtp/command.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/command_text.h"

namespace postern::wire::smtp {

namespace {

using Parsed = std::expected<Command, Reply>;

std::unexpected<Reply> refuse(unsigned code, EnhancedStatus status, std::string text) {
  return std::unexpected(Reply{code, status, {std::move(text)}});
}

std::unexpected<Reply> wrong_arguments(std::string text) {
  return refuse(501, {5, 5, 4}, std::move(text));
}

std::unexpected<Reply> wrong_parameter(std::string_view keyword) {
  // The keyword is quoted only if it is one, so that nothing of the line comes back as it was.
  return refuse(555, {5, 5, 4},
                keyword.size() < 32 && is_ascii(keyword)
                    ? fmt::format("the parameter {} is not known", keyword)
                    : std::string("a parameter is not known"));
}

/// "KEYWORD=value", the value missing or not.
struct Parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

std::optional<Parameter> take_parameter(std::string_view& rest) {
  const std::string_view word = take_word(rest);
  if (word.empty()) return std::nullopt;
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return Parameter{word, std::nullopt};
  return Parameter{word.substr(0, equals), word.substr(equals + 1)};
}

bool is_value(const Parameter& parameter, std::string_view capitals) {
  return parameter.value && is_word(*parameter.value, capitals);
}

/// False: its value does not fit. Unknown ones are not given to it.
bool read_body(const Parameter& parameter, Sender& sender) {
  if (is_value(parameter, "7BIT"))
    sender.body = BodyKind::seven_bit;
  else if (is_value(parameter, "8BITMIME"))
    sender.body = BodyKind::eight_bit_mime;
  else if (is_value(parameter, "BINARYMIME"))
    sender.body = BodyKind::binary_mime;
  else
    return false;
  return true;
}

bool read_ret(const Parameter& parameter, Sender& sender) {
  if (is_value(parameter, "FULL"))
    sender.ret = Return::full;
  else if (is_value(parameter, "HDRS"))
    sender.ret = Return::headers;
  else
    return false;
  return true;
}

/// RFC 3461 section 4.4: printable characters and blanks, 100 at most.
bool read_envelope_id(const Parameter& parameter, Sender& sender) {
  if (!parameter.value) return false;
  auto decoded = from_xtext(*parameter.value);
  if (!decoded || decoded->empty() || decoded->size() > 100) return false;
  for (const char c : *decoded)
    if (c < ' ' || c > '~') return false;
  sender.envelope_id = std::move(*decoded);
  return true;
}

std::optional<Reply> read_mail_parameter(const Parameter& parameter, command::Mail& mail) {
  bool fits = true;
  if (is_word(parameter.keyword, "SIZE")) {
    mail.size = number(parameter.value.value_or(""));
    fits = mail.size.has_value();
  } else if (is_word(parameter.keyword, "BODY")) {
    fits = read_body(parameter, mail.sender);
  } else if (is_word(parameter.keyword, "SMTPUTF8")) {
    fits = !parameter.value;
    mail.sender.smtp_utf8 = true;
  } else if (is_word(parameter.keyword, "RET")) {
    fits = read_ret(parameter, mail.sender);
  } else if (is_word(parameter.keyword, "ENVID")) {
    fits = read_envelope_id(parameter, mail.sender);
  } else if (!is_word(parameter.keyword, "AUTH")) {  // RFC 4954 section 5: of no use upstream
    return wrong_parameter(parameter.keyword).error();
  }
  if (fits) return std::nullopt;
  return wrong_arguments(fmt::format("the value of {} is wrong", parameter.keyword)).error();
}

bool read_notify(const Parameter& parameter, Recipient& recipient) {
  Notify& notify = recipient.notify;
  notify.said = true;
  if (is_value(parameter, "NEVER")) return true;
  std::string_view rest = parameter.value.value_or("");
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    if (is_word(word, "SUCCESS"))
      notify.success = true;
    else if (is_word(word, "FAILURE"))
      notify.failure = true;
    else if (is_word(word, "DELAY"))
      notify.delay = true;
    else
      return false;
    if (comma == std::string_view::npos) return true;
    rest.remove_prefix(comma + 1);
  }
}

/// RFC 3461 section 4.2: "addr-type;xtext", 500 characters at most.
bool read_original(const Parameter& parameter, Recipient& recipient) {
  if (!parameter.value || parameter.value->size() > 500) return false;
  const std::size_t semicolon = parameter.value->find(';');
  if (semicolon == 0 || semicolon == std::string_view::npos) return false;
  const std::string_view type = parameter.value->substr(0, semicolon);
  const auto address = from_xtext(parameter.value->substr(semicolon + 1));
  if (!address || address->empty()) return false;
  for (const char c : type)
    if (c <= ' ' || c > '~') return false;
  for (const char c : *address)
    if (c < ' ' || c > '~') return false;
  recipient.original = fmt::format("{};{}", type, *address);
  return true;
}

/// Takes "FROM:" or "TO:"; the blanks behind it stand there in practice.
bool take_label(std::string_view& rest, std::string_view capitals) {
  rest = trimmed(rest);
  if (!is_word(rest.substr(0, capitals.size()), capitals)) return false;
  rest = trimmed(rest.substr(capitals.size()));
  return true;
}

/// SMTPUTF8 stands behind the path that it allows.
Charset charset_of_mail(std::string_view arguments) {
  while (const auto parameter = take_parameter(arguments))
    if (is_word(parameter->keyword, "SMTPUTF8")) return Charset::utf8;
  return Charset::ascii;
}

Parsed parse_mail(std::string_view rest) {
  if (!take_label(rest, "FROM:")) return wrong_arguments("write MAIL FROM:<address>");
  command::Mail mail;
  const auto path = take_path(rest, charset_of_mail(rest));
  if (!path || (!rest.empty() && rest.front() != ' '))
    return refuse(501, {5, 1, 7}, "the sender's address is wrong");
  mail.sender.address = *path;
  while (const auto parameter = take_parameter(rest))
    if (auto wrong = read_mail_parameter(*parameter, mail)) return std::unexpected(*wrong);
  return mail;
}

Parsed parse_rcpt(std::string_view rest, Charset charset) {
  if (!take_label(rest, "TO:")) return wrong_arguments("write RCPT TO:<address>");
  command::Rcpt rcpt;
  const auto path = take_path(rest, charset);
  if (!path || path->empty() || (!rest.empty() && rest.front() != ' '))
    return refuse(501, {5, 1, 3}, "the recipient's address is wrong");
  rcpt.recipient.address = *path;
  while (const auto parameter = take_parameter(rest)) {
    if (is_word(parameter->keyword, "NOTIFY")) {
      if (!read_notify(*parameter, rcpt.recipient))
        return wrong_arguments("the value of NOTIFY is wrong");
    } else if (is_word(parameter->keyword, "ORCPT")) {
      if (!read_original(*parameter, rcpt.recipient))
        return wrong_arguments("the value of ORCPT is wrong");
    } else {
      return wrong_parameter(parameter->keyword);
    }
  }
  return rcpt;
}

Parsed parse_hello(std::string_view rest, command::Hello::Form form) {
  const std::string_view name = trimmed(rest);
  // What a program calls itself is of no use here; only what could not be a name is refused.
  if (name.empty() || name.size() > 255) return wrong_arguments("say who you are");
  return command::Hello{form, name};
}

Parsed parse_bdat(std::string_view rest) {
  const auto octets = number(take_word(rest));
  const std::string_view last = take_word(rest);
  if (!octets || !trimmed(rest).empty() || (!last.empty() && !is_word(last, "LAST")))
    return wrong_arguments("write BDAT and a number of octets, then LAST if it is the last one");
  using Chunk = command::Bdat::Chunk;
  return command::Bdat{*octets, last.empty() ? Chunk::more : Chunk::last};
}

Parsed parse_auth(std::string_view rest) {
  command::Auth auth;
  auth.mechanism = take_word(rest);
  if (auth.mechanism.empty()) return wrong_arguments("write AUTH and a mechanism");
  const std::string_view initial = trimmed(rest);
  if (!initial.empty()) auth.initial = initial;
  return auth;
}

/// Commands whose arguments are of no interest, or must not be there.
template <class T>
Parsed bare(std::string_view rest) {
  if (!trimmed(rest).empty()) return wrong_arguments("nothing may follow this command");
  return T{};
}

template <class T>
Parsed any(std::string_view /*rest*/) {
  return T{};
}

using Parse = Parsed (*)(std::string_view);
constexpr std::array<std::pair<std::string_view, Parse>, 13> table{{
    {"HELO", [](std::string_view rest) { return parse_hello(rest, command::Hello::Form::helo); }},
    {"EHLO", [](std::string_view rest) { return parse_hello(rest, command::Hello::Form::ehlo); }},
    {"MAIL", parse_mail},
    {"DATA", bare<command::Data>},
    {"BDAT", parse_bdat},
    {"AUTH", parse_auth},
    {"STARTTLS", bare<command::StartTls>},
    {"RSET", bare<command::Rset>},
    {"NOOP", any<command::Noop>},
    {"QUIT", bare<command::Quit>},
    {"HELP", any<command::Help>},
    {"VRFY", any<command::Vrfy>},
    {"EXPN", any<command::Expn>},
}};

bool has_control(std::string_view line) {
  for (const char c : line)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f) return true;
  return false;
}

}  // namespace

Parsed parse_command(std::string_view line, Charset of_recipients) {
  if (has_control(line)) return refuse(500, {5, 5, 2}, "a command holds a control character");
  std::string_view rest = line;
  const std::string_view verb = take_word(rest);
  if (is_word(verb, "RCPT")) return parse_rcpt(rest, of_recipients);
  for (const auto& [word, parse] : table)
    if (is_word(verb, word)) return parse(rest);
  return refuse(500, {5, 5, 1}, "this command is not known");
}

std::string format_parameters(const Sender& sender) {
  std::string out;
  if (sender.body == BodyKind::eight_bit_mime) out += " BODY=8BITMIME";
  if (sender.body == BodyKind::binary_mime) out += " BODY=BINARYMIME";
  if (sender.smtp_utf8) out += " SMTPUTF8";
  if (sender.ret == Return::full) out += " RET=FULL";
  if (sender.ret == Return::headers) out += " RET=HDRS";
  if (!sender.envelope_id.empty()) out += " ENVID=" + to_xtext(sender.envelope_id);
  return out;
}

std::string format_parameters(const Recipient& recipient) {
  std::string out;
  const Notify& notify = recipient.notify;
  if (notify.said) {
    std::string words;
    const auto add = [&](bool wanted, std::string_view word) {
      if (wanted) words.append(words.empty() ? "" : ",").append(word);
    };
    add(notify.success, "SUCCESS");
    add(notify.failure, "FAILURE");
    add(notify.delay, "DELAY");
    out += " NOTIFY=" + (words.empty() ? std::string("NEVER") : words);
  }
  if (const std::size_t semicolon = recipient.original.find(';'); semicolon != std::string::npos) {
    out += " ORCPT=" + recipient.original.substr(0, semicolon + 1) +
           to_xtext(std::string_view(recipient.original).substr(semicolon + 1));
  }
  return out;
}

}  // namespace postern::wire::smtp
