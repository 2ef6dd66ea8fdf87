#include "proxy/imap/fetch_plan.h"

#include <algorithm>

namespace postern::imap {
namespace {

using Item = wire::imap::FetchItem;
using Text = wire::mime::Section::Text;

/// Rather too much than too little: what was thought to be small is told piece by piece, and what
/// comes behind it waits.
std::size_t likely_octets(const Item& item, const store::Entry& entry) {
  constexpr std::size_t number = 32;
  constexpr std::size_t header = 1024;
  if (item.in_snapshot()) return number;
  const bool text = item.section.what == Text::whole || item.section.what == Text::text;
  const bool large =
      item.kind != Item::Kind::rfc822_header && text && (item.reads_body() || item.decodes());
  if (!large) return header;
  return item.partial ? std::min(entry.octets, item.partial->octets) : entry.octets;
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
