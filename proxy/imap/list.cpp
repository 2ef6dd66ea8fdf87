#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

using wire::imap::ListPattern;
using wire::imap::MailboxName;

/// RFC 6154 section 2.
std::string_view attribute_of(store::SpecialUse use) {
  switch (use) {
    case store::SpecialUse::none: return "";
    case store::SpecialUse::archive: return " \\Archive";
    case store::SpecialUse::drafts: return " \\Drafts";
    case store::SpecialUse::junk: return " \\Junk";
    case store::SpecialUse::sent: return " \\Sent";
    case store::SpecialUse::trash: return " \\Trash";
  }
  return "";
}

/// Names by rising order, with their attributes.
using Lines = std::map<std::string, std::string>;

std::vector<std::string> parents_of(const std::string& name) {
  const auto valid = MailboxName::from_utf8(name);
  return valid ? valid->parents() : std::vector<std::string>{};
}

/// RFC 3501 section 6.3.8 and RFC 3348. A level that is no mailbox but has some below it is shown
/// as \Noselect.
Lines listed(const store::MailboxTree& tree, const ListPattern& pattern) {
  Lines lines;
  std::unordered_set<std::string> parents;
  for (const store::MailboxInfo& info : tree.mailboxes) {
    if (pattern.matches(info.name)) {
      lines[info.name] = (tree.has_children(info.name) ? "\\HasChildren" : "\\HasNoChildren") +
                         std::string(attribute_of(info.special_use));
    }
    for (const std::string& parent : parents_of(info.name)) {
      if (!parents.insert(parent).second) continue;
      if (pattern.matches(parent) && tree.find(parent) == nullptr)
        lines[parent] = "\\Noselect \\HasChildren";
    }
  }
  return lines;
}

/// RFC 3501 section 6.3.9: with `%`, a level that is not subscribed but has subscribed ones below
/// it is shown as \Noselect.
Lines subscribed(const store::MailboxTree& tree, const ListPattern& pattern) {
  Lines lines;
  std::unordered_set<std::string> parents;
  for (const std::string& name : tree.subscriptions) {
    if (pattern.matches(name)) {
      lines[name] = tree.find(name) == nullptr ? "\\Noselect" : "";
    } else if (pattern.ends_with_percent()) {
      for (const std::string& parent : parents_of(name)) {
        if (!parents.insert(parent).second) continue;
        if (pattern.matches(parent) && !tree.subscribed(parent)) lines[parent] = "\\Noselect";
      }
    }
  }
  return lines;
}

void append_line(std::string& out, std::string_view command, const std::string& name,
                 const std::string& attributes) {
  out.append("* ").append(command).append(" (").append(attributes).append(") \"/\" ");
  wire::imap::append_mailbox(out, name);
  out.append("\r\n");
}

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::List& command) {
  if (command.pattern.asks_for_root()) {
    append_line(out_, "LIST", "", "\\Noselect");
    co_return Answer::ok("LIST completed");
  }
  auto work = [tree = account()->tree(), pattern = command.pattern] {
    return listed(*tree, pattern);
  };
  const auto lines = co_await access::compute(account(), std::move(work));
  if (!lines) co_return failed(lines.error());
  for (const auto& [name, attributes] : *lines) {
    append_line(out_, "LIST", name, attributes);
    co_await flush_if_large();
  }
  co_return Answer::ok("LIST completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Lsub& command) {
  auto work = [tree = account()->tree(), pattern = command.pattern] {
    return subscribed(*tree, pattern);
  };
  const auto lines = co_await access::compute(account(), std::move(work));
  if (!lines) co_return failed(lines.error());
  for (const auto& [name, attributes] : *lines) {
    append_line(out_, "LSUB", name, attributes);
    co_await flush_if_large();
  }
  co_return Answer::ok("LSUB completed");
}

/// RFC 2342: one namespace, the account's own.
asio::awaitable<Answer> Session::run(const wire::imap::command::Namespace& /*command*/) {
  out_ += "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
  co_return Answer::ok("NAMESPACE completed");
}

}  // namespace postern::imap
