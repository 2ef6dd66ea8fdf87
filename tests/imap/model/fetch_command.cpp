#include <algorithm>

#include <fmt/format.h>

#include "tests/imap/model/message_commands.h"

namespace postern::imap::model {
namespace {

bool has(const std::vector<std::string>& items, std::string_view item) {
  return std::ranges::find(items, item) != items.end();
}

bool sets_seen(const std::string& item) {
  return item.starts_with("BODY[");
}

std::vector<std::string> asked(const Fetching& fetching) {
  std::vector<std::string> items = fetching.items;
  if (fetching.changed_since && !has(items, "MODSEQ")) items.emplace_back("MODSEQ");
  const auto uid = std::ranges::find(items, "UID");
  if (uid != items.end()) items.erase(uid);
  // It always comes first.
  if (uid != items.end() || fetching.by == By::uid || has(fetching.items, "UID"))
    items.insert(items.begin(), "UID");
  return items;
}

std::string literal(const std::string& name, const std::string& octets) {
  return fmt::format("{} {{{}}}\r\n{}", name, octets.size(), octets);
}

std::string value_of(const Turn& turn, const Message& message, const std::string& item) {
  const Body& body = *message.body;
  if (item == "UID") return fmt::format("UID {}", message.uid);
  if (item == "FLAGS") return "FLAGS " + flags_of(turn, message);
  if (item == "MODSEQ") return fmt::format("MODSEQ ({})", message.mod_seq);
  if (item == "INTERNALDATE")
    return fmt::format("INTERNALDATE \"{}-Jan-2020 12:00:00 +0000\"", message.day);
  if (item == "RFC822.SIZE") return fmt::format("RFC822.SIZE {}", body.octets.size());
  const std::string section = item.substr(item.find('['));
  if (section == "[]") return literal("BODY[]", body.octets);
  if (section == "[TEXT]") return literal("BODY[TEXT]", body.text);
  return literal("BODY" + section, "Subject: " + body.subject + "\r\n\r\n");
}

void begin(Turn& turn, const Fetching& fetching) {
  Memory& memory = turn.me.memory;
  const auto chosen = turn.me.view ? choose(*turn.me.view, fetching.set, fetching.by)
                                   : std::optional<std::vector<Number>>();
  if (!chosen || (fetching.vanished && !turn.me.qresync)) {
    memory.answer = "BAD";
    return;
  }
  if (fetching.changed_since || has(fetching.items, "MODSEQ")) use_cond_store(turn);
  memory.seqs = *chosen;
  std::erase_if(memory.seqs, [&](Number seq) {
    return fetching.changed_since &&
           turn.me.view->messages[seq - 1].mod_seq <= *fetching.changed_since;
  });
  if (fetching.partial) memory.seqs = part(memory.seqs, *fetching.partial);
}

/// RFC 7162 section 3.2.6.
void tell_vanished(Turn& turn, const Fetching& fetching) {
  const View& view = *turn.me.view;
  // "*" may stand for one that went.
  const Numbers wanted = fetching.set.saved ? view.saved : fetching.set.resolve(view.uid_next - 1);
  Numbers gone;
  for (const auto& [uid, mod_seq] : turn.mailbox().gone) {
    if (mod_seq > *fetching.changed_since && wanted.contains(uid) && view.seq_of(uid) == 0)
      gone.insert(uid);
  }
  if (!gone.empty()) turn.say("* VANISHED (EARLIER) " + format(gone));
}

void set_seen(Turn& turn) {
  Memory& memory = turn.me.memory;
  View& view = *turn.me.view;
  if (view.read_only) return;
  Numbers unseen;
  for (const Number seq : memory.seqs) {
    const Message& message = view.messages[seq - 1];
    if ((message.system & seen_bit) == 0) unseen.insert(message.uid);
  }
  if (unseen.empty()) return;
  Numbers refused;
  const Refusal refusal = turn.world.store(view.mailbox, unseen, Change::add, {seen_bit, {}},
                                           std::nullopt, memory.changed, refused);
  if (!refusal.empty()) memory.answer = "NO [" + refusal + "]";
  memory.own = true;
}

void answer(Turn& turn, const Fetching& fetching) {
  Memory& memory = turn.me.memory;
  const View& view = *turn.me.view;
  if (memory.own && turn.mailbox().deleted) {
    memory.answer = "NO [NONEXISTENT]";
    return;
  }
  if (memory.own) {
    catch_up(turn, Expunges::withheld,
             [&](const Message&, const Message& now) { return !memory.changed.contains(now.uid); });
  }
  const std::vector<std::string> items = asked(fetching);
  for (const Number seq : memory.seqs) {
    const Message& message = view.messages[seq - 1];
    std::string values;
    for (const std::string& item : items)
      values += (values.empty() ? "" : " ") + value_of(turn, message, item);
    if (memory.changed.contains(message.uid)) {
      if (!has(items, "FLAGS")) values += " " + value_of(turn, message, "FLAGS");
      if (turn.me.cond_store && !has(items, "MODSEQ"))
        values += " " + value_of(turn, message, "MODSEQ");
    }
    turn.say(fmt::format("* {} FETCH ({})", seq, values));
  }
}

}  // namespace

Command fetch(const std::string& tag, const Fetching& fetching) {
  std::string items;
  for (const std::string& item : fetching.items) items += (items.empty() ? "" : " ") + item;
  std::string modifiers;
  if (fetching.partial)
    modifiers = fmt::format(" (PARTIAL {}:{})", fetching.partial->first, fetching.partial->second);
  if (fetching.changed_since)
    modifiers = fmt::format(" (CHANGEDSINCE {}{})", *fetching.changed_since,
                            fetching.vanished ? " VANISHED" : "");
  const std::string text =
      fmt::format("{}FETCH {} ({}){}", form_of(fetching.by), fetching.set.text(), items, modifiers);
  std::vector<Step> work{[fetching](Turn& turn) { begin(turn, fetching); }};
  if (fetching.vanished)
    work.emplace_back([fetching](Turn& turn) { tell_vanished(turn, fetching); });
  if (std::ranges::any_of(fetching.items, sets_seen)) work.emplace_back(set_seen);
  work.emplace_back([fetching](Turn& turn) { answer(turn, fetching); });
  return command(tag, text, fetching.by == By::uid ? Ending::free : Ending::withheld,
                 std::move(work));
}

}  // namespace postern::imap::model
