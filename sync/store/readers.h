#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sync/store/failure.h"
#include "sync/store/reader.h"

namespace postern::store {

/// A few threads that read, each on a connection of its own, and compute. Reads are taken in order,
/// and so are computations; threads alternate between the two kinds, so neither waits for all of
/// the other.
///
/// Public functions: any thread.
class Readers {
 public:
  using Read = std::move_only_function<void(Reader&)>;
  using Compute = std::move_only_function<void()>;
  using Finish = std::move_only_function<void(const StoreFailure*)>;

  Readers(std::filesystem::path file, unsigned count);
  ~Readers();

  void submit(Read work, Finish finish);
  void submit(Compute work, Finish finish);
  /// Finishes what was submitted and ends the threads.
  void close();

 private:
  struct Job {
    Read read;  ///< one of the two is set
    Compute compute;
    Finish finish;
  };
  class Connection;

  void submit(Job job);
  void run();
  static void work(Job& job, std::unique_ptr<Connection>& connection,
                   const std::filesystem::path& file);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> reads_;         ///< under mutex_
  std::deque<Job> computations_;  ///< under mutex_
  bool computed_last_ = false;    ///< under mutex_
  bool closing_ = false;          ///< under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace postern::store
