#include "proxy/imap/fetch_plan.h"

#include <algorithm>

namespace postern::imap {
namespace {

using Item = wire::imap::FetchItem;
using Text = wire::mime::Section::Text;

/// A guess, no limit. Where it is too low, what comes behind waits for more than one batch; where
/// it is too high, batches are small.
std::size_t likely_octets(const Item& item, const store::Entry& entry) {
  constexpr std::size_t number = 32;
  constexpr std::size_t some_fields = 1024;
  constexpr std::size_t prepared = 1536;  // what is kept ready about a message
  constexpr std::size_t description = 512;
  constexpr std::size_t part = 16UL * 1024;
  if (item.in_snapshot()) return number;
  if (!item.reads_body() && !item.decodes()) return prepared + description;
  const bool text = item.section.what == Text::whole || item.section.what == Text::text;
  if (!text || item.kind == Item::Kind::rfc822_header) return some_fields;
  std::size_t octets = entry.octets;
  if (!item.section.path.empty()) octets = std::min(octets, part);
  if (item.partial) octets = std::min<std::size_t>(octets, item.partial->octets);
  return prepared + octets;
}

}  // namespace

bool FetchPlan::needs_reader() const {
  return !std::ranges::all_of(items, &Item::in_snapshot);
}

bool FetchPlan::asks_for(Item::Kind kind) const {
  return std::ranges::find(items, kind, &Item::kind) != items.end();
}

FetchPlan::Runs FetchPlan::take(std::size_t octets) {
  Runs taken;
  std::size_t likely = 0;
  auto run = runs.begin();
  for (; run != runs.end() && likely < octets; ++run) {
    std::uint32_t count = 0;
    for (; count <= run->last - run->first && likely < octets; ++count) {
      const store::Entry& entry = view->at(SeqNum(run->first + count));
      for (const Item& item : items) likely += likely_octets(item, entry);
    }
    taken.push_back({run->first, run->first + count - 1});
    run->first += count;
    if (run->first <= run->last) break;
  }
  runs.erase(runs.begin(), run);
  return taken;
}

}  // namespace postern::imap
