#include "tests/imap/model/search_commands.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/ascii.h"

namespace postern::imap::model {
namespace {

bool recent(const Subject& subject) {
  return subject.view.recents.contains(subject.message.uid);
}

bool has(const std::vector<std::string>& options, std::string_view option) {
  return std::ranges::find(options, option) != options.end();
}

/// RFC 5256 section 3: messages that are alike stay in the order of the mailbox.
bool before(const View& view, const std::vector<std::string>& order, Number a, Number b) {
  const Message& one = view.messages[a - 1];
  const Message& other = view.messages[b - 1];
  for (std::string name : order) {
    const bool reverse = name.starts_with("REVERSE ");
    if (reverse) name.erase(0, 8);
    int compared = 0;
    if (name == "ARRIVAL") {
      compared = static_cast<int>(one.day) - static_cast<int>(other.day);
    } else if (name == "SIZE") {
      compared =
          static_cast<int>(one.body->octets.size()) - static_cast<int>(other.body->octets.size());
    } else {
      compared = one.body->subject.compare(other.body->subject);
    }
    if (compared != 0) return reverse ? compared > 0 : compared < 0;
  }
  return a < b;
}

/// RFC 5182 section 2.1, RFC 7162 section 3.1.5: what the client hears of one by one, if it hears
/// neither of all nor of their number.
std::vector<Number> told(const Searching& searching, const std::vector<std::string>& returns,
                         const std::vector<Number>& seqs) {
  const bool narrow = (has(returns, "MIN") || has(returns, "MAX") || searching.partial) &&
                      !has(returns, "ALL") && !has(returns, "COUNT");
  if (!narrow || seqs.empty()) return seqs;
  std::vector<Number> some;
  if (searching.partial) some = part(seqs, *searching.partial);
  if (has(returns, "MIN")) some.push_back(seqs.front());
  if (has(returns, "MAX")) some.push_back(seqs.back());
  return some;
}

ModSeq highest(const View& view, const std::vector<Number>& seqs) {
  ModSeq mod_seq = 0;
  for (const Number seq : seqs) mod_seq = std::max(mod_seq, view.messages[seq - 1].mod_seq);
  return mod_seq;
}

void tell_plain(const Turn& turn, const Searching& searching, const std::vector<Number>& seqs,
                const std::vector<Number>& numbers) {
  std::string line = searching.order.empty() ? "* SEARCH" : "* SORT";
  for (const Number number : numbers) line += fmt::format(" {}", number);
  if (searching.key.asks_mod_seq && !numbers.empty())
    line += fmt::format(" (MODSEQ {})", highest(*turn.me.view, seqs));
  turn.say(line);
}

/// RFC 4731.
void tell_extended(const Turn& turn, const std::string& tag, const Searching& searching,
                   const std::vector<std::string>& returns, const std::vector<Number>& seqs,
                   const std::vector<Number>& numbers) {
  std::string line = "* ESEARCH (TAG \"" + tag + "\")";
  if (searching.by == By::uid) line += " UID";
  if (!numbers.empty()) {
    if (has(returns, "MIN")) line += fmt::format(" MIN {}", numbers.front());
    if (has(returns, "MAX")) line += fmt::format(" MAX {}", numbers.back());
    if (has(returns, "ALL")) line += " ALL " + format_ordered(numbers);
  }
  if (searching.partial) {
    const std::vector<Number> some = part(numbers, *searching.partial);
    line += fmt::format(" PARTIAL ({}:{} {})", searching.partial->first, searching.partial->second,
                        some.empty() ? "NIL" : format_ordered(some));
  }
  if (has(returns, "COUNT")) line += fmt::format(" COUNT {}", numbers.size());
  const std::vector<Number> some = told(searching, returns, seqs);
  if (searching.key.asks_mod_seq && !some.empty())
    line += fmt::format(" MODSEQ {}", highest(*turn.me.view, some));
  turn.say(line);
}

void run(Turn& turn, const std::string& tag, const Searching& searching) {
  if (!turn.me.view) {
    turn.me.memory.answer = "BAD";
    return;
  }
  if (searching.key.asks_mod_seq) use_cond_store(turn);
  View& view = *turn.me.view;
  std::vector<Number> seqs;
  for (Number seq = 1; seq <= view.size(); ++seq) {
    if (searching.key.holds({turn.mailbox(), view, seq, view.messages[seq - 1]}))
      seqs.push_back(seq);
  }
  std::ranges::sort(seqs, [&](Number a, Number b) { return before(view, searching.order, a, b); });
  auto returns = searching.returns;
  // RFC 9051 section 6.4.4: IMAP4rev2 knows no other answer to SEARCH.
  if (!returns && turn.me.rev2 && searching.order.empty())
    returns = std::vector<std::string>{"ALL"};
  if (returns && returns->empty() && !searching.partial) returns->emplace_back("ALL");
  std::vector<Number> numbers = seqs;
  if (searching.by == By::uid) {
    for (Number& number : numbers) number = view.messages[number - 1].uid;
  }
  if (returns && has(*returns, "SAVE")) {
    view.saved.clear();
    for (const Number seq : told(searching, *returns, seqs))
      view.saved.insert(view.messages[seq - 1].uid);
    if (returns->size() == 1 && !searching.partial) return;
  }
  if (returns) {
    tell_extended(turn, tag, searching, *returns, seqs, numbers);
  } else {
    tell_plain(turn, searching, seqs, numbers);
  }
}

}  // namespace

Key everything() {
  return {"ALL", [](const Subject&) { return true; }};
}

Key flag_key(const std::string& name) {
  if (name == "RECENT") return {name, recent};
  if (name == "OLD") return {name, [](const Subject& subject) { return !recent(subject); }};
  if (name == "NEW")
    return {name, [](const Subject& subject) {
              return recent(subject) && (subject.message.system & seen_bit) == 0;
            }};
  const bool without = name.starts_with("UN");
  const std::string wanted = "\\" + (without ? name.substr(2) : name);
  unsigned bit = 0;
  for (std::size_t i = 0; i < system_flags.size(); ++i) {
    if (wire::equal_ignoring_case(system_flags[i], wanted)) bit = 1U << i;
  }
  return {name, [without, bit](const Subject& subject) {
            return ((subject.message.system & bit) != 0) != without;
          }};
}

Key keyword_key(const std::string& name) {
  return {"KEYWORD " + name, [name](const Subject& subject) {
            for (std::size_t bit = 0; bit < subject.mailbox.keywords.size(); ++bit) {
              if (wire::equal_ignoring_case(subject.mailbox.keywords[bit], name))
                return (subject.message.keywords >> bit & 1U) != 0;
            }
            return false;
          }};
}

Key set_key(const Set& set, By by) {
  return {(by == By::uid ? "UID " : "") + set.text(), [set, by](const Subject& subject) {
            if (set.saved) return subject.view.saved.contains(subject.message.uid);
            return by == By::uid
                       ? set.resolve(subject.view.last_uid()).contains(subject.message.uid)
                       : set.resolve(subject.view.size()).contains(subject.seq);
          }};
}

Key mod_seq_key(ModSeq mod_seq) {
  return {fmt::format("MODSEQ {}", mod_seq),
          [mod_seq](const Subject& subject) { return subject.message.mod_seq >= mod_seq; }, true};
}

Key day_key(const std::string& name, unsigned day) {
  return {fmt::format("{} {}-Jan-2020", name, day), [name, day](const Subject& subject) {
            const unsigned own = subject.message.day;
            return name == "BEFORE" ? own < day : name == "ON" ? own == day : own >= day;
          }};
}

Key size_key(const std::string& name, std::size_t octets) {
  return {fmt::format("{} {}", name, octets), [name, octets](const Subject& subject) {
            const std::size_t own = subject.message.body->octets.size();
            return name == "LARGER" ? own > octets : own < octets;
          }};
}

Key word_key(const std::string& name, const std::string& word) {
  return {name + " " + word, [name, word](const Subject& subject) {
            const Body& body = *subject.message.body;
            return (name != "BODY" && body.subject.contains(word)) ||
                   (name != "SUBJECT" && body.text.contains(word));
          }};
}

Key negated(const Key& key) {
  return {"NOT " + key.text, [key](const Subject& subject) { return !key.holds(subject); },
          key.asks_mod_seq};
}

Key either(const Key& one, const Key& other) {
  return {
      "OR " + one.text + " " + other.text,
      [one, other](const Subject& subject) { return one.holds(subject) || other.holds(subject); },
      one.asks_mod_seq || other.asks_mod_seq};
}

Key both(const Key& one, const Key& other) {
  return {
      "(" + one.text + " " + other.text + ")",
      [one, other](const Subject& subject) { return one.holds(subject) && other.holds(subject); },
      one.asks_mod_seq || other.asks_mod_seq};
}

Command search(const std::string& tag, const Searching& searching) {
  std::string text = form_of(searching.by) + (searching.order.empty() ? "SEARCH" : "SORT");
  const auto list = [](const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
    return "(" + all + ")";
  };
  if (searching.returns) {
    auto returns = *searching.returns;
    if (searching.partial)
      returns.push_back(
          fmt::format("PARTIAL {}:{}", searching.partial->first, searching.partial->second));
    text += " RETURN " + list(returns);
  }
  if (!searching.order.empty()) text += " " + list(searching.order) + " UTF-8";
  text += " " + searching.key.text;
  return command(tag, text, searching.by == By::uid ? Ending::free : Ending::withheld,
                 {[tag, searching](Turn& turn) { run(turn, tag, searching); }});
}

}  // namespace postern::imap::model
