#include "tests/imap/model/message_commands.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/ascii.h"

namespace postern::imap::model {
namespace {

/// Whether the command may go on; with the messages in the memory if so.
bool begin(Turn& turn, const Set& set, By by) {
  Memory& memory = turn.me.memory;
  if (!turn.me.view) {
    memory.answer = "BAD";
    return false;
  }
  const auto chosen = choose(*turn.me.view, set, by);
  if (!chosen) {
    memory.answer = "BAD";
    return false;
  }
  memory.seqs = *chosen;
  memory.uids.clear();
  for (const Number seq : memory.seqs) memory.uids.insert(turn.me.view->messages[seq - 1].uid);
  return true;
}

bool refused_as_read_only(Turn& turn) {
  if (!turn.me.view || !turn.me.view->read_only) return false;
  turn.me.memory.answer = "NO [READ-ONLY]";
  return true;
}

/// The flags that a message would have if nobody else changed it.
std::pair<unsigned, std::uint64_t> changed(const Turn& turn, const Message& message,
                                           const Storing& storing) {
  std::uint64_t keywords = 0;
  for (std::size_t bit = 0; bit < turn.mailbox().keywords.size(); ++bit) {
    for (const std::string& name : storing.flags.keywords) {
      if (wire::equal_ignoring_case(name, turn.mailbox().keywords[bit]))
        keywords |= std::uint64_t{1} << bit;
    }
  }
  switch (storing.change) {
    case Change::replace: return {storing.flags.system, keywords};
    case Change::add: return {message.system | storing.flags.system, message.keywords | keywords};
    case Change::remove:
      return {message.system & ~storing.flags.system, message.keywords & ~keywords};
  }
  return {};
}

/// RFC 9051 section 6.4.6, RFC 7162 section 3.1.3.
void tell_stored(Turn& turn, const Storing& storing) {
  Memory& memory = turn.me.memory;
  if (turn.mailbox().deleted) {
    memory.answer = "NO [NONEXISTENT]";
    return;
  }
  const auto stored = [&](Number uid) {
    return memory.uids.contains(uid) && !memory.refused.contains(uid);
  };
  catch_up(turn, Expunges::withheld, [&](const Message& before, const Message& now) {
    if (!stored(now.uid)) return true;
    // .SILENT leaves out only what the client knows by itself.
    return storing.silent && changed(turn, before, storing) != std::pair(now.system, now.keywords);
  });
  bool gone = false;
  for (const Number seq : memory.seqs) {
    const Message& message = turn.me.view->messages[seq - 1];
    if (turn.mailbox().find(message.uid) == nullptr) {
      gone = true;
    } else if (stored(message.uid)) {
      if (!storing.silent) {
        tell_flags(turn, seq);
      } else if (turn.me.cond_store) {
        turn.say(fmt::format("* {} FETCH (UID {} MODSEQ ({}))", seq, message.uid, message.mod_seq));
      }
    }
  }
  Numbers modified;
  for (const Number uid : memory.refused)
    modified.insert(storing.by == By::uid ? uid : turn.me.view->seq_of(uid));
  const std::string code = modified.empty() ? "" : " [MODIFIED " + format(modified) + "]";
  if (gone && storing.by == By::sequence) {
    memory.answer = "NO" + (code.empty() ? " [EXPUNGEISSUED]" : code);
  } else {
    memory.answer = "OK" + code;
  }
}

/// What follows a message that was stored, or that the mailbox refused; what was refused before the
/// octets came changes nothing.
void end_of_append(Turn& turn, const std::string& tag) {
  if (turn.me.view && turn.me.memory.own) catch_up(turn, Expunges::allowed);
  turn.me.told_vanished = false;
  turn.say(tag + " " + turn.me.memory.answer);
}

std::string new_message(const NewMessage& message) {
  return fmt::format("{} \"{}-Jan-2020 12:00:00 +0000\" {{{}+}}\r\n{}", message.flags.text(),
                     message.day, message.body->octets.size(), message.body->octets);
}

}  // namespace

Command store(const std::string& tag, const Storing& storing) {
  const std::string sign = storing.change == Change::add      ? "+"
                           : storing.change == Change::remove ? "-"
                                                              : "";
  const std::string since =
      storing.unchanged_since ? fmt::format(" (UNCHANGEDSINCE {})", *storing.unchanged_since) : "";
  const std::string text =
      fmt::format("{}STORE {}{} {}FLAGS{} {}", form_of(storing.by), storing.set.text(), since, sign,
                  storing.silent ? ".SILENT" : "", storing.flags.text());
  const auto write = [storing](Turn& turn) {
    if (storing.unchanged_since && turn.me.view) use_cond_store(turn);
    if (refused_as_read_only(turn) || !begin(turn, storing.set, storing.by)) return;
    Memory& memory = turn.me.memory;
    if (memory.uids.empty()) {
      memory.answer = "OK";
      return;
    }
    const Refusal refusal =
        turn.world.store(turn.me.view->mailbox, memory.uids, storing.change, storing.flags,
                         storing.unchanged_since, memory.changed, memory.refused);
    if (!refusal.empty()) memory.answer = "NO [" + refusal + "]";
  };
  return command(tag, text, storing.by == By::uid ? Ending::free : Ending::withheld,
                 {write, [storing](Turn& turn) { tell_stored(turn, storing); }});
}

Command transfer(const std::string& tag, const Transferring& transferring) {
  const bool moves = transferring.keeping == World::Keeping::taken;
  const std::string text =
      fmt::format("{}{} {} {}", form_of(transferring.by), moves ? "MOVE" : "COPY",
                  transferring.set.text(), transferring.to);
  const auto look = [transferring, moves](Turn& turn) {
    if (moves && refused_as_read_only(turn)) return;
    if (!begin(turn, transferring.set, transferring.by)) return;
    Memory& memory = turn.me.memory;
    memory.mailbox = turn.world.find(transferring.to);
    if (memory.mailbox == 0) {
      memory.answer = "NO [TRYCREATE]";
    } else if (memory.uids.empty()) {
      memory.answer = "OK";
    }
  };
  const auto write = [transferring, moves](Turn& turn) {
    Memory& memory = turn.me.memory;
    Numbers from;
    Numbers to;
    const Refusal refusal =
        turn.world.transfer(turn.me.view->mailbox, memory.mailbox, memory.uids,
                            transferring.by == By::sequence, transferring.keeping, from, to);
    if (!refusal.empty()) {
      memory.answer = "NO [" + refusal + "]";
      return;
    }
    const std::string code = from.empty() ? ""
                                          : "[COPYUID " + World::validity_of(memory.mailbox) + " " +
                                                format(from) + " " + format(to) + "]";
    // RFC 6851 section 4.3.
    if (moves && !code.empty()) turn.say("* OK " + code);
    memory.answer = moves || code.empty() ? "OK" : "OK " + code;
  };
  return command(tag, text, Ending::free, {look, write});
}

Command expunge(const std::string& tag) {
  return command(tag, "EXPUNGE", Ending::free, {[](Turn& turn) {
                   if (!turn.me.view) {
                     turn.me.memory.answer = "BAD";
                   } else if (!refused_as_read_only(turn)) {
                     const Refusal refusal = turn.world.expunge(turn.me.view->mailbox, nullptr);
                     if (!refusal.empty()) turn.me.memory.answer = "NO [" + refusal + "]";
                   }
                 }});
}

/// RFC 4315 section 2.1.
Command expunge(const std::string& tag, const Set& uids) {
  return command(tag, "UID EXPUNGE " + uids.text(), Ending::free, {[uids](Turn& turn) {
                   if (refused_as_read_only(turn) || !begin(turn, uids, By::uid)) return;
                   const Numbers& wanted = turn.me.memory.uids;
                   if (wanted.empty()) return;
                   const Refusal refusal = turn.world.expunge(turn.me.view->mailbox, &wanted);
                   if (!refusal.empty()) turn.me.memory.answer = "NO [" + refusal + "]";
                 }});
}

Command append(const std::string& tag, const std::string& to,
               const std::vector<NewMessage>& messages) {
  std::string text = "APPEND " + to;
  for (const NewMessage& message : messages) text += " " + new_message(message);
  const auto write = [messages](Turn& turn) {
    Memory& memory = turn.me.memory;
    Numbers uids;
    const Refusal refusal = turn.world.append(memory.mailbox, messages, uids);
    memory.answer = refusal.empty() ? "OK [APPENDUID " + World::validity_of(memory.mailbox) + " " +
                                          format(uids) + "]"
                                    : "NO [" + refusal + "]";
    memory.own = true;
  };
  Command made = command(tag, text, Ending::replaces,
                         {[to](Turn& turn) {
                            turn.me.memory.mailbox = turn.world.find(to);
                            if (turn.me.memory.mailbox == 0)
                              turn.me.memory.answer = "NO [TRYCREATE]";
                          },
                          write});
  made.steps.back() = [tag](Turn& turn) { end_of_append(turn, tag); };
  return made;
}

/// RFC 8508.
Command replace(const std::string& tag, Number number, By by, const std::string& to,
                const NewMessage& message) {
  const std::string text =
      fmt::format("{}REPLACE {} {} {}", form_of(by), number, to, new_message(message));
  const auto look = [number, by, to](Turn& turn) {
    Memory& memory = turn.me.memory;
    const int mailbox = turn.world.find(to);
    if (refused_as_read_only(turn) || !begin(turn, {{{number, number}}, false}, by)) return;
    memory.mailbox = mailbox;
    if (memory.uids.empty()) {
      memory.answer = "NO [NONEXISTENT]";
    } else if (mailbox == 0) {
      memory.answer = "NO [TRYCREATE]";
    }
  };
  const auto write = [message](Turn& turn) {
    Memory& memory = turn.me.memory;
    Numbers uids;
    const Refusal refusal = turn.world.replace(turn.me.view->mailbox, memory.mailbox,
                                               *memory.uids.begin(), message, uids);
    memory.answer = refusal.empty() ? "OK" : "NO [" + refusal + "]";
    memory.own = true;
    if (refusal.empty())
      turn.say("* OK [APPENDUID " + World::validity_of(memory.mailbox) + " " + format(uids) + "]");
  };
  Command made = command(tag, text, Ending::replaces, {look, write});
  made.steps.back() = [tag](Turn& turn) { end_of_append(turn, tag); };
  return made;
}

}  // namespace postern::imap::model
