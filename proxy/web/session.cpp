#include "proxy/web/session.h"

#include <utility>

#include <fmt/format.h>

#include "proxy/web/answers.h"
#include "proxy/web/asset.h"
#include "proxy/web/discovery.h"
#include "proxy/web/metrics.h"
#include "sync/base/log.h"
#include "sync/net/dial.h"
#include "sync/wire/http/url.h"

namespace postern::web {
namespace {

using nlohmann::json;
using wire::http::Framing;
using wire::http::RequestParser;

/// A GET is one as well: the same fields, and only the body is left out.
bool reads(const wire::http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

std::string text_of(const json& question, const char* key) {
  if (!question.is_object()) return {};
  const auto found = question.find(key);
  return found != question.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Problem worn_link() {
  return {"there is nothing behind this link any more: each is good once, for a while",
          "add the device anew"};
}

Problem too_many_links() {
  return {"too many links that are not good came from this address",
          "wait some minutes, then open the link again"};
}

}  // namespace

Session::Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
                 access::Start start)
    : access::Session(std::move(executor), std::move(stream), surroundings, surroundings.limits,
                      start),
      surroundings_(surroundings) {}

void Session::ask_to_stop() {
  stopping_ = true;
  if (waiting_) stream_.close();
}

access::SessionFacts Session::facts() const {
  access::SessionFacts facts = access::Session::facts();
  facts.protocol = "web";
  return facts;
}

Way Session::way() const {
  return {stream_.loopback(), stream_.secure()};
}

void Session::too_slow() {
  if (parser_.begun())
    out_ += format(plain(408, "the request was not complete in time"), Framing::last);
}

asio::awaitable<void> Session::converse() {
  while (!stopping_ && !last_) {
    auto request = co_await read_request();
    if (!request) break;
    last_ = !request->persistent || ++requests_ >= surroundings_.limits.requests;
    co_await execute(std::move(*request));
    co_await flush();
    begin_waiting();
  }
}

asio::awaitable<std::optional<wire::http::Request>> Session::read_request() {
  auto status = parser_.feed(rest_);
  while (status == RequestParser::Status::more) {
    rest_ = co_await receive();
    status = parser_.feed(rest_);
  }
  if (status == RequestParser::Status::done) co_return parser_.take();
  out_ += format(plain(parser_.refusal(), "this request is not understood"), Framing::last);
  co_return std::nullopt;
}

void Session::say(const Answer& answer, const Request& request) {
  Framing framing = last_ || stopping_ ? Framing::last : Framing::length;
  if (request.method == "HEAD") framing = Framing::head_only;
  out_ += format(answer, framing);
}

asio::awaitable<void> Session::execute(Request request) {
  if (wants_events(request)) {
    last_ = true;
    co_await tell_events(std::move(request));
    co_return;
  }
  const Answer said = co_await answer(request);
  say(said, request);
}

asio::awaitable<wire::http::Answer> Session::answer(const Request& request) {
  const auto names = stream_.loopback() ? std::vector<std::string>() : surroundings_.house.names();
  if (!is_our_host(request.field("Host").value_or(""), way(), names))
    co_return plain(421, "this address is not known here");
  if (reads(request)) co_return co_await answer_get(request);
  if (request.method != "POST") {
    Answer refusal = plain(405, "only GET, HEAD and POST");
    refusal.fields.emplace_back("Allow", "GET, HEAD, POST");
    co_return refusal;
  }
  co_return co_await answer_post(request);
}

asio::awaitable<wire::http::Answer> Session::answer_get(const Request& request) {
  const std::string& path = request.path;
  if (path == "/healthz") co_return plain(200, "ok");
  if (path == "/readyz") {
    const std::string problem = surroundings_.house.not_ready();
    co_return problem.empty() ? plain(200, "ready") : plain(503, problem);
  }
  if (path == "/metrics") co_return co_await metrics();
  if (const Asset* asset = find_asset(path)) co_return whole(*asset);
  if (is_autoconfig(path)) co_return autoconfig(request);
  if (!path.starts_with("/api/")) co_return plain(404, "there is nothing here");
  if (!is_our_page(request, way(), Effect::reads)) co_return plain(403, "not from another page");
  if (!has_pass(request)) co_return refused(401, {"not signed in", "open the link of postern web"});
  known_ = true;
  if (path == "/api/status") {
    const auto issue = co_await surroundings_.bulletin.latest();
    co_return in_json(issue->text);
  }
  if (path == "/api/history") {
    const json history = co_await surroundings_.house.history();
    co_return in_json(one_line(history));
  }
  if (path == "/api/events") co_return refused(503, {"too many listen already", "try again later"});
  co_return plain(404, "there is nothing here");
}

asio::awaitable<wire::http::Answer> Session::answer_post(const Request& request) {
  constexpr std::string_view api = "/api/";
  if (is_autodiscover(request.path)) co_return autodiscover(request);
  const bool by_link = request.path == "/device";
  if (!by_link && !request.path.starts_with(api)) co_return plain(404, "there is nothing here");
  if (!is_our_page(request, way(), Effect::acts)) co_return plain(403, "not from another page");
  if (by_link) co_return co_await open_link(request);
  if (request.field("Content-Type").value_or("") != "application/json")
    co_return plain(415, "application/json");
  if (request.path == "/api/enter") co_return co_await enter(request);
  if (request.path == "/api/link") co_return co_await look_behind(request);
  if (!has_pass(request)) co_return refused(401, {"not signed in", "open the link of postern web"});
  known_ = true;
  if (request.path == "/api/leave") co_return co_await leave(request);
  json question = json::parse(request.body, nullptr, false);
  if (!question.is_object()) co_return refused(400, {"no JSON object", ""});
  std::string action = request.path.substr(api.size());
  const House::Reply reply =
      co_await surroundings_.house.act(std::move(action), std::move(question));
  co_return reply ? in_json(one_line(*reply)) : refused(409, reply.error());
}

asio::awaitable<wire::http::Answer> Session::enter(const Request& request) {
  const std::string invitation = text_of(json::parse(request.body, nullptr, false), "invitation");
  const SteadyTime now = std::chrono::steady_clock::now();
  const std::string peer = stream_.peer_address();
  const bool admitted = surroundings_.throttle.admits(peer, now);
  auto pass = admitted ? surroundings_.doorkeeper.redeem(invitation, now, wall_now())
                       : std::optional<Doorkeeper::Pass>();
  if (!pass) {
    Problem used{"this link is not good any more: each opens the page once",
                 "postern web makes another one"};
    co_return co_await refuse_link(std::move(used));
  }
  log::info("web", "{}: a browser is let in", peer);
  const json token = {{"token", pass->token}};
  Answer welcome = in_json(one_line(token));
  const std::chrono::seconds lifetime = Doorkeeper::pass_lifetime;
  welcome.fields.emplace_back("Set-Cookie", cookie_field(pass->cookie, lifetime.count()));
  co_return welcome;
}

asio::awaitable<wire::http::Answer> Session::leave(const Request& request) {
  const auto cookie = wire::http::cookie(request.field("Cookie").value_or(""), cookie_name());
  auto returned = surroundings_.doorkeeper.take_back(
      cookie.value_or(""), request.field("X-Postern-Token").value_or(""), wall_now());
  if (returned) {
    auto keeping = surroundings_.house.keep(std::move(*returned));
    co_await std::move(keeping);
  }
  Answer bye = in_json("{}");
  bye.fields.emplace_back("Set-Cookie", cookie_field("", 0));
  co_return bye;
}

asio::awaitable<wire::http::Answer> Session::refuse_link(Problem problem) {
  const std::string peer = stream_.peer_address();
  const auto pause = surroundings_.throttle.failed(peer, std::chrono::steady_clock::now());
  log::info("web", "{}: a link that is not good", peer);
  co_await net::pause(pause);
  co_return refused(401, problem);
}

asio::awaitable<wire::http::Answer> Session::look_behind(const Request& request) {
  const std::string link = text_of(json::parse(request.body, nullptr, false), "link");
  const bool admitted =
      surroundings_.throttle.admits(stream_.peer_address(), std::chrono::steady_clock::now());
  if (!admitted) co_return refused(429, too_many_links());
  const auto behind = surroundings_.house.look_behind(link);
  Problem worn = worn_link();
  if (!behind) co_return co_await refuse_link(std::move(worn));
  co_return in_json(one_line(*behind));
}

/// From a form, since a telephone takes a profile over only from a page that it goes to.
asio::awaitable<wire::http::Answer> Session::open_link(const Request& request) {
  if (request.field("Content-Type").value_or("") != "application/x-www-form-urlencoded")
    co_return plain(415, "application/x-www-form-urlencoded");
  std::string link;
  std::string form;
  const auto fields = wire::http::decode_form(request.body);
  for (const auto& [name, value] : fields.value_or(std::vector<wire::http::Field>())) {
    if (name == "link") link = value;
    if (name == "form") form = value;
  }
  const std::string peer = stream_.peer_address();
  const bool admitted = surroundings_.throttle.admits(peer, std::chrono::steady_clock::now());
  if (!admitted) co_return refused(429, too_many_links());
  auto opened = surroundings_.house.open_link(link, form);
  Problem worn = worn_link();
  if (!opened) co_return co_await refuse_link(std::move(worn));
  if (!*opened) co_return refused(409, opened->error());
  log::info("web", "{}: a device is given its settings", peer);
  co_return handed_out(**opened);
}

asio::awaitable<wire::http::Answer> Session::metrics() {
  if (!stream_.loopback()) co_return plain(403, "only from this machine");
  const json status = co_await surroundings_.house.status();
  co_return metrics_answer(metrics_text(status));
}

bool Session::has_pass(const Request& request) const {
  const auto cookies = request.field("Cookie");
  const auto cookie = cookies ? wire::http::cookie(*cookies, cookie_name()) : std::nullopt;
  return cookie && surroundings_.doorkeeper.admits(
                       *cookie, request.field("X-Postern-Token").value_or(""), wall_now());
}

/// With TLS the name itself has the browser see to it that nobody else sets it (RFC 6265bis).
std::string Session::cookie_name() const {
  return stream_.secure() ? "__Host-postern" : "postern";
}

std::string Session::cookie_field(std::string_view value, std::int64_t seconds) const {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", cookie_name(), value,
                     seconds, stream_.secure() ? "; Secure" : "");
}

bool Session::wants_events(const Request& request) const {
  return request.method == "GET" && request.path == "/api/events" &&
         is_our_host(
             request.field("Host").value_or(""), way(),
             stream_.loopback() ? std::vector<std::string>() : surroundings_.house.names()) &&
         is_our_page(request, way(), Effect::reads) && has_pass(request) &&
         surroundings_.bulletin.has_room();
}

/// The status now and after each change, until the browser goes away or its pass does.
asio::awaitable<void> Session::tell_events(Request request) {
  const Bulletin::Seat seat(surroundings_.bulletin);
  known_ = true;
  out_ += format(event_stream(), Framing::open_end);
  std::uint64_t told = 0;
  SteadyTime spoken = std::chrono::steady_clock::now();
  while (!stopping_) {
    const auto issue = co_await surroundings_.bulletin.latest();
    if (!has_pass(request)) co_return;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (issue->number != told) {
      out_ += fmt::format("event: status\ndata: {}\n\n", issue->text);
      told = issue->number;
    } else if (now - spoken >= surroundings_.limits.heartbeat) {
      out_ += ": still here\n\n";
    }
    if (!out_.empty()) {
      co_await flush();
      spoken = now;
    }
    co_await net::pause(surroundings_.limits.pulse);
  }
}

}  // namespace postern::web
