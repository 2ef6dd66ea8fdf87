#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/relay/lobby.h"
#include "proxy/relay/smtp_lobby.h"
#include "sync/wire/smtp/extensions.h"
#include "tests/fuzz/require.h"

using postern::fuzz::require;
using namespace postern::relay;
using postern::wire::smtp::Reply;
using postern::wire::smtp::ReplyReader;

namespace {

constexpr std::size_t line_limit = 512;
constexpr std::string_view mechanisms[] = {"SCRAM-SHA-256", "PLAIN", "LOGIN"};

std::optional<Reply> reply_in(std::string_view octets) {
  ReplyReader reader;
  if (reader.next(octets) != ReplyReader::Status::reply) return std::nullopt;
  return reader.take();
}

/// What is shown is an answer to EHLO that offers what the server offers, and our way in.
void check_hello(const Reply& server) {
  const Reply shown = shown_hello(server, mechanisms);
  const auto again = reply_in(postern::wire::smtp::format_reply(shown));
  // A whole answer of a server and one line more may be beyond the bounds, and its name may look
  // like a status.
  if (!again || again->status) return;
  require(again->lines.size() == shown.lines.size());
  const auto offered = parse_extensions(*again);
  require(!offered.starttls);
  require(offered.mechanisms == std::vector<std::string>{"SCRAM-SHA-256", "PLAIN", "LOGIN"});
  auto of_server = parse_extensions(server);
  of_server.starttls = false;
  of_server.mechanisms = offered.mechanisms;
  require(of_server == offered);
}

/// What a program is told, and what it asked for, as one text.
std::string play(Protocol protocol, const Reply& hello, std::string_view octets, std::size_t step) {
  std::string out;
  std::string asked;
  const auto lobby =
      make_lobby(protocol, {{std::begin(mechanisms), std::end(mechanisms)}, hello}, line_limit);
  while (!octets.empty()) {
    lobby->feed(octets.substr(0, step));
    octets.remove_prefix(std::min(step, octets.size()));
    while (true) {
      const Lobby::Event event = lobby->next(out);
      if (event == Lobby::Event::more) break;
      if (event == Lobby::Event::over) return out + asked;
      if (event == Lobby::Event::login) {
        asked += "|" + lobby->take_login().user;
        lobby->refuse(Lobby::Refusal::credentials, "no", out);
      } else {
        const Lobby::Step now = lobby->take_step();
        asked += "|" + now.mechanism.value_or("-") + "|" + now.response.value_or("-");
        if (asked.size() % 3 == 0) lobby->object(Lobby::Objection::senseless, out);
        if (asked.size() % 3 == 1) lobby->challenge("", out);
        if (asked.size() % 3 == 2) lobby->refuse(Lobby::Refusal::for_now, "no", out);
      }
    }
  }
  return out + asked;
}

}  // namespace

/// K3: what a program is told before its login does not depend on how octets come; the answer to
/// EHLO that it is shown is made of the server's, up to an octet 1.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto protocol = static_cast<Protocol>(data[0] % 3);
  std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
  Reply hello{250, std::nullopt, {"mx"}};
  if (protocol == Protocol::smtp) {
    const std::size_t end = std::min(octets.find('\x01'), octets.size());
    if (const auto reply = reply_in(octets.substr(0, end))) hello = *reply;
    octets.remove_prefix(std::min(end + 1, octets.size()));
    check_hello(hello);
  }
  require(play(protocol, hello, octets, octets.size() + 1) == play(protocol, hello, octets, 1));
  return 0;
}
