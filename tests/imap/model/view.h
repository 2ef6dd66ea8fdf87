#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/imap/model/world.h"

namespace postern::imap::model {

/// Octets of one answer, whole: literals with it, CRLF at the end left out, human text left out.
using Lines = std::vector<std::string>;

/// What a client may believe of the mailbox it has selected.
struct View {
  int mailbox = 0;
  bool read_only = false;
  std::vector<Message> messages;  ///< the sequence numbers; some may be gone by now
  std::size_t keywords = 0;       ///< how many of them it was told
  Number uid_next = 1;
  ModSeq mod_seq = 0;
  ModSeq whole_mod_seq = 0;   ///< when it withheld nothing for the last time
  bool withholds = false;     ///< it shows messages that were gone when it was looked at
  std::uint64_t version = 0;  ///< of the mailbox, when it was looked at last
  Numbers recents;
  Numbers saved;

  [[nodiscard]] Number size() const { return static_cast<Number>(messages.size()); }
  [[nodiscard]] Number last_uid() const { return messages.empty() ? 0 : messages.back().uid; }
  /// 0 if it shows none with that UID.
  [[nodiscard]] Number seq_of(Number uid) const;
};

/// What a command knows from one of its steps to the next.
struct Memory {
  std::string answer;  ///< of the tagged line, "OK [CODE]"; empty: not known yet
  std::vector<Number> seqs;
  Numbers uids;
  Numbers changed;
  Numbers refused;
  int mailbox = 0;
  bool own = false;
};

struct Session {
  bool cond_store = false;
  bool qresync = false;
  bool rev2 = false;
  std::optional<View> view;
  bool told_vanished = false;
  bool overlooked = false;  ///< EXISTS that some programs take no notice of
  bool idling = false;
  bool idle_begins = false;
  bool over = false;
  Memory memory;
};

/// One step of a session, and what it says.
struct Turn {
  World& world;
  Session& me;
  Lines& lines;

  void say(std::string line) const { lines.push_back(std::move(line)); }
  [[nodiscard]] const Mailbox& mailbox() const { return world.at(me.view->mailbox); }
};

enum class Expunges { allowed, withheld };

/// Whether the change of a message is told: as it was shown, as it is.
using Telling = std::function<bool(const Message& before, const Message& now)>;

/// Opens the mailbox in place of what was open.
void open(Turn& turn, int mailbox, bool read_only);
/// Takes over what changed, and tells it (RFC 9051 section 7.5.1, RFC 7162 section 3.2.10).
void catch_up(Turn& turn, Expunges expunges, const Telling& telling = nullptr);
/// Whether catch_up has anything to do.
[[nodiscard]] bool stale(const World& world, const Session& session);
/// What an idling session does at any time.
void push(Turn& turn);

void tell_size(const Turn& turn);
void tell_keywords(const Turn& turn);
void use_cond_store(Turn& turn);
[[nodiscard]] std::string flags_of(const Turn& turn, const Message& message);
/// "* 3 FETCH (UID 7 FLAGS (...))", with MODSEQ once that is used.
void tell_flags(const Turn& turn, Number seq);

/// "1:3,5"
[[nodiscard]] std::string format(const Numbers& numbers);
/// The same of numbers in their order.
[[nodiscard]] std::string format_ordered(const std::vector<Number>& numbers);

}  // namespace postern::imap::model
