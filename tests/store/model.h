#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>

#include "tests/store/store_fixture.h"

namespace postern::store {

inline constexpr const char* key = "pop3://anna@pop.example.net:995";

/// What an account ought to hold, in the plainest form.
struct Model {
  struct Message {
    std::string octets;
    std::uint8_t flags = 0;
    bool operator==(const Message&) const = default;
  };
  std::map<std::string, std::map<std::uint32_t, Message>> mailboxes{
      {"Archive", {}}, {"Drafts", {}}, {"INBOX", {}}, {"Junk", {}}, {"Sent", {}}, {"Trash", {}}};
  std::map<std::string, std::uint32_t> uid_next;
  std::map<std::string, std::pair<OriginState, bool>> origins;
  bool operator==(const Model&) const = default;

  void append(const std::string& mailbox, const std::string& octets, std::uint8_t flags = 0) {
    mailboxes[mailbox][++uid_next[mailbox]] = {octets, flags};
  }
};

inline std::string noise(std::size_t octets) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < octets) text += static_cast<char>('!' + random() % 90);
  return text;
}

/// A step of the scenario: what is asked of the store, and what it means if it succeeds.
struct Step {
  std::function<void(Transaction&, const Account&)> work;
  std::function<void(Model&)> meaning;
};

inline MailboxId id_of(const Account& account, const char* name) {
  return account.tree()->find(name)->id;
}

inline NewBody body_of(const Account& account, const std::string& octets) {
  IncomingBody incoming(account.spool());
  incoming.feed(octets);
  return incoming.finish();
}

inline Step append_step(const char* mailbox, const std::string& octets) {
  return {[=](Transaction& t, const Account& account) {
            NewBody body = body_of(account, octets);
            ASSERT_TRUE(t.append(id_of(account, mailbox), body, {}, {}).has_value());
          },
          [=](Model& model) { model.append(mailbox, octets); }};
}

inline Step deliver_step(const std::string& uidl, const std::string& octets) {
  return {
      [=](Transaction& t, const Account& account) {
        const SourceId source = t.source(key, true);
        NewBody body = body_of(account, octets);
        ASSERT_TRUE(t.deliver(source, id_of(account, "INBOX"), body, {.uidl = uidl}).has_value());
      },
      [=](Model& model) {
        if (!model.origins.try_emplace(uidl, OriginState::stored, false).second) return;
        model.append("INBOX", octets);
      }};
}

/// What it does hold.
inline Model model_of(Account& account) {
  Model found;
  found.mailboxes.clear();
  const auto tree = account.tree();
  for (const MailboxInfo& info : tree->mailboxes) {
    auto& messages = found.mailboxes[info.name];
    const auto snapshot = open_mailbox(account, info.id)->latest();
    if (snapshot->head().uid_next != Uid(1))
      found.uid_next[info.name] = snapshot->head().uid_next.value - 1;
    snapshot->for_each([&](SeqNum, const Entry& entry) {
      std::string octets = read(account, [&](Reader& reader) {
        std::string out;
        reader.read_body(entry.body, 0, entry.octets, out);
        return out;
      });
      messages[entry.uid.value] = {std::move(octets), entry.flags.system};
    });
  }
  for (const Origin& origin : read(account, [](Reader& reader) { return reader.origins(key); }))
    found.origins[origin.uidl] = {origin.state, origin.expunged};
  return found;
}

}  // namespace postern::store
