#include <optional>
#include <vector>

#include "tests/store/model.h"
#include "tests/support/fault_vfs.h"

namespace postern::store {
namespace {

using test::FaultVfs;

std::vector<Step> scenario() {
  const std::string large = message("large", noise(150'000));
  std::vector<Step> steps{
      append_step("INBOX", message("1")),
      deliver_step("u1", message("2")),
      append_step("INBOX", large),
      {[](Transaction& t, const Account& account) {
         static_cast<void>(t.store_flags(id_of(account, "INBOX"), UidSet::all(), FlagChange::add,
                                         {.system = 1, .keywords = {}}));
       },
       [](Model& model) {
         for (auto& [uid, message] : model.mailboxes["INBOX"]) message.flags |= 1;
       }},
      {[](Transaction& t, const Account& account) {
         static_cast<void>(t.move(id_of(account, "INBOX"), UidSet::all(), id_of(account, "Trash")));
       },
       [](Model& model) {
         for (const auto& [uid, message] : model.mailboxes["INBOX"])
           model.append("Trash", message.octets, message.flags);
         model.mailboxes["INBOX"].clear();
       }},
      deliver_step("u1", message("2")),
      deliver_step("u2", message("3")),
      {[](Transaction& t, const Account& account) {
         const MailboxId trash = id_of(account, "Trash");
         static_cast<void>(
             t.store_flags(trash, UidSet::all(), FlagChange::add, {.system = 8, .keywords = {}}));
         static_cast<void>(t.expunge(trash, UidSet::all()));
       },
       [](Model& model) {
         for (const auto& [uid, gone] : model.mailboxes["Trash"]) {
           if (gone.octets == message("2")) model.origins["u1"] = {OriginState::delete_due, true};
         }
         model.mailboxes["Trash"].clear();
       }},
      {[](Transaction& t, const Account&) {
         static_cast<void>(t.create_mailbox("new", SpecialUse::none));
       },
       [](Model& model) { model.mailboxes["new"]; }},
      append_step("Sent", large),
      append_step("INBOX", message("4")),
  };
  for (Step& step : sending_steps(SubmissionId(1), message("sent")))
    steps.push_back(std::move(step));
  return steps;
}

struct FaultCase {
  const char* name;
  FaultVfs::Fault fault;
  FaultVfs::Lasting lasting;
};

class Faults : public testing::TestWithParam<FaultCase> {
 protected:
  static void SetUpTestSuite() {
    blank = std::make_unique<TemporaryFolder>(quick_disk());
    ASSERT_TRUE(Account::open({.folder = blank->path() / "anna"}).has_value());
  }
  static void TearDownTestSuite() { blank.reset(); }

  /// Runs the scenario with the n-th operation failing. False once there are fewer than n.
  bool run(std::int64_t n) {
    const TemporaryFolder folder(quick_disk());
    std::filesystem::copy(blank->path(), folder.path(), std::filesystem::copy_options::recursive);
    Model expected;
    std::optional<Model> in_doubt;
    {
      auto account = *Account::open({.folder = folder.path() / "anna"});
      const auto inbox = open_mailbox(*account, id_of(*account, "INBOX"));
      vfs.arm(GetParam().fault, n, GetParam().lasting);
      for (const Step& step : scenario()) {
        auto outcome = write_later(*account, [&](Transaction& t) { step.work(t, *account); }).get();
        if (outcome) {
          step.meaning(expected);
        } else if (!in_doubt) {
          in_doubt = expected;
          step.meaning(*in_doubt);
        }
      }
      // What is shown now is what was answered, whatever failed.
      EXPECT_EQ(uids_of(*inbox->latest()).size(), expected.mailboxes["INBOX"].size());
      EXPECT_TRUE(model_of(*account) == expected) << "shown";
    }
    const bool struck = vfs.struck();
    vfs.disarm();
    const auto again = Account::open({.folder = folder.path() / "anna"});
    EXPECT_TRUE(again.has_value()) << again.error().text();
    if (!again) return false;
    const Model found = model_of(**again);
    // A commit of which the sync failed, and nothing could be written after it: it may be on disk.
    const bool doubtful = GetParam().fault == FaultVfs::Fault::sync_error &&
                          GetParam().lasting == FaultVfs::Lasting::for_good && in_doubt;
    EXPECT_TRUE(found == expected || (doubtful && found == *in_doubt)) << "reopened";
    // And it works on.
    write(**again, [](Transaction& t) { t.subscribe("works"); });
    return struck;
  }

  FaultVfs vfs;
  static std::unique_ptr<TemporaryFolder> blank;
};

std::unique_ptr<TemporaryFolder> Faults::blank;

// J5: a file that vanished while it was in use does not come back as an empty account.
TEST(VanishedFile, IsNotMadeAnew) {
  const TemporaryFolder folder(quick_disk());
  const std::filesystem::path home = folder.path() / "anna";
  FaultVfs vfs;
  auto account = *Account::open({.folder = home});
  std::filesystem::rename(home / "mail.db", home / "elsewhere");
  vfs.arm(FaultVfs::Fault::write_error, 1, FaultVfs::Lasting::once);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(write_later(*account, [](Transaction& t) { t.subscribe("x"); }).get().has_value());
  }
  EXPECT_FALSE(std::filesystem::exists(home / "mail.db"));
}

TEST_P(Faults, LoseNothingAnsweredAndKeepNothingRefused) {  // J2, J3, R14
  std::int64_t n = 1;
  for (; run(n); ++n) {
    if (HasFailure()) FAIL() << "at operation " << n;
  }
  if (HasFailure()) FAIL() << "at operation " << n;
  EXPECT_GT(n, 10);
}

INSTANTIATE_TEST_SUITE_P(
    Vfs, Faults,
    testing::Values(
        FaultCase{"TornWriteOnce", FaultVfs::Fault::torn_write, FaultVfs::Lasting::once},
        FaultCase{"WriteErrorForGood", FaultVfs::Fault::write_error, FaultVfs::Lasting::for_good},
        FaultCase{"DiskFullOnce", FaultVfs::Fault::disk_full, FaultVfs::Lasting::once},
        FaultCase{"DiskFullForGood", FaultVfs::Fault::disk_full, FaultVfs::Lasting::for_good},
        FaultCase{"SyncErrorOnce", FaultVfs::Fault::sync_error, FaultVfs::Lasting::once},
        FaultCase{"SyncErrorForGood", FaultVfs::Fault::sync_error, FaultVfs::Lasting::for_good}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace postern::store
