#include "sync/upstream/pop3_bearer.h"

#include <memory>
#include <string>
#include <utility>

#include "sync/wire/base64.h"

namespace postern::upstream {

namespace {

using wire::pop3::Indicator;
using wire::sasl::Mechanism;
using Reply = Pop3Connection::Reply;

constexpr int most_challenges = 4;

Mechanism mechanism_for(const wire::pop3::Capabilities& capabilities) {
  const std::string bearer(name(Mechanism::oauthbearer));
  return capabilities.has_mechanism(bearer) ? Mechanism::oauthbearer : Mechanism::xoauth2;
}

asio::awaitable<void> send_secret(Pop3Connection& connection, std::string line) {
  try {
    co_await connection.send(line, 1);
  } catch (...) {
    wipe(line.data(), line.size());
    throw;
  }
  wipe(line.data(), line.size());
}

/// The response in base64, behind `command`, as one line. RFC 5034 section 4: an empty one that
/// goes with its command is "=".
asio::awaitable<void> send_response(Pop3Connection& connection, std::string command,
                                    Secret response) {
  std::string line = std::move(command);
  const Secret encoded(wire::base64_encode(response.reveal()));
  line.reserve(line.size() + encoded.reveal().size() + 2);
  line += encoded.reveal();
  line += "\r\n";
  co_await send_secret(connection, std::move(line));
}

/// Answers what the server still wants to be told: its error, in JSON (RFC 7628 section 3.2.2),
/// before it may refuse.
asio::awaitable<Answer<Reply>> answer_challenges(Pop3Connection& connection,
                                                 wire::sasl::Client& client, Answer<Reply> reply) {
  for (int count = 0; reply && reply->indicator == Indicator::challenge; ++count) {
    if (count == most_challenges)
      co_return std::unexpected(Refused{Refusal::protocol, "AUTH", "challenges without an end"});
    const auto challenge = wire::base64_decode(reply->text);
    const wire::sasl::Response response = client.respond(challenge.value_or(""));
    if (!response)
      co_return std::unexpected(Refused{Refusal::protocol, "AUTH", response.error().what});
    co_await send_response(connection, "", *response);
    reply = co_await connection.reply("AUTH");
  }
  co_return reply;
}

bool breaks_fields(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0\x01", 4)) != std::string_view::npos;
}

}  // namespace

asio::awaitable<Answer<void>> pop3_bearer_login(Pop3Connection& connection,
                                                const wire::pop3::Capabilities& capabilities,
                                                wire::sasl::Credentials credentials,
                                                wire::sasl::Context context) {
  if (breaks_fields(credentials.user) || breaks_fields(credentials.secret.reveal())) {
    co_return std::unexpected(
        Refused{Refusal::auth, "AUTH", "the user name or token holds a control character", true});
  }
  const Mechanism mechanism = mechanism_for(capabilities);
  const std::string command = "AUTH " + std::string(name(mechanism));
  const std::unique_ptr<wire::sasl::Client> client =
      make_client(mechanism, std::move(credentials), std::move(context));
  const Secret initial = client->initial().value_or(Secret());
  co_await connection.send(command + "\r\n", 1);
  Answer<Reply> reply = co_await connection.reply("AUTH");
  if (reply && reply->indicator == Indicator::ok)
    co_return std::unexpected(Refused{Refusal::protocol, "AUTH", "no challenge"});
  if (reply && reply->indicator == Indicator::challenge) {
    co_await send_response(connection, "", initial);
    reply = co_await connection.reply("AUTH");
  } else if (reply && reply->code == wire::pop3::ResponseCode::none) {
    co_await send_response(connection, command + " ", initial);
    reply = co_await connection.reply("AUTH");
  }
  reply = co_await answer_challenges(connection, *client, std::move(reply));
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->indicator == Indicator::ok && client->finished()) co_return Answer<void>();
  Refused why = refused("AUTH", reply->code, reply->text);
  // The server has said in JSON that it means the token.
  if (!client->finished() && why.kind == Refusal::other) {
    why.kind = Refusal::auth;
    why.certain = true;
  } else if (why.kind == Refusal::other) {
    why.kind = capabilities.has(wire::pop3::Capabilities::Name::auth_resp_code) ? Refusal::sys_temp
                                                                                : Refusal::auth;
  }
  co_return std::unexpected(std::move(why));
}

}  // namespace postern::upstream
