#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "proxy/imap/mailbox_choice.h"
#include "proxy/imap/search_references.h"
#include "proxy/imap/session.h"

namespace postern::imap {
namespace {

using Returns = wire::imap::ReturnOptions;
using Kind = wire::imap::SearchKey::Kind;
using Filter = wire::imap::command::MailboxFilter;

bool names_by_number(const wire::imap::SearchKey& key) {
  return key.kind == Kind::sequence_set && !key.set.saved();
}

bool names_saved(const wire::imap::SearchKey& key) {
  return (key.kind == Kind::sequence_set || key.kind == Kind::uid_set) && key.set.saved();
}

}  // namespace

/// RFC 7377 sections 2.1 and 2.2: what makes no sense in more than the selected mailbox.
std::optional<Answer> Session::multi_search_mistake(
    const wire::imap::command::MultiSearch& command) const {
  const bool asks_selected =
      command.mailboxes.empty() || std::ranges::find(command.mailboxes, Filter::Kind::selected,
                                                     &Filter::kind) != command.mailboxes.end();
  if (asks_selected && state_ != State::selected)
    return Answer::bad("No mailbox is selected: say with IN where to search");
  if (any_key(command.key, names_by_number))
    return Answer::bad("ESEARCH knows messages by their UIDs only");
  if (command.returns->has(Returns::update))
    return Answer::bad("What ESEARCH finds is not kept up to date");
  if (!command.only_selected() &&
      (command.returns->has(Returns::save) || any_key(command.key, names_saved)))
    return Answer::bad("$ and SAVE are for the selected mailbox only");
  if (enabled_.has(Extension::utf8) && !command.charset.empty())
    return Answer::bad("Once UTF8=ACCEPT is enabled, ESEARCH takes no CHARSET");
  return std::nullopt;
}

/// RFC 7377: one mailbox after the other, each as it is when its turn comes, and the selected one
/// as the session shows it. A mailbox without hits is not told of.
asio::awaitable<Answer> Session::run(const wire::imap::command::MultiSearch& command) {
  wire::imap::command::MultiSearch wanted = command;
  if (!wanted.returns) wanted.returns.emplace().add(Returns::all);
  if (auto answer = multi_search_mistake(wanted)) co_return std::move(*answer);
  if (auto answer = unsearchable(wanted)) co_return refused(wanted, std::move(*answer));
  if (wanted.mailboxes.empty()) wanted.mailboxes.emplace_back();
  const auto selected = view_ ? std::optional(view_->id()) : std::nullopt;
  const auto mailboxes = chosen_mailboxes(wanted.mailboxes, *account()->tree(), selected);
  for (std::size_t at = 0; at < mailboxes.size(); ++at) {
    co_await expect_client({at, mailboxes.size()});
    auto place = co_await place_of(mailboxes[at].id);
    if (!place) co_return refused(wanted, std::move(place.error()));
    if (!place->view) continue;
    place->whole = Progress{at, mailboxes.size()};
    auto key = co_await resolve(wanted.key, *place);
    if (!key) co_return refused(wanted, std::move(key.error()));
    const UidValidity validity = place->view->head().uid_validity;
    auto found = co_await find(std::move(*key), std::move(*place));
    if (found) found = co_await weigh(wanted, {}, std::move(*found));
    if (!found) co_return refused(wanted, std::move(found.error()));
    if (wanted.returns->has(Returns::save)) view_->save(saved_part(*wanted.returns, *found));
    if (found->messages.empty()) continue;
    std::string source = " MAILBOX ";
    wire::imap::append_mailbox(source, mailboxes[at].name, charset());
    source += fmt::format(" UIDVALIDITY {}", validity.value);
    auto failure = co_await tell_found(wanted, std::move(*found), "SEARCH", std::move(source));
    if (failure) co_return std::move(*failure);
  }
  co_return Answer::ok("ESEARCH completed");
}

/// Without a view if the mailbox is gone meanwhile.
asio::awaitable<std::expected<SearchPlace, Answer>> Session::place_of(MailboxId id) {
  if (view_ && view_->id() == id) co_return here();
  const auto mailbox = co_await access::open_mailbox(account(), id);
  if (!mailbox) co_return std::unexpected(failed(mailbox.error()));
  if (!*mailbox || (*mailbox)->gone()) co_return SearchPlace{};
  SearchPlace place{(*mailbox)->latest(), {}, {}};
  // RFC 3501 section 2.3.2: what the next session that selects it would be told of.
  const Uid first = (*mailbox)->first_recent();
  const Uid next = place.view->head().uid_next;
  if (first < next) place.recents = UidSet({{first, Uid(next.value - 1)}});
  co_return place;
}

}  // namespace postern::imap
