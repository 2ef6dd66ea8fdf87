// Ten thousand times something random is asked of the store while something random fails.

#include <random>

#include "tests/store/model.h"
#include "tests/support/fault_vfs.h"

namespace postern::store {
namespace {

using test::FaultVfs;

constexpr int pairs = 10'000;
/// So often it is closed and opened again; so often another account takes its place, so that
/// looking at all of it stays quick.
constexpr int pairs_in_a_run = 200;
constexpr int pairs_in_a_life = 1000;
/// Then all messages go.
constexpr std::size_t most_messages = 12;

class RandomFaults : public testing::Test {
 protected:
  void open() {
    account.reset();
    auto opened = Account::open({.folder = folder.path() / std::to_string(life_)});
    ASSERT_TRUE(opened.has_value()) << opened.error().text();
    account = *opened;
  }
  void begin_another_life() {
    account.reset();
    ++life_;
    expected = {};
  }
  std::uint32_t any(std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); }

  Step empty_step() {
    return {[](Transaction& t, const Account& to) {
              const MailboxId inbox = id_of(to, "INBOX");
              static_cast<void>(t.store_flags(inbox, UidSet::all(), FlagChange::add,
                                              {.system = 8, .keywords = {}}));
              static_cast<void>(t.expunge(inbox, UidSet::all()));
            },
            [](Model& model) {
              auto& inbox = model.mailboxes["INBOX"];
              for (auto& [uidl, origin] : model.origins) {
                for (const auto& [uid, message] : inbox)
                  if (message.octets == store::message(uidl))
                    origin = {OriginState::delete_due, true};
              }
              inbox.clear();
            }};
  }
  Step flag_step() {
    return {[](Transaction& t, const Account& to) {
              static_cast<void>(t.store_flags(id_of(to, "INBOX"), UidSet::all(), FlagChange::add,
                                              {.system = 1, .keywords = {}}));
            },
            [](Model& model) {
              for (auto& [uid, message] : model.mailboxes["INBOX"]) message.flags |= 1;
            }};
  }
  Step any_step() {
    if (expected.mailboxes["INBOX"].size() >= most_messages) return empty_step();
    switch (any(4)) {
      case 0: return append_step("INBOX", message("append", noise(any(3000))));
      case 1: return flag_step();
      default: {
        // A third of them were delivered before.
        const std::string uidl = "u" + std::to_string(any(3) == 0 ? any(1 + last_) : ++last_);
        return deliver_step(uidl, message(uidl));
      }
    }
  }
  void any_fault() {
    using Fault = FaultVfs::Fault;
    constexpr Fault faults[] = {Fault::write_error, Fault::torn_write, Fault::disk_full,
                                Fault::sync_error};
    vfs.arm(faults[any(std::size(faults))], 1 + any(8), FaultVfs::Lasting::once);
  }

  FaultVfs vfs;
  TemporaryFolder folder{quick_disk()};
  std::shared_ptr<Account> account;
  std::mt19937 random{20'240'607};
  Model expected;

 private:
  int life_ = 0;
  std::uint32_t last_ = 0;
};

TEST_F(RandomFaults, LoseNothingAnsweredAndKeepNothingRefused) {  // J12
  int refused = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    if (pair % pairs_in_a_life == 0) begin_another_life();
    if (pair % pairs_in_a_run == 0) {
      open();
      ASSERT_NE(account, nullptr);
      ASSERT_TRUE(model_of(*account) == expected) << "reopened before pair " << pair;
    }
    const Step step = any_step();
    any_fault();
    const auto outcome =
        write_later(*account, [&](Transaction& t) { step.work(t, *account); }).get();
    vfs.disarm();
    if (outcome)
      step.meaning(expected);
    else
      ++refused;
    if (pair % 10 == 0) {
      ASSERT_TRUE(model_of(*account) == expected) << "shown after pair " << pair;
    }
  }
  EXPECT_GT(refused, pairs / 10) << "the faults must bite";
}

}  // namespace
}  // namespace postern::store
