#include "tests/imap/model/world.h"

#include <algorithm>
#include <utility>

#include "sync/wire/ascii.h"

namespace postern::imap::model {
namespace {

constexpr char mark = '\x01';

}  // namespace

std::string FlagNames::text() const {
  std::string out;
  for (std::size_t bit = 0; bit < system_flags.size(); ++bit) {
    if ((system >> bit & 1U) != 0) out += " " + std::string(system_flags[bit]);
  }
  for (const std::string& keyword : keywords) out += " " + keyword;
  return "(" + (out.empty() ? out : out.substr(1)) + ")";
}

const Message* Mailbox::find(Number uid) const {
  const auto found = std::ranges::find(messages, uid, &Message::uid);
  return found == messages.end() ? nullptr : &*found;
}

World::World() {
  make("INBOX");
}

int World::find(const std::string& name) const {
  const auto found = names_.find(wire::equal_ignoring_case(name, "INBOX") ? "INBOX" : name);
  return found == names_.end() ? 0 : found->second;
}

std::vector<const Mailbox*> World::all() const {
  std::vector<const Mailbox*> all;
  for (const auto& [id, mailbox] : mailboxes_) all.push_back(mailbox.get());
  return all;
}

std::vector<std::string> World::names() const {
  std::vector<std::string> names;
  for (const auto& [name, id] : names_) names.push_back(name);
  return names;
}

/// Others may hold the same mailbox: they keep it as it was.
Mailbox& World::edit(int id) {
  std::shared_ptr<Mailbox>& mailbox = mailboxes_.at(id);
  if (mailbox.use_count() != 1) mailbox = std::make_shared<Mailbox>(*mailbox);
  ++mailbox->version;
  return *mailbox;
}

Number World::claim_recent(int id, Number last) {
  const Number first = at(id).first_recent;
  if (last >= first) {
    Mailbox& mailbox = edit(id);
    mailbox.first_recent = last + 1;
    --mailbox.version;
  }
  return first;
}

std::uint64_t World::keyword_bits(Mailbox& mailbox, const FlagNames& flags, Change change) {
  std::uint64_t bits = 0;
  for (const std::string& name : flags.keywords) {
    std::size_t bit = 0;
    while (bit < mailbox.keywords.size() && !wire::equal_ignoring_case(mailbox.keywords[bit], name))
      ++bit;
    if (bit == mailbox.keywords.size()) {
      if (change == Change::remove) continue;
      mailbox.keywords.push_back(name);
    }
    bits |= std::uint64_t{1} << bit;
  }
  return bits;
}

/// At the MODSEQ that the commit has.
Number World::insert(Mailbox& mailbox, Message message) {
  message.uid = mailbox.uid_next++;
  message.mod_seq = mailbox.mod_seq;
  mailbox.messages.push_back(message);
  return message.uid;
}

void World::take_out(Mailbox& mailbox, const Numbers& uids) {
  std::erase_if(mailbox.messages,
                [&](const Message& message) { return uids.contains(message.uid); });
  for (const Number uid : uids) mailbox.gone[uid] = mailbox.mod_seq;
}

Refusal World::append(int id, const std::vector<NewMessage>& messages, Numbers& uids) {
  if (at(id).deleted) return "TRYCREATE";
  Mailbox& mailbox = edit(id);
  ++mailbox.mod_seq;
  for (const NewMessage& message : messages) {
    uids.insert(insert(mailbox, {.uid = 0,
                                 .body = message.body,
                                 .system = message.flags.system,
                                 .keywords = keyword_bits(mailbox, message.flags, Change::add),
                                 .mod_seq = 0,
                                 .day = message.day}));
  }
  return {};
}

Refusal World::store(int id, const Numbers& uids, Change change, const FlagNames& flags,
                     std::optional<ModSeq> since, Numbers& changed, Numbers& refused) {
  if (at(id).deleted) return "NONEXISTENT";
  Mailbox mailbox = at(id);
  Numbers wanted;
  for (const Message& message : mailbox.messages) {
    if (!uids.contains(message.uid)) continue;
    (since && message.mod_seq > *since ? refused : wanted).insert(message.uid);
  }
  if (wanted.empty()) return {};
  const std::uint64_t keywords = keyword_bits(mailbox, flags, change);
  for (Message& message : mailbox.messages) {
    if (!wanted.contains(message.uid)) continue;
    const auto before = std::pair(message.system, message.keywords);
    if (change == Change::replace) {
      message.system = 0;
      message.keywords = 0;
    }
    if (change == Change::remove) {
      message.system &= ~flags.system;
      message.keywords &= ~keywords;
    } else {
      message.system |= flags.system;
      message.keywords |= keywords;
    }
    if (before == std::pair(message.system, message.keywords)) continue;
    message.mod_seq = mailbox.mod_seq + 1;
    changed.insert(message.uid);
  }
  if (changed.empty()) return {};
  ++mailbox.mod_seq;
  Mailbox& edited = edit(id);
  mailbox.version = edited.version;
  edited = std::move(mailbox);
  return {};
}

Refusal World::expunge(int id, const Numbers* uids) {
  if (at(id).deleted) return "NONEXISTENT";
  Numbers wanted;
  for (const Message& message : at(id).messages) {
    if ((message.system & deleted_bit) != 0 && (uids == nullptr || uids->contains(message.uid)))
      wanted.insert(message.uid);
  }
  if (wanted.empty()) return {};
  Mailbox& mailbox = edit(id);
  ++mailbox.mod_seq;
  take_out(mailbox, wanted);
  return {};
}

Refusal World::transfer(int from, int to, const Numbers& uids, bool whole, Keeping keeping,
                        Numbers& there_from, Numbers& there_to) {
  if (at(from).deleted) return "NONEXISTENT";
  if (at(to).deleted) return "TRYCREATE";
  std::vector<Message> messages;
  for (const Message& message : at(from).messages) {
    if (uids.contains(message.uid)) messages.push_back(message);
  }
  if (whole && messages.size() != uids.size()) return "EXPUNGEISSUED";
  if (messages.empty()) return {};
  const std::vector<std::string> names = at(from).keywords;
  Mailbox& target = edit(to);
  ++target.mod_seq;
  for (Message message : messages) {
    there_from.insert(message.uid);
    FlagNames flags;
    for (std::size_t bit = 0; bit < names.size(); ++bit) {
      if ((message.keywords >> bit & 1U) != 0) flags.keywords.push_back(names[bit]);
    }
    message.keywords = keyword_bits(target, flags, Change::add);
    there_to.insert(insert(target, message));
  }
  if (keeping == Keeping::kept) return {};
  Mailbox& source = edit(from);
  if (from != to) ++source.mod_seq;
  take_out(source, there_from);
  return {};
}

Refusal World::replace(int from, int to, Number uid, const NewMessage& message, Numbers& uids) {
  if (at(to).deleted) return "TRYCREATE";
  if (at(from).deleted) return "NONEXISTENT";
  if (at(from).find(uid) == nullptr) return "EXPUNGEISSUED";
  (void)append(to, {message}, uids);
  Mailbox& source = edit(from);
  if (from != to) ++source.mod_seq;
  take_out(source, {uid});
  return {};
}

int World::make(const std::string& name) {
  const int id = static_cast<int>(mailboxes_.size()) + 1;
  auto mailbox = std::make_shared<Mailbox>();
  mailbox->id = id;
  mailbox->name = name;
  mailboxes_[id] = std::move(mailbox);
  return names_[name] = id;
}

void World::make_superiors(const std::string& name) {
  for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1)) {
    if (!names_.contains(name.substr(0, end))) make(name.substr(0, end));
  }
}

Refusal World::create(const std::string& name) {
  if (find(name) != 0) return "ALREADYEXISTS";
  make_superiors(name);
  make(name);
  return {};
}

Refusal World::remove(const std::string& name) {
  const int id = find(name);
  if (id == 0) return "NONEXISTENT";
  if (at(id).name == "INBOX") return "CANNOT";
  for (const auto& [other, unused] : names_) {
    if (other.starts_with(name + "/")) return "HASCHILDREN";
  }
  names_.erase(name);
  Mailbox& mailbox = edit(id);
  mailbox.deleted = true;
  mailbox.gone.clear();
  return {};
}

/// RFC 9051 section 6.3.6.
Refusal World::rename(const std::string& from, const std::string& to) {
  const int id = find(from);
  if (id == 0) return "NONEXISTENT";
  if (find(to) != 0) return "ALREADYEXISTS";
  if (at(id).name == "INBOX") {
    make_superiors(to);
    Numbers all;
    for (const Message& message : at(id).messages) all.insert(message.uid);
    Numbers there_from;
    Numbers there_to;
    return transfer(id, make(to), all, true, Keeping::taken, there_from, there_to);
  }
  if (to.starts_with(from + "/")) return "CANNOT";
  std::map<std::string, int> moved{{to, id}};
  for (const auto& [name, other] : names_) {
    if (name.starts_with(from + "/")) moved[to + name.substr(from.size())] = other;
  }
  make_superiors(to);
  std::erase_if(names_, [&](const auto& entry) {
    return entry.first == from || entry.first.starts_with(from + "/");
  });
  for (const auto& [name, other] : moved) {
    names_[name] = other;
    Mailbox& mailbox = edit(other);
    mailbox.name = name;
    --mailbox.version;
  }
  return {};
}

std::string World::validity_of(int id) {
  return mark + std::to_string(id) + mark;
}

std::optional<std::string> World::known_validity(int id) const {
  const auto found = validities_.find(id);
  if (found == validities_.end()) return std::nullopt;
  return found->second;
}

bool World::fits(const std::string& expected, const std::string& line) {
  const std::size_t begin = expected.find(mark);
  if (begin == std::string::npos) return expected == line;
  const std::size_t end = expected.find(mark, begin + 1);
  const std::string before = expected.substr(0, begin);
  const std::string behind = expected.substr(end + 1);
  if (!line.starts_with(before) || line.size() <= before.size() + behind.size() ||
      !line.ends_with(behind))
    return false;
  const std::string value = line.substr(begin, line.size() - before.size() - behind.size());
  if (value.find_first_not_of("0123456789") != std::string::npos) return false;
  const int id = std::stoi(expected.substr(begin + 1, end - begin - 1));
  if (const auto known = known_validity(id)) return *known == value;
  // Never one that another mailbox has or had.
  for (const auto& [other, used] : validities_) {
    if (used == value) return false;
  }
  validities_[id] = value;
  return true;
}

}  // namespace postern::imap::model
