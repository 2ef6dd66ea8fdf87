#include <string>
#include <string_view>
#include <utility>

#include "sync/upstream/pop3_session.h"

namespace postern::upstream {

using wire::pop3::Listing;
using wire::pop3::ListingBuilder;

asio::awaitable<Answer<Listing>> Pop3Session::listing() {
  const bool ahead = pipelining();
  const bool ask = std::exchange(ask_with_listing_, false);
  if (ahead) {
    std::string commands = ask ? "CAPA\r\n" : "";
    commands += "STAT\r\nLIST\r\nUIDL\r\n";
    co_await connection_.send(std::move(commands), ask ? 4 : 3);
  }
  if (ask) {
    const Answer<void> told = co_await read_capabilities();
    if (!told) co_return std::unexpected(told.error());
  }
  ListingBuilder builder;
  if (!ahead) co_await connection_.send("STAT\r\n", 1);
  const auto stat = co_await connection_.reply("STAT");
  if (!stat) co_return std::unexpected(stat.error());
  if (stat->indicator == wire::pop3::Indicator::ok)
    builder.stat(wire::pop3::parse_stat(stat->text));

  if (!ahead) co_await connection_.send("LIST\r\n", 1);
  const auto list = co_await connection_.reply("LIST");
  if (!list) co_return std::unexpected(list.error());
  if (list->indicator == wire::pop3::Indicator::ok) {
    const Answer<void> lines = co_await connection_.lines(
        "LIST", [&](std::string_view line) { return builder.list_line(line); });
    if (!lines) co_return std::unexpected(lines.error());
  }

  if (!ahead) co_await connection_.send("UIDL\r\n", 1);
  const auto uidl = co_await connection_.accepted("UIDL");
  if (!uidl) {
    if (uidl.error().kind != Refusal::other) co_return std::unexpected(uidl.error());
    co_return builder.finish_without_ids();
  }
  const Answer<void> lines = co_await connection_.lines(
      "UIDL", [&](std::string_view line) { return builder.uidl_line(line); });
  if (!lines) co_return std::unexpected(lines.error());
  co_return builder.finish();
}

}  // namespace postern::upstream
