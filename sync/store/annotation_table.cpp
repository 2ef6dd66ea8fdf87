#include "sync/store/annotation_table.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace postern::store {

namespace {

std::uint64_t fingerprint_of(std::string_view value) {
  return std::hash<std::string_view>{}(value);
}

}  // namespace

std::vector<ChangedAnnotation> changed_annotations(const AnnotationPicture& mine,
                                                   const AnnotationPicture& latest) {
  using Item = AnnotationPicture::Item;
  std::vector<ChangedAnnotation> changed;
  const auto before = [](const Item& a, const Item& b) {
    return std::tie(a.mailbox, a.entry) < std::tie(b.mailbox, b.entry);
  };
  const auto tell = [&](const Item& item) { changed.push_back({item.mailbox, item.entry}); };
  auto old = mine.items.begin();
  auto now = latest.items.begin();
  while (old != mine.items.end() || now != latest.items.end()) {
    if (now == latest.items.end() || (old != mine.items.end() && before(*old, *now))) {
      tell(*old++);
    } else if (old == mine.items.end() || before(*now, *old)) {
      tell(*now++);
    } else {
      if (old->fingerprint != now->fingerprint) tell(*now);
      ++old;
      ++now;
    }
  }
  return changed;
}

AnnotationTable::AnnotationTable(Database& database, UndoLog& undo)
    : undo_(undo),
      set_(database,
           "INSERT INTO annotation(mailbox, entry, value) VALUES (?, ?, ?) "
           "ON CONFLICT(mailbox, entry) DO UPDATE SET value = excluded.value"),
      remove_(database, "DELETE FROM annotation WHERE mailbox = ? AND entry = ?") {
  Statement select(database, "SELECT mailbox, entry, value FROM annotation");
  for (auto row = select(); row.step();) {
    const std::string_view value = row.octets(2);
    const Held held{fingerprint_of(value), row.octets(1).size() + value.size()};
    octets_ += held.octets;
    held_.emplace(Key{row.id<MailboxId>(0), std::string(row.octets(1))}, held);
  }
}

std::size_t AnnotationTable::count(MailboxId mailbox) const {
  const auto first = held_.lower_bound(Key{mailbox, {}});
  const auto behind = held_.lower_bound(Key{mailbox.next(), {}});
  return static_cast<std::size_t>(std::distance(first, behind));
}

void AnnotationTable::put(const Key& key, Held held) {
  const auto [at, added] = held_.try_emplace(key, held);
  ++version_;
  if (added) {
    octets_ += held.octets;
    undo_.add([this, key] { take(key); });
    return;
  }
  const Held before = std::exchange(at->second, held);
  octets_ += held.octets - before.octets;
  undo_.add([this, key, before] {
    Held& there = held_.at(key);
    octets_ += before.octets - there.octets;
    there = before;
    ++version_;
  });
}

/// For undo steps.
void AnnotationTable::take(const Key& key) {
  const auto found = held_.find(key);
  octets_ -= found->second.octets;
  held_.erase(found);
  ++version_;
}

Result<void> AnnotationTable::set(MailboxId mailbox, const std::vector<NewAnnotation>& changes) {
  for (const NewAnnotation& change : changes) {
    const Key key{mailbox, change.entry};
    if (change.value) {
      set_(mailbox, std::string_view(change.entry), as_blob(*change.value)).finish();
      put(key, {fingerprint_of(*change.value), change.entry.size() + change.value->size()});
    } else if (const auto found = held_.find(key); found != held_.end()) {
      remove_(mailbox, std::string_view(change.entry)).finish();
      undo_.add([this, key, held = found->second] {
        held_.emplace(key, held);
        octets_ += held.octets;
        ++version_;
      });
      take(key);
    }
  }
  if (count(mailbox) > most_annotations || octets_ > most_annotation_octets)
    return std::unexpected(Refusal::limit);
  return {};
}

void AnnotationTable::forget(MailboxId mailbox) {
  std::vector<NewAnnotation> all;
  const auto behind = held_.lower_bound(Key{mailbox.next(), {}});
  for (auto at = held_.lower_bound(Key{mailbox, {}}); at != behind; ++at)
    all.push_back({at->first.second, std::nullopt});
  // Fewer are never too many.
  (void)set(mailbox, all);
}

std::shared_ptr<const AnnotationPicture> AnnotationTable::picture() const {
  auto picture = std::make_shared<AnnotationPicture>();
  picture->items.reserve(held_.size());
  for (const auto& [key, held] : held_)
    picture->items.push_back({key.first, key.second, held.fingerprint});
  return picture;
}

AnnotationReader::AnnotationReader(Database& database)
    : select_(database, "SELECT entry, value FROM annotation WHERE mailbox = ? ORDER BY entry") {}

void AnnotationReader::each(MailboxId mailbox, const Visit& visit) {
  for (auto row = select_(mailbox); row.step();) visit(row.octets(0), row.octets(1));
}

}  // namespace postern::store
