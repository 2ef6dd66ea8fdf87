#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "proxy/access/directory.h"
#include "proxy/imap/answer.h"
#include "proxy/imap/limits.h"
#include "proxy/imap/mailbox_view.h"
#include "proxy/imap/rules.h"
#include "proxy/imap/signal.h"
#include "proxy/imap/store_access.h"
#include "sync/base/clock.h"
#include "sync/net/stream.h"
#include "sync/net/task_group.h"
#include "sync/wire/imap/command.h"
#include "sync/wire/imap/framer.h"

namespace postern::net {
class TlsServer;
}

namespace postern::imap {

class FetchProducer;
struct FetchPlan;

/// What `postern status` tells of a session.
struct SessionFacts {
  std::string peer;     ///< "192.0.2.1:4711"
  std::string account;  ///< empty before login
  std::string mailbox;  ///< empty if none is selected
  WallTime since;
  std::string program;  ///< name and version from ID, as the program says
  bool secure = false;
};

/// What sessions share. Outlives them.
struct Surroundings {
  access::Directory& directory;
  const net::TlsServer* tls = nullptr;  ///< without: no STARTTLS
  net::TaskGroup& tasks;
  Limits limits;
};

/// One connection of a mail program (RFC 3501): a coroutine that reads a command, does it, and
/// tells what changed meanwhile before the tagged line. Answers wait in `out_` until there is
/// nothing left to read, or until there are many.
///
/// What is told when: a change made here is answered after its commit; changes of others are taken
/// over between commands and in IDLE, EXPUNGE only where `rules.h` allows it. Network thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  enum class Start : std::uint8_t { plaintext, tls };

  Session(asio::any_io_executor executor, net::Stream stream, Surroundings& surroundings,
          Start start);
  Session(const Session&) = delete;
  ~Session();

  /// The whole conversation; ends with the connection.
  asio::awaitable<void> run();
  /// Says BYE at the next command boundary, which is now if no command is under way.
  void ask_to_stop();
  [[nodiscard]] SessionFacts facts() const;

 private:
  using Framer = wire::imap::Framer;
  using Numbers = wire::imap::Numbers;
  struct Idling;
  /// Whether a change of flags that is in the new view is to be told.
  using Telling = std::function<bool(SeqNum, const store::Entry&)>;

  // The conversation: session.cpp
  asio::awaitable<void> converse();
  asio::awaitable<void> handle(Framer::Event event);
  asio::awaitable<void> perform(wire::imap::RawCommand raw);
  asio::awaitable<Answer> dispatch(const wire::imap::Command& command);
  asio::awaitable<void> close_politely();
  void refuse(const Framer::Refused& refused);
  void count_bad();
  void bye(std::string_view code, std::string_view text);
  asio::awaitable<void> farewell(std::shared_ptr<Session> self);

  // Reading and writing: session_io.cpp
  asio::awaitable<void> read_more();
  asio::awaitable<std::optional<std::string>> read_line();
  asio::awaitable<void> flush();
  asio::awaitable<void> flush_if_large();
  asio::awaitable<void> tell(store::Expunges expunges);
  asio::awaitable<void> tell(store::Changes changes, Telling telling);
  void tell_keywords();
  void append_flags(SeqNum seq, const store::Entry& entry);
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
  asio::awaitable<Answer> run(const wire::imap::command::Capability& command);
  asio::awaitable<Answer> run(const wire::imap::command::Noop& command);
  asio::awaitable<Answer> run(const wire::imap::command::Logout& command);
  asio::awaitable<Answer> run(const wire::imap::command::Id& command);
  asio::awaitable<Answer> run(const wire::imap::command::StartTls& command);
  asio::awaitable<Answer> run(const wire::imap::command::Authenticate& command);
  asio::awaitable<Answer> run(const wire::imap::command::Login& command);
  asio::awaitable<Answer> run(const wire::imap::command::Enable& command);
  asio::awaitable<Answer> log_in(std::string user, Secret password);
  asio::awaitable<void> switch_to_tls();
  [[nodiscard]] std::string capabilities() const;
  [[nodiscard]] access::Peer peer() const;
  // select.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Select& command);
  asio::awaitable<Answer> run(const wire::imap::command::Examine& command);
  asio::awaitable<Answer> run(const wire::imap::command::Check& command);
  asio::awaitable<Answer> run(const wire::imap::command::Close& command);
  asio::awaitable<Answer> run(const wire::imap::command::Unselect& command);
  asio::awaitable<Answer> open(wire::imap::MailboxName name, Access access);
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
  asio::awaitable<Answer> run(const wire::imap::command::Lsub& command);
  asio::awaitable<Answer> run(const wire::imap::command::Namespace& command);
  // status.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Status& command);
  // append.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Append& command);
  asio::awaitable<void> append(Framer::Stream offer);
  asio::awaitable<Answer> receive(const wire::imap::command::Append& command, MailboxId mailbox);
  asio::awaitable<void> refuse_append(Framer::Stream offer, std::string tag, Answer answer);
  asio::awaitable<std::string> rest_of_line();
  asio::awaitable<std::string> next_block(std::string block);
  // idle.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Idle& command);
  asio::awaitable<void> push(std::shared_ptr<Session> self);
  asio::awaitable<void> push_until_over();
  // expunge.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Expunge& command);
  asio::awaitable<Answer> expunge(UidSet uids);
  // search.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Search& command);
  // fetch.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Fetch& command);
  asio::awaitable<Answer> set_seen(const MailboxView::Chosen& chosen, FetchPlan& plan);
  asio::awaitable<Answer> answer_from_view(std::shared_ptr<FetchProducer> producer);
  asio::awaitable<Answer> answer_from_store(std::shared_ptr<FetchProducer> producer);
  // store_flags.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Store& command);
  // copy.cpp
  asio::awaitable<Answer> run(const wire::imap::command::Copy& command);
  asio::awaitable<Answer> run(const wire::imap::command::Move& command);

  asio::any_io_executor executor_;
  net::Stream stream_;
  Surroundings& surroundings_;
  Start start_;
  WallTime since_ = wall_now();
  Framer framer_{wire::imap::FramerLimits::before_login()};
  State state_ = State::not_authenticated;
  std::optional<access::Login> login_;
  std::optional<MailboxView> view_;
  std::string program_;
  std::string out_;
  std::array<char, 16 * 1024> input_{};
  std::chrono::steady_clock::time_point last_command_ = std::chrono::steady_clock::now();
  unsigned bad_ = 0;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool unspeakable_ = false;  ///< half an answer or a handshake is under way: no BYE may follow
  bool waiting_ = false;      ///< for the client's next octets, nothing to be written
  bool stopping_ = false;     ///< asked to
  bool tls_next_ = false;     ///< STARTTLS was answered with OK
  std::unique_ptr<Idling> idling_;
};

}  // namespace postern::imap
