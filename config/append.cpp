#include "config/append.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "config/load.h"
#include "config/yaml_tree.h"

namespace postern::config {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view fresh_file =
    R"(# What each key means: docs/configuration.md. After a change: postern check
listen:
  imap: 127.0.0.1:1143   # mail programs on this machine; 0.0.0.0:1143 for others, with STARTTLS
)";

/// Of a fresh file, for who sends.
constexpr std::string_view fresh_submission =
    "  submission: 127.0.0.1:1587   # mail programs send here\n";

/// A scalar that YAML reads back as it is. For texts without line ends and control characters.
std::string yaml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Lines source_lines(const NewSource& source) {
  Lines lines;
  const auto add = [&lines](std::string_view key, const std::string& value) {
    lines.push_back(fmt::format("{}{}: {}", lines.empty() ? "- " : "  ", key, value));
  };
  if (!source.provider.empty()) {
    add("provider", yaml_text(source.provider));
  } else {
    const bool v6 = source.server.host.find(':') != std::string::npos;
    add("pop3", yaml_text(fmt::format("{}{}{}:{}", v6 ? "[" : "", source.server.host, v6 ? "]" : "",
                                      source.server.port)));
    constexpr std::string_view names[] = {"implicit", "starttls", "none"};
    add("tls", std::string(names[static_cast<std::size_t>(source.tls)]));
  }
  if (source.insecure) add("insecure", "true");
  add("username", yaml_text(source.username));
  if (source.client_id.empty())
    add("password", fmt::format("{{file: {}}}", yaml_text(source.password.string())));
  else
    add("oauth", fmt::format("{{client_id: {}}}", yaml_text(source.client_id)));
  if (!source.keep_on_server.empty()) add("keep_on_server", source.keep_on_server);
  if (source.pin) add("pin", *source.pin);
  return lines;
}

/// Where the server for sending has its login data from: without any, it has those of the first
/// source of its provider.
enum class SendLogin : std::uint8_t { of_source, own };

Lines outgoing_lines(const NewSource& source, SendLogin login) {
  Lines addresses;
  std::ranges::transform(source.send_from, std::back_inserter(addresses), yaml_text);
  Lines lines{fmt::format("- provider: {}", yaml_text(source.provider)),
              fmt::format("  from: [{}]", fmt::join(addresses, ", "))};
  if (login == SendLogin::own) {
    lines.push_back(fmt::format("  username: {}", yaml_text(source.username)));
    lines.push_back(fmt::format("  password: {{file: {}}}", yaml_text(source.password.string())));
  }
  return lines;
}

void indent(Lines& lines, std::size_t blanks) {
  for (std::string& line : lines) line.insert(0, blanks, ' ');
}

Lines account_lines(const NewSource& source) {
  Lines lines = source_lines(source);
  indent(lines, 4);
  lines.insert(lines.begin(), {
                                  fmt::format("{}:", yaml_text(source.account)),
                                  fmt::format("  password: {{file: {}}}",
                                              yaml_text(source.account_password.string())),
                                  "  sources:",
                              });
  if (source.send_from.empty()) return lines;
  Lines outgoing = outgoing_lines(source, SendLogin::of_source);
  indent(outgoing, 4);
  lines.emplace_back("  outgoing:");
  lines.insert(lines.end(), outgoing.begin(), outgoing.end());
  return lines;
}

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

const Node::Entry* find(const Node& map, std::string_view key) {
  const auto found = std::ranges::find(map.entries, key, &Node::Entry::key);
  return found == map.entries.end() ? nullptr : &*found;
}

/// The first line, from 1, that does not belong to `entry` of `map`, which itself ends at `limit`.
int end_of(const Node& map, const Node::Entry& entry, int limit) {
  for (const Node::Entry& other : map.entries) {
    if (other.at.line > entry.at.line) limit = std::min(limit, other.at.line);
  }
  return limit;
}

/// Behind the last line before `limit` that says something: a comment below may belong to what
/// follows.
std::size_t place_before(const Lines& lines, int limit) {
  auto place = static_cast<std::size_t>(limit - 1);
  const auto says_nothing = [](const std::string& line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    return first == std::string::npos || line[first] == '#';
  };
  while (place > 0 && says_nothing(lines[place - 1])) --place;
  return place;
}

bool in_braces(const Lines& lines, const Node& node) {
  const std::string& line = lines[static_cast<std::size_t>(node.at.line - 1)];
  const auto column = static_cast<std::size_t>(node.at.column - 1);
  return column < line.size() && (line[column] == '{' || line[column] == '[');
}

struct Addition {
  std::size_t place = 0;  ///< before which line, from 0
  Lines lines;
};
/// Of the same place, the first comes first.
using Additions = std::vector<Addition>;

void add_to(Lines& lines, Additions additions) {
  std::ranges::stable_sort(additions, {}, &Addition::place);
  for (const Addition& addition : additions | std::views::reverse) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(addition.place),
                 addition.lines.begin(), addition.lines.end());
  }
}

std::unexpected<Problem> by_hand(const NewSource& source, const char* why) {
  return std::unexpected(Problem{fmt::format("the file is left alone: {}", why),
                                 "write this into it yourself:\n" + source_text(source)});
}

/// `item` into the list of the account that is called `key`, there or not.
std::expected<Addition, Problem> into_list(const Lines& lines, const Node::Entry& account,
                                           int limit, std::string_view key, Lines item,
                                           const NewSource& source) {
  Addition addition{0, std::move(item)};
  const Node::Entry* list = find(account.value, key);
  if (list == nullptr) {
    const auto column = static_cast<std::size_t>(account.value.entries.front().at.column - 1);
    indent(addition.lines, column + 2);
    addition.lines.insert(addition.lines.begin(),
                          fmt::format("{}{}:", std::string(column, ' '), key));
    addition.place = place_before(lines, limit);
    return addition;
  }
  if (list->value.kind != Node::Kind::sequence || list->value.items.empty() ||
      in_braces(lines, list->value))
    return by_hand(source, "a list of the account stands in brackets");
  const Node& first = list->value.items.front();
  const std::string& line = lines[static_cast<std::size_t>(first.at.line - 1)];
  const std::size_t dash = line.find('-');
  if (dash == std::string::npos)
    return by_hand(source, "a list of the account has an unusual form");
  indent(addition.lines, dash);
  addition.place = place_before(lines, end_of(account.value, *list, limit));
  return addition;
}

std::expected<Additions, Problem> into_account(const Lines& lines, const Node::Entry& account,
                                               int limit, const NewSource& source,
                                               SendLogin login) {
  if (account.value.kind != Node::Kind::mapping || in_braces(lines, account.value))
    return by_hand(source, "the account stands in braces");
  auto added = into_list(lines, account, limit, "sources", source_lines(source), source);
  if (!added) return std::unexpected(added.error());
  if (source.send_from.empty()) return Additions{std::move(*added)};
  auto sending =
      into_list(lines, account, limit, "outgoing", outgoing_lines(source, login), source);
  if (!sending) return std::unexpected(sending.error());
  // At the same place, the list that is there already is gone on with first.
  const bool sending_first = find(account.value, "sources") == nullptr;
  if (sending_first && find(account.value, "outgoing") != nullptr)
    return Additions{std::move(*sending), std::move(*added)};
  return Additions{std::move(*added), std::move(*sending)};
}

std::expected<Additions, Problem> additions_to(const Lines& lines, const Node& root,
                                               const NewSource& source, SendLogin login) {
  const int end = static_cast<int>(lines.size()) + 1;
  Addition addition{lines.size(), account_lines(source)};
  const Node::Entry* accounts = find(root, "accounts");
  if (accounts == nullptr || accounts->value.kind == Node::Kind::null) {
    indent(addition.lines, 2);
    if (accounts == nullptr)
      addition.lines.insert(addition.lines.begin(), "accounts:");
    else
      addition.place = static_cast<std::size_t>(accounts->at.line);
    return Additions{std::move(addition)};
  }
  if (accounts->value.kind != Node::Kind::mapping || in_braces(lines, accounts->value))
    return by_hand(source, "its accounts stand in braces");
  const int limit = end_of(root, *accounts, end);
  if (const Node::Entry* account = find(accounts->value, source.account))
    return into_account(lines, *account, end_of(accounts->value, *account, limit), source, login);
  indent(addition.lines, static_cast<std::size_t>(accounts->value.entries.front().at.column - 1));
  addition.place = place_before(lines, limit);
  return Additions{std::move(addition)};
}

/// Whether `after` is `before` and the source.
bool has_become(const Config* before, const Config& after, const NewSource& source) {
  std::size_t sources = 0;
  for (const Account& account : after.accounts) sources += account.sources.size();
  if (before != nullptr) {
    for (const Account& account : before->accounts) sources -= account.sources.size();
  }
  const auto account = std::ranges::find(after.accounts, source.account, &Account::name);
  return sources == 1 && account != after.accounts.end() && !account->sources.empty();
}

/// Whether what was added sends with the login data of the source that was added with it; both
/// stand last in their lists.
bool sends_as_itself(const Config& after, const NewSource& source) {
  if (source.send_from.empty()) return true;
  const auto account = std::ranges::find(after.accounts, source.account, &Account::name);
  if (account == after.accounts.end() || account->outgoing.empty()) return false;
  const Outgoing& outgoing = account->outgoing.back();
  return outgoing.password.has_value() || outgoing.source == account->sources.back().key();
}

struct Written {
  std::string text;
  Config config;
};

std::expected<Written, Problem> written(std::string_view yaml, const NewSource& source,
                                        SendLogin login, const std::filesystem::path& file) {
  const auto tree = read_tree(yaml);
  if (!tree) return std::unexpected(tree.error().problem);
  std::string text(yaml);
  std::optional<Config> before;
  if (tree->root.kind == Node::Kind::null) {
    // Comments may stand there.
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    text += fresh_file;
    if (!source.send_from.empty()) text += fresh_submission;
    text += "accounts:\n";
    Lines lines = account_lines(source);
    indent(lines, 2);
    text += fmt::format("{}\n", fmt::join(lines, "\n"));
  } else {
    auto loaded = parse(yaml, file);
    if (!loaded) {
      return std::unexpected(Problem{"the file has mistakes: " + loaded.error().front().text(),
                                     "mend them first: postern check"});
    }
    before = std::move(*loaded);
    Lines lines = split(yaml);
    auto additions = additions_to(lines, tree->root, source, login);
    if (!additions) return std::unexpected(additions.error());
    add_to(lines, std::move(*additions));
    text = fmt::format("{}\n", fmt::join(lines, "\n"));
  }
  auto after = parse(text, file);
  if (!after) {
    return std::unexpected(Problem{"the file would not be valid: " + after.error().front().text(),
                                   "write this into it yourself:\n" + source_text(source)});
  }
  if (!has_become(before ? &*before : nullptr, *after, source))
    return by_hand(source, "its form is not understood");
  return Written{std::move(text), std::move(*after)};
}

}  // namespace

std::string source_text(const NewSource& source) {
  const std::string text = fmt::format("{}\n", fmt::join(source_lines(source), "\n"));
  if (source.send_from.empty()) return text;
  const Lines outgoing = outgoing_lines(source, SendLogin::of_source);
  return fmt::format("{}and below outgoing:\n{}\n", text, fmt::join(outgoing, "\n"));
}

std::expected<std::string, Problem> with_source(std::string_view yaml, const NewSource& source,
                                                const std::filesystem::path& file) {
  auto made = written(yaml, source, SendLogin::of_source, file);
  if (made && !sends_as_itself(made->config, source)) {
    if (!source.client_id.empty()) {
      return std::unexpected(
          Problem{"another source of this account has the same provider, and sending would log in "
                  "as that one",
                  "make an account of its own for it, or leave sending out"});
    }
    made = written(yaml, source, SendLogin::own, file);
  }
  if (!made) return std::unexpected(made.error());
  return std::move(made->text);
}

}  // namespace postern::config
