#include "proxy/relay/session.h"

#include <utility>

#include <fmt/format.h>

#include "proxy/relay/opening.h"
#include "sync/base/log.h"
#include "sync/net/error.h"

namespace postern::relay {
namespace {

using Why = net::SpliceEnd::Why;

}  // namespace

Session::Session(asio::any_io_executor executor, net::Stream stream,
                 const Surroundings& surroundings)
    : access::Session(std::move(executor), std::move(stream), surroundings, surroundings.limits,
                      access::Start::plaintext),
      surroundings_(surroundings),
      route_(surroundings.route) {}

void Session::ask_to_stop() {
  stopping_ = true;
  stream_.close();
  if (upstream_) upstream_->close();
}

/// Behind the login every octet is the server's.
void Session::too_slow() {
  if (!through_) out_ += farewell(route_.protocol, "no login came in time");
}

access::SessionFacts Session::facts() const {
  access::SessionFacts facts = access::Session::facts();
  facts.protocol = std::string("relay ") + relay::name_of(route_.protocol);
  facts.account = account_;
  facts.device = device_;
  facts.upstream = name_of(route_.upstream);
  return facts;
}

asio::awaitable<void> Session::converse() {
  if (!route_.guests.empty()) co_return co_await host();
  const bool opened = co_await open();
  if (!opened) co_return;
  through_ = co_await let_in();
  if (through_) co_await carry();
  co_await upstream_->shutdown();
}

void Session::say_farewell(const std::string& reason) {
  log::warning("relay", "{}: {}", stream_.peer(), reason);
  out_ += farewell(route_.protocol, reason);
}

asio::awaitable<bool> Session::open() {
  std::optional<std::string> trouble;
  try {
    Opened opened = co_await open_upstream(route_, surroundings_.limits);
    upstream_.emplace(std::move(opened.stream));
    greeted_ = opened.greeted;
  } catch (const NoWayIn& error) {
    trouble = error.what();
  }
  if (stopping_) co_return false;
  if (trouble) {
    say_farewell(*trouble);
    co_return false;
  }
  if (greeted_ == Greeted::yes) out_ += own_greeting(route_.protocol);
  co_await flush();
  co_return true;
}

/// Until the login is through; whether it is.
asio::awaitable<bool> Session::let_in() {
  const Limits& limits = surroundings_.limits;
  const auto filter = make_filter(route_.protocol, greeted_, limits.line);
  const net::SpliceLimits patience{limits.before_login, limits.half_closed, limits.login};
  const net::SpliceEnd end =
      co_await surroundings_.splicer.run(stream_, *upstream_, patience, filter.get());
  const std::string server = name_of(route_.upstream);
  switch (end.why) {
    case Why::tap:
      if (filter->state() == Filter::State::through) co_return true;
      log::warning("relay", "{}: {}: {}", stream_.peer(), server, filter->reason());
      break;
    case Why::idle:
      say_farewell(filter->awaits_answer() ? server + " did not answer in time"
                                           : "no login came in time");
      break;
    case Why::right_lost: say_farewell(fmt::format("{}: {}", server, end.words)); break;
    case Why::left_lost:
    case Why::ended: break;
  }
  co_return false;
}

/// Nothing can be said any more: only the end of the connection tells the program. A server whose
/// program broke off must not take that for an end. The other way round it cannot be told: many
/// servers end after QUIT without close_notify, and a reset would take their last answer from the
/// program. Where a message ends, all three protocols say themselves.
asio::awaitable<void> Session::carry() {
  const Limits& limits = surroundings_.limits;
  const net::SpliceLimits patience{limits.idle, limits.half_closed};
  const net::SpliceEnd end = co_await surroundings_.splicer.run(stream_, *upstream_, patience);
  if (end.why == Why::left_lost) upstream_->abort();
  if (end.why == Why::idle || end.why == Why::right_lost) {
    log::info("relay", "{} to {}: {}", stream_.peer(), name_of(route_.upstream),
              end.why == Why::idle ? "nothing came for too long" : end.words);
  }
}

}  // namespace postern::relay
