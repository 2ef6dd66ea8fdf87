#pragma once

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sync/store/account.h"

namespace postern::store {

/// A folder of its own that goes with the test.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(
      const std::filesystem::path& above = std::filesystem::temp_directory_path()) {
    std::string name = (above / "postern-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A place for files of which nothing has to outlive the machine: in memory where there is such.
inline std::filesystem::path quick_disk() {
  const std::filesystem::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

/// What a future of an Outcome holds; failures are thrown.
template <class R>
R taken(std::future<Outcome<R>> future) {
  Outcome<R> outcome = future.get();
  if (!outcome) throw StoreFailure(outcome.error());
  if constexpr (!std::is_void_v<R>) return std::move(*outcome);
}

template <class Work>
auto write_later(Account& account, Work work) {
  using R = std::invoke_result_t<Work&, Transaction&>;
  auto promise = std::make_shared<std::promise<Outcome<R>>>();
  auto future = promise->get_future();
  account.write(std::move(work),
                [promise](Outcome<R> outcome) { promise->set_value(std::move(outcome)); });
  return future;
}
template <class Work>
auto write(Account& account, Work work) {
  using R = std::invoke_result_t<Work&, Transaction&>;
  return taken<R>(write_later(account, std::move(work)));
}
template <class Work>
auto read(Account& account, Work work) {
  using R = std::invoke_result_t<Work&, Reader&>;
  std::promise<Outcome<R>> promise;
  auto future = promise.get_future();
  account.read(std::move(work),
               [&promise](Outcome<R> outcome) { promise.set_value(std::move(outcome)); });
  return taken<R>(std::move(future));
}

inline std::shared_ptr<Mailbox> open_mailbox(Account& account, MailboxId id) {
  std::promise<Outcome<std::shared_ptr<Mailbox>>> promise;
  auto future = promise.get_future();
  account.open_mailbox(id, [&promise](auto outcome) { promise.set_value(std::move(outcome)); });
  return taken<std::shared_ptr<Mailbox>>(std::move(future));
}

inline std::string message(const std::string& subject, const std::string& text = "Hello.\r\n") {
  return "From: a@example.org\r\nSubject: " + subject + "\r\n\r\n" + text;
}

/// An account in a folder of its own, with the words that most tests need.
class StoreTest : public testing::Test {
 protected:
  explicit StoreTest(const std::filesystem::path& above = std::filesystem::temp_directory_path())
      : folder(above) {}

  void SetUp() override { open(); }
  void TearDown() override { account.reset(); }

  void open() {
    account.reset();
    auto opened = Account::open({.folder = folder.path() / "anna"});
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    account = *opened;
  }

  [[nodiscard]] MailboxId id(const std::string& name) const {
    const auto tree = account->tree();
    const MailboxInfo* info = tree->find(name);
    return info == nullptr ? MailboxId(0) : info->id;
  }
  [[nodiscard]] std::shared_ptr<Mailbox> mailbox(const std::string& name) const {
    return open_mailbox(*account, id(name));
  }

  [[nodiscard]] NewBody body(const std::string& octets) const {
    IncomingBody incoming(account->spool());
    incoming.feed(octets);
    return incoming.finish();
  }
  Result<Appended> append(const std::string& name, const std::string& octets,
                          const FlagNames& flags = {}) {
    return write(*account, [&](Transaction& transaction) {
      NewBody arrived = body(octets);
      return transaction.append(id(name), arrived, flags, {.seconds = 1000, .zone_minutes = 60});
    });
  }
  Result<UidSet> store(const std::string& name, const UidSet& uids, FlagChange change,
                       const FlagNames& flags) {
    return write(*account, [&](Transaction& transaction) {
      return transaction.store_flags(id(name), uids, change, flags);
    });
  }
  /// Marks as deleted and expunges.
  UidSet remove(const std::string& name, const UidSet& uids) {
    return *write(*account, [&](Transaction& transaction) {
      static_cast<void>(
          transaction.store_flags(id(name), uids, FlagChange::add, {.system = 8, .keywords = {}}));
      return transaction.expunge(id(name), uids);
    });
  }
  [[nodiscard]] std::string octets(BodyId body_id) const {
    return read(*account, [&](Reader& reader) {
      std::string out;
      reader.read_body(body_id, 0, reader.ready(body_id).octets, out);
      return out;
    });
  }
  [[nodiscard]] bool body_exists(BodyId body_id) const {
    try {
      return !octets(body_id).empty();
    } catch (const StoreFailure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::corrupt);
      return false;
    }
  }
  /// A write that changes something, so that what comes with a commit happens.
  void any_commit() {
    write(*account, [&](Transaction& transaction) {
      transaction.subscribe("other" + std::to_string(++commits_));
    });
  }

  TemporaryFolder folder;
  std::shared_ptr<Account> account;

 private:
  int commits_ = 0;
};

inline UidSet uids(std::vector<std::uint32_t> numbers) {
  UidSet set;
  for (const std::uint32_t number : numbers) set.add(Uid(number));
  return set;
}

inline std::vector<std::uint32_t> uids_of(const Snapshot& snapshot) {
  std::vector<std::uint32_t> found;
  snapshot.for_each([&](SeqNum, const Entry& entry) { found.push_back(entry.uid.value); });
  return found;
}

}  // namespace postern::store
