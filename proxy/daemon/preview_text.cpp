#include "proxy/daemon/preview_text.h"

#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/terminal.h"
#include "sync/base/log.h"

namespace postern::daemon {
namespace {

using engine::PollWish;
using nlohmann::json;
using Action = engine::PreviewItem::Action;

constexpr std::size_t items_of_a_line = 1000;

struct Name {
  Action action;
  const char* key;
  const char* verb;   ///< before one message
  const char* count;  ///< behind the number of them
};
constexpr std::array<Name, 4> names = {{
    {Action::fetch, "fetch", "fetch", "to be fetched"},
    {Action::placeholder, "placeholder", "put a placeholder for", "too large to be fetched"},
    {Action::delete_there, "delete_there", "delete there", "to be deleted there"},
    {Action::trash_here, "trash_here", "move to Trash here", "to be moved to Trash here"},
}};

json item_json(const engine::PreviewItem& item) {
  json out = {{"number", item.number},
              {"octets", item.octets},
              {"uidl", log::quoted(item.uidl)},
              {"why", item.why}};
  for (const Name& name : names)
    if (name.action == item.action) out["action"] = name.key;
  return out;
}

std::string item_text(const json& item) {
  const std::string action = item.value("action", "");
  std::string verb = action;
  for (const Name& name : names)
    if (action == name.key) verb = name.verb;
  const auto number = item.value("number", std::uint32_t{0});
  const std::string place = number == 0 ? "a message" : fmt::format("message {}", number);
  return fmt::format("  {} {}, {}, id {}: {}\n", verb, place,
                     octets_text(item.value("octets", std::uint64_t{0})), item.value("uidl", ""),
                     item.value("why", ""));
}

std::string counts_text(const json& source, const std::map<std::string, std::size_t>& counts) {
  std::string out;
  for (const Name& name : names) {
    const auto found = counts.find(name.key);
    const bool always = name.action == Action::fetch || name.action == Action::delete_there;
    if (found == counts.end() && !always) continue;
    out += fmt::format("{}{} {}", out.empty() ? "  " : ", ",
                       found == counts.end() ? 0 : found->second, name.count);
  }
  out += "; nothing was changed\n";
  const auto add = [&](const char* key, const char* what) {
    const auto count = source.value(key, std::uint64_t{0});
    if (count != 0) out += fmt::format("  {} {}\n", count, what);
  };
  add("failing", "failed before and are tried again later");
  add("postponed", "are to be deleted there, but not before all is fetched and recognised");
  add("waiting", "are gone upstream; they move to Trash here unless they come back");
  if (const auto count = source.value("unconfirmed", std::uint64_t{0}); count != 0) {
    out += fmt::format("  {} are gone upstream and wait for: postern sync --confirm-removals {}\n",
                       count, source.value("account", ""));
  }
  if (const std::string note = source.value("note", ""); !note.empty())
    out += fmt::format("  {}\n", note);
  return out;
}

constexpr std::array<std::pair<PollWish, const char*>, 3> wishes = {{
    {PollWish::none, "none"},
    {PollWish::confirm_removals, "confirm_removals"},
    {PollWish::dry_run, "dry_run"},
}};

}  // namespace

std::vector<json> preview_lines(const engine::SourceStatus& source,
                                const engine::Preview& preview) {
  const json head = {{"account", source.account},
                     {"source", source.source},
                     {"listed", preview.listed},
                     {"failing", preview.failing},
                     {"postponed", preview.postponed},
                     {"waiting", preview.waiting},
                     {"unconfirmed", preview.unconfirmed},
                     {"note", preview.note},
                     {"items", json::array()}};
  std::vector<json> lines{head};
  for (const engine::PreviewItem& item : preview.items) {
    if (lines.back()["items"].size() == items_of_a_line) lines.push_back(head);
    lines.back()["items"].push_back(item_json(item));
  }
  return lines;
}

std::vector<json> previews_of(const std::vector<std::shared_ptr<AccountService>>& services) {
  std::vector<json> lines;
  for (const auto& service : services) {
    const auto sources = service->sources();
    const auto previews = service->previews();
    for (std::size_t i = 0; i < previews.size(); ++i) {
      if (!previews[i]) continue;
      for (json& line : preview_lines(sources[i], *previews[i])) lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::string preview_text(const std::vector<json>& lines) {
  std::string out;
  std::map<std::string, std::size_t> counts;
  const auto name = [](const json& line) {
    return line.value("account", "") + " " + line.value("source", "");
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const json& line = lines[i];
    if (i == 0 || name(lines[i - 1]) != name(line)) {
      counts.clear();
      out +=
          fmt::format("{}: {} on the server\n", name(line), line.value("listed", std::uint64_t{0}));
    }
    for (const json& item : line.value("items", json::array())) {
      ++counts[item.value("action", "")];
      out += item_text(item);
    }
    if (i + 1 == lines.size() || name(lines[i + 1]) != name(line)) out += counts_text(line, counts);
  }
  return out;
}

json to_json(PollWish wish) {
  for (const auto& [value, name] : wishes)
    if (value == wish) return name;
  return nullptr;
}

PollWish wish_from(const json& from) {
  for (const auto& [value, name] : wishes)
    if (from == name) return value;
  return PollWish::none;
}

}  // namespace postern::daemon
