#include "tests/imap/model/view.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace postern::imap::model {
namespace {

/// RFC 3501 section 2.3.2: a message is \Recent to the first session that may change the mailbox.
void claim_recent(Turn& turn) {
  View& view = *turn.me.view;
  const Number last = view.last_uid();
  if (last == 0) return;
  const Number first =
      view.read_only ? turn.mailbox().first_recent : turn.world.claim_recent(view.mailbox, last);
  for (Number uid = first; uid <= last; ++uid) view.recents.insert(uid);
}

void look(Turn& turn) {
  View& view = *turn.me.view;
  const Mailbox& mailbox = turn.mailbox();
  view.keywords = mailbox.keywords.size();
  view.uid_next = mailbox.uid_next;
  view.mod_seq = mailbox.mod_seq;
  view.version = mailbox.version;
}

std::string keyword_names(const Turn& turn) {
  std::string names = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
  for (std::size_t bit = 0; bit < turn.me.view->keywords; ++bit)
    names += " " + turn.mailbox().keywords[bit];
  return names;
}

/// Of messages that are not there any more.
void drop(Turn& turn) {
  View& view = *turn.me.view;
  Numbers gone;
  for (Number seq = view.size(); seq >= 1; --seq) {
    const Number uid = view.messages[seq - 1].uid;
    if (turn.mailbox().find(uid) != nullptr) continue;
    gone.insert(uid);
    if (!turn.me.qresync) turn.say(fmt::format("* {} EXPUNGE", seq));
  }
  std::erase_if(view.messages, [&](const Message& message) { return gone.contains(message.uid); });
  if (gone.empty() || !turn.me.qresync) return;
  turn.say("* VANISHED " + format(gone));
  turn.me.told_vanished = true;
}

}  // namespace

Number View::seq_of(Number uid) const {
  const auto found = std::ranges::find(messages, uid, &Message::uid);
  return found == messages.end() ? 0 : static_cast<Number>(found - messages.begin()) + 1;
}

void open(Turn& turn, int mailbox, bool read_only) {
  View& view = turn.me.view.emplace();
  view.mailbox = mailbox;
  view.read_only = read_only;
  view.messages = turn.mailbox().messages;
  look(turn);
  view.whole_mod_seq = view.mod_seq;
  claim_recent(turn);
}

bool stale(const World& world, const Session& session) {
  if (!session.view || session.over) return false;
  const Mailbox& mailbox = world.at(session.view->mailbox);
  return mailbox.version != session.view->version || session.view->withholds ||
         (session.idling && session.idle_begins && session.overlooked);
}

void catch_up(Turn& turn, Expunges expunges, const Telling& telling) {
  // Whoever shows a mailbox that was deleted hears BYE, and nothing more of it.
  if (turn.mailbox().deleted) return;
  View& view = *turn.me.view;
  const std::size_t keywords = view.keywords;
  if (expunges == Expunges::allowed) drop(turn);
  std::vector<Message> before = view.messages;
  bool whole = true;
  for (Message& message : view.messages) {
    const Message* now = turn.mailbox().find(message.uid);
    if (now != nullptr) {
      message = *now;
    } else {
      whole = false;
    }
  }
  const Number last = view.last_uid();
  bool grew = false;
  for (const Message& message : turn.mailbox().messages) {
    // UIDs only rise.
    if (message.uid <= last || message.uid < view.uid_next) continue;
    view.messages.push_back(message);
    grew = true;
  }
  look(turn);
  view.withholds = !whole;
  if (whole) view.whole_mod_seq = view.mod_seq;
  if (grew) claim_recent(turn);
  if (view.keywords > keywords) tell_keywords(turn);
  if (grew) {
    tell_size(turn);
    turn.me.overlooked = true;
  }
  for (Number seq = 1; seq <= before.size(); ++seq) {
    const Message& now = view.messages[seq - 1];
    if (before[seq - 1].mod_seq == now.mod_seq) continue;
    if (!telling || telling(before[seq - 1], now)) tell_flags(turn, seq);
  }
}

void push(Turn& turn) {
  if (std::exchange(turn.me.idle_begins, false) && turn.me.overlooked) tell_size(turn);
  catch_up(turn, Expunges::allowed);
  turn.me.overlooked = false;
  if (!turn.mailbox().deleted) return;
  turn.say("* BYE");
  turn.me.over = true;
}

void tell_size(const Turn& turn) {
  const View& view = *turn.me.view;
  turn.say(fmt::format("* {} EXISTS", view.size()));
  if (turn.me.rev2) return;
  const auto recent = std::ranges::count_if(
      view.messages, [&](const Message& message) { return view.recents.contains(message.uid); });
  turn.say(fmt::format("* {} RECENT", recent));
}

void tell_keywords(const Turn& turn) {
  const std::string names = keyword_names(turn);
  turn.say("* FLAGS (" + names + ")");
  turn.say("* OK [PERMANENTFLAGS (" + (turn.me.view->read_only ? "" : names + " \\*") + ")]");
}

/// RFC 7162 section 3.1.
void use_cond_store(Turn& turn) {
  if (std::exchange(turn.me.cond_store, true) || !turn.me.view) return;
  turn.say(fmt::format("* OK [HIGHESTMODSEQ {}]", turn.me.view->mod_seq));
}

std::string flags_of(const Turn& turn, const Message& message) {
  std::string out;
  for (std::size_t bit = 0; bit < system_flags.size(); ++bit) {
    if ((message.system >> bit & 1U) != 0) out += " " + std::string(system_flags[bit]);
  }
  if (!turn.me.rev2 && turn.me.view->recents.contains(message.uid)) out += " \\Recent";
  for (std::size_t bit = 0; bit < turn.mailbox().keywords.size(); ++bit) {
    if ((message.keywords >> bit & 1U) != 0) out += " " + turn.mailbox().keywords[bit];
  }
  return "(" + (out.empty() ? out : out.substr(1)) + ")";
}

void tell_flags(const Turn& turn, Number seq) {
  const Message& message = turn.me.view->messages[seq - 1];
  turn.say(fmt::format("* {} FETCH (UID {} FLAGS {}{})", seq, message.uid, flags_of(turn, message),
                       turn.me.cond_store ? fmt::format(" MODSEQ ({})", message.mod_seq) : ""));
}

std::string format(const Numbers& numbers) {
  return format_ordered({numbers.begin(), numbers.end()});
}

std::string format_ordered(const std::vector<Number>& numbers) {
  std::string out;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(numbers[first]);
    if (last != first) out += ':' + std::to_string(numbers[last]);
    first = last + 1;
  }
  return out;
}

}  // namespace postern::imap::model
