#include "proxy/imap/update_lines.h"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "proxy/imap/extended_answer.h"

namespace postern::imap {
namespace {

/// Results that stand one behind the other.
struct Run {
  std::uint32_t position;
  std::vector<std::uint32_t> numbers;
};

std::vector<Run> runs_of(const std::vector<Placed>& placed) {
  std::vector<Run> runs;
  for (const Placed& one : placed) {
    if (runs.empty() || runs.back().position + runs.back().numbers.size() != one.position)
      runs.push_back({one.position, {}});
    runs.back().numbers.push_back(one.number);
  }
  return runs;
}

/// RFC 5267 section 4.3.3: position 0 leaves the place to the program, which keeps the order of the
/// mailbox.
std::vector<Run> without_positions(const std::vector<Placed>& placed) {
  Run all{0, {}};
  for (const Placed& one : placed) all.numbers.push_back(one.number);
  std::ranges::sort(all.numbers);
  return {std::move(all)};
}

template <class Runs>
void append_item(std::string& line, std::string_view name, const Runs& runs) {
  line.append(name);
  char before = '(';
  for (const Run& run : runs) {
    line.append(fmt::format("{}{} ", before, run.position));
    append_ordered_set(line, run.numbers);
    before = ' ';
  }
  line.push_back(')');
}

}  // namespace

std::string update_line(const UpdateContext& context, const std::vector<Placed>& removed,
                        const std::vector<Placed>& added) {
  std::string line;
  if (removed.empty() && added.empty()) return line;
  append_esearch_start(line, context.tag, context.numbers);
  const bool sorted = !context.order.empty();
  const auto runs = [&](const std::vector<Placed>& placed) {
    return sorted ? runs_of(placed) : without_positions(placed);
  };
  // From the back, so that no position is shifted by the one before it.
  if (!removed.empty()) append_item(line, " REMOVEFROM ", runs(removed) | std::views::reverse);
  if (!added.empty()) append_item(line, " ADDTO ", runs(added));
  line.append("\r\n");
  return line;
}

}  // namespace postern::imap
