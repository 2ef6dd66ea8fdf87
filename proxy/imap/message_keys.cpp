#include "proxy/imap/message_keys.h"

#include <algorithm>

namespace postern::imap {
namespace {

using Key = wire::imap::SortCriterion::Key;
using Keys = store::KeyCache::Keys;
using Content = store::KeyCache::Content;
using Wanted = store::KeyCache::Wanted;

/// RFC 5256 section 2.2: without a date that can be read, the internal date.
std::int64_t sent_date(const Keys& keys, const store::Entry& entry) {
  return keys.has_sent ? keys.sent : entry.date.seconds;
}

/// Known without the keys of the message.
bool is_known(Key key) {
  return key == Key::arrival || key == Key::size || key == Key::relevancy;
}

/// What texts of each criterion are ranked among; nullptr where numbers are compared.
const store::TextNumbers* texts_of(Key key, const Content& content) {
  switch (key) {
    case Key::cc:
    case Key::from:
    case Key::to: return &content.addresses;
    case Key::display_from:
    case Key::display_to: return &content.names;
    case Key::subject: return &content.subjects;
    case Key::arrival:
    case Key::date:
    case Key::relevancy:
    case Key::size: break;
  }
  return nullptr;
}

/// The number of the text that a criterion compares.
std::uint32_t text(Key key, const Keys& keys) {
  switch (key) {
    case Key::cc: return keys.cc;
    case Key::from: return keys.from;
    case Key::to: return keys.to;
    case Key::display_from: return keys.display_from;
    case Key::display_to: return keys.display_to;
    default: return keys.subject;
  }
}

/// `keys` only where texts are compared.
std::int64_t value(Key key, const store::Entry& entry, const Content& content, const Keys* keys,
                   std::span<const std::uint32_t> ranks) {
  if (key == Key::arrival) return entry.date.seconds;
  if (key == Key::size) return entry.octets;
  if (key == Key::date)
    return keys == nullptr ? content.sent(entry.body).value_or(entry.date.seconds)
                           : sent_date(*keys, entry);
  return ranks[text(key, *keys)];
}

}  // namespace

std::optional<Wanted> wanted_keys(std::span<const wire::imap::SortCriterion> order) {
  std::optional<Wanted> wanted;
  for (const wire::imap::SortCriterion& criterion : order) {
    if (is_known(criterion.key)) continue;
    if (criterion.key != Key::date) return Wanted::keys;
    wanted = Wanted::dates;
  }
  return wanted;
}

std::vector<BodyId> bodies_of(const Found& found) {
  std::vector<BodyId> bodies;
  bodies.reserve(found.messages.size());
  for (const SeqNum seq : found.messages) bodies.push_back(found.view->at(seq).body);
  return bodies;
}

std::vector<SortColumn> columns(const Found& found,
                                std::span<const wire::imap::SortCriterion> order,
                                const Content& content) {
  std::vector<SortColumn> result(order.size());
  std::vector<std::span<const std::uint32_t>> ranks(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    result[i].direction = order[i].direction;
    result[i].numbers.reserve(found.messages.size());
    if (const auto* texts = texts_of(order[i].key, content)) ranks[i] = texts->ranks();
  }
  const bool with_keys = wanted_keys(order) == Wanted::keys;
  for (std::size_t place = 0; place < found.messages.size(); ++place) {
    const store::Entry& entry = found.view->at(found.messages[place]);
    const Keys* keys = with_keys ? &content.keys.at(entry.body) : nullptr;
    for (std::size_t i = 0; i < order.size(); ++i) {
      result[i].numbers.push_back(order[i].key == Key::relevancy
                                      ? -std::int64_t{found.relevancy[place]}
                                      : value(order[i].key, entry, content, keys, ranks[i]));
    }
  }
  return result;
}

ThreadInput thread_input(const Found& found, wire::imap::Numbers numbers, const Content& content) {
  ThreadInput input;
  input.messages.reserve(found.messages.size());
  input.ids = content.ids.end();
  input.subjects = content.subjects.end();
  for (const SeqNum seq : found.messages) {
    const store::Entry& entry = found.view->at(seq);
    const Keys& keys = content.keys.at(entry.body);
    ThreadInput::Message message;
    message.number = numbers == wire::imap::Numbers::uid ? entry.uid.value : seq.value;
    message.sent = sent_date(keys, entry);
    message.arrived = entry.date.seconds;
    message.id = keys.id;
    message.subject = keys.subject;
    message.reply = keys.reply;
    message.first_reference = static_cast<std::uint32_t>(input.references.size());
    message.references = keys.references;
    const auto begin = content.references.begin() + keys.first_reference;
    input.references.insert(input.references.end(), begin, begin + keys.references);
    input.messages.push_back(message);
  }
  return input;
}

}  // namespace postern::imap
