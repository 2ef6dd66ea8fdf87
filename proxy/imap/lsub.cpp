#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "proxy/imap/mailbox_listing.h"
#include "proxy/imap/session.h"
#include "proxy/imap/turn.h"

namespace postern::imap {
namespace {

/// An LSUB under way; one turn at a time works on it.
struct Subscriptions {
  std::shared_ptr<const store::MailboxTree> tree;
  wire::imap::ListPattern pattern;
  std::size_t at = 0;
  std::unordered_set<std::string> above;
  std::map<std::string, std::string> lines;  ///< the attributes by name

  /// RFC 3501 section 6.3.9: with `%`, a level that is not subscribed but has subscribed ones below
  /// it is shown as \Noselect.
  void look_at(const std::string& name) {
    if (pattern.matches(name)) {
      lines[name] = tree->find(name) == nullptr ? "\\Noselect" : "";
    } else if (pattern.ends_with_percent()) {
      for (const std::string& parent : names_above(name)) {
        if (!above.insert(parent).second) continue;
        if (pattern.matches(parent) && !tree->subscribed(parent)) lines[parent] = "\\Noselect";
      }
    }
  }
  void step(const Turn& turn) {
    while (at < tree->subscriptions.size()) {
      look_at(tree->subscriptions[at++]);
      if (turn.over()) return;
    }
  }
};

}  // namespace

asio::awaitable<Answer> Session::run(const wire::imap::command::Lsub& command) {
  const auto found = std::make_shared<Subscriptions>();
  found->tree = account()->tree();
  found->pattern = command.pattern;
  while (found->at < found->tree->subscriptions.size()) {
    auto work = [found, closing = account()->closing()] { found->step(Turn(closing)); };
    const auto outcome = co_await access::compute(account(), std::move(work));
    if (!outcome) co_return failed(outcome.error());
  }
  for (const auto& [name, attributes] : found->lines) {
    append_list_line("LSUB", name, attributes, "");
    co_await flush_if_large();
  }
  co_return Answer::ok("LSUB completed");
}

}  // namespace postern::imap
