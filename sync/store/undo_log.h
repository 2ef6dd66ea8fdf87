#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace postern::store {

/// How to take back what a transaction changed in memory, step by step, as a rollback takes back
/// what it changed in the database. Writer's thread.
class UndoLog {
 public:
  void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
  [[nodiscard]] std::size_t mark() const { return steps_.size(); }
  /// Takes back everything since `mark`, newest first.
  void roll_back(std::size_t mark) {
    while (steps_.size() > mark) {
      steps_.back()();
      steps_.pop_back();
    }
  }
  void forget() { steps_.clear(); }

 private:
  std::vector<std::function<void()>> steps_;
};

}  // namespace postern::store
