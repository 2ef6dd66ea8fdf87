#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "proxy/imap/search_references.h"
#include "proxy/imap/session.h"
#include "proxy/imap/update_lines.h"

namespace postern::imap {
namespace {

using wire::imap::SearchKey;
using Kind = SearchKey::Kind;

/// Of one session.
constexpr std::size_t most_contexts = 8;

std::uint32_t number_of(const UpdateContext& context, const store::Snapshot& view, Uid uid) {
  if (context.numbers == wire::imap::Numbers::uid) return uid.value;
  const auto seq = view.find(uid);
  return seq ? seq->value : 0;
}

SearchKey both(const UidSet& uids, SearchKey key) {
  SearchKey result;
  result.kind = Kind::and_;
  result.children.push_back(uid_key(uids));
  result.children.push_back(std::move(key));
  return result;
}

std::vector<Uid> uids_of(const Found& found) {
  std::vector<Uid> uids;
  uids.reserve(found.messages.size());
  for (const SeqNum seq : found.messages) uids.push_back(found.view->at(seq).uid);
  return uids;
}

/// In the order of the mailbox.
Found messages_of(store::SnapshotPtr view, std::vector<Uid> uids) {
  std::ranges::sort(uids);
  Found found{.view = std::move(view), .messages = {}, .relevancy = {}};
  for (const Uid uid : uids) {
    if (const auto seq = found.view->find(uid)) found.messages.push_back(*seq);
  }
  return found;
}

}  // namespace

/// RFC 5267 section 4.3.1: a refusal to keep results up to date ends nothing else.
void Session::refuse_updates(const std::string& tag, std::string_view why) {
  untagged(wire::imap::Condition::no, "NOUPDATE \"" + tag + "\"", why);
}

/// RFC 9586 section 3: no numbers are told any more.
void Session::end_numbered_contexts() {
  std::erase_if(contexts_, [this](const UpdateContext& context) {
    if (context.numbers == Numbers::uid) return false;
    refuse_updates(context.tag, "It has sequence numbers");
    return true;
  });
}

bool Session::updates(std::string_view tag) const {
  return std::ranges::find(contexts_, tag, &UpdateContext::tag) != contexts_.end();
}

void Session::keep_up_to_date(const wire::imap::command::Searching& command,
                              std::vector<wire::imap::SortCriterion> order, const Found& found) {
  const auto passes_by_itself = [](const SearchKey& key) {
    return key.kind == Kind::older || key.kind == Kind::younger || key.kind == Kind::thread_id;
  };
  const std::uint32_t size = found.view->size();
  const std::uint32_t largest = size == 0 ? 0 : found.view->at(SeqNum(size)).uid.value;
  const auto means_the_last = [largest](const SearchKey& key) {
    return key.kind == Kind::uid_set && key.set.star() && key.set.star()->lowest > largest;
  };
  if (contexts_.size() >= most_contexts)
    return refuse_updates(tag_, "Too many searches are kept up to date");
  if (any_key(command.key, passes_by_itself))
    return refuse_updates(tag_, "OLDER and YOUNGER change by themselves");
  if (any_key(command.key, means_the_last))
    return refuse_updates(tag_, "Which message is the last one changes by itself");
  if (!found.relevancy.empty()) return refuse_updates(tag_, "Relevancy is told once");
  contexts_.push_back({tag_, command.numbers, pinned(command.key, *found.view, view_->saved()),
                       std::move(order), uids_of(found), command.update_items, Uid(largest)});
}

/// Before the changes are told: numbers of messages that go are good up to then.
void Session::note_changes(const store::Changes& changes) {
  if (contexts_.empty()) return;
  std::vector<UidSet::Range> gone_ranges;
  std::unordered_map<Uid, SeqNum> gone_numbers;
  for (const auto& gone : changes.expunged) {
    gone_ranges.push_back({gone.uid, gone.uid});
    gone_numbers.emplace(gone.uid, gone.seq);
  }
  const UidSet gone(std::move(gone_ranges));
  for (UpdateContext& context : contexts_) {
    if (gone.empty()) break;
    std::vector<Placed> removed;
    for (std::uint32_t place = 0; place < context.results.size(); ++place) {
      const Uid uid = context.results[place];
      if (!gone.contains(uid)) continue;
      removed.push_back(
          {place + 1, context.numbers == Numbers::uid ? uid.value : gone_numbers.at(uid).value});
    }
    out_ += update_line(context, removed, {});
    std::erase_if(context.results, [&](Uid uid) { return gone.contains(uid); });
  }
  const store::Snapshot& view = view_->snapshot();
  for (const SeqNum seq : changes.updated) changed_.push_back({view.at(seq).uid, view.at(seq).uid});
  if (changes.added != 0)
    changed_.push_back(
        {view.at(SeqNum(view.size() - changes.added + 1)).uid, view.at(SeqNum(view.size())).uid});
}

/// After the changes were told: numbers of messages that came are good from then on.
asio::awaitable<void> Session::update_contexts() {
  const UidSet changed(std::exchange(changed_, {}));
  if (changed.empty()) co_return;
  for (std::size_t i = 0; i < contexts_.size();) {
    if (co_await update(contexts_[i], changed)) {
      ++i;
    } else {
      refuse_updates(contexts_[i].tag, "The search cannot be done now");
      contexts_.erase(contexts_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

/// False if it cannot be kept up to date any more.
asio::awaitable<bool> Session::update(UpdateContext& context, const UidSet& changed) {
  const SearchKey wanted = both(changed, context.key);
  SearchPlace shown = here();
  auto key = co_await resolve(wanted, shown);
  if (!key) co_return false;
  auto found = co_await find(std::move(*key), std::move(shown));
  if (!found) co_return false;
  const store::SnapshotPtr view = found->view;
  const std::vector<Uid> matching = uids_of(*found);
  std::vector<Uid> known = context.results;
  std::ranges::sort(known);
  std::vector<Uid> added;
  std::ranges::set_difference(matching, known, std::back_inserter(added));
  std::vector<Placed> leaving;
  std::vector<Uid> results;
  for (std::uint32_t place = 0; place < context.results.size(); ++place) {
    const Uid uid = context.results[place];
    if (changed.contains(uid) && !std::ranges::binary_search(matching, uid)) {
      leaving.push_back({place + 1, number_of(context, *view, uid)});
    } else {
      results.push_back(uid);
    }
  }
  co_await tell_new_results(context, *view, added);
  if (leaving.empty() && added.empty()) co_return true;
  std::vector<Placed> coming;
  if (!added.empty()) {
    results.insert(results.end(), added.begin(), added.end());
    Found all = messages_of(view, std::move(results));
    if (!context.order.empty()) {
      auto sorted = co_await sort(std::move(all), context.order);
      if (!sorted) co_return false;
      all = std::move(*sorted);
    }
    results = uids_of(all);
    for (std::uint32_t place = 0; place < results.size(); ++place) {
      if (std::ranges::binary_search(added, results[place]))
        coming.push_back({place + 1, number_of(context, *view, results[place])});
    }
  }
  context.results = std::move(results);
  std::string line = update_line(context, leaving, coming);
  co_await send(std::move(line));
  co_return true;
}

/// RFC 5465 section 7: of messages that are new, not of those that are results by their flags now.
asio::awaitable<void> Session::tell_new_results(UpdateContext& context, const store::Snapshot& view,
                                                const std::vector<Uid>& added) {
  const Uid newest = context.newest;
  if (view.size() != 0) context.newest = std::max(newest, view.at(SeqNum(view.size())).uid);
  if (context.items.empty()) co_return;
  wire::imap::SequenceSet::Ranges runs;
  for (const Uid uid : added) {
    const auto seq = uid > newest ? view.find(uid) : std::nullopt;
    if (seq) runs.push_back({seq->value, seq->value});
  }
  if (!runs.empty()) co_await tell_items(context.items, std::move(runs));
}

/// RFC 5267 section 4.3.5.
asio::awaitable<Answer> Session::run(const wire::imap::command::CancelUpdate& command) {
  if (!std::ranges::all_of(command.tags, [this](const auto& tag) { return updates(tag); }))
    co_return Answer::bad("No search with that tag is kept up to date");
  std::erase_if(contexts_, [&](const UpdateContext& context) {
    return std::ranges::find(command.tags, context.tag) != command.tags.end();
  });
  co_return Answer::ok("CANCELUPDATE completed");
}

}  // namespace postern::imap
