#include "sync/store/readers.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "sync/store/annotation_table.h"
#include "sync/store/body_rows.h"
#include "sync/store/body_table.h"
#include "sync/store/credential_table.h"
#include "sync/store/database.h"
#include "sync/store/device_table.h"
#include "sync/store/expunged_table.h"
#include "sync/store/import_table.h"
#include "sync/store/login_table.h"
#include "sync/store/origin_table.h"
#include "sync/store/search_table.h"
#include "sync/store/sort_key_table.h"
#include "sync/store/submission_table.h"

namespace postern::store {

/// A connection that only reads, and what is prepared on it.
class Readers::Connection final : public Reader {
 public:
  explicit Connection(const std::filesystem::path& file)
      : database_(file),
        bodies_(database_),
        listed_fields_(database_,
                       "SELECT body, fields FROM listed_fields WHERE body >= ? ORDER BY body"),
        sort_keys_(database_, bodies_),
        origins_(database_),
        credentials_(database_),
        logins_(database_),
        devices_(database_),
        annotations_(database_),
        expunged_(database_),
        imports_(database_),
        submissions_(database_),
        index_(database_),
        places_(database_, "SELECT mailbox, uid FROM message WHERE body = ? ORDER BY mailbox, uid"),
        counts_(database_,
                "SELECT (SELECT count(*) FROM mailbox), count(*), total(octets) FROM message") {
    database_.configure(Database::Access::read);
  }

  [[nodiscard]] bool harmed() const { return database_.harmed(); }

  /// Runs `read` within one transaction: what it sees does not move.
  void run(Read& read) {
    database_.run("BEGIN");
    try {
      read(*this);
    } catch (...) {
      end();
      throw;
    }
    end();
  }

  Ready ready(BodyId body) override { return bodies_.ready(body); }
  void read_body(BodyId body, std::uint64_t offset, std::uint64_t count,
                 std::string& out) override {
    bodies_.read(body, offset, count, out);
  }
  std::uint64_t read_header(BodyId body, std::uint64_t most, std::string& out) override {
    return bodies_.read_header(body, most, out);
  }
  std::optional<std::string_view> listed_fields(BodyId body) override {
    return listed_fields_.of(body);
  }
  BodyId indexed() override { return index_.indexed(); }
  bool candidates(const GramQuery& query, const std::function<void(BodyId)>& visit) override {
    return index_.candidates(query, visit);
  }
  std::optional<std::string_view> folded_fields(BodyId body) override {
    return index_.fields(body);
  }
  std::optional<std::string_view> folded_texts(BodyId body) override { return index_.texts(body); }
  Indexed index_progress() override {
    const SearchReader::Progress progress = index_.progress();
    return {.bodies = progress.indexed, .total = progress.total};
  }
  void sort_keys(std::span<const BodyId> bodies, const VisitKeys& visit) override {
    sort_keys_.read(bodies, visit);
  }
  void sent_dates(std::span<const BodyId> bodies, const VisitSent& visit) override {
    sort_keys_.sent_dates(bodies, visit);
  }
  BodyHash hash_of(BodyId body) override { return bodies_.hash_of(body); }
  std::optional<BodyId> find_body(const BodyHash& hash) override { return bodies_.find(hash); }
  Imported import_of(MailboxId mailbox, const ImportKey& key, const BodyHash& content) override {
    return imports_.judge(mailbox, key, content);
  }
  std::vector<Submission> submissions() override { return submissions_.all(); }
  std::optional<Submission> submission(SubmissionId id) override { return submissions_.find(id); }
  std::vector<std::pair<MailboxId, Uid>> find_by_message_id(
      std::span<const std::string> ids) override {
    std::vector<std::pair<MailboxId, Uid>> found;
    sort_keys_.find(ids, [&](BodyId body) {
      auto row = places_(body);
      while (row.step()) found.emplace_back(row.id<MailboxId>(0), row.id<Uid>(1));
    });
    return found;
  }
  bool knows_import(MailboxId mailbox, const ImportKey& key) override {
    return imports_.knows(mailbox, key);
  }
  std::vector<std::string> source_keys() override { return origins_.keys(); }
  std::vector<Origin> origins(std::string_view source_key) override {
    return origins_.all(source_key);
  }
  std::vector<OriginId> origins_to_delete(std::string_view source_key) override {
    return origins_.to_delete(source_key);
  }
  std::vector<BodyHash> body_hashes(const std::vector<OriginId>& origins) override {
    return origins_.body_hashes(origins);
  }
  std::vector<OriginId> damaged(const std::vector<OriginId>& origins) override {
    std::vector<OriginId> found;
    for (const OriginReader::Held& held : origins_.held(origins))
      if (bodies_.hash(held.body) != held.hash) found.push_back(held.origin);
    return found;
  }
  std::optional<SourceRecord> source_record(std::string_view source_key) override {
    return origins_.record(source_key);
  }
  std::vector<FetchFailure> fetch_failures(std::string_view source_key) override {
    return origins_.failures(source_key);
  }
  std::string credential(std::string_view source_key) override {
    return credentials_.find(source_key);
  }
  std::optional<LoginRecord> login_record(std::string_view source_key) override {
    return logins_.find(source_key);
  }
  std::vector<Device> devices() override { return devices_.all(); }
  UidSet hidden(DeviceId device, MailboxId mailbox) override {
    return devices_.hidden(device, mailbox);
  }
  void annotations(MailboxId mailbox, const AnnotationReader::Visit& visit) override {
    annotations_.each(mailbox, visit);
  }
  std::optional<UidSet> expunged_since(MailboxId mailbox, ModSeq since) override {
    return expunged_.since(mailbox, since);
  }
  Counts counts() override {
    auto row = counts_();
    row.step();
    return {.mailboxes = row.number<std::uint64_t>(0),
            .messages = row.number<std::uint64_t>(1),
            .octets = row.number<std::uint64_t>(2)};
  }

 private:
  void end() {
    bodies_.release();
    listed_fields_.release();
    index_.release();
    imports_.forget_counts();
    if (database_.in_transaction()) database_.run("COMMIT");
  }

  Database database_;
  BodyReader bodies_;
  BodyRows listed_fields_;
  SortKeyReader sort_keys_;
  OriginReader origins_;
  CredentialTable credentials_;
  LoginTable logins_;
  DeviceTable devices_;
  AnnotationReader annotations_;
  ExpungedTable expunged_;
  ImportTable imports_;
  SubmissionReader submissions_;
  SearchReader index_;
  Statement places_;
  Statement counts_;
};

Readers::Readers(std::filesystem::path file, unsigned count) : file_(std::move(file)) {
  for (unsigned i = 0; i < std::max(1U, count); ++i) threads_.emplace_back([this] { run(); });
}

Readers::~Readers() {
  close();
}

void Readers::submit(Read work, Finish finish) {
  submit(Job{std::move(work), nullptr, std::move(finish)});
}

void Readers::submit(Compute work, Finish finish) {
  submit(Job{nullptr, std::move(work), std::move(finish)});
}

void Readers::submit(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_) {
      (job.read ? reads_ : computations_).push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  const StoreFailure closed(FailureKind::closed, "the account is closed");
  job.finish(&closed);
}

void Readers::close() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    wake_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Readers::run() {
  std::unique_ptr<Connection> connection;
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !reads_.empty() || !computations_.empty(); });
      if (reads_.empty() && computations_.empty()) return;
      computed_last_ = reads_.empty() || (!computations_.empty() && !computed_last_);
      std::deque<Job>& queue = computed_last_ ? computations_ : reads_;
      job = std::move(queue.front());
      queue.pop_front();
    }
    work(job, connection, file_);
  }
}

void Readers::work(Job& job, std::unique_ptr<Connection>& connection,
                   const std::filesystem::path& file) {
  std::optional<StoreFailure> failure;
  try {
    if (job.compute) {
      job.compute();
    } else {
      if (!connection) connection = std::make_unique<Connection>(file);
      connection->run(job.read);
    }
  } catch (const StoreFailure& caught) {
    failure = caught;
  } catch (const std::exception& error) {
    failure = StoreFailure(FailureKind::bug, error.what());
  }
  if (failure && connection && connection->harmed()) connection.reset();
  // What the work holds goes before its owner hears of the end.
  job.read = nullptr;
  job.compute = nullptr;
  job.finish(failure ? &*failure : nullptr);
}

}  // namespace postern::store
