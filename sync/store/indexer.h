#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "sync/base/clock.h"
#include "sync/store/failure.h"
#include "sync/store/observers.h"
#include "sync/store/search_table.h"
#include "sync/store/writer.h"

namespace postern::store {

/// Fills the search index of an account behind what arrives: a thread of low priority reads,
/// decodes and folds, and hands the writer what it made of a few messages when nothing else waits
/// there.
///
/// - What is in the index and how far it reaches are one transaction: after a crash it goes on
/// where
///   it stood.
/// - It rests while others write, but not for long, so that it gets on beside a first sync.
/// - An index that another release made, or of which most is dead, is made anew. In the latter case
///   the old one answers until the new one has caught up.
///
/// Public functions: any thread.
class Indexer {
 public:
  /// `quiet`: how long nothing was written when it sets to work. `writer` outlives it.
  Indexer(std::filesystem::path file, Writer& writer, std::chrono::steady_clock::duration quiet);
  ~Indexer();
  void close();

 private:
  class Source;
  struct Batch;
  enum class Left { something, nothing };

  void run();
  /// False: it is to end.
  bool wait_for_work();
  void wait_for_quiet();
  void rest_after_failure();
  Left step();
  Left tidy(std::size_t indexes);
  /// Runs `work` on the writer's thread and waits for its end. Throws StoreFailure.
  void write(Writer::Background work);
  [[nodiscard]] bool stopped() const { return stop_.stop_requested(); }

  const std::filesystem::path file_;
  Writer& writer_;
  const std::chrono::steady_clock::duration quiet_;
  std::stop_source stop_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool changed_ = true;       ///< under mutex_
  SteadyTime last_commit_{};  ///< under mutex_

  std::unique_ptr<Source> source_;
  Subscription subscription_;
  std::thread thread_;
};

}  // namespace postern::store
