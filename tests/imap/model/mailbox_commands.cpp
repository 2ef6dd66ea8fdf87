#include "tests/imap/model/mailbox_commands.h"

#include <algorithm>

#include <fmt/format.h>

#include "sync/wire/ascii.h"

namespace postern::imap::model {
namespace {

std::string tagged(const Refusal& refusal) {
  return refusal.empty() ? "OK" : "NO [" + refusal + "]";
}

std::string told_name(const std::string& name) {
  return wire::equal_ignoring_case(name, "INBOX") ? "INBOX" : name;
}

void describe(Turn& turn, int id) {
  const View& view = *turn.me.view;
  tell_keywords(turn);
  tell_size(turn);
  turn.me.overlooked = false;
  if (!turn.me.rev2) {
    const auto unseen = std::ranges::find_if(
        view.messages, [](const Message& message) { return (message.system & seen_bit) == 0; });
    if (unseen != view.messages.end())
      turn.say(fmt::format("* OK [UNSEEN {}]", unseen - view.messages.begin() + 1));
  }
  turn.say("* OK [UIDVALIDITY " + World::validity_of(id) + "]");
  turn.say(fmt::format("* OK [UIDNEXT {}]", view.uid_next));
  turn.say(fmt::format("* OK [HIGHESTMODSEQ {}]", view.mod_seq));
  turn.say("* OK [MAILBOXID (F" + World::validity_of(id) + ")]");
}

/// RFC 7162 section 3.2.5.1.
void resynchronise(Turn& turn, const Known& known) {
  const View& view = *turn.me.view;
  const Mailbox& mailbox = turn.mailbox();
  const Numbers wanted = known.uids ? known.uids->resolve(0) : Numbers();
  const auto named = [&](Number uid) { return !known.uids || wanted.contains(uid); };
  Numbers gone;
  for (const auto& [uid, mod_seq] : mailbox.gone) {
    if (mod_seq > known.mod_seq && named(uid) && view.seq_of(uid) == 0) gone.insert(uid);
  }
  if (!gone.empty()) turn.say("* VANISHED (EARLIER) " + format(gone));
  for (Number seq = 1; seq <= view.size(); ++seq) {
    const Message& message = view.messages[seq - 1];
    if (message.mod_seq > known.mod_seq && named(message.uid)) tell_flags(turn, seq);
  }
}

void open_named(Turn& turn, const Opening& opening) {
  Session& me = turn.me;
  if (opening.known && !me.qresync) {
    me.memory.answer = "BAD";
    return;
  }
  if (me.view) turn.say("* OK [CLOSED]");
  me.view.reset();
  if (opening.cond_store) use_cond_store(turn);
  me.memory.mailbox = turn.world.find(opening.mailbox);
  if (me.memory.mailbox == 0) me.memory.answer = "NO [NONEXISTENT]";
}

}  // namespace

Command select(const std::string& tag, const Opening& opening) {
  std::string text = (opening.read_only ? "EXAMINE " : "SELECT ") + opening.mailbox;
  if (opening.known) {
    text += fmt::format(" (QRESYNC ({} {}{}))", opening.known->validity, opening.known->mod_seq,
                        opening.known->uids ? " " + opening.known->uids->text() : "");
  } else if (opening.cond_store) {
    text += " (CONDSTORE)";
  }
  const auto show = [opening](Turn& turn) {
    const int id = turn.me.memory.mailbox;
    if (turn.world.at(id).deleted) {
      turn.me.memory.answer = "NO [NONEXISTENT]";
      return;
    }
    open(turn, id, opening.read_only);
    describe(turn, id);
    // The name that it had when it was looked for.
    if (turn.me.rev2) turn.say("* LIST () \"/\" " + told_name(opening.mailbox));
  };
  // What went since the mailbox was looked at is not left out.
  const auto resume = [opening](Turn& turn) {
    if (opening.known &&
        turn.world.known_validity(turn.me.view->mailbox) == opening.known->validity)
      resynchronise(turn, *opening.known);
    turn.me.memory.answer = opening.read_only ? "OK [READ-ONLY]" : "OK [READ-WRITE]";
  };
  return command(tag, text, Ending::replaces,
                 {[opening](Turn& turn) { open_named(turn, opening); }, show, resume});
}

Command close(const std::string& tag) {
  return command(tag, "CLOSE", Ending::replaces,
                 {[](Turn& turn) {
                    if (!turn.me.view) {
                      turn.me.memory.answer = "BAD";
                    } else if (turn.me.view->read_only || turn.mailbox().deleted) {
                      turn.me.view.reset();
                      turn.me.memory.answer = "OK";
                    }
                  },
                  [](Turn& turn) {
                    turn.me.memory.answer =
                        tagged(turn.world.expunge(turn.me.view->mailbox, nullptr));
                    turn.me.view.reset();
                  }});
}

Command unselect(const std::string& tag) {
  return command(tag, "UNSELECT", Ending::replaces, {[](Turn& turn) {
                   if (!turn.me.view) turn.me.memory.answer = "BAD";
                   turn.me.view.reset();
                 }});
}

Command create(const std::string& tag, const std::string& name) {
  return command(tag, "CREATE " + name, Ending::free, {[name](Turn& turn) {
                   turn.me.memory.answer = tagged(turn.world.create(name));
                   if (turn.me.memory.answer == "OK")
                     turn.me.memory.answer +=
                         " [MAILBOXID (F" + World::validity_of(turn.world.find(name)) + ")]";
                 }});
}

Command remove(const std::string& tag, const std::string& name) {
  return command(tag, "DELETE " + name, Ending::free,
                 {[name](Turn& turn) {
                    const int id = turn.world.find(name);
                    turn.me.memory.own = turn.me.view && id != 0 && turn.me.view->mailbox == id;
                  },
                  [name](Turn& turn) {
                    turn.me.memory.answer = tagged(turn.world.remove(name));
                    if (turn.me.memory.own && turn.me.memory.answer == "OK") turn.me.view.reset();
                  }});
}

Command rename(const std::string& tag, const std::string& from, const std::string& to) {
  return command(tag, "RENAME " + from + " " + to, Ending::free, {[from, to](Turn& turn) {
                   turn.me.memory.answer = tagged(turn.world.rename(from, to));
                 }});
}

Command list(const std::string& tag, const std::string& beginning) {
  return command(
      tag, "LIST \"\" " + beginning + "*", Ending::free, {[beginning](Turn& turn) {
        const std::vector<std::string> names = turn.world.names();
        for (const std::string& name : names) {
          if (!name.starts_with(beginning)) continue;
          const bool above = std::ranges::any_of(
              names, [&](const std::string& other) { return other.starts_with(name + "/"); });
          turn.say(std::string("* LIST (\\Has") + (above ? "" : "No") + "Children) \"/\" " + name);
        }
      }});
}

Command status(const std::string& tag, const std::string& name,
               const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : " ") + item;
  const auto tell = [items](Turn& turn) {
    const Mailbox& mailbox = turn.world.at(turn.me.memory.mailbox);
    if (mailbox.deleted) {
      turn.me.memory.answer = "NO [NONEXISTENT]";
      return;
    }
    if (std::ranges::find(items, "HIGHESTMODSEQ") != items.end()) use_cond_store(turn);
    const auto value = [&](const std::string& item) -> std::string {
      if (item == "UIDVALIDITY") return World::validity_of(mailbox.id);
      if (item == "UIDNEXT") return std::to_string(mailbox.uid_next);
      if (item == "HIGHESTMODSEQ") return std::to_string(mailbox.mod_seq);
      std::size_t sum = 0;
      for (const Message& message : mailbox.messages) {
        if (item == "MESSAGES" || (item == "UNSEEN" && (message.system & seen_bit) == 0) ||
            (item == "DELETED" && (message.system & deleted_bit) != 0) ||
            (item == "RECENT" && message.uid >= mailbox.first_recent))
          ++sum;
        if (item == "SIZE") sum += message.body->octets.size();
      }
      return std::to_string(sum);
    };
    std::string line;
    for (const std::string& item : items)
      line += (line.empty() ? "" : " ") + item + " " + value(item);
    turn.say("* STATUS " + turn.me.memory.answer + " (" + line + ")");
  };
  return command(tag, "STATUS " + name + " (" + list + ")", Ending::free,
                 {[name](Turn& turn) {
                    turn.me.memory.mailbox = turn.world.find(name);
                    if (turn.me.memory.mailbox == 0) turn.me.memory.answer = "NO [NONEXISTENT]";
                  },
                  [name, tell](Turn& turn) {
                    // As it was called when it was found.
                    turn.me.memory.answer = told_name(name);
                    tell(turn);
                    if (!turn.me.memory.answer.starts_with("NO")) turn.me.memory.answer = "OK";
                  }});
}

Command enable(const std::string& tag, const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += " " + name;
  return command(tag, "ENABLE" + list, Ending::free, {[names](Turn& turn) {
                   std::string enabled;
                   for (const auto* name : {"CONDSTORE", "IMAP4rev2", "QRESYNC"}) {
                     if (std::ranges::find(names, name) != names.end())
                       enabled += std::string(" ") + name;
                   }
                   turn.say("* ENABLED" + enabled);
                   if (enabled.contains("CONDSTORE")) use_cond_store(turn);
                   if (enabled.contains("IMAP4rev2")) turn.me.rev2 = true;
                   if (!enabled.contains("QRESYNC")) return;
                   turn.me.qresync = true;
                   use_cond_store(turn);
                 }});
}

Command noop(const std::string& tag) {
  Command made = command(tag, "NOOP", Ending::free, {});
  made.steps.back() = [finish = std::move(made.steps.back())](Turn& turn) {
    finish(turn);
    turn.me.overlooked = turn.me.overlooked && !turn.me.view;
  };
  return made;
}

Command check(const std::string& tag) {
  return command(tag, "CHECK", Ending::free, {[](Turn& turn) {
                   if (!turn.me.view) turn.me.memory.answer = "BAD";
                 }});
}

Command idle(const std::string& tag) {
  return {tag, tag + " IDLE\r\n", {[](Turn& turn) {
            turn.say("+");
            turn.me.idling = true;
            turn.me.idle_begins = true;
          }}};
}

Command done(const std::string& tag) {
  Command made = command(tag, "", Ending::free, {[](Turn& turn) { turn.me.idling = false; }});
  made.octets = "DONE\r\n";
  return made;
}

Command logout(const std::string& tag) {
  return {tag, tag + " LOGOUT\r\n", {[tag](Turn& turn) {
            turn.say("* BYE");
            turn.say(tag + " OK");
            turn.me.over = true;
          }}};
}

Command nonsense(const std::string& tag) {
  return {tag, tag + " FETCH 1 NOTHING\r\n", {[tag](Turn& turn) { turn.say(tag + " BAD"); }}};
}

}  // namespace postern::imap::model
