#include "proxy/daemon/status_text.h"

#include <cstdint>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/devices/device_words.h"

namespace postern::daemon {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<std::uint64_t>() : 0;
}

std::string words(std::string state) {
  for (char& c : state) {
    if (c == '_') c = ' ';
  }
  return state;
}

/// "polled no sooner than 15 minutes after the last time (the server says so)"
std::string least_text(const json& source) {
  const json least = source.value("least_pause", json::object());
  const auto seconds = number_of(least, "seconds");
  if (seconds == 0) return "";
  const std::string by = text_of(least, "by");
  const char* why = by == "learned"     ? "learned from refused logins"
                    : by == "announced" ? "the server says so"
                                        : "the provider's rule";
  return fmt::format("    polled no sooner than {} after the last time ({})\n",
                     duration_text(std::chrono::seconds(seconds)), why);
}

/// Whether a daemon says so, or the stores while there is none.
enum class Daemon { runs, none };

std::string next_text(const json& source, Daemon daemon) {
  if (daemon == Daemon::none) return "nothing is polled now\n";
  const std::string next = text_of(source, "next_poll");
  if (!next.empty()) return fmt::format("next {}\n", time_text(next));
  return text_of(source, "state") == "polling" ? "under way now\n"
                                               : "next one when you ask: postern sync\n";
}

std::string source_text(const json& source, Output output, Daemon daemon) {
  const std::string state = text_of(source, "state");
  const bool good = state == "idle" || state == "polling" || state == "waiting";
  std::string out = fmt::format("  {}: {}\n", text_of(source, "source"),
                                styled(output, good ? Style::good : Style::bad, words(state)));
  if (const auto detail = text_of(source, "detail"); !detail.empty())
    out += fmt::format("    {}\n", detail);
  if (state == "polling") {
    const json& progress = source.at("progress");
    out += fmt::format("    {} of {} messages, {} of {}\n", number_of(progress, "messages_done"),
                       number_of(progress, "messages_total"),
                       octets_text(number_of(progress, "octets_done")),
                       octets_text(number_of(progress, "octets_total")));
  }
  out += fmt::format("    last poll {}, last success {}, ", time_text(text_of(source, "last_poll")),
                     time_text(text_of(source, "last_success")));
  out += next_text(source, daemon);
  out += least_text(source);
  if (const auto until = text_of(source, "postponed_until"); !until.empty())
    out += fmt::format("    asked for; begins {}\n", time_text(until));
  if (daemon == Daemon::none) return out;
  out += fmt::format("    {} on the server; since the start {} fetched, {} deleted there",
                     number_of(source, "listed"), number_of(source, "fetched"),
                     number_of(source, "deleted"));
  const auto failures = number_of(source, "failures");
  return out + (failures > 0 ? fmt::format("; {} failures in a row\n", failures) : "\n");
}

std::string outgoing_text(const json& server, Output output) {
  const std::string problem = text_of(server, "problem");
  const bool used = !text_of(server, "last_sent").empty();
  const std::string state = !problem.empty() ? styled(output, Style::bad, "trouble")
                            : used           ? styled(output, Style::good, "ready")
                                             : std::string("not used yet");
  std::string out = fmt::format("  {}: {}\n", text_of(server, "server"), state);
  if (!problem.empty()) out += fmt::format("    {}\n", problem);
  if (used)
    out += fmt::format("    {} sent since the start, the last one {}\n", number_of(server, "sent"),
                       time_text(text_of(server, "last_sent")));
  return out;
}

std::string waiting_text(const json& message) {
  std::string to;
  for (const json& address : message.value("to", json::array()))
    to += (to.empty() ? "" : ", ") + address.get<std::string>();
  std::string out = fmt::format(
      "  in Outbox: from {} to {}, since {}, next attempt {}\n", text_of(message, "from"), to,
      time_text(text_of(message, "accepted")), time_text(text_of(message, "next_attempt")));
  if (message.value("perhaps_sent", false))
    out += "    perhaps sent already: the answer to it was lost\n";
  if (const auto problem = text_of(message, "problem"); !problem.empty())
    out += fmt::format("    {}\n", problem);
  return out;
}

/// Only while it is behind.
std::string index_text(const json& account) {
  const auto index = account.find("search_index");
  if (index == account.end() || number_of(*index, "indexed") == number_of(*index, "total"))
    return {};
  return fmt::format("  search index: {} of {} messages so far\n", number_of(*index, "indexed"),
                     number_of(*index, "total"));
}

std::string account_text(const json& account, Output output, Daemon daemon) {
  std::string out = styled(output, Style::bold, text_of(account, "name"));
  if (account.contains("messages")) {
    out += fmt::format(": {} messages, {}, in {} mailboxes", number_of(account, "messages"),
                       octets_text(number_of(account, "octets")), number_of(account, "mailboxes"));
  }
  out += "\n";
  if (const auto problem = text_of(account, "problem"); !problem.empty()) {
    out += "  " + styled(output, Style::bad, problem) + "\n";
  }
  out += index_text(account);
  for (const json& source : account.at("sources")) out += source_text(source, output, daemon);
  for (const json& server : account.value("outgoing", json::array()))
    out += outgoing_text(server, output);
  for (const json& message : account.value("outbox", json::array())) out += waiting_text(message);
  for (const json& device : account.value("devices", json::array()))
    out += "  device " + device_line(device) + "\n";
  return out;
}

std::string connection_text(const json& connection) {
  const std::string account = text_of(connection, "account");
  const std::string upstream = text_of(connection, "upstream");
  std::string who = account.empty() ? "not logged in" : account;
  if (const auto device = text_of(connection, "device"); !device.empty()) who += "/" + device;
  if (!upstream.empty()) who = (account.empty() ? "" : account + " ") + "to " + upstream;
  std::string out =
      fmt::format("  {} {} {}", text_of(connection, "protocol"), text_of(connection, "peer"), who);
  if (const auto mailbox = text_of(connection, "mailbox"); !mailbox.empty())
    out += " in " + mailbox;
  if (const auto program = text_of(connection, "program"); !program.empty()) out += ", " + program;
  if (const auto profile = text_of(connection, "profile"); !profile.empty())
    out += " (as " + profile + ")";
  const auto secure = connection.find("secure");
  out += secure != connection.end() && *secure == true ? ", TLS" : ", no TLS";
  return out + fmt::format(", since {}\n", time_text(text_of(connection, "since")));
}

std::string certificate_text(const json& certificate, Output output) {
  std::string out =
      fmt::format("  certificate for {}, valid until {}\n", text_of(certificate, "names"),
                  time_text(text_of(certificate, "until")));
  if (const auto authority = text_of(certificate, "authority"); !authority.empty())
    out += fmt::format("    devices are to trust {}\n", authority);
  if (const auto problem = text_of(certificate, "problem"); !problem.empty())
    out += fmt::format("    {}\n", styled(output, Style::bad, problem));
  return out;
}

}  // namespace

std::string status_text(const json& status, Output output) {
  std::string out;
  if (status.at("running") == true) {
    out += fmt::format("postern {} runs since {}\n", text_of(status, "version"),
                       time_text(text_of(status, "since")));
    for (const json& place : status.at("listening")) {
      const std::string upstream = text_of(place, "upstream");
      out += fmt::format("  {} on {}{}\n", text_of(place, "protocol"), text_of(place, "address"),
                         upstream.empty() ? "" : " to " + upstream);
    }
  }
  if (const auto certificate = status.find("certificate");
      certificate != status.end() && certificate->is_object())
    out += certificate_text(*certificate, output);
  const json& config = status.at("config");
  if (const auto problem = text_of(config, "problem"); !problem.empty()) {
    out +=
        styled(output, Style::bad, "the changed configuration is not in force:\n" + problem) + "\n";
  }
  for (const json& note : config.at("notes")) out += "note: " + note.get<std::string>() + "\n";
  const Daemon daemon = status.at("running") == true ? Daemon::runs : Daemon::none;
  for (const json& account : status.at("accounts"))
    out += "\n" + account_text(account, output, daemon);
  if (const json& connections = status.at("connections"); !connections.empty()) {
    out += fmt::format("\n{} connections\n", connections.size());
    for (const json& connection : connections) out += connection_text(connection);
  }
  return out;
}

}  // namespace postern::daemon
