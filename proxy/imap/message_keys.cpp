#include "proxy/imap/message_keys.h"

#include <algorithm>

namespace postern::imap {
namespace {

using Key = wire::imap::SortCriterion::Key;
using Keys = store::KeyCache::Keys;
using Content = store::KeyCache::Content;

/// RFC 5256 section 2.2: without a date that can be read, the internal date.
std::int64_t sent_date(const Keys& keys, const store::Entry& entry) {
  return keys.has_sent ? keys.sent : entry.date.seconds;
}

bool in_snapshot(Key key) {
  return key == Key::arrival || key == Key::size;
}

std::string_view text(Key key, const Keys& keys, const Content& content) {
  switch (key) {
    case Key::cc: return content.addresses.text(keys.cc);
    case Key::from: return content.addresses.text(keys.from);
    case Key::to: return content.addresses.text(keys.to);
    case Key::display_from: return content.names.text(keys.display_from);
    case Key::display_to: return content.names.text(keys.display_to);
    case Key::subject: return content.subjects.text(keys.subject);
    case Key::arrival:
    case Key::date:
    case Key::size: break;
  }
  return {};
}

void add_value(SortColumn& column, Key key, const store::Entry& entry, const Keys* keys,
               const Content& content) {
  if (key == Key::arrival) {
    column.numbers.push_back(entry.date.seconds);
  } else if (key == Key::size) {
    column.numbers.push_back(entry.octets);
  } else if (key == Key::date) {
    column.numbers.push_back(sent_date(*keys, entry));
  } else {
    column.texts.push_back(text(key, *keys, content));
  }
}

}  // namespace

bool needs_keys(std::span<const wire::imap::SortCriterion> order) {
  return !std::ranges::all_of(order, in_snapshot, &wire::imap::SortCriterion::key);
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
  for (std::size_t i = 0; i < order.size(); ++i) {
    result[i].direction = order[i].direction;
    const bool numbers = in_snapshot(order[i].key) || order[i].key == Key::date;
    if (numbers) {
      result[i].numbers.reserve(found.messages.size());
    } else {
      result[i].texts.reserve(found.messages.size());
    }
  }
  const bool with_keys = needs_keys(order);
  for (const SeqNum seq : found.messages) {
    const store::Entry& entry = found.view->at(seq);
    const Keys* keys = with_keys ? &content.keys.at(entry.body) : nullptr;
    for (std::size_t i = 0; i < order.size(); ++i)
      add_value(result[i], order[i].key, entry, keys, content);
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
