#include "tests/imap/model/order.h"

#include <algorithm>

#include <fmt/format.h>

namespace postern::imap::model {
namespace {

void finish(Turn& turn, const std::string& tag, Ending ending) {
  Session& me = turn.me;
  std::string answer = me.memory.answer.empty() ? "OK" : me.memory.answer;
  if (me.view && ending != Ending::replaces)
    catch_up(turn, ending == Ending::free ? Expunges::allowed : Expunges::withheld);
  // RFC 7162 section 3.2.7.
  if (std::exchange(me.told_vanished, false) && me.view && answer == "OK")
    answer += fmt::format(" [HIGHESTMODSEQ {}]", me.view->mod_seq);
  turn.say(tag + " " + answer);
  if (!me.view || !turn.mailbox().deleted) return;
  turn.say("* BYE");
  me.over = true;
}

}  // namespace

Order order(const std::string& tag, const std::string& text, Ending ending,
            std::vector<Step> work) {
  Order order{tag, tag + " " + text + "\r\n", {}};
  order.steps.emplace_back([first = work.empty() ? Step() : work.front()](Turn& turn) {
    turn.me.memory = {};
    if (first) first(turn);
  });
  for (std::size_t i = 1; i < work.size(); ++i) {
    order.steps.emplace_back([step = std::move(work[i])](Turn& turn) {
      if (turn.me.memory.answer.empty()) step(turn);
    });
  }
  order.steps.emplace_back([tag, ending](Turn& turn) { finish(turn, tag, ending); });
  return order;
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

}  // namespace postern::imap::model
