#include "sync/store/key_cache.h"

#include <algorithm>

#include "sync/wire/mime/sort_keys.h"

namespace postern::store {

std::size_t KeyCache::Content::octets() const {
  constexpr std::size_t node = sizeof(BodyId) + sizeof(Keys) + 4 * sizeof(void*);
  return subjects.octets() + addresses.octets() + names.octets() + ids.octets() +
         references.size() * sizeof references[0] + keys.size() * node;
}

std::vector<BodyId> KeyCache::lacking(std::span<const BodyId> bodies) {
  std::vector<BodyId> result;
  {
    const std::scoped_lock lock(mutex_);
    for (const BodyId body : bodies) {
      if (!content_.keys.contains(body)) result.push_back(body);
    }
  }
  std::ranges::sort(result);
  const auto repeated = std::ranges::unique(result);
  result.erase(repeated.begin(), repeated.end());
  return result;
}

void KeyCache::load(Reader& reader, std::span<const BodyId> bodies) {
  const std::scoped_lock lock(mutex_);
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
