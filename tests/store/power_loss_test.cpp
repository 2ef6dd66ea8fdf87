// The power goes at each write and each sync: what was answered is there, what was not is there as
// a whole or not at all.

#include <atomic>
#include <fstream>
#include <vector>

#include "tests/store/model.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/volatile_disk.h"

namespace postern::store {
namespace {

using test::VolatileDisk;

/// Different things are found after each cut.
constexpr unsigned seeds = 4;

std::vector<Step> life() {
  std::vector<Step> steps;
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    steps.push_back(append_step("INBOX", message("small " + number)));
    steps.push_back(deliver_step("u" + number, message("large " + number, noise(60'000))));
    steps.push_back({[](Transaction& t, const Account& account) {
                       static_cast<void>(t.store_flags(id_of(account, "INBOX"), UidSet::all(),
                                                       FlagChange::add,
                                                       {.system = 1, .keywords = {}}));
                     },
                     [](Model& model) {
                       for (auto& [uid, message] : model.mailboxes["INBOX"]) message.flags |= 1;
                     }});
  }
  for (Step& step : sending_steps(SubmissionId(1), message("sent", noise(20'000))))
    steps.push_back(std::move(step));
  return steps;
}

class PowerLoss : public testing::Test {
 protected:
  /// False once there are fewer writes and syncs than `n`.
  bool run(std::int64_t n, unsigned seed) {
    const TemporaryFolder before(quick_disk());
    const TemporaryFolder after(quick_disk());
    VolatileDisk disk(n, seed);
    std::vector<Model> states(1);
    std::atomic<std::size_t> answered = 0;
    std::size_t answered_at_cut = 0;
    disk.at_cut([&] { answered_at_cut = answered; });
    vfs.watch(&disk);
    {
      const auto account = *Account::open({.folder = before.path() / "anna"});
      for (const Step& step : life()) {
        write(*account, [&](Transaction& t) { step.work(t, *account); });
        states.push_back(states.back());
        step.meaning(states.back());
        ++answered;
      }
    }
    vfs.watch(nullptr);
    const auto found = disk.found();
    if (!found) return false;
    std::filesystem::create_directories(after.path() / "anna");
    for (const auto& [path, octets] : *found) {
      // What is in shared memory goes with the power.
      if (path.ends_with("-shm")) continue;
      const auto name = std::filesystem::path(path).filename();
      std::ofstream(after.path() / "anna" / name, std::ios::binary) << octets;
    }
    const auto account = Account::open({.folder = after.path() / "anna"});
    EXPECT_TRUE(account.has_value()) << account.error().text();
    if (!account) return false;
    const Model now = model_of(**account);
    // It is another folder than it was: what waits may have been sent.
    for (Model& state : states) {
      for (auto& [id, queued] : state.queue) queued.certainty = Certainty::unknown;
    }
    const bool whole = now == states[answered_at_cut];
    const bool one_more = answered_at_cut + 1 < states.size() && now == states[answered_at_cut + 1];
    EXPECT_TRUE(whole || one_more) << answered_at_cut << " were answered";
    return true;
  }

  test::FaultVfs vfs;
};

TEST_F(PowerLoss, LosesNothingThatWasAnswered) {  // J6
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::int64_t n = 1;
    while (run(n, seed)) {
      if (HasFailure()) FAIL() << "at operation " << n << ", seed " << seed;
      ++n;
    }
    ASSERT_FALSE(HasFailure()) << "at operation " << n << ", seed " << seed;
    EXPECT_GT(n, 50);
  }
}

}  // namespace
}  // namespace postern::store
