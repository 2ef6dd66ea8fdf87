#include "proxy/daemon/devices/device_answers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/values.h"
#include "proxy/access/device_password.h"
#include "proxy/daemon/control_server.h"
#include "proxy/daemon/devices/device_words.h"
#include "sync/base/log.h"
#include "sync/net/device_identity.h"
#include "sync/wire/base64.h"
#include "sync/wire/smtp/path.h"

namespace postern::daemon {
namespace {

using nlohmann::json;

std::string text_in(const json& question, const char* key) {
  const auto found = question.find(key);
  return found != question.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json refusal(const Problem& problem) {
  return {{"error", problem.text()}};
}

/// What the account cannot send from is refused message for message later on.
std::optional<Problem> mistake_in_sender(const DeviceWish& wish, const config::Config& config) {
  const auto account = std::ranges::find(config.accounts, wish.account, &config::Account::name);
  if (wish.sender.empty() || account == config.accounts.end()) return std::nullopt;
  std::string known;
  for (const config::Outgoing& server : account->outgoing) {
    for (const std::string& from : server.from) {
      if (wire::smtp::same_mailbox(from, wish.sender)) return std::nullopt;
      known += (known.empty() ? "" : ", ") + from;
    }
  }
  if (known.empty())
    return Problem{fmt::format("{} sends no mail yet", wish.account),
                   "give it a server under outgoing:, and reload"};
  return Problem{fmt::format("{} does not send from {}", wish.account, log::quoted(wish.sender)),
                 "take one of these, or add it to `from` of an outgoing server: " + known};
}

/// What a device is to log in with, and what is told of it if it is a certificate.
struct Proof {
  std::optional<store::DeviceCertificate> certificate;
  json told;
};

Proof own_certificate_of(const net::DeviceIdentity& made, const std::string& form,
                         const Secret& pass_phrase) {
  json told = {{"fingerprint", made.certificate.fingerprint},
               {"until", iso8601(made.certificate.life.end)}};
  if (form == "pem") {
    told["chain"] = made.chain_pem;
    told["key"] = made.key_pem.reveal();
  } else {
    told["pkcs12"] = wire::base64_encode(made.pkcs12.reveal());
    told["pass_phrase"] = pass_phrase.reveal();
  }
  return {store::DeviceCertificate{made.certificate.fingerprint, made.certificate.life.end},
          std::move(told)};
}

std::expected<Proof, Problem> proof_for(const DeviceWish& wish, const config::Config& config,
                                        const json& question) {
  if (question.contains("fingerprint")) {
    const auto fingerprint = config::certificate_pin(text_in(question, "fingerprint"));
    if (!fingerprint) return std::unexpected(fingerprint.error());
    json told = {{"fingerprint", *fingerprint}};
    return Proof{store::DeviceCertificate{*fingerprint, {}}, std::move(told)};
  }
  if (text_in(question, "login") != "certificate") return Proof{};
  const Secret pass_phrase = access::make_device_password();
  const auto made = net::make_device_identity(
      config.state, fmt::format("{}/{}", wish.account, wish.name), pass_phrase);
  if (!made) return std::unexpected(made.error());
  return own_certificate_of(*made, text_in(question, "form"), pass_phrase);
}

asio::awaitable<json> add(Devices& devices, const config::Config& config, const json& question) {
  if (!rights_from(text_in(question, "rights")))
    co_return refusal({"there are no such rights", "give full, read-only or send-only"});
  DeviceWish wish = device_wish(question);
  if (const auto mistake = mistake_in(wish)) co_return refusal(*mistake);
  if (const auto mistake = mistake_in_sender(wish, config)) co_return refusal(*mistake);
  auto proof = proof_for(wish, config, question);
  if (!proof) co_return refusal(proof.error());
  const bool certified = proof->certificate.has_value();
  wish.certificate = std::move(proof->certificate);
  auto adding = devices.add(std::move(wish));
  const auto password = co_await std::move(adding);
  if (!password) co_return refusal(password.error());
  json answer;
  if (certified) {
    answer = {{"certificate", std::move(proof->told)}};
  } else {
    answer = {{"password", password->reveal()}};
  }
  co_return answer;
}

asio::awaitable<json> renew(Devices& devices, const config::Config& config, json question) {
  question["login"] = "certificate";
  DeviceWish wish = device_wish(question);
  auto proof = proof_for(wish, config, question);
  if (!proof) co_return refusal(proof.error());
  wish.certificate = std::move(proof->certificate);
  auto renewing = devices.renew(std::move(wish));
  const auto problem = co_await std::move(renewing);
  if (problem) co_return refusal(*problem);
  json answer = {{"certificate", std::move(proof->told)}};
  co_return answer;
}

asio::awaitable<json> revoke(Devices& devices, const json& question) {
  auto revoking = devices.revoke(text_in(question, "account"), text_in(question, "name"));
  const auto problem = co_await std::move(revoking);
  if (problem) co_return refusal(*problem);
  json answer = {{"done", true}};
  co_return answer;
}

}  // namespace

DeviceWish device_wish(const json& question) {
  return {.account = text_in(question, "account"),
          .name = text_in(question, "name"),
          .rights = rights_from(text_in(question, "rights")).value_or(store::DeviceRights::full),
          .sender = text_in(question, "sender")};
}

asio::awaitable<json> answer_device(Devices& devices, const config::Config& config, json question) {
  const std::string ask = text_in(question, "ask");
  const std::string account = text_in(question, "account");
  const bool all = ask == "device_list" && account.empty();
  if (!all &&
      std::ranges::find(config.accounts, account, &config::Account::name) == config.accounts.end())
    co_return refusal({unknown_account(account, config), ""});
  if (ask == "device_add") co_return co_await add(devices, config, question);
  if (ask == "device_renew") co_return co_await renew(devices, config, std::move(question));
  if (ask == "device_revoke") co_return co_await revoke(devices, question);
  json accounts = json::array();
  for (const config::Account& one : config.accounts) {
    if (all || one.name == account)
      accounts.push_back({{"name", one.name}, {"devices", to_json(devices.of(one.name))}});
  }
  json answer = {{"accounts", std::move(accounts)}};
  co_return answer;
}

}  // namespace postern::daemon
