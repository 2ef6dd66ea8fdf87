#include "sync/engine/poll.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>
#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "config/secret_source.h"
#include "sync/base/log.h"
#include "sync/engine/intake.h"
#include "sync/engine/store_work.h"
#include "sync/net/error.h"

namespace postern::engine {

namespace {

using store::Origin;
using store::OriginState;
using upstream::Pop3Session;
using wire::pop3::Listing;

/// How far the clocks may drift apart between two polls.
constexpr std::chrono::minutes clock_tolerance{5};
constexpr int most_attempts = 3;
/// How long a listing that lost too much has to stay the same until it is believed.
constexpr std::chrono::minutes loss_confirmation{10};

/// Writes that are under way may end after the poll was cancelled.
struct Silenced {
  Intake& intake;
  ~Silenced() {
    intake.on_progress([] {});
  }
};

/// A refusal that ends the poll.
struct RefusedPoll {
  upstream::Refused why;
};

template <class T>
T accepted(upstream::Answer<T> answer) {
  if (!answer) throw RefusedPoll{std::move(answer.error())};
  if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

bool is_cancellation(const net::Error& error) {
  return error.kind() == net::ErrorKind::cancelled;
}

bool deletes_expunged(const config::Source& source) {
  return source.keep_on_server.rule == config::KeepOnServer::Rule::until_deleted;
}

}  // namespace

Poll::Poll(Parts parts) : parts_(std::move(parts)) {}

asio::awaitable<PollResult> Poll::run() {
  // A message in doubt is fetched again in a session of its own making, alone.
  for (int attempts = most_attempts; attempts > 0; --attempts) {
    result_ = {};
    const bool again = co_await attempt();
    if (!again) break;
  }
  result_.fetched = fetched_;
  co_return std::move(result_);
}

/// True if another attempt may clear a doubt.
asio::awaitable<bool> Poll::attempt() {
  bool doubtful = false;
  try {
    co_await converse();
  } catch (const RefusedPoll& refusal) {
    doubtful = refusal.why.kind == upstream::Refusal::doubtful;
    result_.trouble = explain(parts_.source, refusal.why);
    if (worth_a_new_token(refusal.why)) co_return true;
    if (refusal.why.kind == upstream::Refusal::auth)
      result_.credentials = refusal.why.certain ? Credentials::refused : Credentials::doubtful;
    result_.refusal = refusal.why;
  } catch (const net::Error& error) {
    if (is_cancellation(error)) throw;
    result_.trouble = explain(parts_.source, error);
  } catch (const store::StoreFailure& failure) {
    result_.trouble = explain(failure);
  } catch (const Trouble& trouble) {
    result_.trouble = trouble;
    if (trouble.state == SourceState::sign_in_needed) result_.credentials = Credentials::refused;
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    result_.trouble = Trouble{SourceState::unreachable, error.what()};
  } catch (const std::exception& error) {
    // A moment without memory or threads must not end the source for good.
    result_.trouble = Trouble{SourceState::unreachable,
                              fmt::format("this machine is short of something: {}", error.what())};
  }
  co_return doubtful;
}

asio::awaitable<void> Poll::converse() {
  Access access = co_await prepare_access();
  upstream::Pop3Settings settings;
  settings.server = {parts_.source.server.host, parts_.source.server.port};
  settings.tls = parts_.source.tls;
  settings.insecure = parts_.source.insecure;
  settings.trust = access.trust ? &*access.trust : nullptr;
  settings.deadlines = parts_.deadlines;
  settings.login = parts_.source.login;
  settings.memory = &parts_.memory.login;
  settings.message_limit = parts_.message_limit;
  auto opened = co_await Pop3Session::open(settings);
  Pop3Session session = accepted(std::move(opened));
  const Secret tried = access.secret;
  upstream::Credential credential(std::move(access.secret));
  if (parts_.source.oauth) credential.kind = wire::sasl::SecretKind::token;
  auto logged_in = co_await session.login(parts_.source.username, std::move(credential));
  if (!logged_in && logged_in.error().kind == upstream::Refusal::auth)
    parts_.memory.refused_secret = tried;
  accepted(std::move(logged_in));
  result_.login_delay = session.capabilities().login_delay();
  auto listed = co_await session.listing();
  const Listing listing = accepted(std::move(listed));
  result_.listed = listing.messages.size();
  co_await carry_out(session, listing);
  if (result_.note.empty()) {
    const auto& expiry = session.capabilities().expiry();
    result_.note = retention_note(parts_.source.keep_on_server, expiry);
  }
}

asio::awaitable<void> Poll::carry_out(Pop3Session& session, const Listing& listing) {
  const std::vector<Origin> known = co_await known_origins();
  Plan plan_now = plan(listing, known);
  const bool suspicious = plan_now.suspicious;
  if (listing.reliability == wire::pop3::Reliability::complete) remember_losses(plan_now);
  if (!listing.flaw.empty()) result_.note = "the server's listing is flawed: " + listing.flaw;
  if (plan_now.suspicious)
    result_.note =
        "the server lists far fewer of the known messages than before; nothing is deleted";
  if (!plan_now.mark_gone.empty() || plan_now.forget)
    co_await mark(plan_now.mark_gone, OriginState::gone, plan_now.forget);
  result_.deleted = plan_now.removals_confirmed;

  const bool fetched_any = !plan_now.fetch.empty();
  const bool complete = co_await fetch(session, std::move(plan_now.fetch));
  const bool right_away = parts_.source.keep_on_server.rule == config::KeepOnServer::Rule::never;
  // What was fetched must not make a listing that lost too much look better than it is.
  if (fetched_any && right_away && parts_.memory.full_sync && !suspicious) {
    const std::vector<Origin> now_known = co_await known_origins();
    plan_now = plan(listing, now_known);
  }
  if (complete) parts_.memory.full_sync = true;
  co_await remove(session, plan_now);
  parts_.memory.last_wall = wall_now();
  parts_.memory.last_steady = std::chrono::steady_clock::now();

  // Everything is on disk. Whatever becomes of this last command, the next listing tells.
  try {
    const auto quit = co_await session.quit();
    if (!quit) {
      log::info("source", "{}: QUIT was answered with {}", parts_.source.key(),
                log::quoted(quit.error().words));
    }
  } catch (const net::Error& error) {
    if (is_cancellation(error)) throw;
    log::info("source", "{}: the answer to QUIT was lost: {}", parts_.source.key(), error.what());
  }
}

asio::awaitable<Poll::Access> Poll::prepare_access() {
  const config::Source& source = parts_.source;
  Secret token;
  if (source.oauth) token = co_await access_token();
  auto work = [password = source.password, oauth = source.oauth.has_value(), tls = source.tls,
               trust = net::TlsTrust{source.server.host, source.ca,
                                     source.pin}]() -> std::expected<Access, Trouble> {
    Access access;
    if (!oauth) {
      auto secret = config::read_secret(password);
      if (!secret)
        return std::unexpected(Trouble{SourceState::wrong_password, secret.error().text()});
      access.secret = std::move(*secret);
    }
    if (tls == config::Tls::none) return access;
    auto client = net::TlsClient::make(trust);
    if (!client)
      return std::unexpected(Trouble{SourceState::bad_certificate, client.error().text()});
    access.trust.emplace(std::move(*client));
    return access;
  };
  auto access = co_await compute(*parts_.account, std::move(work));
  if (!access) throw Trouble(access.error());
  if (source.oauth) access->secret = std::move(token);
  co_return std::move(*access);
}

asio::awaitable<Secret> Poll::access_token() {
  token_renewed_ = parts_.memory.token_doubted;
  const auto freshness =
      token_renewed_ ? AccessTokens::Freshness::renewed : AccessTokens::Freshness::usual;
  auto token = co_await parts_.tokens->token(freshness);
  if (!token) throw Trouble(token.error());
  parts_.memory.token_doubted = false;
  co_return std::move(*token);
}

/// A token may be withdrawn before its time. When the server says so for certain, a new one is
/// tried at once; else with the next poll, since it may mean that one logs in too often.
bool Poll::worth_a_new_token(const upstream::Refused& why) {
  if (!parts_.source.oauth || why.kind != upstream::Refusal::auth || token_renewed_) return false;
  parts_.memory.token_doubted = true;
  return why.certain;
}

asio::awaitable<std::vector<Origin>> Poll::known_origins() {
  auto work = [key = parts_.source.key()](store::Reader& reader) { return reader.origins(key); };
  co_return co_await read(*parts_.account, std::move(work));
}

Plan Poll::plan(const Listing& listing, const std::vector<Origin>& known) {
  const PollMemory& memory = parts_.memory;
  const bool confirmed =
      memory.suspicious_since &&
      std::chrono::steady_clock::now() - *memory.suspicious_since >= loss_confirmation;
  return make_plan({.listing = listing,
                    .known = known,
                    .keep = parts_.source.keep_on_server,
                    .now = wall_now(),
                    .full_sync_before = memory.full_sync,
                    .clock_trusted = clock_trusted(),
                    .loss_confirmed = confirmed,
                    .troublesome = memory.troublesome});
}

bool Poll::clock_trusted() const {
  const PollMemory& memory = parts_.memory;
  if (!memory.last_wall) return false;
  const auto steady = std::chrono::steady_clock::now() - memory.last_steady;
  const auto drift = std::chrono::abs((wall_now() - *memory.last_wall) - steady);
  return drift < clock_tolerance;
}

void Poll::remember_losses(const Plan& plan) {
  PollMemory& memory = parts_.memory;
  if (!plan.suspicious || !plan.mark_gone.empty()) {
    memory.suspicious_since.reset();
  } else if (!memory.suspicious_since) {
    memory.suspicious_since = std::chrono::steady_clock::now();
  }
  for (const OriginId id : plan.mark_gone) memory.deletes_sent.erase(id);
}

asio::awaitable<MailboxId> Poll::destination() {
  const std::string& name = parts_.source.deliver_to;
  if (const auto tree = parts_.account->tree(); const auto* mailbox = tree->find(name))
    co_return mailbox->id;
  auto work = [name](store::Transaction& transaction) {
    return transaction.create_mailbox(name, store::SpecialUse::none);
  };
  const auto created = co_await write(*parts_.account, std::move(work));
  if (!created) {
    throw store::StoreFailure(store::FailureKind::bug,
                              "the mailbox of `deliver_to` cannot be created");
  }
  co_return created->id;
}

asio::awaitable<void> Poll::mark(std::vector<OriginId> origins, OriginState state, bool forget) {
  auto work = [origins = std::move(origins), state, forget, key = parts_.source.key(),
               expunged = deletes_expunged(parts_.source),
               now = wall_now()](store::Transaction& transaction) {
    const SourceId source = transaction.source(key, expunged);
    transaction.set_origin_state(source, origins, state, now);
    if (forget) transaction.forget_origins(source, now - forget_after);
  };
  co_await write(*parts_.account, std::move(work));
}

asio::awaitable<bool> Poll::fetch(Pop3Session& session, std::vector<FetchItem> items) {
  const std::uint64_t limit = parts_.message_limit;
  const std::size_t too_large =
      std::erase_if(items, [&](const FetchItem& item) { return item.octets > limit; });
  if (too_large != 0)
    result_.note = std::to_string(too_large) + " messages beyond the limit stay on the server";
  progress_ = {};
  progress_.messages_total = items.size();
  for (const FetchItem& item : items) progress_.octets_total += item.octets;
  if (items.empty()) co_return true;

  std::vector<Pop3Session::Wanted> wanted;
  wanted.reserve(items.size());
  for (const FetchItem& item : items) {
    const bool alone = parts_.memory.troublesome.contains(item.key);
    wanted.push_back({item.number, item.octets, alone});
  }
  const std::size_t count = items.size();
  const auto shared_items = std::make_shared<const std::vector<FetchItem>>(std::move(items));
  IntakeSettings settings{parts_.source.key(), deletes_expunged(parts_.source), MailboxId(0)};
  settings.mailbox = co_await destination();
  auto intake = std::make_shared<Intake>(parts_.executor, parts_.account, settings, shared_items);
  const Silenced silenced{*intake};
  intake->on_progress([this, source = intake.get()] {
    progress_.messages_done = source->committed();
    progress_.octets_done = source->received_octets();
    parts_.progressed(progress_);
  });

  upstream::Answer<void> answer;
  std::exception_ptr lost;
  try {
    answer = co_await session.retrieve(wanted, *intake);
  } catch (const net::Error& error) {
    if (is_cancellation(error)) throw;
    lost = std::current_exception();
  }
  // What came before the trouble is kept; what ended the session comes last next time.
  if (const auto broken = intake->under_way(); broken && !intake->failure())
    parts_.memory.troublesome.insert((*shared_items)[*broken].key);
  co_await intake->finish();
  fetched_ += intake->committed();
  if (intake->failure()) throw store::StoreFailure(*intake->failure());
  if (lost) std::rethrow_exception(lost);
  accepted(std::move(answer));
  if (intake->refusals() != 0)
    result_.note = std::to_string(intake->refusals()) + " messages were refused by the server";
  // What the server refuses is not here to be lost: it holds nothing else up.
  co_return intake->committed() + intake->refusals() == count;
}

asio::awaitable<void> Poll::remove(Pop3Session& session, const Plan& plan) {
  if (plan.remove.empty()) co_return;
  if (!plan.mark_due.empty()) co_await mark(plan.mark_due, OriginState::delete_due, false);
  std::vector<std::uint32_t> numbers;
  numbers.reserve(plan.remove.size());
  for (const DeleteItem& item : plan.remove) numbers.push_back(item.number);
  auto answer = co_await session.remove(numbers);
  const std::size_t count = accepted(std::move(answer));
  for (const DeleteItem& item : plan.remove) parts_.memory.deletes_sent.insert(item.origin);
  if (count != numbers.size()) {
    result_.note =
        fmt::format("{} of {} deletions were refused by the server; they are tried again",
                    numbers.size() - count, numbers.size());
  }
}

}  // namespace postern::engine
