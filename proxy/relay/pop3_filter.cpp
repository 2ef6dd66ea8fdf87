#include "proxy/relay/pop3_filter.h"

#include "sync/wire/command_text.h"
#include "sync/wire/pop3/reply.h"

namespace postern::relay {

using wire::is_word;
using wire::take_word;
using wire::pop3::Indicator;

void Pop3Filter::on_left(std::string_view line, Out out) {
  if (awaited_ == Awaited::response) {
    awaited_ = Awaited::exchange;
    return pass(line, out.right);
  }
  std::string_view rest = line;
  const std::string_view verb = take_word(rest);
  const bool bare = take_word(rest).empty();
  if (is_word(verb, "STLS")) {
    out.left += "-ERR Postern has made TLS to the server already; switch it off here\r\n";
    return;
  }
  if (is_word(verb, "PASS") || is_word(verb, "APOP")) {
    awaited_ = Awaited::login;
  } else if (is_word(verb, "AUTH") && !bare) {
    awaited_ = Awaited::exchange;
  } else if (is_word(verb, "CAPA") || (bare && (is_word(verb, "AUTH") || is_word(verb, "LANG")))) {
    awaited_ = Awaited::list;
  } else {
    awaited_ = Awaited::reply;
  }
  pass(line, out.right);
}

void Pop3Filter::on_right(std::string_view line, Out out) {
  if (awaited_ == Awaited::lines) {
    if (line == ".") awaited_ = Awaited::nothing;
    std::string_view rest = line;
    if (!is_word(take_word(rest), "STLS")) pass(line, out.left);
    return;
  }
  const auto reply = wire::pop3::parse_reply(line);
  const bool challenge = reply && reply->indicator == Indicator::challenge;
  if (!reply || (challenge && awaited_ != Awaited::exchange))
    return fail("the server does not speak POP3", out);
  pass(line, out.left);
  if (challenge) {
    awaited_ = Awaited::response;
    return;
  }
  const bool decides = awaited_ == Awaited::login || awaited_ == Awaited::exchange;
  if (reply->ok() && decides) go_through();
  awaited_ = reply->ok() && awaited_ == Awaited::list ? Awaited::lines : Awaited::nothing;
}

}  // namespace postern::relay
