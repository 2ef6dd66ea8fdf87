#include "sync/store/indexer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <future>
#include <utility>
#include <vector>

#include "sync/base/log.h"
#include "sync/store/body_table.h"
#include "sync/store/database.h"
#include "sync/store/search_entry.h"
#include "sync/wire/mime/searched_texts.h"

namespace postern::store {

namespace {

using namespace std::chrono_literals;

// What one transaction gets at most.
constexpr std::size_t batch_terms_octets = 2UL * 1024 * 1024;
constexpr std::size_t batch_messages = 500;
/// How long others who write keep it from its work.
constexpr auto longest_rest = 5s;
constexpr auto again_after_failure = 30s;
/// So many dead are not worth an index made anew, even if all are.
constexpr std::int64_t few_dead = 2000;
constexpr int low_priority = 10;

}  // namespace

/// The index and the bodies as this thread reads them.
class Indexer::Source {
 public:
  explicit Source(const std::filesystem::path& file)
      : database_(file),
        bodies_(database_),
        index_(database_),
        select_next_(database_, "SELECT id FROM body WHERE id > ? ORDER BY id LIMIT 1"),
        count_(database_, "SELECT count(*) FROM body INDEXED BY body_by_hash") {
    database_.configure(Database::Access::read);
  }

  [[nodiscard]] std::vector<SearchIndex> indexes() { return index_.indexes(); }
  [[nodiscard]] std::optional<BodyId> after(BodyId body) {
    auto row = select_next_(body);
    if (!row.step()) return std::nullopt;
    return row.id<BodyId>(0);
  }
  [[nodiscard]] std::int64_t count() {
    auto row = count_();
    row.step();
    return row.integer(0);
  }
  [[nodiscard]] SearchEntry entry(BodyId body, const std::stop_token& stop) {
    SearchEntry made = maker_.make(bodies_, body, stop);
    bodies_.release();
    return made;
  }

 private:
  Database database_;
  BodyReader bodies_;
  SearchReader index_;
  SearchEntryMaker maker_;
  Statement select_next_;
  Statement count_;
};

Indexer::Indexer(std::filesystem::path file, Writer& writer,
                 std::chrono::steady_clock::duration quiet)
    : file_(std::move(file)),
      writer_(writer),
      quiet_(quiet),
      subscription_(writer.subscribe([this] {
        const std::scoped_lock lock(mutex_);
        changed_ = true;
        last_commit_ = std::chrono::steady_clock::now();
        wake_.notify_one();
      })),
      thread_([this] { run(); }) {}

Indexer::~Indexer() {
  close();
}

void Indexer::close() {
  {
    const std::scoped_lock lock(mutex_);
    stop_.request_stop();
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Indexer::run() {
  // Of this thread alone, as Linux has it.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), low_priority);
  while (wait_for_work()) {
    try {
      while (!stopped() && step() == Left::something) wait_for_quiet();
    } catch (const std::exception& failure) {
      log::warning("store", "the search index of {} waits: {}", file_.string(), failure.what());
      rest_after_failure();
    }
    source_.reset();
  }
}

bool Indexer::wait_for_work() {
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopped() || changed_; });
    changed_ = false;
  }
  wait_for_quiet();
  return !stopped();
}

void Indexer::wait_for_quiet() {
  const SteadyTime latest = std::chrono::steady_clock::now() + longest_rest;
  std::unique_lock lock(mutex_);
  while (!stopped()) {
    const SteadyTime until = std::min(latest, last_commit_ + quiet_);
    if (std::chrono::steady_clock::now() >= until) return;
    wake_.wait_until(lock, until);
  }
}

void Indexer::rest_after_failure() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, again_after_failure, [this] { return stopped(); });
  changed_ = true;
}

void Indexer::write(Writer::Background work) {
  std::promise<std::optional<StoreFailure>> ended;
  auto end = ended.get_future();
  writer_.submit_background(std::move(work), [&ended](const StoreFailure* failure) {
    ended.set_value(failure == nullptr ? std::nullopt : std::optional(*failure));
  });
  if (const auto failure = end.get()) throw StoreFailure(*failure);
}

Indexer::Left Indexer::tidy(std::size_t indexes) {
  bool more = false;
  if (indexes > 1) {
    write([](Tables& tables, const Writer::Waiting&) { tables.search.end_older(); });
    return Left::something;
  }
  write([&more](Tables& tables, const Writer::Waiting&) { more = tables.search.merge(); });
  return more ? Left::something : Left::nothing;
}

Indexer::Left Indexer::step() {
  if (!source_) source_ = std::make_unique<Source>(file_);
  const auto indexes = source_->indexes();
  const SearchIndex* newest = indexes.empty() ? nullptr : &indexes.back();
  const bool useless = newest == nullptr ||
                       newest->version != wire::mime::searched_texts_version() ||
                       (newest->dead > few_dead && newest->dead > few_dead + source_->count());
  BodyId at = useless ? BodyId(0) : newest->indexed;
  std::optional<BodyId> next = source_->after(at);
  if (useless) {
    if (!next) return Left::nothing;
    write([](Tables& tables, const Writer::Waiting&) { tables.search.begin_anew(); });
    return Left::something;
  }
  std::vector<SearchEntry> entries;
  for (std::size_t octets = 0;
       next && octets < batch_terms_octets && entries.size() < batch_messages && !stopped();
       next = source_->after(*next)) {
    entries.push_back(source_->entry(*next, stop_.get_token()));
    const SearchEntry& made = entries.back();
    octets += made.terms.size() + (made.texts ? made.texts->size() : 0);
  }
  if (stopped()) return Left::nothing;
  if (entries.empty()) return tidy(indexes.size());
  write([&, generation = newest->generation](Tables& tables, const Writer::Waiting& waiting) {
    tables.search.add(generation, at, entries, waiting);
  });
  return Left::something;
}

}  // namespace postern::store
