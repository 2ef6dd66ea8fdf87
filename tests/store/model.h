#pragma once

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

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
  struct Queued {
    std::vector<SubmissionRecipient::State> recipients;
    std::uint32_t attempts = 0;
    Certainty certainty = Certainty::certain;
    bool filed = false;
    bool operator==(const Queued&) const = default;
  };
  std::map<std::int64_t, Queued> queue;  ///< by id
  bool operator==(const Model&) const = default;

  void append(const std::string& mailbox, const std::string& octets, std::uint8_t flags = 0) {
    mailboxes[mailbox][++uid_next[mailbox]] = {octets, flags};
  }
  /// Adds the flags to the message with these octets; appends it if there is none.
  void put(const std::string& mailbox, const std::string& octets, std::uint8_t flags) {
    for (auto& [uid, message] : mailboxes[mailbox]) {
      if (message.octets != octets) continue;
      message.flags |= flags;
      return;
    }
    append(mailbox, octets, flags);
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

/// The steps of a message that is sent later, of which each may fail; `octets` are nowhere else.
/// `id` is the first one that the account gives.
inline std::vector<Step> sending_steps(SubmissionId id, const std::string& octets) {
  using State = SubmissionRecipient::State;
  constexpr std::uint8_t seen = 1;
  constexpr std::uint8_t flagged = 4;
  const NewSubmission submission{
      .outgoing = "example",
      .sender = "a@example.org",
      .parameters = "",
      .recipients = {{.address = "b@example.net", .parameters = "", .answer = ""},
                     {.address = "c@example.net", .parameters = "", .answer = ""}},
      .message_id = "<1@example.org>",
      .accepted = {},
      .due = {}};
  const auto settle = [=](State first, State second) -> Step {
    return {[=](Transaction& t, const Account&) {
              Settlement settlement{.recipients = submission.recipients, .problem = "", .due = {}};
              settlement.recipients[0].state = first;
              settlement.recipients[1].state = second;
              static_cast<void>(t.settle(id, settlement));
            },
            [=](Model& model) {
              const auto queued = model.queue.find(id.value);
              if (queued == model.queue.end()) return;
              if (!queued->second.filed) model.put("Sent", octets, seen);
              queued->second = {.recipients = {first, second},
                                .attempts = queued->second.attempts,
                                .certainty = Certainty::certain,
                                .filed = true};
              if (second == State::due) return;
              model.mailboxes["Outbox"].clear();
              model.queue.erase(queued);
            }};
  };
  return {
      {[=](Transaction& t, const Account& account) {
         NewBody body = body_of(account, octets);
         static_cast<void>(t.submit(body, submission));
       },
       [=](Model& model) {
         model.append("Outbox", octets, seen);
         model.queue[id.value].recipients = {State::due, State::due};
       }},
      {[=](Transaction& t, const Account&) { static_cast<void>(t.begin_attempt(id, {})); },
       [=](Model& model) {
         if (model.queue.contains(id.value)) ++model.queue[id.value].attempts;
       }},
      {[=](Transaction& t, const Account&) { static_cast<void>(t.final_dot(id)); },
       [=](Model& model) {
         if (model.queue.contains(id.value)) model.queue[id.value].certainty = Certainty::unknown;
       }},
      settle(State::sent, State::due),
      // The program's own copy.
      {[=](Transaction& t, const Account& account) {
         NewBody body = body_of(account, octets);
         static_cast<void>(t.append_by_client(id_of(account, "Sent"), body,
                                              {.system = flagged, .keywords = {}}, {}));
       },
       [=](Model& model) { model.put("Sent", octets, flagged); }},
      settle(State::sent, State::failed),
  };
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
  for (const Submission& one : read(account, [](Reader& reader) { return reader.submissions(); })) {
    Model::Queued& queued = found.queue[one.id.value];
    queued = {
        .recipients = {}, .attempts = one.attempts, .certainty = one.certainty, .filed = one.filed};
    for (const SubmissionRecipient& recipient : one.recipients)
      queued.recipients.push_back(recipient.state);
  }
  return found;
}

}  // namespace postern::store
