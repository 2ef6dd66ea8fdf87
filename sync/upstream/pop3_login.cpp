#include "sync/upstream/pop3_login.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sync/wire/sasl_plain.h"

namespace postern::upstream {

namespace {

using wire::pop3::Capabilities;
using wire::pop3::Indicator;

/// RFC 5034 section 4: a line with an initial response must not be longer.
constexpr std::size_t longest_auth_line = 255;

/// A command with a secret in it; the caller wipes it when it was sent.
asio::awaitable<void> send_secret(Pop3Connection& connection, std::string line) {
  try {
    co_await connection.send(line, 1);
  } catch (...) {
    wipe(line.data(), line.size());
    throw;
  }
  wipe(line.data(), line.size());
}

asio::awaitable<Answer<void>> user_pass(Pop3Connection& connection, std::string user,
                                        Secret password) {
  co_await connection.send("USER " + user + "\r\n", 1);
  const auto name = co_await connection.accepted("USER");
  if (!name) co_return std::unexpected(name.error());
  std::string line = "PASS ";
  line += password.reveal();
  line += "\r\n";
  co_await send_secret(connection, std::move(line));
  const auto answer = co_await connection.accepted("PASS");
  if (!answer) co_return std::unexpected(answer.error());
  co_return Answer<void>();
}

asio::awaitable<Answer<void>> plain(Pop3Connection& connection, std::string user, Secret password) {
  const Secret response = wire::format_sasl_plain(user, password);
  std::string command = "AUTH PLAIN";
  const bool initial = command.size() + 1 + response.reveal().size() + 2 <= longest_auth_line;
  if (!initial) {
    co_await connection.send("AUTH PLAIN\r\n", 1);
    const auto challenge = co_await connection.reply("AUTH PLAIN");
    if (!challenge) co_return std::unexpected(challenge.error());
    if (challenge->indicator == Indicator::err)
      co_return std::unexpected(refused("AUTH PLAIN", challenge->code, challenge->text));
    if (challenge->indicator == Indicator::ok)
      co_return std::unexpected(Refused{Refusal::protocol, "AUTH PLAIN", "no challenge"});
    command.clear();
  } else {
    command += ' ';
  }
  command += response.reveal();
  command += "\r\n";
  co_await send_secret(connection, std::move(command));
  auto answer = co_await connection.reply("AUTH PLAIN");
  if (answer && initial && answer->indicator == Indicator::challenge) {
    // The server has passed over the initial response and asks for it.
    std::string again(response.reveal());
    again += "\r\n";
    co_await send_secret(connection, std::move(again));
    answer = co_await connection.reply("AUTH PLAIN");
  }
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->indicator != Indicator::ok)
    co_return std::unexpected(refused("AUTH PLAIN", answer->code, answer->text));
  co_return Answer<void>();
}

struct Mechanism {
  bool (*offered)(const Capabilities&);
  asio::awaitable<Answer<void>> (*run)(Pop3Connection&, std::string, Secret);
};

/// The last one is what every server has.
constexpr std::array<Mechanism, 2> mechanisms{{
    {[](const Capabilities& capabilities) { return capabilities.has_mechanism("PLAIN"); }, plain},
    {[](const Capabilities&) { return true; }, user_pass},
}};

bool breaks_lines(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

asio::awaitable<Answer<void>> pop3_login(Pop3Connection& connection,
                                         const Capabilities& capabilities, std::string user,
                                         Secret password) {
  if (breaks_lines(user) || breaks_lines(password.reveal())) {
    co_return std::unexpected(
        Refused{Refusal::auth, "login", "the user name or password holds a line break", true});
  }
  const auto mechanism = std::ranges::find_if(
      mechanisms, [&](const Mechanism& candidate) { return candidate.offered(capabilities); });
  Answer<void> answer = co_await mechanism->run(connection, std::move(user), std::move(password));
  if (!answer && answer.error().kind == Refusal::other) {
    // RFC 3206 section 6: a server with AUTH-RESP-CODE says so when it means the credentials.
    answer.error().kind =
        capabilities.has(Capabilities::Name::auth_resp_code) ? Refusal::sys_temp : Refusal::auth;
  }
  co_return answer;
}

}  // namespace postern::upstream
