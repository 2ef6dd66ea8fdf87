#include <utility>

#include "proxy/daemon/daemon.h"
#include "proxy/daemon/devices/device_answers.h"
#include "proxy/daemon/devices/device_setup.h"
#include "proxy/daemon/page/page_house.h"

namespace postern::daemon::page {

using nlohmann::json;

namespace {

/// The control socket's answer to the same question.
web::House::Reply reply_of(const json& answer) {
  if (answer.contains("error")) return std::unexpected(Problem{answer.value("error", ""), ""});
  return answer;
}

json of_device(const OneTimeLinks::Gift& gift, const Daemon& daemon) {
  json out = {{"device", gift.device.account + "/" + gift.device.name}, {"forms", json::array()}};
  for (const SetupForm form : forms_for(settings_for(daemon, gift.device)))
    out["forms"].push_back(name_of(form));
  return out;
}

}  // namespace

asio::awaitable<web::House::Reply> PageHouse::add_device(json question) {
  question["ask"] = "device_add";
  // A key is handed out on the command line only.
  for (const char* certificate : {"login", "fingerprint", "form"}) question.erase(certificate);
  const DeviceWish wish = device_wish(question);
  auto answering = answer_device(daemon_.devices(), daemon_.config(), std::move(question));
  const json answer = co_await std::move(answering);
  Reply reply = reply_of(answer);
  if (reply) reply = welcome(daemon_, wish, Secret(answer.value("password", "")));
  co_return reply;
}

asio::awaitable<web::House::Reply> PageHouse::revoke_device(json question) {
  question["ask"] = "device_revoke";
  auto answering = answer_device(daemon_.devices(), daemon_.config(), std::move(question));
  const json answer = co_await std::move(answering);
  co_return reply_of(answer);
}

std::optional<json> PageHouse::look_behind(std::string_view link) {
  const auto* gift = daemon_.links().find(link, std::chrono::steady_clock::now());
  if (gift == nullptr) return std::nullopt;
  return of_device(*gift, daemon_);
}

std::optional<std::expected<web::House::HandOut, Problem>> PageHouse::open_link(
    std::string_view link, std::string_view form) {
  const auto now = std::chrono::steady_clock::now();
  const auto* gift = daemon_.links().find(link, now);
  if (gift == nullptr) return std::nullopt;
  const auto wanted = setup_form_from(form);
  if (!wanted)
    return std::unexpected(Problem{"there is no such form", "take apple, thunderbird or text"});
  auto given = hand_out(daemon_, *gift, *wanted);
  if (given) (void)daemon_.links().take(link, now);
  return given;
}

std::optional<std::string> PageHouse::discover(Discovery form, Asker asker,
                                               const std::string& address) const {
  return daemon::discover(daemon_, form, asker, address);
}

}  // namespace postern::daemon::page
