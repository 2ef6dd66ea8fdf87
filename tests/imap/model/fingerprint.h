#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>

#include "tests/imap/model/view.h"

namespace postern::imap::model {

/// A hash of all that can make a difference to what comes: states that are alike have the same.
class Fingerprint {
 public:
  [[nodiscard]] std::uint64_t value() const { return value_; }

  void add(const World& world) {
    for (const Mailbox* mailbox : world.all()) {
      add_numbers(mailbox->id, mailbox->uid_next, mailbox->first_recent, mailbox->mod_seq,
                  mailbox->version, mailbox->deleted, mailbox->keywords.size());
      add(mailbox->name);
      for (const std::string& keyword : mailbox->keywords) add(keyword);
      add_messages(mailbox->messages);
      add_number(mailbox->gone.size());
      for (const auto& [uid, mod_seq] : mailbox->gone) add_numbers(uid, mod_seq);
    }
  }
  void add(const Session& session) {
    add_numbers(session.cond_store, session.qresync, session.rev2, session.told_vanished,
                session.overlooked, session.idling, session.idle_begins, session.over,
                session.view.has_value());
    if (session.view) {
      const View& view = *session.view;
      add_numbers(view.mailbox, view.read_only, view.keywords, view.uid_next, view.mod_seq,
                  view.whole_mod_seq, view.withholds, view.version);
      add_messages(view.messages);
      add_all(view.recents);
      add_all(view.saved);
    }
    const Memory& memory = session.memory;
    add(memory.answer);
    add_numbers(memory.mailbox, memory.own);
    add_all(memory.seqs);
    add_all(memory.uids);
    add_all(memory.changed);
    add_all(memory.refused);
  }
  template <class Numbers>
  void add_all(const Numbers& numbers) {
    add_number(numbers.size());
    for (const auto number : numbers) add_number(number);
  }

 private:
  void add_number(std::uint64_t number) {
    value_ = (value_ ^ number) * 0x9e3779b97f4a7c15U;
    value_ ^= value_ >> 29U;
  }
  template <class... Number>
  void add_numbers(Number... numbers) {
    (add_number(static_cast<std::uint64_t>(numbers)), ...);
  }
  void add(const std::string& text) { add_number(std::hash<std::string>()(text)); }
  void add_messages(const std::vector<Message>& messages) {
    add_number(messages.size());
    for (const Message& message : messages)
      add_numbers(message.uid, message.system, message.keywords, message.mod_seq);
  }

  std::uint64_t value_ = 1;
};

}  // namespace postern::imap::model
