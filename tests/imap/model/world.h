#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postern::imap::model {

using Number = std::uint32_t;
using Numbers = std::set<Number>;
using ModSeq = std::uint64_t;

inline constexpr std::array<std::string_view, 5> system_flags = {"\\Answered", "\\Flagged",
                                                                 "\\Deleted", "\\Seen", "\\Draft"};
inline constexpr unsigned deleted_bit = 4;
inline constexpr unsigned seen_bit = 8;

/// What a client names: bits of `system_flags`, and keywords.
struct FlagNames {
  unsigned system = 0;
  std::vector<std::string> keywords;

  [[nodiscard]] std::string text() const;
};

/// Content that never changes.
struct Body {
  std::string subject;
  std::string text;
  std::string octets;
};

struct Message {
  Number uid = 0;
  const Body* body = nullptr;
  unsigned system = 0;
  std::uint64_t keywords = 0;  ///< bits, named by the mailbox
  ModSeq mod_seq = 0;
  unsigned day = 0;  ///< of January 2020, two digits
};

struct Mailbox {
  int id = 0;
  std::string name;
  std::vector<Message> messages;
  std::map<Number, ModSeq> gone;  ///< when which UID went
  std::vector<std::string> keywords;
  Number uid_next = 1;
  Number first_recent = 1;
  ModSeq mod_seq = 1;
  std::uint64_t version = 0;  ///< rises with all that a session could notice
  bool deleted = false;

  [[nodiscard]] const Message* find(Number uid) const;
};

enum class Change { replace, add, remove };

struct NewMessage {
  const Body* body = nullptr;
  FlagNames flags;
  unsigned day = 0;
};

/// A word of the server's refusal, as a response code; empty: done.
using Refusal = std::string;

/// All mail of an account, as RFC 9051 section 2.3 has it, and what commands do to it: each
/// function that changes something is one commit. Copies are cheap, so that what might have
/// happened can be tried out. Where the RFCs leave a choice, it is this server's: a MODSEQ is one
/// more with each commit that changes the mailbox, and a mailbox knows its keywords in the order
/// they came.
class World {
 public:
  World();

  /// 0 if there is no such mailbox.
  [[nodiscard]] int find(const std::string& name) const;
  [[nodiscard]] const Mailbox& at(int id) const { return *mailboxes_.at(id); }
  /// Those that were deleted as well.
  [[nodiscard]] std::vector<const Mailbox*> all() const;
  /// Rising.
  [[nodiscard]] std::vector<std::string> names() const;
  /// Takes the UIDs up to `last` that were \Recent to nobody; the first of them.
  Number claim_recent(int id, Number last);

  Refusal append(int id, const std::vector<NewMessage>& messages, Numbers& uids);
  /// `since`: only messages that did not change later; the others are `refused`.
  Refusal store(int id, const Numbers& uids, Change change, const FlagNames& flags,
                std::optional<ModSeq> since, Numbers& changed, Numbers& refused);
  Refusal expunge(int id, const Numbers* uids);
  enum class Keeping { kept, taken };
  /// `whole`: all of `uids` or nothing.
  Refusal transfer(int from, int to, const Numbers& uids, bool whole, Keeping keeping,
                   Numbers& there_from, Numbers& there_to);
  Refusal replace(int from, int to, Number uid, const NewMessage& message, Numbers& uids);

  Refusal create(const std::string& name);
  Refusal remove(const std::string& name);
  Refusal rename(const std::string& from, const std::string& to);

  /// What stands in an expected line where the UIDVALIDITY of a mailbox does, which only the server
  /// knows: two marks with the id between them.
  [[nodiscard]] static std::string validity_of(int id);
  [[nodiscard]] std::optional<std::string> known_validity(int id) const;
  /// Whether a line is as expected. UIDVALIDITYs that come for the first time are noted.
  [[nodiscard]] bool fits(const std::string& expected, const std::string& line);

 private:
  Mailbox& edit(int id);
  int make(const std::string& name);
  void make_superiors(const std::string& name);
  static std::uint64_t keyword_bits(Mailbox& mailbox, const FlagNames& flags, Change change);
  static Number insert(Mailbox& mailbox, Message message);
  static void take_out(Mailbox& mailbox, const Numbers& uids);

  std::map<int, std::shared_ptr<Mailbox>> mailboxes_;  ///< those that were deleted as well
  std::map<std::string, int> names_;
  std::map<int, std::string> validities_;
};

}  // namespace postern::imap::model
