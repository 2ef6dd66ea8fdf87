#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/core.h>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include "proxy/daemon/archive/archive.h"
#include "proxy/daemon/archive/import_folder.h"
#include "proxy/daemon/archive/import_intake.h"
#include "proxy/daemon/archive/input_file.h"
#include "proxy/daemon/archive/message_source.h"
#include "proxy/daemon/at_rest.h"
#include "proxy/daemon/control_client.h"
#include "proxy/daemon/line_channel.h"
#include "proxy/daemon/meter.h"
#include "proxy/daemon/run_loop.h"
#include "proxy/daemon/serve.h"
#include "proxy/daemon/state_folder.h"
#include "sync/base/log.h"
#include "sync/net/local.h"
#include "sync/net/task_group.h"

namespace postern::daemon::archive {

namespace {

using engine::Importer;
using nlohmann::json;
using store::SpecialUse;

/// Longer than a commit takes on a slow disk that others use too.
constexpr std::chrono::minutes patience{5};
/// What one transaction takes: mail programs wait no longer than for it.
constexpr std::uint64_t batch_messages = 200;
constexpr std::uint64_t batch_octets = 8UL * 1024 * 1024;
/// Sizes are 32 bits in IMAP.
constexpr std::uint64_t largest = 0xffffffffUL;

/// The end of an import that cannot go on; what a person is told.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

const char* word_of(SpecialUse use) {
  switch (use) {
    case SpecialUse::archive: return "archive";
    case SpecialUse::drafts: return "drafts";
    case SpecialUse::junk: return "junk";
    case SpecialUse::sent: return "sent";
    case SpecialUse::trash: return "trash";
    case SpecialUse::none: break;
  }
  return "";
}

std::string curtailed_text(const Importer::Tally& tally) {
  constexpr std::size_t shown_limit = 20;
  std::string names;
  std::size_t shown = 0;
  for (const std::string& name : tally.left_out) {
    if (shown++ == shown_limit) break;
    names += (names.empty() ? "" : ", ") + log::quoted(name);
  }
  if (tally.left_out.size() > shown_limit)
    names += fmt::format(" and {} more", tally.left_out.size() - shown_limit);
  return fmt::format("{} came without keywords that their mailbox has no room for: {}",
                     counted(tally.curtailed, "message"), names);
}

struct HashOfHash {
  std::size_t operator()(const store::BodyHash& hash) const noexcept {
    std::size_t out = 0;
    static_assert(sizeof out <= sizeof hash);
    __builtin_memcpy(&out, hash.data(), sizeof out);
    return out;
  }
};

/// The side of an import that reads (import_intake.h): one conversation.
class Sending {
 public:
  Sending(std::vector<ImportFolder> folders, Meter& meter)
      : folders_(std::move(folders)), meter_(meter) {
    for (const ImportFolder& folder : folders_) progress_.octets_total += folder.octets;
  }

  /// `channel` is one that the question was sent on.
  asio::awaitable<void> run(LineChannel channel) {
    channel_.emplace(std::move(channel));
    // The other side ends with this one, and the loop with its last stream.
    struct AtEnd {
      std::optional<LineChannel>& channel;
      ~AtEnd() { channel.reset(); }
    } at_end{channel_};
    (void)co_await hear();
    for (const ImportFolder& folder : folders_) co_await send(folder);
    co_await commit();
    while (waiting_ != 0) co_await take_answer();
  }

  [[nodiscard]] const Importer::Tally& tally() const { return tally_; }
  [[nodiscard]] const MessageSource::Skipped& skipped() const { return skipped_; }
  /// What may be mail and was not taken, a line for each.
  [[nodiscard]] const std::vector<std::string>& unread() const { return unread_; }
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }
  /// What may have changed under its reading, a line for each.
  [[nodiscard]] const std::vector<std::string>& incomplete() const { return incomplete_; }

 private:
  asio::awaitable<json> hear() {
    const auto line = co_await channel_->receive(patience);
    if (!line) throw Stopped("the daemon ended; run the same command again, it goes on from there");
    if (line->contains("error")) throw Stopped(line->value("error", ""));
    co_return *line;
  }

  /// Where the other side ended the conversation its last words say why.
  asio::awaitable<void> say(asio::awaitable<void> sent) {
    bool lost = false;
    try {
      co_await std::move(sent);
    } catch (const net::Error& error) {
      if (error.kind() == net::ErrorKind::cancelled) throw;
      lost = true;
    }
    if (!lost) co_return;
    for (;;) (void)co_await hear();  // throws at the latest behind the last one
  }

  asio::awaitable<void> send(const ImportFolder& folder) {
    const json mailbox = {{"mailbox", folder.mailbox}, {"use", word_of(folder.use)}};
    co_await say(channel_->send(mailbox));
    std::unique_ptr<MessageSource> source;
    try {
      source = open_folder(folder, Importer::small_octets);
    } catch (const FileTrouble& trouble) {
      unread_.emplace_back(trouble.what());
      co_return;
    }
    std::unordered_map<store::BodyHash, std::uint32_t, HashOfHash> seen;
    const std::uint64_t before = progress_.octets_done;
    while (const FoundMessage* message = source->next()) {
      if (message->octets > largest) {
        unread_.push_back(fmt::format("{}: a message of {} is larger than IMAP can tell, and stays",
                                      folder.path.string(), octets_text(message->octets)));
        continue;
      }
      const Importer::Item item{
          .mailbox = folder.mailbox,
          .key = {.identity = message->identity, .occurrence = ++seen[message->identity]},
          .content = message->content,
          .flags = {.system = message->marks.flags, .keywords = message->marks.keywords},
          .date = message->date};
      const json head = to_json(item, message->octets);
      co_await say(channel_->send(head));
      co_await send_text(*message, *source);
      progress_.octets_done = before + source->offset();
      ++progress_.messages_done;
      meter_.show(progress_);
      if (++unsaved_ >= batch_messages || unsaved_octets_ >= batch_octets) co_await commit();
    }
    progress_.octets_done = before + folder.octets;
    skipped_.expunged += source->skipped().expunged;
    skipped_.pseudo += source->skipped().pseudo;
    skipped_.empty += source->skipped().empty;
    unread_.insert(unread_.end(), source->unread().begin(), source->unread().end());
    if (std::string remark = source->remark(); !remark.empty())
      remarks_.push_back(std::move(remark));
    if (std::string why = source->incomplete(); !why.empty()) incomplete_.push_back(std::move(why));
  }

  asio::awaitable<void> send_text(const FoundMessage& message, MessageSource& source) {
    unsaved_octets_ += message.octets;
    if (!message.text.empty()) {
      co_await say(channel_->send_octets(message.text));
      co_return;
    }
    std::string piece;
    std::uint64_t left = message.octets;
    while (left != 0 && source.read(piece)) {
      piece.resize(std::min<std::uint64_t>(piece.size(), left));
      left -= piece.size();
      co_await say(channel_->send_octets(piece));
      piece.clear();
    }
    if (left != 0) throw Stopped("a file became shorter while it was read; import it once more");
  }

  /// The next batch is sent while this one is stored.
  asio::awaitable<void> commit() {
    const json line = {{"commit", true}};
    co_await say(channel_->send(line));
    unsaved_ = unsaved_octets_ = 0;
    ++waiting_;
    while (waiting_ > 1) co_await take_answer();
  }

  asio::awaitable<void> take_answer() {
    const json answer = co_await hear();
    --waiting_;
    tally_.added += answer.value("added", std::uint64_t{0});
    tally_.known += answer.value("known", std::uint64_t{0});
    tally_.present += answer.value("present", std::uint64_t{0});
    tally_.curtailed += answer.value("curtailed", std::uint64_t{0});
    tally_.left_out.merge(answer.value("left_out", std::set<std::string>()));
  }

  std::optional<LineChannel> channel_;  ///< until the end of it
  const std::vector<ImportFolder> folders_;
  Meter& meter_;
  store::Progress progress_;
  std::uint64_t unsaved_ = 0;
  std::uint64_t unsaved_octets_ = 0;
  int waiting_ = 0;  ///< answers
  Importer::Tally tally_;
  MessageSource::Skipped skipped_;
  std::vector<std::string> unread_;
  std::vector<std::string> remarks_;
  std::vector<std::string> incomplete_;
};

/// A conversation with the daemon; nullopt if there is none.
asio::awaitable<std::optional<LineChannel>> dial(std::filesystem::path state) {
  try {
    net::Stream stream = co_await net::dial_local(control_socket(state));
    co_return LineChannel(std::move(stream));
  } catch (const net::Error&) {
    co_return std::nullopt;
  }
}

/// Both sides in this process, which holds the lock meanwhile.
asio::awaitable<void> take_here(LineChannel channel, std::shared_ptr<AccountService> account,
                                Importer::Mode mode) {
  co_await account->start_at_rest({});
  if (!account->store()) {
    const json refusal = {{"error", account->problem()->text()}};
    co_await channel.send(refusal);
    co_return;
  }
  co_await take_import(channel, account->store(), mode);
}

class Import {
 public:
  Import(config::Config config, const ImportOptions& options)
      : config_(std::move(config)), options_(options) {}

  int run() {
    const auto accounts = chosen_accounts(config_, options_.account);
    if (!accounts) return told(accounts.error());
    auto found = find_folders(options_.choice);
    if (!found) return told(found.error());
    for (const ImportFolder& folder : found->folders)
      fmt::print("{} -> {}\n", folder.path.string(), folder.mailbox);
    std::fflush(stdout);
    not_taken_ = std::move(found->passed_over);
    try {
      send(std::move(found->folders));
    } catch (const Stopped& stopped) {
      return told({stopped.what(), ""});
    } catch (const FileTrouble& trouble) {
      return told({trouble.what(),
                   "run the same command again when it can be read: what came is "
                   "kept, and comes only once"});
    } catch (const net::Error& error) {
      return told({std::string("the daemon is lost: ") + error.what(),
                   "run the same command again, it goes on from there"});
    }
    return whole_ && not_taken_.empty() ? exit_ok : exit_failed;
  }

 private:
  static int told(const Problem& problem) {
    explain(problem);
    return exit_failed;
  }

  [[nodiscard]] Importer::Mode mode() const {
    return options_.dry_run ? Importer::Mode::look : Importer::Mode::keep;
  }

  void send(std::vector<ImportFolder> folders) {
    asio::io_context io(1);
    std::optional<AtRest> at_rest;
    net::TaskGroup taking(io.get_executor(), "import");
    std::optional<Meter> meter(std::in_place, "import into " + options_.account);
    Sending sending(std::move(folders), *meter);
    std::exception_ptr failure;
    try {
      run_to_end(io, converse(at_rest, taking, sending));
    } catch (...) {
      failure = std::current_exception();
    }
    meter.reset();
    report(sending);
    if (failure) std::rethrow_exception(failure);
  }

  asio::awaitable<void> converse(std::optional<AtRest>& at_rest, net::TaskGroup& taking,
                                 Sending& sending) {
    const auto executor = co_await asio::this_coro::executor;
    std::optional<LineChannel> channel = co_await dial(config_.state);
    if (channel) {
      const json question = {
          {"ask", "import"}, {"account", options_.account}, {"look", options_.dry_run}};
      co_await channel->send(question);
    } else {
      std::erase_if(config_.accounts,
                    [this](const auto& account) { return account.name != options_.account; });
      auto opened = AtRest::open(executor, config_);
      if (!opened) throw Stopped(opened.error().text());
      at_rest.emplace(std::move(*opened));
      auto [here, there] = net::local_pair(executor);
      channel.emplace(std::move(here));
      taking.spawn("import",
                   take_here(LineChannel(std::move(there)), at_rest->accounts().front(), mode()));
    }
    co_await sending.run(std::move(*channel));
  }

  void report(const Sending& sending) {
    const Importer::Tally& tally = sending.tally();
    fmt::print("{}: {} {}, {} already here ({} from an import before, {} from elsewhere)\n",
               options_.account, counted(tally.added, "message"),
               options_.dry_run ? "would be added" : "added", tally.known + tally.present,
               tally.known, tally.present);
    const MessageSource::Skipped& skipped = sending.skipped();
    if (skipped.expunged != 0)
      fmt::print("{} not taken: deleted there, and not yet taken away by a compaction\n",
                 counted(skipped.expunged, "message"));
    if (skipped.pseudo != 0)
      fmt::print("{} not taken: in which a mail server keeps what it knows of the file\n",
                 counted(skipped.pseudo, "message"));
    if (skipped.empty != 0)
      fmt::print("{} not taken: nothing is in them\n", counted(skipped.empty, "message"));
    if (tally.curtailed != 0) fmt::print("{}\n", curtailed_text(tally));
    for (const std::string& remark : sending.remarks()) fmt::print("{}\n", remark);
    std::fflush(stdout);
    not_taken_.insert(not_taken_.end(), sending.unread().begin(), sending.unread().end());
    for (const std::string& line : not_taken_) fmt::print(stderr, "not taken: {}\n", line);
    for (const std::string& line : sending.incomplete())
      fmt::print(stderr, "perhaps incomplete: {}\n", line);
    whole_ = sending.incomplete().empty();
    if (!whole_)
      explain({"not all may have come",
               "close the mail program that uses these files, then run the same command again: "
               "what came is kept, and comes only once"});
  }

  config::Config config_;
  const ImportOptions& options_;
  std::vector<std::string> not_taken_;  ///< what may be mail, a line for each
  bool whole_ = true;                   ///< nothing changed while it was read
};

}  // namespace

int import_command(const std::filesystem::path& config_file, const ImportOptions& options) {
  const auto config = load_or_explain(config_file);
  if (!config) return config.error();
  harden_process();
  log::configure(log::Level::warning, config->log_format);
  be_modest();
  return Import(*config, options).run();
}

}  // namespace postern::daemon::archive
