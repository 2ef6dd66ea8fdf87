#include <algorithm>
#include <array>
#include <utility>

#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap::grammar {
namespace {

std::int64_t partial_end(Cursor& in) {
  const bool from_the_back = in.accept('-');
  const std::int64_t value = nz_number(in);
  return from_the_back ? -value : value;
}

void return_option(Cursor& in, ReturnOptions& returns, std::vector<FetchItem>& update_items) {
  static constexpr std::array<std::pair<std::string_view, ReturnOptions::Option>, 7> names = {{
      {"ALL", ReturnOptions::all},
      {"COUNT", ReturnOptions::count},
      {"MAX", ReturnOptions::max},
      {"MIN", ReturnOptions::min},
      {"RELEVANCY", ReturnOptions::relevancy},
      {"SAVE", ReturnOptions::save},
      {"UPDATE", ReturnOptions::update},
  }};
  const auto known =
      std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
  if (known != names.end()) {
    returns.add(known->second);
    if (known->second == ReturnOptions::update && in.rest().starts_with(" (")) {
      sp(in);
      update_items = news_items(in);
    }
  } else if (in.accept_word("PARTIAL")) {
    if (returns.partial) in.fail("PARTIAL may be asked for once");
    sp(in);
    returns.partial = partial_range(in);
  } else if (!in.accept_word("CONTEXT")) {  // a hint that nothing needs here
    in.fail("There is no such return option");
  }
}

}  // namespace

PartialRange partial_range(Cursor& in) {
  PartialRange range;
  range.first = partial_end(in);
  in.expect(':');
  range.last = partial_end(in);
  if ((range.first < 0) != (range.last < 0))
    in.fail("Both ends of a range count from the same side");
  return range;
}

ReturnOptions return_options(Cursor& in, std::vector<FetchItem>& update_items) {
  ReturnOptions returns;
  in.expect('(');
  if (!in.accept(')')) {
    do {
      return_option(in, returns, update_items);
    } while (in.accept(' '));
    in.expect(')');
  }
  if (returns.partial && returns.has(ReturnOptions::all))
    in.fail("ALL and PARTIAL exclude each other");
  if (returns.options == 0 && !returns.partial) returns.add(ReturnOptions::all);
  return returns;
}

std::vector<SortCriterion> sort_criteria(Cursor& in) {
  using Key = SortCriterion::Key;
  constexpr std::size_t most = 20;
  static constexpr std::array<std::pair<std::string_view, Key>, 10> names = {{
      {"ARRIVAL", Key::arrival},
      {"CC", Key::cc},
      {"DATE", Key::date},
      {"DISPLAYFROM", Key::display_from},
      {"DISPLAYTO", Key::display_to},
      {"FROM", Key::from},
      {"RELEVANCY", Key::relevancy},
      {"SIZE", Key::size},
      {"SUBJECT", Key::subject},
      {"TO", Key::to},
  }};
  std::vector<SortCriterion> criteria;
  in.expect('(');
  do {
    SortCriterion criterion;
    if (in.accept_word("REVERSE")) {
      criterion.direction = SortCriterion::Direction::falling;
      sp(in);
    }
    const auto known =
        std::ranges::find_if(names, [&](const auto& row) { return in.accept_word(row.first); });
    if (known == names.end()) {
      in.fail("There is no such sort key");
    } else {
      criterion.key = known->second;
    }
    criteria.push_back(criterion);
    if (criteria.size() > most) in.fail("Too many sort keys");
  } while (in.accept(' '));
  in.expect(')');
  return criteria;
}

ThreadAlgorithm thread_algorithm(Cursor& in) {
  if (in.accept_word("ORDEREDSUBJECT")) return ThreadAlgorithm::ordered_subject;
  if (in.accept_word("REFERENCES")) return ThreadAlgorithm::references;
  if (in.accept_word("REFS")) return ThreadAlgorithm::refs;
  in.fail("There is no such threading algorithm");
  return ThreadAlgorithm::references;
}

}  // namespace postern::wire::imap::grammar
