#include "proxy/web/metrics.h"

#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace postern::web {
namespace {

using nlohmann::json;
using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

/// The samples, each family of them together under its name, as the format wants it.
class Families {
 public:
  struct Family {
    std::string_view name;
    std::string_view type;
    std::string_view help;
  };
  void add(const Family& family, const Labels& labels, double value) {
    std::string text;
    for (const auto& [name, label] : labels)
      text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escaped(label));
    std::string& samples = samples_of(family);
    samples += text.empty() ? fmt::format("{} {}\n", family.name, value)
                            : fmt::format("{}{{{}}} {}\n", family.name, text, value);
  }
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const auto& [name, samples] : families_) out += samples;
    return out;
  }

 private:
  std::string& samples_of(const Family& family) {
    const auto [found, is_new] = families_.try_emplace(family.name);
    if (is_new)
      found->second = fmt::format("# HELP {} {}\n# TYPE {} {}\n", family.name, family.help,
                                  family.name, family.type);
    return found->second;
  }

  std::map<std::string_view, std::string> families_;
};

constexpr Families::Family info{"postern_info", "gauge", "The version that runs."};
constexpr Families::Family started{"postern_start_time_seconds", "gauge",
                                   "When the daemon was started."};
constexpr Families::Family config_bad{"postern_config_problem", "gauge",
                                      "1 while a changed configuration is not in force."};
constexpr Families::Family connections{"postern_connections", "gauge",
                                       "Connections of mail programs and browsers."};
constexpr Families::Family disk_free{"postern_disk_free_bytes", "gauge",
                                     "Free octets where the state folder lies."};
constexpr Families::Family account_bad{"postern_account_problem", "gauge",
                                       "1 if the account's store cannot be used."};
constexpr Families::Family mailboxes{"postern_mailboxes", "gauge", "Mailboxes of an account."};
constexpr Families::Family messages{"postern_messages", "gauge", "Messages of an account."};
constexpr Families::Family octets{"postern_message_bytes", "gauge",
                                  "Sum of the sizes of an account's messages."};
constexpr Families::Family disk{"postern_disk_bytes", "gauge",
                                "Octets of an account's files on disk."};
constexpr Families::Family indexed{"postern_search_indexed_messages", "gauge",
                                   "Messages that the search index knows."};
constexpr Families::Family outbox{"postern_outbox_messages", "gauge",
                                  "Messages waiting in Outbox."};
constexpr Families::Family state{"postern_source_state", "gauge",
                                 "1 for the state that a source is in."};
constexpr Families::Family last_success{"postern_source_last_success_time_seconds", "gauge",
                                        "When a poll last went well."};
constexpr Families::Family next_poll{"postern_source_next_poll_time_seconds", "gauge",
                                     "When the next poll begins."};
constexpr Families::Family failures{"postern_source_failures", "gauge",
                                    "Failed polls of a source in a row."};
constexpr Families::Family listed{"postern_source_listed_messages", "gauge",
                                  "Messages on the server, by the last listing."};
constexpr Families::Family fetched{"postern_source_fetched_messages_total", "counter",
                                   "Messages fetched since the start."};
constexpr Families::Family deleted{"postern_source_deleted_messages_total", "counter",
                                   "Messages deleted on the server since the start."};
constexpr Families::Family sent{"postern_outgoing_sent_messages_total", "counter",
                                "Messages sent since the start."};
constexpr Families::Family outgoing_bad{"postern_outgoing_problem", "gauge",
                                        "1 if the last attempt to send failed."};

double number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> time_of(const json& object, const char* key) {
  std::tm parsed{};
  if (::strptime(text_of(object, key).c_str(), "%Y-%m-%dT%H:%M:%SZ", &parsed) == nullptr)
    return std::nullopt;
  return static_cast<double>(::timegm(&parsed));
}

void add_source(Families& out, const json& source, const Labels& labels) {
  Labels with_state = labels;
  with_state.emplace_back("state", text_of(source, "state"));
  out.add(state, with_state, 1);
  if (const auto time = time_of(source, "last_success")) out.add(last_success, labels, *time);
  if (const auto time = time_of(source, "next_poll")) out.add(next_poll, labels, *time);
  out.add(failures, labels, number_of(source, "failures"));
  out.add(listed, labels, number_of(source, "listed"));
  out.add(fetched, labels, number_of(source, "fetched"));
  out.add(deleted, labels, number_of(source, "deleted"));
}

void add_account(Families& out, const json& account) {
  const std::string name = text_of(account, "name");
  const Labels mine{{"account", name}};
  out.add(account_bad, mine, text_of(account, "problem").empty() ? 0 : 1);
  if (account.contains("messages")) {
    out.add(mailboxes, mine, number_of(account, "mailboxes"));
    out.add(messages, mine, number_of(account, "messages"));
    out.add(octets, mine, number_of(account, "octets"));
    out.add(outbox, mine, static_cast<double>(account.value("outbox", json::array()).size()));
    out.add(indexed, mine, number_of(account.value("search_index", json::object()), "indexed"));
  }
  if (account.contains("disk_octets")) out.add(disk, mine, number_of(account, "disk_octets"));
  unsigned place = 0;
  for (const json& source : account.value("sources", json::array()))
    add_source(out, source, {{"account", name}, {"source", std::to_string(++place)}});
  place = 0;
  for (const json& server : account.value("outgoing", json::array())) {
    const Labels labels{{"account", name}, {"outgoing", std::to_string(++place)}};
    out.add(sent, labels, number_of(server, "sent"));
    out.add(outgoing_bad, labels, text_of(server, "problem").empty() ? 0 : 1);
  }
}

}  // namespace

std::string metrics_text(const json& status) {
  Families out;
  out.add(info, {{"version", text_of(status, "version")}}, 1);
  if (const auto time = time_of(status, "since")) out.add(started, {}, *time);
  const json config = status.value("config", json::object());
  out.add(config_bad, {}, text_of(config, "problem").empty() ? 0 : 1);
  std::map<std::string, unsigned> by_protocol;
  for (const json& place : status.value("listening", json::array()))
    by_protocol.try_emplace(text_of(place, "protocol"));
  for (const json& connection : status.value("connections", json::array()))
    ++by_protocol[text_of(connection, "protocol")];
  for (const auto& [protocol, count] : by_protocol)
    out.add(connections, {{"protocol", protocol}}, count);
  const json free = status.value("disk", json::object());
  if (free.contains("free")) out.add(disk_free, {}, number_of(free, "free"));
  for (const json& account : status.value("accounts", json::array())) add_account(out, account);
  return out.text();
}

}  // namespace postern::web
