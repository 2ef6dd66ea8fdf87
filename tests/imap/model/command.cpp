#include "tests/imap/model/command.h"

#include <algorithm>

#include <fmt/format.h>

namespace postern::imap::model {
namespace {

void finish(Turn& turn, const std::string& tag, Ending ending) {
  Session& me = turn.me;
  std::string answer = me.memory.answer.empty() ? "OK" : me.memory.answer;
  if (me.view && ending != Ending::replaces)
    catch_up(turn, ending == Ending::free ? Expunges::allowed : Expunges::withheld);
  const bool vanished = std::exchange(me.told_vanished, false);
  if (me.view && me.qresync) {
    // RFC 7162 section 3.2: while messages that went are withheld, no MODSEQ that is told meanwhile
    // may be taken for all there is. Section 3.2.7: VANISHED says how far the client is then.
    const std::string code = fmt::format(
        "OK [HIGHESTMODSEQ {}]", me.view->withholds ? me.view->whole_mod_seq : me.view->mod_seq);
    if (answer == "OK" && (me.view->withholds || vanished)) {
      answer = code;
    } else if (me.view->withholds) {
      turn.say("* " + code);
    }
  }
  turn.say(tag + " " + answer);
  if (!me.view || !turn.mailbox().deleted) return;
  turn.say("* BYE");
  me.over = true;
}

}  // namespace

Command command(const std::string& tag, const std::string& text, Ending ending,
                std::vector<Step> work) {
  Command made{tag, tag + " " + text + "\r\n", {}};
  made.steps.emplace_back([first = work.empty() ? Step() : work.front()](Turn& turn) {
    turn.me.memory = {};
    if (first) first(turn);
  });
  for (std::size_t i = 1; i < work.size(); ++i) {
    made.steps.emplace_back([step = std::move(work[i])](Turn& turn) {
      if (turn.me.memory.answer.empty()) step(turn);
    });
  }
  made.steps.emplace_back([tag, ending](Turn& turn) { finish(turn, tag, ending); });
  return made;
}

std::string Set::text() const {
  if (saved) return "$";
  const auto number = [](Number n) { return n == 0 ? std::string("*") : std::to_string(n); };
  std::string out;
  for (const auto& [first, last] : ranges) {
    if (!out.empty()) out += ',';
    out += number(first);
    if (first != last) out += ':' + number(last);
  }
  return out;
}

Numbers Set::resolve(Number largest) const {
  Numbers numbers;
  for (auto [first, last] : ranges) {
    if ((first == 0 || last == 0) && largest == 0) continue;
    if (first == 0) first = largest;
    if (last == 0) last = largest;
    for (Number n = std::min(first, last); n <= std::max(first, last); ++n) numbers.insert(n);
  }
  return numbers;
}

std::optional<std::vector<Number>> choose(const View& view, const Set& set, By by) {
  std::vector<Number> seqs;
  if (set.saved || by == By::uid) {
    const Numbers uids = set.saved ? view.saved : set.resolve(view.last_uid());
    for (Number seq = 1; seq <= view.size(); ++seq) {
      if (uids.contains(view.messages[seq - 1].uid)) seqs.push_back(seq);
    }
    return seqs;
  }
  for (const auto& [first, last] : set.ranges) {
    if (first != 0 && last != 0 && std::max(first, last) > view.size()) return std::nullopt;
  }
  for (const Number seq : set.resolve(view.size())) {
    if (seq <= view.size()) seqs.push_back(seq);
  }
  return seqs;
}

std::vector<Number> part(const std::vector<Number>& numbers, Range range) {
  const int size = static_cast<int>(numbers.size());
  const auto [low, high] = std::minmax(range.first, range.second);
  std::vector<Number> some;
  for (int position = 1; position <= size; ++position) {
    const int counted = low < 0 ? position - size - 1 : position;
    if (low <= counted && counted <= high)
      some.push_back(numbers[static_cast<std::size_t>(position) - 1]);
  }
  return some;
}

}  // namespace postern::imap::model
