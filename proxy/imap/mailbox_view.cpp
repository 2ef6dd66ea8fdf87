#include "proxy/imap/mailbox_view.h"

#include <algorithm>
#include <utility>

namespace postern::imap {
namespace {

Uid last_uid(const store::Snapshot& snapshot) {
  return snapshot.size() == 0 ? Uid(0) : snapshot.at(SeqNum(snapshot.size())).uid;
}

}  // namespace

MailboxView::MailboxView(std::shared_ptr<store::Mailbox> mailbox, std::string name, Access access)
    : mailbox_(std::move(mailbox)),
      name_(std::move(name)),
      access_(access),
      view_(mailbox_->latest()),
      whole_mod_seq_(view_->head().highest_mod_seq) {
  claim_recent();
}

/// A session that may change the mailbox takes \Recent away from those after it; EXAMINE only looks
/// (RFC 3501 section 6.3.2).
void MailboxView::claim_recent() {
  const Uid last = last_uid(*view_);
  if (last == Uid(0)) return;
  const Uid first =
      access_ == Access::read_write ? mailbox_->claim_recent(last) : mailbox_->first_recent();
  if (first > last) return;
  std::vector<UidSet::Range> ranges = recent_.ranges();
  ranges.push_back({first, last});
  recent_ = UidSet(std::move(ranges));
}

store::Changes MailboxView::catch_up(store::Expunges expunges) {
  const store::SnapshotPtr latest = mailbox_->latest();
  store::CaughtUp caught = store::catch_up(view_, latest, expunges);
  view_ = std::move(caught.view);
  withholds_ = view_ != latest;
  if (!withholds_) whole_mod_seq_ = view_->head().highest_mod_seq;
  if (caught.changes.added != 0) claim_recent();
  return std::move(caught.changes);
}

std::uint32_t MailboxView::recent_count() const {
  std::uint32_t count = 0;
  for (const auto& range : recent_.ranges()) {
    const SeqNum first = view_->lower_bound(range.first);
    const std::uint32_t after = range.last.value == 0xffffffffU
                                    ? view_->size() + 1
                                    : view_->lower_bound(range.last.next()).value;
    count += after - first.value;
  }
  return count;
}

MailboxView::Chosen MailboxView::choose(const wire::imap::SequenceSet& set,
                                        wire::imap::Numbers numbers) const {
  Chosen chosen;
  const std::uint32_t size = view_->size();
  if (set.saved()) {
    for (const auto& range : saved_.ranges()) choose(range.first, range.last, chosen);
    return chosen;
  }
  if (numbers == wire::imap::Numbers::sequence) {
    chosen.beyond = set.largest_number() > size;
    for (auto range : set.resolve(size)) {
      if (range.first > size) break;
      chosen.runs.push_back({range.first, std::min(range.last, size)});
    }
    return chosen;
  }
  for (const auto& range : set.resolve(last_uid(*view_).value))
    choose(Uid(range.first), Uid(range.last), chosen);
  return chosen;
}

void MailboxView::choose(Uid first, Uid last, Chosen& chosen) const {
  const std::uint32_t begin = view_->lower_bound(first).value;
  const std::uint32_t after =
      last.value == 0xffffffffU ? view_->size() + 1 : view_->lower_bound(last.next()).value;
  if (begin >= after) return;
  if (!chosen.runs.empty() && chosen.runs.back().last + 1 == begin) {
    chosen.runs.back().last = after - 1;
  } else {
    chosen.runs.push_back({begin, after - 1});
  }
}

UidSet MailboxView::uids(const Chosen& chosen) const {
  UidSet set;
  for (const auto& run : chosen.runs)
    view_->for_range(SeqNum(run.first), SeqNum(run.last),
                     [&](SeqNum, const store::Entry& entry) { set.add(entry.uid); });
  return set;
}

}  // namespace postern::imap
