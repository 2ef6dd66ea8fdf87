#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "proxy/imap/mailbox_listing.h"
#include "proxy/imap/rights.h"
#include "proxy/imap/session.h"
#include "proxy/imap/turn.h"

namespace postern::imap {
namespace {

using List = wire::imap::command::List;

/// RFC 5258 section 3.5: which of the options select something below.
std::string below(const MailboxListing::Line& line, const List& list) {
  if (!line.has_selected_below) return {};
  std::string options;
  if (list.selects(List::subscribed)) options += "\"SUBSCRIBED\"";
  if (list.selects(List::special_use))
    options += options.empty() ? "\"SPECIAL-USE\"" : " \"SPECIAL-USE\"";
  return " (\"CHILDINFO\" (" + options + "))";
}

/// Its attributes are its own, whatever LIST may tell.
config::Capabilities attributes_of_xlist() {
  return {config::Capability::children, config::Capability::special_use};
}

/// As Gmail had them, where they differ from RFC 6154.
std::string old_attributes(const std::string& name, std::string attributes) {
  const std::size_t junk = attributes.find("\\Junk");
  if (junk != std::string::npos) attributes.replace(junk, 5, "\\Spam");
  if (name == "INBOX") attributes += " \\Inbox";
  return attributes;
}

}  // namespace

void Session::append_name(const std::string& name) {
  wire::imap::append_mailbox(out_, name, charset());
}

void Session::append_list_line(std::string_view command, const std::string& name,
                               std::string_view attributes, std::string_view behind) {
  out_.append("* ").append(command).append(" (").append(attributes).append(") \"/\" ");
  append_name(name);
  out_.append(behind).append("\r\n");
}

asio::awaitable<std::expected<std::shared_ptr<MailboxListing>, Answer>> Session::listing(
    List list, config::Capabilities told) {
  auto listing = std::make_shared<MailboxListing>(account()->tree(), std::move(list), told);
  while (!listing->finished()) {
    auto work = [listing, closing = account()->closing()] { listing->step(Turn(closing)); };
    const auto outcome = co_await access::compute(account(), std::move(work));
    if (!outcome) co_return std::unexpected(failed(outcome.error()));
  }
  co_return listing;
}

asio::awaitable<Answer> Session::run(const List& command) {
  if (command.form == List::Form::basic && command.patterns.front().asks_for_root()) {
    append_list_line("LIST", "", "\\Noselect", "");
    co_return Answer::ok("LIST completed");
  }
  const auto found = co_await listing(command, offer_);
  if (!found) co_return found.error();
  const MailboxListing& listing = **found;
  for (const auto& [name, line] : listing.lines()) {
    append_list_line("LIST", name, line.attributes, below(line, command));
    if (const store::MailboxInfo* info = listing.tree().find(name)) {
      if (command.tells(List::return_rights)) tell_my_rights(*info);
      if (command.metadata) {
        const auto told = co_await tell_metadata(*command.metadata, *info);
        if (!told) co_return told.error();
      }
      // RFC 5819 section 2: of one that is gone by now nothing is told.
      if (!command.status.empty()) (void)co_await tell_status(*info, command.status);
    }
    co_await flush_if_large();
  }
  co_return Answer::ok("LIST completed");
}

asio::awaitable<Answer> Session::run(const wire::imap::command::XList& command) {
  List all;
  all.patterns.push_back(command.pattern);
  const auto found = co_await listing(std::move(all), attributes_of_xlist());
  if (!found) co_return found.error();
  for (const auto& [name, line] : (*found)->lines()) {
    append_list_line("XLIST", name, old_attributes(name, line.attributes), "");
    co_await flush_if_large();
  }
  co_return Answer::ok("XLIST completed");
}

/// RFC 2342: one namespace, the account's own.
asio::awaitable<Answer> Session::run(const wire::imap::command::Namespace& /*command*/) {
  out_ += "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
  co_return Answer::ok("NAMESPACE completed");
}

}  // namespace postern::imap
