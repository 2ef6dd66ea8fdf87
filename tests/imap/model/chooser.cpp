#include "tests/imap/model/chooser.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/imap/model/mailbox_commands.h"

namespace postern::imap::model {
namespace {

/// Larger mailboxes get nothing more, so that what is told stays short.
constexpr std::size_t enough_messages = 20;

const std::vector<std::string> mailboxes = {"A", "B", "A/x", "A/y", "B/x/z", "C"};
const std::vector<std::string> keywords = {"work", "WORK", "$Later", "later", "$Junk"};
const std::vector<std::string> words = {"apple", "berry", "cherry"};
const std::vector<std::string> colours = {"green", "blue", "violet"};

}  // namespace

std::string Chooser::next_tag(std::size_t session) {
  return fmt::format("{}{}", static_cast<char>('a' + session), ++tags_.at(session));
}

std::string Chooser::mailbox() {
  if (chance_.one_in(2)) return chance_.one_in(5) ? "inbox" : "INBOX";
  return chance_.one_in(2) ? "A" : chance_.pick(mailboxes);
}

Set Chooser::set(const View& view, By by) {
  if (chance_.one_in(12)) return {{}, true};
  const Number beyond = by == By::uid ? 3 : chance_.one_in(25) ? 2 : 0;
  const Number largest = by == By::uid ? view.last_uid() + beyond : view.size() + beyond;
  const Number lowest = by == By::uid && view.size() != 0 ? view.messages.front().uid : 1;
  const auto number = [&]() -> Number {
    if (largest < lowest || chance_.one_in(8)) return 0;
    return lowest + chance_.below(largest - lowest + 1);
  };
  Set set;
  do {
    const Number first = number();
    set.ranges.emplace_back(first, chance_.one_in(2) ? first : number());
  } while (chance_.one_in(3));
  return set;
}

Range Chooser::partial() {
  const int sign = chance_.one_in(2) ? 1 : -1;
  const int first = static_cast<int>(1 + chance_.below(8));
  const int last = static_cast<int>(1 + chance_.below(8));
  return {sign * first, sign * last};
}

FlagNames Chooser::flags() {
  FlagNames flags;
  flags.system = 1U << chance_.below(5);
  if (chance_.one_in(3)) flags.system = deleted_bit;
  if (chance_.one_in(4)) flags.system |= 1U << chance_.below(5);
  if (chance_.one_in(5)) flags.keywords.push_back(chance_.pick(keywords));
  if (chance_.one_in(12)) flags.system = 0;
  return flags;
}

NewMessage Chooser::message() {
  Body& body = bodies_.emplace_back();
  body.subject = chance_.pick(words) + " " + chance_.pick(words);
  body.text = fmt::format("This is message {}\r\n", bodies_.size());
  for (std::size_t lines = chance_.below(4); lines != 0; --lines)
    body.text += chance_.pick(colours) + "\r\n";
  body.octets = "Subject: " + body.subject + "\r\n\r\n" + body.text;
  return {&body, flags(), 10 + chance_.below(15)};
}

/// Mostly one that something happened after.
ModSeq Chooser::mod_seq(const Mailbox& mailbox) {
  const ModSeq back = chance_.below(chance_.one_in(3) ? 40 : 5);
  return mailbox.mod_seq > back ? mailbox.mod_seq - back : 1 + chance_.below(3);
}

Command Chooser::command(const State& state, std::size_t session) {
  const Session& me = state.sessions[session];
  const std::string tag = next_tag(session);
  if (chance_.one_in(100)) {
    std::vector<std::string> names;
    for (const auto* name : {"CONDSTORE", "QRESYNC", "IMAP4rev2", "XUNKNOWN"}) {
      if (chance_.one_in(3)) names.emplace_back(name);
    }
    if (names.empty()) names.emplace_back("QRESYNC");
    return enable(tag, names);
  }
  if (chance_.one_in(300)) return nonsense(tag);
  if (chance_.one_in(300)) return logout(tag);
  if (chance_.one_in(20)) {
    std::vector<std::string> items;
    for (const auto* item : {"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "SIZE",
                             "DELETED", "HIGHESTMODSEQ"}) {
      if (chance_.one_in(3)) items.emplace_back(item);
    }
    if (items.empty()) items.emplace_back("MESSAGES");
    return status(tag, mailbox(), items);
  }
  if (chance_.one_in(25)) return about_mailboxes(tag);
  if (chance_.one_in(9)) {
    const std::string to = mailbox();
    const int id = state.world.find(to);
    if (id == 0 || state.world.at(id).messages.size() < enough_messages) return append(tag);
    return noop(tag);
  }
  if (!me.view ? !chance_.one_in(6) : chance_.one_in(14)) return open(state, tag);
  if (!me.view && chance_.one_in(2)) return noop(tag);
  return selected(state, me, tag);
}

Command Chooser::idle(std::size_t session) {
  return model::idle(next_tag(session));
}

Command Chooser::done(std::size_t session) {
  return model::done(fmt::format("{}{}", static_cast<char>('a' + session), tags_.at(session)));
}

Command Chooser::about_mailboxes(const std::string& tag) {
  const std::string& name = chance_.pick(mailboxes);
  switch (chance_.below(6)) {
    case 0:
    case 1: return create(tag, name);
    case 3: return list(tag, name.starts_with("A") ? "A/" : name.substr(0, 1 + chance_.below(3)));
    case 2: return remove(tag, chance_.one_in(8) ? "INBOX" : name);
    default: return rename(tag, chance_.one_in(6) ? "INBOX" : name, chance_.pick(mailboxes));
  }
}

Command Chooser::open(const State& state, const std::string& tag) {
  Opening opening;
  opening.mailbox = mailbox();
  opening.read_only = chance_.one_in(5);
  const int id = state.world.find(opening.mailbox);
  const bool knows = chance_.one_in(3);
  opening.cond_store = knows || chance_.one_in(4);
  if (!knows || id == 0) return select(tag, opening);
  const Mailbox& mailbox = state.world.at(id);
  Known& known = opening.known.emplace();
  known.validity = chance_.one_in(10) ? "7" : state.world.known_validity(id).value_or("7");
  known.mod_seq = mod_seq(mailbox);
  if (chance_.one_in(2)) {
    const Number first = 1 + chance_.below(mailbox.uid_next);
    known.uids = Set{{{first, first + chance_.below(mailbox.uid_next)}}, false};
  }
  return select(tag, opening);
}

Command Chooser::selected(const State& state, const Session& me, const std::string& tag) {
  static const View none;
  const View& view = me.view ? *me.view : none;
  const std::uint32_t kind = chance_.below(100);
  if (kind < 26) return store(state, view, tag);
  if (kind < 47) return fetch(state, view, tag);
  if (kind < 62) return search(state, view, tag);
  if (kind < 74) return transfer(state, view, tag);
  if (kind < 81) return expunge(tag);
  if (kind < 85) return expunge(tag, set(view, By::uid));
  if (kind < 88) return replace(view, tag);
  if (kind < 95) return noop(tag);
  if (kind < 97) return check(tag);
  return chance_.one_in(2) ? close(tag) : unselect(tag);
}

Command Chooser::store(const State& state, const View& view, const std::string& tag) {
  Storing storing;
  storing.by = by();
  storing.set = set(view, storing.by);
  storing.change =
      std::array{Change::add, Change::add, Change::remove, Change::replace}.at(chance_.below(4));
  storing.silent = chance_.one_in(3);
  storing.flags = flags();
  if (view.mailbox != 0 && chance_.one_in(4))
    storing.unchanged_since = mod_seq(state.world.at(view.mailbox));
  return model::store(tag, storing);
}

Command Chooser::fetch(const State& state, const View& view, const std::string& tag) {
  Fetching fetching;
  fetching.by = by();
  fetching.set = set(view, fetching.by);
  for (const auto* item : {"FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]",
                           "BODY.PEEK[TEXT]", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"}) {
    if (chance_.one_in(4)) fetching.items.emplace_back(item);
  }
  if (chance_.one_in(6)) fetching.items.emplace_back("MODSEQ");
  if (chance_.one_in(5)) fetching.items.emplace_back(chance_.one_in(2) ? "BODY[]" : "BODY[TEXT]");
  if (fetching.items.empty()) fetching.items.emplace_back("FLAGS");
  if (fetching.by == By::uid && chance_.one_in(8)) {
    fetching.partial = partial();
  } else if (view.mailbox != 0 && chance_.one_in(5)) {
    fetching.changed_since = mod_seq(state.world.at(view.mailbox));
    fetching.vanished = fetching.by == By::uid && chance_.one_in(2);
  }
  return model::fetch(tag, fetching);
}

Command Chooser::transfer(const State& state, const View& view, const std::string& tag) {
  Transferring transferring;
  transferring.by = by();
  transferring.set = set(view, transferring.by);
  transferring.to = mailbox();
  const int id = state.world.find(transferring.to);
  const bool full = id != 0 && state.world.at(id).messages.size() >= enough_messages;
  if (full || chance_.one_in(2)) transferring.keeping = World::Keeping::taken;
  if (full) transferring.to = chance_.pick(mailboxes);
  return model::transfer(tag, transferring);
}

Command Chooser::append(const std::string& tag) {
  std::vector<NewMessage> messages;
  do {
    messages.push_back(message());
  } while (chance_.one_in(4));
  return model::append(tag, mailbox(), messages);
}

Command Chooser::replace(const View& view, const std::string& tag) {
  const By form = by();
  const Number largest = form == By::uid ? view.last_uid() + 2 : view.size() + 1;
  return model::replace(tag, 1 + chance_.below(largest), form, mailbox(), message());
}

Key Chooser::key(const State& state, const View& view, unsigned depth) {
  static const std::vector<std::string> names = {
      "ANSWERED",  "DELETED",   "FLAGGED", "SEEN",   "DRAFT", "UNANSWERED", "UNSEEN",
      "UNDELETED", "UNFLAGGED", "UNDRAFT", "RECENT", "NEW",   "OLD"};
  static const std::vector<std::string> days = {"BEFORE", "ON", "SINCE"};
  switch (chance_.below(depth == 0 ? 11 : 14)) {
    case 0: return everything();
    case 1:
    case 2:
    case 3: return flag_key(chance_.pick(names));
    case 4: return keyword_key(chance_.pick(keywords));
    case 5: {
      const By form = by();
      return set_key(set(view, form), form);
    }
    case 6: return day_key(chance_.pick(days), 10 + chance_.below(15));
    case 7: return size_key(chance_.one_in(2) ? "LARGER" : "SMALLER", 40 + chance_.below(40));
    case 8: return word_key("SUBJECT", chance_.pick(words));
    case 9:
      return chance_.one_in(2) ? word_key("BODY", chance_.pick(colours))
                               : word_key("TEXT", chance_.pick(words));
    case 10:
      return view.mailbox == 0 ? everything() : mod_seq_key(mod_seq(state.world.at(view.mailbox)));
    case 11: return negated(key(state, view, depth - 1));
    case 12: return either(key(state, view, depth - 1), key(state, view, depth - 1));
    default: return both(key(state, view, depth - 1), key(state, view, depth - 1));
  }
}

Command Chooser::search(const State& state, const View& view, const std::string& tag) {
  static const std::vector<std::string> orders = {
      "ARRIVAL", "REVERSE ARRIVAL", "SIZE", "REVERSE SIZE", "SUBJECT", "REVERSE SUBJECT"};
  Searching searching{by(), key(state, view, 2), {}, {}, {}};
  if (chance_.one_in(2)) {
    std::vector<std::string>& returns = searching.returns.emplace();
    for (const auto* option : {"MIN", "MAX", "ALL", "COUNT", "SAVE"}) {
      if (chance_.one_in(3)) returns.emplace_back(option);
    }
  }
  if (searching.returns &&
      std::ranges::find(*searching.returns, "ALL") == searching.returns->end() &&
      chance_.one_in(4)) {
    searching.partial = partial();
  }
  while (chance_.one_in(4) && searching.order.size() < 2)
    searching.order.push_back(chance_.pick(orders));
  return model::search(tag, searching);
}

}  // namespace postern::imap::model
