#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sync/base/clock.h"
#include "sync/base/ids.h"
#include "sync/base/secret.h"
#include "sync/wire/imap/fetch_item.h"
#include "sync/wire/imap/flag_list.h"
#include "sync/wire/imap/mailbox_name.h"
#include "sync/wire/imap/return_options.h"
#include "sync/wire/imap/search_key.h"
#include "sync/wire/imap/sequence_set.h"
#include "sync/wire/imap/sort_program.h"

namespace postern::wire::imap {

/// Whether numbers in a command, and in its answer, are sequence numbers or UIDs.
enum class Numbers : std::uint8_t { sequence, uid };

/// One struct for each command, its fields its arguments (RFC 3501 section 6 and the extensions
/// named).
namespace command {

struct Capability {};
struct Noop {};
struct Logout {};
struct Unauthenticate {};  ///< RFC 8437
struct Language {          ///< RFC 5255 section 3.2
  std::vector<std::string> ranges;
};
struct Id {  ///< RFC 2971
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};
struct StartTls {};
struct Authenticate {
  std::string mechanism;  ///< in capitals
  /// RFC 4959: base64, or "=" for an empty one.
  std::optional<Secret> initial_response;
};
struct Login {
  std::string user;
  Secret password;
};
struct Compress {         ///< RFC 4978
  std::string mechanism;  ///< in capitals
};
struct Enable {  ///< RFC 5161
  std::vector<std::string> capabilities;
};
/// What a program knows of a mailbox from before (RFC 7162 section 3.2.5).
struct Known {
  std::uint32_t uid_validity = 0;
  ModSeq mod_seq;
  std::optional<SequenceSet> uids;  ///< those that it is interested in; absent: all
  /// Sequence numbers and the UIDs that bore them, pairwise; of one length.
  std::optional<std::pair<SequenceSet, SequenceSet>> match;
};
struct Opening {
  enum class CondStore : std::uint8_t { untouched, enabled };
  MailboxName mailbox;
  CondStore cond_store = CondStore::untouched;  ///< RFC 7162 section 3.1.8
  std::optional<Known> known;
};
struct Select : Opening {};
struct Examine : Opening {};
struct Create {
  MailboxName mailbox;
  std::vector<std::string> uses;  ///< "\\Drafts": RFC 6154 section 3
};
struct Delete {
  MailboxName mailbox;
};
struct Rename {
  MailboxName from;
  MailboxName to;
};
struct Subscribe {
  MailboxName mailbox;
};
struct Unsubscribe {
  MailboxName mailbox;
};
struct Status {
  enum class Item : std::uint8_t {
    messages,
    recent,
    uid_next,
    uid_validity,
    unseen,
    mailbox_id,       ///< RFC 8474 section 4.3
    highest_mod_seq,  ///< RFC 7162 section 3.1.7
    size,             ///< RFC 8438
    deleted,          ///< RFC 9051 section 6.3.11
    deleted_storage,  ///< RFC 9208 section 4.1.5
  };
  MailboxName mailbox;
  std::vector<Item> items;
};
/// RFC 5464 section 4.2: annotations whose values are asked for.
struct MetadataQuery {
  enum class Depth : std::uint8_t { zero, one, infinity };  ///< levels below an entry
  Depth depth = Depth::zero;
  std::optional<std::uint32_t> max_size;  ///< octets of a value
  std::vector<std::string> entries;       ///< "/shared/comment", in any case
};
struct List {  ///< RFC 5258
  enum class Form : std::uint8_t { basic, extended };
  enum Selection : std::uint8_t {
    subscribed = 1,
    remote = 2,
    recursive_match = 4,
    special_use = 8  ///< RFC 6154 section 2
  };
  enum Return : std::uint8_t {
    return_subscribed = 1,
    return_children = 2,
    return_special_use = 4,
    return_rights = 8,  ///< RFC 8440
  };
  Form form = Form::basic;
  std::uint8_t selection = 0;             ///< of `Selection`, or-ed
  std::uint8_t returns = 0;               ///< of `Return`, or-ed
  std::vector<Status::Item> status;       ///< RFC 5819
  std::optional<MetadataQuery> metadata;  ///< RFC 9590
  std::vector<ListPattern> patterns;      ///< of the basic form one

  [[nodiscard]] bool selects(Selection option) const { return (selection & option) != 0; }
  [[nodiscard]] bool tells(Return option) const { return (returns & option) != 0; }
};
/// What came before RFC 6154, for programs that know nothing else.
struct XList {
  ListPattern pattern;
};
struct Lsub {
  ListPattern pattern;
};
struct Namespace {};  ///< RFC 2342
struct GetQuota {     ///< RFC 9208 section 4.1.1
  std::string root;
};
struct GetQuotaRoot {
  MailboxName mailbox;
};
struct GetMetadata : MetadataQuery {   ///< RFC 5464 section 4.2
  std::optional<MailboxName> mailbox;  ///< none: the server
};
struct SetMetadata {  ///< RFC 5464 section 4.3
  struct Value {
    std::string entry;  ///< in small letters
    std::optional<std::string> value;
  };
  std::optional<MailboxName> mailbox;  ///< none: the server
  std::vector<Value> values;
};
struct GetAcl {  ///< RFC 4314 section 3.3
  MailboxName mailbox;
};
struct MyRights {
  MailboxName mailbox;
};
struct ListRights {
  MailboxName mailbox;
  std::string identifier;
};
struct SetAcl {
  MailboxName mailbox;
};
struct DeleteAcl {
  MailboxName mailbox;
};
/// A message that follows as a stream, or in parts.
struct NewMessage {
  enum class Form : std::uint8_t {
    plain,
    utf8,      ///< RFC 6855 section 4: a parenthesis is to follow
    catenate,  ///< RFC 4469: its parts and a parenthesis are to follow
  };
  FlagList flags;
  std::optional<InternalDate> date;
  std::uint64_t octets = 0;
  Form form = Form::plain;
};
/// What of an APPEND stands in one piece: up to a stream, or to the end of the line.
struct AppendPiece {
  struct Url {  ///< a part of the message at hand
    std::string text;
  };
  struct End {};  ///< of the parts of the message at hand
  using Step = std::variant<NewMessage, Url, End>;
  enum class Stream : std::uint8_t {
    none,
    message,
    text,
    utf8_text,  ///< RFC 6855 section 4: a parenthesis is to follow
    url
  };
  std::vector<Step> steps;
  Stream stream = Stream::none;  ///< what follows as one
};
/// More messages may follow the first one (RFC 3502).
struct Append : NewMessage {
  MailboxName mailbox;
  AppendPiece piece;  ///< behind what begins the first message
};
/// RFC 8508.
struct Replace : Append {
  Numbers numbers = Numbers::sequence;
  SequenceSet set;  ///< of one message
};
/// RFC 5465 section 8, `filter-mailboxes`, and RFC 7377 section 4: some mailboxes.
struct MailboxFilter {
  enum class Kind : std::uint8_t {
    selected,
    selected_delayed,  ///< of NOTIFY only
    inboxes,
    personal,
    subscribed,
    subtree,      ///< names
    subtree_one,  ///< names: one level below them at most; of ESEARCH only
    mailboxes,    ///< names
  };
  Kind kind = Kind::selected;
  std::vector<MailboxName> names;
};
struct Notify {  ///< RFC 5465 section 3.1
  enum Event : std::uint8_t {
    message_new = 1,
    message_expunge = 2,
    flag_change = 4,
    mailbox_name = 8,
    subscription_change = 16,
    mailbox_metadata_change = 32,
    server_metadata_change = 64,
  };
  static constexpr std::uint8_t message_events = message_new | message_expunge | flag_change;
  struct Group {
    MailboxFilter mailboxes;
    std::uint8_t events = 0;       ///< of `Event`, or-ed; 0: NONE
    std::vector<FetchItem> items;  ///< of what is new in the selected mailbox
  };
  enum class Statuses : std::uint8_t { untold, told } statuses = Statuses::untold;
  /// Whether events were named that are not known here.
  enum class Events : std::uint8_t { known, unknown } named = Events::known;
  std::vector<Group> groups;  ///< none: NOTIFY NONE
};
struct Idle {};  ///< RFC 2177
struct Check {};
struct Close {};
struct Unselect {};  ///< RFC 3691
struct Expunge {
  std::optional<SequenceSet> uids;  ///< of UID EXPUNGE, RFC 4315
};
/// What the searching commands have in common.
struct Searching {
  Numbers numbers = Numbers::sequence;
  std::optional<ReturnOptions> returns;  ///< RFC 4731
  std::vector<FetchItem> update_items;   ///< of what is new among the results: RFC 5465 section 7
  std::string charset;                   ///< in capitals; empty if none was named
  SearchKey key;
};
struct Search : Searching {};
struct Sort : Searching {  ///< RFC 5256
  std::vector<SortCriterion> order;
};
struct Thread : Searching {  ///< RFC 5256; returns nothing else
  ThreadAlgorithm algorithm = ThreadAlgorithm::references;
};
struct MultiSearch : Searching {  ///< RFC 7377; its numbers are UIDs
  std::vector<MailboxFilter> mailboxes;

  /// Nothing but the selected mailbox is searched.
  [[nodiscard]] bool only_selected() const {
    for (const MailboxFilter& filter : mailboxes) {
      if (filter.kind != MailboxFilter::Kind::selected) return false;
    }
    return true;
  }
};
struct UidBatches {        ///< RFC 10022 section 3
  std::uint32_t size = 0;  ///< messages in a batch
  /// Which batches, counted from 1; absent: all.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> range;
};
struct CancelUpdate {  ///< RFC 5267 section 4.3.5
  std::vector<std::string> tags;
};
struct Fetch {
  Numbers numbers = Numbers::sequence;
  SequenceSet set;
  std::vector<FetchItem> items;
  std::optional<PartialRange> partial;  ///< of UID FETCH, RFC 9394 section 3.3
  std::optional<ModSeq> changed_since;  ///< RFC 7162 section 3.1.4.1
  /// Of UID FETCH with CHANGEDSINCE: whether to tell what went, RFC 7162 section 3.2.6.
  enum class Vanished : std::uint8_t { untold, told } vanished = Vanished::untold;
};
struct Store {
  enum class Change : std::uint8_t { replace, add, remove };
  enum class Answer : std::uint8_t { flags, silent };
  Numbers numbers = Numbers::sequence;
  SequenceSet set;
  Change change = Change::replace;
  Answer answer = Answer::flags;
  std::optional<ModSeq> unchanged_since;  ///< RFC 7162 section 3.1.3
  FlagList flags;
};
struct Copy {
  Numbers numbers = Numbers::sequence;
  SequenceSet set;
  MailboxName to;
};
struct Move {  ///< RFC 6851
  Numbers numbers = Numbers::sequence;
  SequenceSet set;
  MailboxName to;
};

}  // namespace command

/// A command that is right as far as grammar goes; whether it makes sense now is for the session.
struct Command {
  using Body = std::variant<
      command::Capability, command::Noop, command::Logout, command::Unauthenticate,
      command::Language, command::Id, command::StartTls, command::Authenticate, command::Login,
      command::Compress, command::Enable, command::Select, command::Examine, command::Create,
      command::Delete, command::Rename, command::Subscribe, command::Unsubscribe, command::List,
      command::XList, command::Lsub, command::Namespace, command::Status, command::GetMetadata,
      command::SetMetadata, command::GetQuota, command::GetQuotaRoot, command::GetAcl,
      command::MyRights, command::ListRights, command::SetAcl, command::DeleteAcl, command::Append,
      command::Replace, command::Notify, command::Idle, command::Check, command::Close,
      command::Unselect, command::Expunge, command::Search, command::Sort, command::Thread,
      command::MultiSearch, command::CancelUpdate, command::UidBatches, command::Fetch,
      command::Store, command::Copy, command::Move>;
  std::string tag;
  Body body;
};

}  // namespace postern::wire::imap
