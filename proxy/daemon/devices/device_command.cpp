#include "proxy/daemon/devices/device_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <expected>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "proxy/access/settings/qr_code.h"
#include "proxy/daemon/at_rest.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/devices/device_answers.h"
#include "proxy/daemon/devices/device_words.h"
#include "proxy/daemon/devices/settings_text.h"
#include "proxy/daemon/exit_status.h"
#include "proxy/daemon/faces.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/serve.h"

namespace postern::daemon {
namespace {

using nlohmann::json;

asio::awaitable<void> answer_at_rest(std::vector<std::shared_ptr<AccountService>> services,
                                     Devices& devices, const config::Config& config, json question,
                                     json& answer) {
  std::optional<Problem> unreadable;
  for (const auto& service : services) {
    co_await service->start_at_rest({});
    if (!service->store()) continue;
    const auto problem = co_await devices.load(service->name(), service->store());
    if (problem && !unreadable) unreadable = problem;
  }
  if (unreadable) {
    answer = {{"error", unreadable->text()}};
  } else {
    auto answering = answer_device(devices, config, std::move(question));
    answer = co_await std::move(answering);
  }
  co_await devices.stop();
  for (const auto& service : services) co_await service->stop();
}

/// The same in this process, which holds the lock meanwhile.
std::expected<json, Problem> ask_here(const config::Config& config, const json& question) {
  config::Config concerned = config;
  const std::string account = question.value("account", "");
  // A certificate may be that of a device of another account.
  const bool all = account.empty() || question.contains("fingerprint");
  std::erase_if(concerned.accounts, [&](const config::Account& one) {
    std::error_code ignored;
    if (one.name == account) return false;
    // Nothing is made to be looked at.
    return !all || !std::filesystem::exists(account_folder(config.state, one.name), ignored);
  });
  asio::io_context io(1);
  auto accounts = AtRest::open(io.get_executor(), concerned);
  if (!accounts) return std::unexpected(accounts.error());
  access::Directory directory;
  Devices devices(io.get_executor(), directory, [](const std::string&, const std::string&) {});
  json answer;
  run_to_end(io, answer_at_rest(accounts->accounts(), devices, config, question, answer));
  return answer;
}

std::expected<json, Problem> ask(const config::Config& config, const json& question) {
  json answer;
  const Asked asked =
      ask_daemon(config.state, question, [&answer](const json& line) { answer = line; });
  if (asked == Asked::forbidden) return std::unexpected(forbidden(config.state));
  if (asked == Asked::lost)
    return std::unexpected(
        Problem{"the daemon did not answer", "look whether it was done: postern device list"});
  if (asked == Asked::nobody) {
    auto here = ask_here(config, question);
    if (!here) return here;
    answer = std::move(*here);
  }
  if (answer.contains("error")) return std::unexpected(Problem{answer.value("error", ""), ""});
  return answer;
}

int told(const Problem& problem) {
  explain(problem);
  return exit_failed;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "this machine";
  return name.data();
}

/// As the daemon listens, or as it will.
std::vector<ListeningPlace> places_of(const config::Config& config, const json& answer) {
  std::vector<ListeningPlace> places;
  if (const auto listening = answer.find("listening"); listening != answer.end()) {
    for (const json& place : *listening)
      places.push_back({place.value("protocol", ""), place.value("address", "")});
    return places;
  }
  const auto add = [&places](Face face, const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) places.push_back({name_of(face), address});
  };
  add(Face::imaps, config.listen.imaps);
  add(Face::imap, config.listen.imap);
  add(Face::pop3, config.listen.pop3);
  add(Face::submissions, config.listen.submissions);
  add(Face::submission, config.listen.submission);
  for (const auto& scanner : config.listen.scanners)
    places.push_back({name_of(Face::scanner), scanner.address});
  return places;
}

/// Where the link leads, and from where; a code of it for a camera where that is of use.
std::string link_text(const json& link) {
  if (!link.is_object())
    return "\nThere is no link to set it up with: no page is served (write `web:` into "
           "`listen:`).\n";
  const std::string address = link.value("address", "");
  std::string out = fmt::format(
      "\nOr open this link on the device, once and within {} minutes; it needs nothing else:\n\n"
      "  {}\n",
      link.value("minutes", 0), address);
  if (link.value("reach", "") != "network")
    return out +
           "\nIt opens on this machine only, since the page listens on nothing else. For other "
           "devices let it\nlisten on the network, too: `web: 0.0.0.0:8143` in `listen:`.\n";
  if (::isatty(STDOUT_FILENO) == 0) return out;
  const auto code = access::settings::QrCode::make(address);
  return code ? out + "\n" + access::settings::qr_for_terminal(*code) : out;
}

CertificateFiles files_of(const DeviceWish& wish, const DeviceProof& proof) {
  return {.folder = proof.folder,
          .name = fmt::format("{}-{}", wish.account, wish.name),
          .form = proof.form};
}

bool makes_files(const DeviceProof& proof) {
  return proof.kind == DeviceProof::Kind::certificate && proof.fingerprint.empty();
}

json question_of(const char* ask, const DeviceWish& wish, const DeviceProof& proof) {
  json question = {{"ask", ask},
                   {"account", wish.account},
                   {"name", wish.name},
                   {"rights", name_of(wish.rights)},
                   {"sender", wish.sender}};
  if (makes_files(proof)) {
    question["login"] = "certificate";
    question["form"] = files_of(wish, proof).form_name();
  } else if (!proof.fingerprint.empty()) {
    question["fingerprint"] = proof.fingerprint;
  }
  return question;
}

/// What is to be done with the certificate of an answer; the exit status.
int hand_over(const DeviceWish& wish, const DeviceProof& proof, const json& certificate) {
  if (!makes_files(proof)) {
    fmt::print("  {:<12} {}\n", "Certificate", certificate.value("fingerprint", ""));
    return exit_ok;
  }
  const auto told_of = files_of(wish, proof).write(certificate);
  if (!told_of) return told(told_of.error());
  fmt::print("{}", *told_of);
  return exit_ok;
}

std::string list_text(const json& accounts) {
  std::string out;
  for (const json& account : accounts) {
    out += account.value("name", "") + "\n";
    const json& devices = account.at("devices");
    if (devices.empty())
      out += "  no devices; add one: postern device add " + account.value("name", "") + " NAME\n";
    for (const json& device : devices) out += "  " + device_line(device) + "\n";
  }
  return out;
}

}  // namespace

int device_add_command(const std::filesystem::path& config_file, const DeviceWish& wish,
                       const DeviceProof& proof) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  log::configure(log::Level::error, config->log_format);
  if (const auto mistake = mistake_in(wish)) return told(*mistake);
  if (makes_files(proof)) {
    if (const auto obstacle = files_of(wish, proof).obstacle()) return told(*obstacle);
  }
  auto answer = ask(*config, question_of("device_add", wish, proof));
  if (!answer) return told(answer.error());
  const Secret password(answer->value("password", ""));
  const auto certificate = answer->find("certificate");
  DeviceWish made = wish;
  if (certificate != answer->end())
    made.certificate = {.fingerprint = certificate->value("fingerprint", "")};
  fmt::print("{}", settings_text(made, password, places_of(*config, *answer), host_name()));
  if (certificate != answer->end()) return hand_over(wish, proof, *certificate);
  if (const auto link = answer->find("link"); link != answer->end())
    fmt::print("{}", link_text(*link));
  return exit_ok;
}

int device_renew_command(const std::filesystem::path& config_file, const DeviceWish& wish,
                         const DeviceProof& proof) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  log::configure(log::Level::error, config->log_format);
  DeviceProof another = proof;
  another.kind = DeviceProof::Kind::certificate;
  if (const auto mistake = mistake_in(wish)) return told(*mistake);
  if (makes_files(another)) {
    if (const auto obstacle = files_of(wish, another).obstacle()) return told(*obstacle);
  }
  const auto answer = ask(*config, question_of("device_renew", wish, another));
  if (!answer) return told(answer.error());
  fmt::print("{} of {} has another certificate; the one before logs in nowhere any more.\n\n",
             wish.name, wish.account);
  return hand_over(wish, another, answer->at("certificate"));
}

int device_list_command(const std::filesystem::path& config_file, const std::string& account,
                        StatusForm form) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  log::configure(log::Level::error, config->log_format);
  json question = {{"ask", "device_list"}};
  if (!account.empty()) question["account"] = account;
  const auto answer = ask(*config, question);
  if (!answer) return told(answer.error());
  if (form == StatusForm::json) {
    fmt::print("{}\n", answer->dump(2, ' ', false, json::error_handler_t::replace));
  } else {
    fmt::print("{}", list_text(answer->at("accounts")));
  }
  return exit_ok;
}

int device_revoke_command(const std::filesystem::path& config_file, const std::string& account,
                          const std::string& name) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  log::configure(log::Level::error, config->log_format);
  const auto answer =
      ask(*config, {{"ask", "device_revoke"}, {"account", account}, {"name", name}});
  if (!answer) return told(answer.error());
  fmt::print("{} of {} is revoked: it is logged in nowhere any more.\n", name, account);
  return exit_ok;
}

}  // namespace postern::daemon
