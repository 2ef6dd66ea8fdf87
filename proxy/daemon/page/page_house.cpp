#include "proxy/daemon/page/page_house.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "proxy/access/store_access.h"
#include "proxy/daemon/control_server.h"
#include "proxy/daemon/daemon.h"
#include "proxy/daemon/page/arrivals.h"
#include "proxy/daemon/page/letter.h"
#include "proxy/daemon/page/message_search.h"
#include "proxy/daemon/preview_text.h"
#include "proxy/daemon/state_folder.h"
#include "proxy/daemon/status_report.h"
#include "sync/wire/utf8.h"

namespace postern::daemon::page {
namespace {

using nlohmann::json;

/// Passes are sealed for this and for nothing else.
constexpr std::string_view purpose = "page";
/// Counting all messages again is for the sake of a chart.
constexpr std::chrono::seconds between_counts{10};
constexpr std::size_t most_hits = 50;
constexpr std::size_t longest_search = 300;  ///< octets

asio::awaitable<void> poll_in_passing(std::shared_ptr<AccountService> service) {
  co_await service->poll_and_wait(engine::PollWish::none);
}

std::string text_of(const json& question, const char* key) {
  const auto found = question.find(key);
  return found != question.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const json& question, const char* key) {
  const auto found = question.find(key);
  return found != question.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

Problem no_store() {
  return {"this account's mail cannot be used", "postern status says why"};
}

/// What no calendar has is left out.
std::string date_text(long long seconds) {
  constexpr long long last = 253402300799;  // the year 9999
  if (seconds < 0 || seconds > last) return "";
  return iso8601(WallTime(std::chrono::seconds(seconds)));
}

}  // namespace

PageHouse::PageHouse(asio::any_io_executor executor, const Daemon& daemon)
    : executor_(executor),
      daemon_(daemon),
      tasks_(std::move(executor), "page"),
      kept_(executor_),
      new_account_(daemon) {}

std::optional<Problem> PageHouse::open() {
  auto key = engine::TokenKey::open(token_key_file(daemon_.config().state));
  if (!key) return key.error();
  key_.emplace(std::move(*key));
  return std::nullopt;
}

void PageHouse::stop() {
  tasks_.cancel();
}

asio::awaitable<void> PageHouse::join() {
  co_await tasks_.join();
  co_await kept_.join();
}

std::string PageHouse::kept() const {
  return kept_.read(returned_passes_file(daemon_.config().state));
}

asio::awaitable<void> PageHouse::keep(std::string text) {
  co_await kept_.write(returned_passes_file(daemon_.config().state), std::move(text));
}

void PageHouse::note(const engine::SourceStatus& status) {
  chronicle_.note(status, std::chrono::steady_clock::now(), wall_now());
}

asio::awaitable<json> PageHouse::status() {
  co_return co_await status_of(daemon_);
}

std::string PageHouse::pulse() const {
  return one_line(pulse_of(daemon_));
}

asio::awaitable<json> PageHouse::history() {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (counted_ == SteadyTime{} || now - counted_ >= between_counts) co_await make_history();
  json out = chronicle_.to_json();
  out["days"] = days_;
  co_return out;
}

asio::awaitable<void> PageHouse::make_history() {
  counted_ = std::chrono::steady_clock::now();
  json all = json::array();
  const Daemon::Accounts accounts = daemon_.accounts();
  for (const auto& [name, service] : accounts) {
    const auto store = service->store();
    if (!store) continue;
    const auto days = co_await arrivals(store, wall_now());
    if (!days) continue;
    all.push_back({{"account", name}, {"messages", *days}});
  }
  days_ = std::move(all);
}

std::string PageHouse::not_ready() const {
  for (const auto& [name, service] : daemon_.accounts()) {
    if (!service->store()) return "the mail of an account cannot be used: postern status";
  }
  return "";
}

std::string PageHouse::seal(const Secret& text) const {
  return key_->seal(text, purpose);
}

std::optional<Secret> PageHouse::unseal(std::string_view sealed) const {
  return key_->unseal(sealed, purpose);
}

std::vector<std::string> PageHouse::names() const {
  std::vector<std::string> names;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && host.front() != '\0') {
    const std::string name = host.data();
    names = {name, name.substr(0, name.find('.')) + ".local"};
  }
  if (const auto facts = daemon_.faces().certificate().facts())
    std::ranges::copy(facts->host_names, std::back_inserter(names));
  return names;
}

std::expected<PageHouse::Service, Problem> PageHouse::service_of(const json& question) const {
  const std::string name = text_of(question, "account");
  const auto found = daemon_.accounts().find(name);
  if (found == daemon_.accounts().end())
    return std::unexpected(Problem{unknown_account(name, daemon_.config()), ""});
  return found->second;
}

asio::awaitable<web::House::Reply> PageHouse::act(std::string action, json question) {
  if (action == "poll") co_return poll(question);
  if (action == "preview") co_return co_await preview(std::move(question));
  if (action == "search") co_return co_await search(std::move(question));
  if (action == "letter") co_return co_await letter(std::move(question));
  if (action == "add_device") co_return co_await add_device(std::move(question));
  if (action == "revoke_device") co_return co_await revoke_device(std::move(question));
  if (action == "look") co_return co_await new_account_.look(std::move(question));
  if (action == "try") co_return co_await new_account_.attempt(std::move(question));
  if (action == "add") co_return co_await new_account_.add(std::move(question));
  co_return std::unexpected(Problem{"this program does not know that", "load the page again"});
}

/// What comes of it is seen in the status.
web::House::Reply PageHouse::poll(const json& question) {
  const auto service = service_of(question);
  if (!service) return std::unexpected(service.error());
  (*service)->send_now();
  tasks_.spawn("poll " + (*service)->name(), poll_in_passing(*service));
  return json::object();
}

asio::awaitable<web::House::Reply> PageHouse::preview(json question) {
  const auto service = service_of(question);
  if (!service) co_return std::unexpected(service.error());
  const Service one = *service;
  co_await one->poll_and_wait(engine::PollWish::dry_run);
  json out = json::object();
  out["sources"] = json::array();
  for (const auto& source : one->sources()) out["sources"].push_back(to_json(source));
  out["previews"] = previews_of({one});
  co_return out;
}

asio::awaitable<web::House::Reply> PageHouse::search(json question) {
  const auto service = service_of(question);
  if (!service) co_return std::unexpected(service.error());
  const auto store = (*service)->store();
  if (!store) co_return std::unexpected(no_store());
  std::string words = text_of(question, "text");
  if (words.size() > longest_search || !wire::valid_utf8(words))
    co_return std::unexpected(Problem{"that cannot be searched for", "type less"});
  const auto found = co_await search_messages(store, std::move(words), most_hits);
  if (!found) co_return std::unexpected(Problem{found.error().what(), ""});
  json out = json::object();
  out["end"] = found->end == Hits::End::all    ? "all"
               : found->end == Hits::End::many ? "many"
                                               : "late";
  out["hits"] = json::array();
  for (const Hit& hit : found->hits) {
    out["hits"].push_back({{"mailbox", hit.mailbox.name},
                           {"mailbox_id", hit.mailbox.id.value},
                           {"uid", hit.entry.uid.value},
                           {"subject", hit.subject},
                           {"from", hit.from},
                           {"octets", hit.entry.octets},
                           {"date", date_text(hit.entry.date.seconds)}});
  }
  co_return out;
}

asio::awaitable<web::House::Reply> PageHouse::letter(json question) {
  const auto service = service_of(question);
  if (!service) co_return std::unexpected(service.error());
  const auto store = (*service)->store();
  if (!store) co_return std::unexpected(no_store());
  const Problem gone{"this message is not there any more", "search again"};
  const MailboxId mailbox(number_of(question, "mailbox_id"));
  const auto opened = co_await access::open_mailbox(store, mailbox);
  if (!opened || !*opened) co_return std::unexpected(gone);
  // Holds the body for as long as it is read.
  const store::SnapshotPtr view = (*opened)->latest();
  const auto seq = view->find(Uid(static_cast<std::uint32_t>(number_of(question, "uid"))));
  if (!seq) co_return std::unexpected(gone);
  const store::Entry entry = view->at(*seq);
  auto work = [body = entry.body](store::Reader& reader) { return read_letter(reader, body); };
  const auto letter = co_await access::read(store, std::move(work));
  if (!letter) co_return std::unexpected(Problem{letter.error().what(), ""});
  json out = {{"subject", letter->subject}, {"from", letter->from}, {"to", letter->to},
              {"cc", letter->cc},           {"text", letter->text}, {"cut", letter->cut}};
  out["reply_to"] = letter->reply_to;
  out["date"] = date_text(letter->sent.value_or(entry.date.seconds));
  out["enclosed"] = json::array();
  for (const auto& one : letter->enclosed)
    out["enclosed"].push_back({{"name", one.name}, {"type", one.type}, {"octets", one.octets}});
  co_return out;
}

}  // namespace postern::daemon::page
