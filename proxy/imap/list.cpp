#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "proxy/imap/session.h"
#include "proxy/imap/turn.h"

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

/// A LIST or LSUB under way; one turn at a time works on it.
struct Listing {
  std::shared_ptr<const store::MailboxTree> tree;
  ListPattern pattern;
  std::size_t at = 0;  ///< in the mailboxes or subscriptions of the tree
  std::unordered_set<std::string> parents;
  Lines lines;
};

/// RFC 3501 section 6.3.8 and RFC 3348. A level that is no mailbox but has some below it is shown
/// as \Noselect.
void look_at_mailbox(Listing& listing, const store::MailboxInfo& info) {
  const store::MailboxTree& tree = *listing.tree;
  if (listing.pattern.matches(info.name)) {
    listing.lines[info.name] =
        (tree.has_children(info.name) ? "\\HasChildren" : "\\HasNoChildren") +
        std::string(attribute_of(info.special_use));
  }
  for (const std::string& parent : parents_of(info.name)) {
    if (!listing.parents.insert(parent).second) continue;
    if (listing.pattern.matches(parent) && tree.find(parent) == nullptr)
      listing.lines[parent] = "\\Noselect \\HasChildren";
  }
}

/// RFC 3501 section 6.3.9: with `%`, a level that is not subscribed but has subscribed ones below
/// it is shown as \Noselect.
void look_at_subscription(Listing& listing, const std::string& name) {
  const store::MailboxTree& tree = *listing.tree;
  if (listing.pattern.matches(name)) {
    listing.lines[name] = tree.find(name) == nullptr ? "\\Noselect" : "";
  } else if (listing.pattern.ends_with_percent()) {
    for (const std::string& parent : parents_of(name)) {
      if (!listing.parents.insert(parent).second) continue;
      if (listing.pattern.matches(parent) && !tree.subscribed(parent))
        listing.lines[parent] = "\\Noselect";
    }
  }
}

void list(Listing& listing, const Turn& turn) {
  const auto& all = listing.tree->mailboxes;
  while (listing.at < all.size()) {
    look_at_mailbox(listing, all[listing.at++]);
    if (turn.over()) return;
  }
}

void list_subscribed(Listing& listing, const Turn& turn) {
  const auto& all = listing.tree->subscriptions;
  while (listing.at < all.size()) {
    look_at_subscription(listing, all[listing.at++]);
    if (turn.over()) return;
  }
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
  const auto listing = std::make_shared<Listing>();
  listing->tree = account()->tree();
  listing->pattern = command.pattern;
  while (listing->at < listing->tree->mailboxes.size()) {
    auto work = [listing, closing = account()->closing()] { list(*listing, Turn(closing)); };
    const auto outcome = co_await access::compute(account(), std::move(work));
    if (!outcome) co_return failed(outcome.error());
  }
  for (const auto& [name, attributes] : listing->lines) {
    append_line(out_, "LIST", name, attributes);
    co_await flush_if_large();
  }
  co_return Answer::ok("LIST completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::Lsub& command) {
  const auto listing = std::make_shared<Listing>();
  listing->tree = account()->tree();
  listing->pattern = command.pattern;
  while (listing->at < listing->tree->subscriptions.size()) {
    auto work = [listing, closing = account()->closing()] {
      list_subscribed(*listing, Turn(closing));
    };
    const auto outcome = co_await access::compute(account(), std::move(work));
    if (!outcome) co_return failed(outcome.error());
  }
  for (const auto& [name, attributes] : listing->lines) {
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
