#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "config/client_profile.h"
#include "proxy/access/session.h"
#include "proxy/access/store_access.h"
#include "proxy/imap/answer.h"
#include "proxy/imap/extended_answer.h"
#include "proxy/imap/extensions.h"
#include "proxy/imap/limits.h"
#include "proxy/imap/mailbox_view.h"
#include "proxy/imap/rules.h"
#include "proxy/imap/search_place.h"
#include "proxy/imap/update_lines.h"
#include "sync/store/annotation.h"
#include "sync/store/key_cache.h"
#include "sync/wire/imap/command.h"
#include "sync/wire/imap/framer.h"
#include "sync/wire/imap/message_url.h"
#include "sync/wire/imap/parse_command.h"

namespace postern::imap {

struct Appending;
struct MessagePart;
class MailboxListing;
struct NameChange;
struct FetchPlan;

struct Surroundings : access::Surroundings {
  Limits limits;
};

/// One connection of a mail program (RFC 3501): a coroutine that reads a command, does it, and
/// tells what changed meanwhile before the tagged line.
///
/// What is told when: a change made here is answered after its commit; changes of others are taken
/// over between commands and in IDLE, EXPUNGE only where `rules.h` allows it. Network thread.
class Session final : public access::Session {
 public:
  static constexpr const char* protocol = "imap";
  [[nodiscard]] static std::string too_many();

  Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
          access::Start start);
  ~Session() override;

  void ask_to_stop() override;
  void end_now() override;
  [[nodiscard]] access::SessionFacts facts() const override;

 private:
  using Framer = wire::imap::Framer;
  using Numbers = wire::imap::Numbers;
  struct Idling;
  struct Watch;
  /// Whether a change of flags that is in the new view is to be told.
  using Telling = std::function<bool(SeqNum, const store::Entry&)>;

  /// Logged in as a device that may change nothing.
  [[nodiscard]] bool reads_only() const {
    return login_ && login_->rights == store::DeviceRights::read_only;
  }
  /// RFC 5530 section 3.
  [[nodiscard]] static Answer not_permitted() {
    return Answer::no("NOPERM", "This device may only read");
  }

  /// RFC 9586 section 3.
  [[nodiscard]] static Answer uid_required() {
    return Answer::bad("With UIDONLY messages are named by UIDs", "UIDREQUIRED");
  }

  // The conversation: session.cpp
  asio::awaitable<void> converse() override;
  [[nodiscard]] bool logged_in() const override { return login_.has_value(); }
  void too_slow() override;
  [[nodiscard]] std::shared_ptr<Session> self() {
    return std::static_pointer_cast<Session>(shared_from_this());
  }
  asio::awaitable<void> handle(Framer::Event event);
  /// The grammar, and beside it what is offered to this program.
  [[nodiscard]] std::expected<wire::imap::Command, wire::imap::SyntaxError> parse(
      const wire::imap::RawCommand& raw) const;
  asio::awaitable<void> perform(const wire::imap::RawCommand& raw);
  void forget_input(wire::imap::RawCommand& command);
  asio::awaitable<Answer> dispatch(wire::imap::Command& command);
  void refuse(const Framer::Refused& refused);
  void count_bad();
  void bye(std::string_view code, std::string_view text);
  asio::awaitable<void> farewell(std::shared_ptr<Session> self);

  // Reading and writing: session_io.cpp
  asio::awaitable<void> read_more();
  asio::awaitable<std::optional<std::string>> read_line();
  asio::awaitable<void> expect_client(Progress progress);
  void tell_progress(Progress progress);
  asio::awaitable<void> tell_news(const wire::imap::Command& command);
  asio::awaitable<void> tell(store::Expunges expunges);
  asio::awaitable<void> tell(store::Changes changes, Telling telling);
  void pass_over(const store::Changes& changes, const Telling& telling);
  asio::awaitable<void> tell_flags_passed_over();
  void tell_vanished(const store::Changes& changes);
  void tell_mod_seq(Answer& answer);
  void tell_keywords();
  void tell_size();
  void append_fetch_start(SeqNum seq, const store::Entry& entry);
  void append_flags(SeqNum seq, const store::Entry& entry);
  void append_mod_seq(SeqNum seq, const store::Entry& entry);
  void untagged(wire::imap::Condition condition, std::string_view code, std::string_view text) {
    wire::imap::append_status(out_, "*", condition, code, text);
  }
  void tagged(std::string_view tag, const Answer& answer) {
    wire::imap::append_status(out_, tag, answer.condition, answer.code, answer.text);
  }
  /// The failure of a store call, as an answer.
  Answer failed(const store::StoreFailure& failure) const {
    return Answer::failed(failure, login_->account);
  }
  [[nodiscard]] std::shared_ptr<store::Account> account() const { return login_->store; }

  // One function for each command; the file is named after the group.
  // authenticate.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Noop& command);
  asio::awaitable<Answer> run(const wire::imap::command::Logout& command);
  asio::awaitable<Answer> run(const wire::imap::command::Unauthenticate& command);
  asio::awaitable<Answer> run(const wire::imap::command::StartTls& command);
  asio::awaitable<Answer> run(const wire::imap::command::Authenticate& command);
  asio::awaitable<Answer> run(const wire::imap::command::Login& command);
  asio::awaitable<Answer> log_in(std::string user, Secret password);
  Answer conclude(std::expected<access::Login, access::Refused> login);
  asio::awaitable<void> switch_to_tls();
  // compress.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Compress& command);
  asio::awaitable<void> switch_to_compression();
  // offering.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Capability& command);
  asio::awaitable<Answer> run(const wire::imap::command::Id& command);
  [[nodiscard]] std::string capabilities() const;
  [[nodiscard]] bool offers(config::Capability capability) const { return offer_.has(capability); }
  void renew_offer();
  void take_profile(const config::ClientProfile* profile);
  void watch_behaviour(const wire::imap::Command& command);
  // enable.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Enable& command);
  void enable(Extension extension);
  [[nodiscard]] std::string highest_mod_seq() const;
  /// RFC 9051: what rev1 has and rev2 has not is left out then.
  [[nodiscard]] bool rev2() const { return enabled_.has(Extension::imap4rev2); }
  [[nodiscard]] wire::imap::Charset charset() const {
    return rev2() || enabled_.has(Extension::utf8) ? wire::imap::Charset::utf8
                                                   : wire::imap::Charset::ascii;
  }
  /// \Recent is not in rev2.
  [[nodiscard]] wire::imap::Recent recent(Uid uid) const {
    return rev2() ? wire::imap::Recent::no : view_->recent(uid);
  }
  // language.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Language& command);
  // resync.cpp
  asio::awaitable<std::optional<Answer>> tell_vanished(wire::imap::command::Known known,
                                                       UidSet wanted);
  asio::awaitable<std::optional<Answer>> resynchronise(wire::imap::command::Known known);
  // select.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Select& command);
  asio::awaitable<Answer> run(const wire::imap::command::Examine& command);
  asio::awaitable<Answer> run(const wire::imap::command::Check& command);
  asio::awaitable<Answer> run(const wire::imap::command::Close& command);
  asio::awaitable<Answer> run(const wire::imap::command::Unselect& command);
  asio::awaitable<Answer> open(wire::imap::command::Opening opening, Access access);
  void describe_view();
  void close_view();
  // mailboxes.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Create& command);
  asio::awaitable<Answer> run(const wire::imap::command::Delete& command);
  asio::awaitable<Answer> run(const wire::imap::command::Rename& command);
  asio::awaitable<Answer> run(const wire::imap::command::Subscribe& command);
  asio::awaitable<Answer> run(const wire::imap::command::Unsubscribe& command);
  // list.cpp
  asio::awaitable<Answer> run(const wire::imap::command::List& command);
  asio::awaitable<Answer> run(const wire::imap::command::XList& command);
  asio::awaitable<Answer> run(const wire::imap::command::Namespace& command);
  asio::awaitable<std::expected<std::shared_ptr<MailboxListing>, Answer>> listing(
      wire::imap::command::List list, config::Capabilities told);
  void append_name(const std::string& name);
  void append_list_line(std::string_view command, const std::string& name,
                        std::string_view attributes, std::string_view behind);
  // lsub.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Lsub& command);
  // status.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Status& command);
  asio::awaitable<std::optional<Answer>> tell_status(
      store::MailboxInfo info, std::vector<wire::imap::command::Status::Item> items);
  // acl.cpp
  asio::awaitable<Answer> run(const wire::imap::command::MyRights& command);
  asio::awaitable<Answer> run(const wire::imap::command::GetAcl& command);
  asio::awaitable<Answer> run(const wire::imap::command::ListRights& command);
  asio::awaitable<Answer> run(const wire::imap::command::SetAcl& command);
  asio::awaitable<Answer> run(const wire::imap::command::DeleteAcl& command);
  [[nodiscard]] std::string_view my_rights(const std::string& mailbox) const;
  void tell_my_rights(const store::MailboxInfo& info);
  // metadata.cpp
  asio::awaitable<Answer> run(const wire::imap::command::GetMetadata& command);
  asio::awaitable<Answer> run(const wire::imap::command::SetMetadata& command);
  /// What could not be told for its size: of the longest value.
  asio::awaitable<std::expected<std::uint64_t, Answer>> tell_metadata(
      wire::imap::command::MetadataQuery query, std::optional<store::MailboxInfo> mailbox);
  void append_metadata_start(const std::string& mailbox);
  // news.cpp
  asio::awaitable<void> tell_account_news();
  void tell_annotation_changes(std::span<const store::ChangedAnnotation> own = {});
  [[nodiscard]] std::optional<std::string> annotated(const store::MailboxTree& tree,
                                                     MailboxId mailbox) const;
  void leave_due();
  asio::awaitable<void> tell_name_changes(std::vector<std::string> own);
  void tell_name_change(const NameChange& change, const store::MailboxTree& tree);
  void note_message_changes();
  asio::awaitable<void> tell_due();
  [[nodiscard]] std::vector<wire::imap::command::Status::Item> status_items(unsigned changed) const;
  // notify.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Notify& command);
  asio::awaitable<void> tell_statuses();
  void stop_watching();
  [[nodiscard]] bool hears_of_view() const;
  [[nodiscard]] bool hears_of_flags() const;
  void hear_news();
  [[nodiscard]] bool has_news();
  asio::awaitable<void> push_once();
  asio::awaitable<void> push_news(std::shared_ptr<Session> self);
  asio::awaitable<void> listen();
  asio::awaitable<void> tell_new_messages(std::uint32_t added);
  asio::awaitable<void> tell_items(std::vector<wire::imap::FetchItem> items,
                                   wire::imap::SequenceSet::Ranges runs);
  // quota.cpp
  asio::awaitable<Answer> run(const wire::imap::command::GetQuota& command);
  asio::awaitable<Answer> run(const wire::imap::command::GetQuotaRoot& command);
  // append.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Append& command);
  asio::awaitable<Answer> run(const wire::imap::command::Replace& command);
  asio::awaitable<void> append(Framer::Stream offer);
  [[nodiscard]] Appending begin_append(const wire::imap::command::Append& append) const;
  [[nodiscard]] Appending begin_replace(const wire::imap::command::Replace& replace) const;
  asio::awaitable<Answer> end_append(Appending appending);
  [[nodiscard]] std::optional<Answer> too_large(const Appending& appending,
                                                std::uint64_t octets) const;
  [[nodiscard]] std::optional<Answer> refusal_of(const Appending& appending,
                                                 const Framer::Stream& offer) const;
  asio::awaitable<std::optional<Framer::Stream>> what_follows(Appending& appending);
  asio::awaitable<void> take_more(Appending& appending, const wire::imap::RawCommand& command);
  asio::awaitable<void> take_stream(Appending& appending);
  asio::awaitable<void> take_part(Appending& appending);
  asio::awaitable<std::shared_ptr<const std::string>> feed(
      Appending& appending, std::shared_ptr<store::IncomingBody> body);
  asio::awaitable<void> make_ready(Appending& appending);
  asio::awaitable<void> settle(Appending& appending, std::size_t most);
  asio::awaitable<Answer> store_messages(Appending& appending);
  asio::awaitable<std::string> next_block(std::string block);
  // catenate.cpp
  asio::awaitable<void> take_piece(Appending& appending,
                                   const wire::imap::command::AppendPiece& piece);
  void begin_another(Appending& appending, const wire::imap::command::NewMessage& next);
  bool begin_part(Appending& appending);
  asio::awaitable<void> take_url(Appending& appending, std::string text);
  asio::awaitable<store::SnapshotPtr> mailbox_of(const wire::imap::MessageUrl& url);
  asio::awaitable<void> copy_part(Appending& appending, std::shared_ptr<const MessagePart> part);
  // idle.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Idle& command);
  asio::awaitable<void> push(std::shared_ptr<Session> self);
  asio::awaitable<void> push_until_over();
  // expunge.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Expunge& command);
  asio::awaitable<Answer> expunge(UidSet uids);
  // search.cpp
  asio::awaitable<std::expected<Found, Answer>> find(wire::imap::SearchKey key, SearchPlace place);
  /// The selected mailbox as the session shows it.
  [[nodiscard]] SearchPlace here() const {
    return {view_->snapshot_ptr(), view_->recents(), view_->saved()};
  }
  // search_command.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Search& command);
  asio::awaitable<std::expected<Found, Answer>> find(const wire::imap::command::Searching& command);
  asio::awaitable<std::expected<Found, Answer>> weigh(
      const wire::imap::command::Searching& command,
      std::span<const wire::imap::SortCriterion> order, Found found);
  std::optional<Answer> unsearchable(const wire::imap::command::Searching& command);
  asio::awaitable<std::expected<wire::imap::SearchKey, Answer>> resolve(
      const wire::imap::SearchKey& key, const SearchPlace& place);
  asio::awaitable<std::optional<Answer>> tell_found(const wire::imap::command::Searching& command,
                                                    Found found, std::string_view name,
                                                    std::string source = {});
  asio::awaitable<Answer> answer(const wire::imap::command::Searching& command, Found found,
                                 std::string_view name,
                                 std::vector<wire::imap::SortCriterion> order = {});
  Answer refused(const wire::imap::command::Searching& command, Answer answer);
  asio::awaitable<void> send(std::string lines);
  // multi_search.cpp
  asio::awaitable<Answer> run(const wire::imap::command::MultiSearch& command);
  [[nodiscard]] std::optional<Answer> multi_search_mistake(
      const wire::imap::command::MultiSearch& command) const;
  asio::awaitable<std::expected<SearchPlace, Answer>> place_of(MailboxId id);
  // filters.cpp
  asio::awaitable<std::optional<Answer>> expand_filters(wire::imap::Command& command);
  // sort.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Sort& command);
  asio::awaitable<std::expected<Found, Answer>> sort(Found found,
                                                     std::vector<wire::imap::SortCriterion> order);
  asio::awaitable<std::optional<Answer>> load_keys(std::shared_ptr<const Found> found,
                                                   store::KeyCache::Wanted wanted);
  // thread.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Thread& command);
  // update_contexts.cpp
  void refuse_updates(const std::string& tag, std::string_view why);
  void end_numbered_contexts();
  [[nodiscard]] bool updates(std::string_view tag) const;
  void keep_up_to_date(const wire::imap::command::Searching& command,
                       std::vector<wire::imap::SortCriterion> order, const Found& found);
  void note_changes(const store::Changes& changes);
  asio::awaitable<void> update_contexts();
  asio::awaitable<bool> update(UpdateContext& context, const UidSet& changed);
  asio::awaitable<void> tell_new_results(UpdateContext& context, const store::Snapshot& view,
                                         const std::vector<Uid>& added);
  asio::awaitable<Answer> run(const wire::imap::command::CancelUpdate& command);
  // uid_batches.cpp
  asio::awaitable<Answer> run(const wire::imap::command::UidBatches& command);
  // fetch.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Fetch& command);
  asio::awaitable<std::optional<Answer>> only_changed(const wire::imap::command::Fetch& command,
                                                      MailboxView::Chosen& chosen, FetchPlan& plan);
  asio::awaitable<Answer> set_seen(const MailboxView::Chosen& chosen, FetchPlan& plan);
  asio::awaitable<Answer> tell_messages(FetchPlan plan);
  asio::awaitable<Answer> tell_from_store(FetchPlan plan);
  // store_flags.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Store& command);
  asio::awaitable<std::expected<store::FlagsStored, Answer>> store_flags(
      const wire::imap::command::Store& command, UidSet uids);
  void tell_stored(SeqNum seq, const store::Entry& entry,
                   wire::imap::command::Store::Answer answer);
  // copy.cpp
  using Transfer = store::Result<store::Copied> (store::Transaction::*)(MailboxId, const UidSet&,
                                                                        MailboxId);
  asio::awaitable<std::expected<store::Copied, Answer>> transfer(wire::imap::SequenceSet set,
                                                                 Numbers numbers,
                                                                 wire::imap::MailboxName name,
                                                                 Transfer how);
  asio::awaitable<Answer> run(const wire::imap::command::Copy& command);
  asio::awaitable<Answer> run(const wire::imap::command::Move& command);

  Surroundings& surroundings_;
  Framer framer_{wire::imap::FramerLimits::before_login()};
  State state_ = State::not_authenticated;
  std::optional<access::Login> login_;
  std::optional<MailboxView> view_;
  Extensions enabled_;
  config::Capabilities offer_;
  std::string program_;
  std::string profile_;  ///< of the program; empty: none is known
  config::Switches profile_switches_;
  std::string_view why_ended_ = "The server is stopping";
  std::string tag_;                        ///< of the command under way
  SteadyTime progress_told_{};             ///< or its begin
  std::shared_ptr<store::KeyCache> keys_;  ///< once the view was sorted
  std::vector<UpdateContext> contexts_;    ///< of the view
  std::vector<UidSet::Range> changed_;     ///< what they have not looked at yet
  /// As far as the program was told what changed; once it wants to hear of that.
  std::shared_ptr<const store::AnnotationPicture> annotations_;
  unsigned bad_ = 0;
  bool tls_next_ = false;          ///< STARTTLS was answered with OK
  bool compression_next_ = false;  ///< COMPRESS was
  UidSet passed_over_;             ///< in the view with flags that were not told
  ModSeq told_before_;             ///< while there are any: all up to here was told
  bool told_vanished_ = false;
  bool asked_whether_there_ = false;
  bool news_overlooked_ = false;  ///< the program may not have noticed that messages came
  bool listening_ = false;        ///< for a command, and none is under way
  std::unique_ptr<Idling> idling_;
  std::unique_ptr<Watch> watch_;        ///< once NOTIFY was said
  std::vector<std::string> own_names_;  ///< of mailboxes that the command under way changed
};

}  // namespace postern::imap
