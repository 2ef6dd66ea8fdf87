#include "sync/upstream/imap_connection.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "sync/wire/imap/server_line.h"

namespace postern::upstream {
namespace {

using wire::imap::ServerLine;

constexpr std::size_t buffer_octets = 4096;
constexpr std::size_t most_lines = 512;  ///< before an answer

std::unexpected<Refused> senseless(const char* during, const char* words) {
  return std::unexpected(Refused{Refusal::protocol, during, words});
}

/// RFC 5530.
Refused refused(const char* during, std::string line) {
  Refused out{Refusal::other, during, std::move(line)};
  const auto has = [&](std::string_view code) { return out.words.find(code) != std::string::npos; };
  if (has("[AUTHENTICATIONFAILED]") || has("[AUTHORIZATIONFAILED]") || has("[EXPIRED]")) {
    out.kind = Refusal::auth;
  } else if (has("[UNAVAILABLE]") || has("[INUSE]") || has("[LIMIT]")) {
    out.kind = Refusal::sys_temp;
  } else if (has("[PRIVACYREQUIRED]")) {
    out.kind = Refusal::no_tls;
  }
  out.certain = out.kind != Refusal::other;
  return out;
}

/// What a server may say by itself to somebody who has not logged in.
bool is_for_strangers(const ServerLine& line) {
  return line.is("OK") || line.is("NO") || line.is("BAD") || line.is("CAPABILITY") || line.is("ID");
}

}  // namespace

ImapConnection::ImapConnection(net::Stream stream, net::Stream::Duration answer)
    : stream_(std::move(stream)), answer_(answer), buffer_(buffer_octets) {}

asio::awaitable<Answer<std::string>> ImapConnection::line(const char* during, Time until) {
  using Status = wire::LineFramer::Status;
  while (true) {
    const Status status = framer_.next(rest_);
    if (status == Status::line) co_return std::string(framer_.line());
    if (status == Status::too_long) co_return senseless(during, "the server sent an endless line");
    const std::span<char> into(buffer_);
    const std::size_t octets =
        co_await stream_.read_some(into, until - std::chrono::steady_clock::now());
    rest_ = std::string_view(buffer_.data(), octets);
  }
}

asio::awaitable<Answer<void>> ImapConnection::greeting() {
  const char* const during = "the greeting";
  const auto text = co_await line(during, std::chrono::steady_clock::now() + answer_);
  if (!text) co_return std::unexpected(text.error());
  const ServerLine greeting = wire::imap::parse_server_line(*text);
  const bool untagged = greeting.kind == ServerLine::Kind::untagged;
  if (untagged && greeting.is("PREAUTH"))
    co_return senseless(during, "the server is logged in already, where there is no login or TLS");
  if (untagged && greeting.is("BYE"))
    co_return std::unexpected(Refused{Refusal::sys_temp, during, *text});
  if (!untagged || !greeting.is("OK"))
    co_return senseless(during, "the server does not speak IMAP");
  co_return Answer<void>();
}

asio::awaitable<Answer<ImapOffer>> ImapConnection::ask_offer() {
  capabilities_.clear();
  co_await send("CAPABILITY");
  const auto answer = co_await reply("CAPABILITY");
  if (!answer) co_return std::unexpected(answer.error());
  co_return imap_offer(capabilities_);
}

std::string ImapConnection::tagged(std::string command) {
  tag_ = "p" + std::to_string(++number_);
  return tag_ + " " + std::move(command);
}

asio::awaitable<void> ImapConnection::send(std::string command) {
  const std::string octets = tagged(std::move(command)) + "\r\n";
  co_await stream_.write(octets, answer_);
}

asio::awaitable<void> ImapConnection::send_secret(std::string command, Secret secret) {
  const Secret octets = line_with(tagged(std::move(command)), secret);
  echo_.sent(std::move(secret));
  co_await stream_.write(octets.reveal(), answer_);
}

asio::awaitable<void> ImapConnection::send_response(Secret line) {
  const Secret octets = line_with("", line);
  echo_.sent(std::move(line));
  co_await stream_.write(octets.reveal(), answer_);
}

asio::awaitable<void> ImapConnection::cancel_exchange() {
  const std::string octets = "*\r\n";
  co_await stream_.write(octets, answer_);
}

asio::awaitable<Answer<ImapConnection::Reply>> ImapConnection::reply(const char* during) {
  // The time is for the whole answer: a line now and then does not give it more.
  const auto until = std::chrono::steady_clock::now() + answer_;
  for (std::size_t count = 0; count < most_lines; ++count) {
    const auto text = co_await line(during, until);
    if (!text) co_return std::unexpected(text.error());
    const ServerLine parsed = wire::imap::parse_server_line(*text);
    auto told = wire::imap::capabilities_in(*text);
    if (!told.empty()) capabilities_ = std::move(told);
    if (parsed.kind == ServerLine::Kind::go_ahead)
      co_return Reply{
          Reply::Kind::challenge, text->substr(std::min<std::size_t>(2, text->size())), {}};
    if (parsed.kind == ServerLine::Kind::tagged && parsed.tag == tag_) {
      if (parsed.is("OK")) co_return Reply{};
      // What it means is in its code, also where its words are not to be told.
      Refused why = refused(during, *text);
      why.words = echo_.tellable(*text);
      co_return Reply{Reply::Kind::refused, {}, std::move(why)};
    }
    if (parsed.kind != ServerLine::Kind::untagged)
      co_return senseless(during, "the server sent an answer to nothing");
    if (parsed.is("BYE"))
      co_return std::unexpected(Refused{Refusal::sys_temp, during, echo_.tellable(*text)});
    if (!is_for_strangers(parsed))
      co_return senseless(during, "the server sent data before a login");
  }
  co_return senseless(during, "the server talks without end");
}

}  // namespace postern::upstream
