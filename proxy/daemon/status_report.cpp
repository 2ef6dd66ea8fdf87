#include "proxy/daemon/status_report.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "proxy/daemon/devices/device_words.h"
#include "sync/engine/outgoing/retry.h"
#include "sync/net/completion.h"
#include "sync/store/reader.h"
#include "sync/store/submission.h"

namespace postern::daemon {
namespace {

using engine::SourceState;
using nlohmann::json;

constexpr std::array<std::pair<SourceState, const char*>, 11> state_names = {{
    {SourceState::idle, "idle"},
    {SourceState::polling, "polling"},
    {SourceState::waiting, "waiting"},
    {SourceState::wrong_password, "wrong_password"},
    {SourceState::sign_in_needed, "sign_in_needed"},
    {SourceState::unreachable, "unreachable"},
    {SourceState::bad_certificate, "bad_certificate"},
    {SourceState::mailbox_locked, "mailbox_locked"},
    {SourceState::throttled, "throttled"},
    {SourceState::server_error, "server_error"},
    {SourceState::store_failure, "store_failure"},
}};

using LeastSource = engine::Schedule::Least::Source;
constexpr std::array<std::pair<LeastSource, const char*>, 4> least_names = {{
    {LeastSource::nobody, ""},
    {LeastSource::preset, "preset"},
    {LeastSource::announced, "announced"},
    {LeastSource::learned, "learned"},
}};

const char* name_of(LeastSource source) {
  return std::ranges::find(least_names, source, &std::pair<LeastSource, const char*>::first)
      ->second;
}

/// What waits to be sent, the next one first.
json outbox_json(const std::vector<store::Submission>& waiting) {
  json out = json::array();
  for (const store::Submission& one : waiting) {
    json to = json::array();
    for (const auto& recipient : one.recipients)
      if (recipient.state == store::SubmissionRecipient::State::due)
        to.push_back(recipient.address);
    out.push_back({{"from", one.sender},
                   {"to", std::move(to)},
                   {"accepted", iso8601(one.accepted)},
                   {"next_attempt", iso8601(engine::outgoing::due_of(one))},
                   {"attempts", one.attempts},
                   {"perhaps_sent", one.certainty == store::Certainty::unknown},
                   {"problem", one.problem}});
  }
  return out;
}

/// The counts of a store, or what is wrong with it.
asio::awaitable<void> add_counts(std::shared_ptr<store::Account> store, json& account) {
  struct Facts {
    store::Reader::Counts counts;
    store::Reader::Indexed index;
    std::vector<store::Submission> waiting;
    std::vector<store::Device> devices;
  };
  using Outcome = store::Outcome<Facts>;
  auto start = [&store](auto done) {
    store->read(
        [](store::Reader& reader) {
          return Facts{reader.counts(), reader.index_progress(), reader.submissions(),
                       reader.devices()};
        },
        done);
  };
  const Outcome counts = co_await net::completion<Outcome>(start);
  if (counts) {
    account["mailboxes"] = counts->counts.mailboxes;
    account["messages"] = counts->counts.messages;
    account["octets"] = counts->counts.octets;
    account["search_index"] = {{"indexed", counts->index.bodies}, {"total", counts->index.total}};
    account["outbox"] = outbox_json(counts->waiting);
    account["devices"] = to_json(counts->devices);
  } else {
    account["problem"] = counts.error().what();
  }
}

asio::awaitable<json> account_json(std::shared_ptr<AccountService> service) {
  json account = {{"name", service->name()}, {"problem", nullptr}, {"sources", json::array()}};
  if (service->problem()) account["problem"] = service->problem()->text();
  for (const auto& source : service->sources()) account["sources"].push_back(to_json(source));
  account["outgoing"] = json::array();
  if (const auto postbox = service->postbox()) {
    for (const auto& server : postbox->status())
      account["outgoing"].push_back({{"server", server.server},
                                     {"problem", server.problem},
                                     {"last_sent", time_or_null(server.last_sent)},
                                     {"sent", server.sent}});
  }
  account["disk_octets"] = service->disk_octets();
  if (const auto store = service->store()) co_await add_counts(store, account);
  co_return account;
}

json connection_json(const access::SessionFacts& session) {
  return {{"protocol", session.protocol}, {"peer", session.peer},
          {"account", session.account},   {"device", session.device},
          {"mailbox", session.mailbox},   {"program", session.program},
          {"profile", session.profile},   {"since", iso8601(session.since)},
          {"secure", session.secure},     {"upstream", session.upstream}};
}

json certificate_json(const Certificate& certificate) {
  const auto facts = certificate.facts();
  if (!facts) return nullptr;
  const net::CertificateFacts& shown = facts->certificate;
  return {{"made_here", facts->authority.has_value()},
          {"names", shown.names},
          {"issuer", shown.issuer},
          {"fingerprint", shown.fingerprint},
          {"since", iso8601(shown.life.begin)},
          {"until", iso8601(shown.life.end)},
          {"authority", facts->authority ? json(facts->authority->string()) : json(nullptr)},
          {"problem", facts->problem.empty() ? json(nullptr) : json(facts->problem)}};
}

json connections_of(const Daemon& daemon) {
  json out = json::array();
  for (const auto& session : daemon.faces().sessions()) out.push_back(connection_json(session));
  for (const auto& session : daemon.relays().sessions()) out.push_back(connection_json(session));
  return out;
}

/// Where the mail lies; what cannot be told is left out.
json disk_json(const std::filesystem::path& state) {
  json out = json::object();
  std::error_code unknown;
  const auto space = std::filesystem::space(state, unknown);
  if (!unknown) out["free"] = space.available;
  return out;
}

json head(const config::Config& config) {
  return {
      {"disk", disk_json(config.state)},
      {"version", POSTERN_VERSION},
      {"time", iso8601(wall_now())},
      {"config", {{"file", config.file.string()}, {"notes", config.notes}, {"problem", nullptr}}},
      {"state", config.state.string()},
      {"certificate", nullptr},
      {"listening", json::array()},
      {"connections", json::array()},
      {"accounts", json::array()}};
}

}  // namespace

json time_or_null(const std::optional<WallTime>& time) {
  return time ? json(iso8601(*time)) : json(nullptr);
}

std::optional<WallTime> time_from(const json& value) {
  std::tm parsed{};
  if (!value.is_string() ||
      ::strptime(value.get<std::string>().c_str(), "%Y-%m-%dT%H:%M:%SZ", &parsed) == nullptr)
    return std::nullopt;
  return WallTime(std::chrono::seconds(::timegm(&parsed)));
}

json to_json(const engine::Schedule::Least& least) {
  return {{"seconds", least.gap.count()}, {"by", name_of(least.source)}};
}

engine::Schedule::Least least_from_json(const json& from) {
  engine::Schedule::Least least;
  least.gap = std::chrono::seconds(from.value("seconds", std::int64_t{0}));
  const std::string by = from.value("by", "");
  for (const auto& [value, name] : least_names) {
    if (by == name) least.source = value;
  }
  return least;
}

const char* name_of(SourceState state) {
  const auto found =
      std::ranges::find(state_names, state, &std::pair<SourceState, const char*>::first);
  return found == state_names.end() ? "waiting" : found->second;
}

json to_json(const engine::SourceStatus& status) {
  return {{"account", status.account},
          {"source", status.source},
          {"state", name_of(status.state)},
          {"detail", status.detail},
          {"last_poll", time_or_null(status.last_poll)},
          {"last_success", time_or_null(status.last_success)},
          {"next_poll", time_or_null(status.next_poll)},
          {"postponed_until", time_or_null(status.postponed_until)},
          {"least_pause", to_json(status.least)},
          {"listed", status.listed},
          {"fetched", status.fetched},
          {"deleted", status.deleted},
          {"trashed", status.trashed},
          {"unconfirmed", status.unconfirmed},
          {"failures", status.failures},
          {"progress",
           {{"messages_done", status.progress.messages_done},
            {"messages_total", status.progress.messages_total},
            {"octets_done", status.progress.octets_done},
            {"octets_total", status.progress.octets_total}}}};
}

engine::SourceStatus source_from_json(const json& from) {
  engine::SourceStatus out;
  out.account = from.value("account", "");
  out.source = from.value("source", "");
  out.detail = from.value("detail", "");
  const std::string state = from.value("state", "");
  for (const auto& [value, name] : state_names) {
    if (state == name) out.state = value;
  }
  out.last_poll = time_from(from.value("last_poll", json(nullptr)));
  out.last_success = time_from(from.value("last_success", json(nullptr)));
  out.next_poll = time_from(from.value("next_poll", json(nullptr)));
  out.postponed_until = time_from(from.value("postponed_until", json(nullptr)));
  out.least = least_from_json(from.value("least_pause", json::object()));
  out.listed = from.value("listed", std::uint64_t{0});
  out.fetched = from.value("fetched", std::uint64_t{0});
  out.deleted = from.value("deleted", std::uint64_t{0});
  out.trashed = from.value("trashed", std::uint64_t{0});
  out.unconfirmed = from.value("unconfirmed", std::uint64_t{0});
  out.failures = from.value("failures", 0U);
  const json progress = from.value("progress", json::object());
  out.progress.messages_done = progress.value("messages_done", std::uint64_t{0});
  out.progress.messages_total = progress.value("messages_total", std::uint64_t{0});
  out.progress.octets_done = progress.value("octets_done", std::uint64_t{0});
  out.progress.octets_total = progress.value("octets_total", std::uint64_t{0});
  return out;
}

json listening(const Daemon& daemon) {
  json out = json::array();
  for (const auto& place : daemon.faces().places())
    out.push_back({{"protocol", name_of(place.face)}, {"address", place.address}});
  for (const auto& place : daemon.relays().places()) {
    out.push_back(
        {{"protocol", place.protocol}, {"address", place.address}, {"upstream", place.upstream}});
  }
  return out;
}

json pulse_of(const Daemon& daemon) {
  json out = json::array({daemon.reload_problem(), connections_of(daemon)});
  for (const auto& [name, service] : daemon.accounts()) {
    json account = json::array({name, service->problem() ? service->problem()->text() : ""});
    for (const auto& source : service->sources()) account.push_back(to_json(source));
    account.push_back(to_json(daemon.devices().of(name)));
    out.push_back(std::move(account));
  }
  return out;
}

asio::awaitable<json> status_of(const Daemon& daemon) {
  json out = head(daemon.config());
  out["running"] = true;
  out["since"] = iso8601(daemon.since());
  if (!daemon.reload_problem().empty()) out["config"]["problem"] = daemon.reload_problem();
  out["certificate"] = certificate_json(daemon.faces().certificate());
  out["listening"] = listening(daemon);
  out["connections"] = connections_of(daemon);
  // A reload may exchange the accounts while a store is read.
  const Daemon::Accounts accounts = daemon.accounts();
  for (const auto& [name, service] : accounts) {
    json account = co_await account_json(service);
    // The store learns of their last use a little later.
    account["devices"] = to_json(daemon.devices().of(name));
    out["accounts"].push_back(std::move(account));
  }
  co_return out;
}

asio::awaitable<json> status_at_rest(const config::Config& config,
                                     std::vector<std::shared_ptr<AccountService>> accounts) {
  json out = head(config);
  out["running"] = false;
  for (const auto& service : accounts) {
    json account = co_await account_json(service);
    for (json& source : account["sources"]) source["next_poll"] = nullptr;
    out["accounts"].push_back(std::move(account));
  }
  co_return out;
}

std::string one_line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace postern::daemon
