#include "sync/store/key_cache.h"

#include <algorithm>

#include "sync/wire/mime/sort_keys.h"

namespace postern::store {

std::optional<std::int64_t> KeyCache::Content::sent(BodyId body) const {
  const auto found = keys.find(body);
  if (found == keys.end()) return dates.at(body);
  return found->second.has_sent ? std::optional(found->second.sent) : std::nullopt;
}

std::size_t KeyCache::Content::octets() const {
  constexpr std::size_t links = 4 * sizeof(void*);
  constexpr std::size_t node = sizeof(BodyId) + sizeof(Keys) + links;
  constexpr std::size_t date = sizeof(BodyId) + sizeof(std::optional<std::int64_t>) + links;
  return subjects.octets() + addresses.octets() + names.octets() + ids.octets() +
         references.size() * sizeof references[0] + keys.size() * node + dates.size() * date;
}

std::vector<BodyId> KeyCache::lacking(std::span<const BodyId> bodies, Wanted wanted) {
  std::vector<BodyId> result;
  {
    const std::scoped_lock lock(mutex_);
    for (const BodyId body : bodies) {
      const bool dated = wanted == Wanted::dates && content_.dates.contains(body);
      if (!dated && !content_.keys.contains(body)) result.push_back(body);
    }
  }
  std::ranges::sort(result);
  const auto repeated = std::ranges::unique(result);
  result.erase(repeated.begin(), repeated.end());
  return result;
}

void KeyCache::load(Reader& reader, std::span<const BodyId> bodies, Wanted wanted) {
  const std::scoped_lock lock(mutex_);
  if (wanted == Wanted::keys) {
    load_keys(reader, bodies);
  } else {
    load_dates(reader, bodies);
  }
}

void KeyCache::load_dates(Reader& reader, std::span<const BodyId> bodies) {
  std::vector<BodyId> others;
  auto at = bodies.begin();
  reader.sent_dates(bodies, [&](BodyId body, std::optional<std::int64_t> sent) {
    for (; *at != body; ++at) others.push_back(*at);
    ++at;
    content_.dates.emplace(body, sent);
  });
  others.insert(others.end(), at, bodies.end());
  if (!others.empty()) load_keys(reader, others);
}

void KeyCache::load_keys(Reader& reader, std::span<const BodyId> bodies) {
  reader.sort_keys(bodies, [this](BodyId body, const wire::mime::SortKeys& read) {
    if (content_.keys.contains(body)) return;
    Keys keys;
    keys.has_sent = read.sent.has_value();
    keys.sent = read.sent.value_or(0);
    keys.subject = content_.subjects.number(read.subject);
    keys.reply = read.kind == wire::mime::BaseSubject::Kind::reply_or_forward;
    keys.from = content_.addresses.number(read.from);
    keys.to = content_.addresses.number(read.to);
    keys.cc = content_.addresses.number(read.cc);
    keys.display_from = content_.names.number(read.display_from);
    keys.display_to = content_.names.number(read.display_to);
    keys.id = content_.ids.number(read.message_id);
    keys.first_reference = static_cast<std::uint32_t>(content_.references.size());
    keys.references = static_cast<std::uint32_t>(read.references.size());
    for (const std::string& id : read.references)
      content_.references.push_back(content_.ids.number(id));
    content_.keys.emplace(body, keys);
  });
}

void KeyCache::look(const std::function<void(const Content&)>& visit) {
  const std::scoped_lock lock(mutex_);
  visit(content_);
}

std::size_t KeyCache::octets() {
  const std::scoped_lock lock(mutex_);
  return content_.octets();
}

std::shared_ptr<KeyCache> KeyCaches::current() {
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<KeyCache> cache = cache_.lock();
  if (!cache || cache->octets() > most_octets) {
    cache = std::make_shared<KeyCache>();
    cache_ = cache;
  }
  return cache;
}

}  // namespace postern::store
