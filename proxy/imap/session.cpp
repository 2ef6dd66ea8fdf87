#include "proxy/imap/session.h"

#include <utility>
#include <variant>

#include "proxy/imap/idling.h"
#include "proxy/imap/offer.h"
#include "proxy/imap/watch.h"
#include "sync/base/log.h"
#include "sync/base/secret.h"
#include "sync/net/tls.h"
#include "sync/wire/imap/parse_command.h"

namespace postern::imap {

Session::Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
                 access::Start start)
    : access::Session(std::move(executor), std::move(stream), surroundings, surroundings.limits,
                      start),
      surroundings_(surroundings) {
  renew_offer();
}

Session::~Session() = default;

access::SessionFacts Session::facts() const {
  access::SessionFacts facts = access::Session::facts();
  if (login_) {
    facts.account = login_->account;
    facts.device = login_->device;
  }
  if (view_) facts.mailbox = view_->name();
  facts.program = program_;
  facts.profile = profile_;
  return facts;
}

void Session::too_slow() {
  bye("", state_ == State::not_authenticated ? "Too slow" : "Idle for too long");
}

std::string Session::too_many() {
  std::string goodbye;
  wire::imap::append_status(goodbye, "*", wire::imap::Condition::bye, "UNAVAILABLE",
                            "Too many connections");
  return goodbye;
}

asio::awaitable<void> Session::converse() {
  untagged(wire::imap::Condition::ok, "CAPABILITY " + capabilities(), "Postern is ready");
  while (state_ != State::logout) {
    Framer::Event event = framer_.next();
    if (std::holds_alternative<Framer::Need>(event)) {
      co_await listen();
    } else {
      co_await handle(std::move(event));
      co_await flush_if_large();
    }
  }
}

asio::awaitable<void> Session::handle(Framer::Event event) {
  if (std::holds_alternative<Framer::Continue>(event)) {
    out_ += "+ Go on\r\n";
    co_return;
  }
  if (const auto* refused = std::get_if<Framer::Refused>(&event)) {
    refuse(*refused);
  } else if (auto* stream = std::get_if<Framer::Stream>(&event)) {
    co_await append(std::move(*stream));
  } else if (auto* complete = std::get_if<Framer::Complete>(&event)) {
    const bool may_hold_password = !login_;
    co_await perform(complete->command);
    if (may_hold_password) forget_input(complete->command);
  }
  begin_waiting();
  if (stopping_ && state_ != State::logout) bye("UNAVAILABLE", why_ended_);
}

void Session::forget_input(wire::imap::RawCommand& command) {
  wire::imap::forget(command);
  framer_.forget_used();
  wipe(input_.data(), input_.size());
}

std::expected<wire::imap::Command, wire::imap::SyntaxError> Session::parse(
    const wire::imap::RawCommand& raw) const {
  auto command = wire::imap::parse_command(raw, charset());
  if (!command) return command;
  if (const auto unknown = unknown_in(*command, offer_))
    return std::unexpected(wire::imap::SyntaxError{command->tag, std::string(*unknown)});
  return command;
}

asio::awaitable<void> Session::perform(const wire::imap::RawCommand& raw) {
  auto command = parse(raw);
  if (!command) {
    tagged(command.error().tag, Answer::bad(command.error().text));
    count_bad();
    co_return;
  }
  tag_ = command->tag;
  progress_told_ = std::chrono::steady_clock::now();
  watch_behaviour(*command);
  Answer answer = co_await dispatch(*command);
  co_await tell_news(*command);
  if (view_) tell_mod_seq(answer);
  told_vanished_ = false;
  tagged(command->tag, answer);
  if (answer.condition == wire::imap::Condition::bad || answer.wrong_password()) {
    count_bad();
  } else if (login_) {
    bad_ = 0;
  }
  if (std::exchange(tls_next_, false)) co_await switch_to_tls();
  if (std::exchange(compression_next_, false)) co_await switch_to_compression();
  if (view_ && view_->mailbox().gone() && state_ == State::selected)
    bye("", "The selected mailbox was deleted");
}

/// Before the tagged line. The view is looked at after the work, so that what the work did is told
/// with it.
asio::awaitable<void> Session::tell_news(const wire::imap::Command& command) {
  const CommandRule& rule = rule_of(command);
  // RFC 5465 section 3.1: NOTIFY tells what there is like NOOP.
  const bool tells_view = hears_of_view() || rule.effect == Effect::writes ||
                          std::holds_alternative<wire::imap::command::Notify>(command.body);
  if (view_ && state_ == State::selected && rule.sequence != Sequence::replaces && tells_view) {
    co_await tell(withholds_expunges(command) ? store::Expunges::withheld
                                              : store::Expunges::allowed);
    co_await update_contexts();
    if (std::holds_alternative<wire::imap::command::Noop>(command.body)) news_overlooked_ = false;
  }
  co_await tell_account_news();
}

asio::awaitable<Answer> Session::dispatch(wire::imap::Command& command) {
  const CommandRule& rule = rule_of(command);
  if (!rule.allowed_in(state_))
    co_return Answer::bad(std::string(rule.name) + " is not possible in this state");
  if (rule.effect == Effect::writes && reads_only()) co_return not_permitted();
  if (auto refused = co_await expand_filters(command)) co_return std::move(*refused);
  if (enabled_.has(Extension::uid_only) && names_sequence_numbers(command))
    co_return uid_required();
  auto work = std::visit([this](const auto& body) { return run(body); }, command.body);
  co_return co_await std::move(work);
}

void Session::refuse(const Framer::Refused& refused) {
  if (refused.scope == Framer::Refused::Scope::connection) {
    bye("TOOBIG", refused.text);
  } else {
    tagged(refused.tag, Answer::bad(refused.text, "TOOBIG"));
    count_bad();
  }
}

void Session::count_bad() {
  ++bad_;
  const Limits& limits = surroundings_.limits;
  if (state_ == State::logout || bad_ < (login_ ? limits.bad_in_a_row : limits.bad_before_login))
    return;
  log::info("imap", "{}: too many bad commands", stream_.peer());
  bye("", "Too many bad commands");
}

void Session::bye(std::string_view code, std::string_view text) {
  untagged(wire::imap::Condition::bye, code, text);
  state_ = State::logout;
}

void Session::ask_to_stop() {
  if (std::exchange(stopping_, true)) return;
  if (idling_) {
    idling_->wake.raise();
  } else if (waiting_ && !(watch_ && watch_->pushing)) {
    surroundings_.tasks.spawn("BYE to " + stream_.peer(), farewell(self()));
  }
}

void Session::end_now() {
  why_ended_ = "This device was revoked";
  const bool may_speak = idling_ != nullptr || (waiting_ && !(watch_ && watch_->pushing));
  ask_to_stop();
  if (!may_speak) stream_.close();
}

/// The conversation waits for the client and writes nothing, so this may.
asio::awaitable<void> Session::farewell(std::shared_ptr<Session> self) {
  std::string goodbye;
  wire::imap::append_status(goodbye, "*", wire::imap::Condition::bye, "UNAVAILABLE",
                            self->why_ended_);
  co_await self->stream_.write(goodbye, self->surroundings_.limits.handshake);
  self->stream_.close();
}

}  // namespace postern::imap
