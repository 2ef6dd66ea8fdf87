#include "proxy/daemon/page/arrivals.h"

#include <ctime>
#include <expected>
#include <utility>

#include "proxy/access/store_access.h"

namespace postern::daemon::page {
namespace {

constexpr std::int64_t day = 24 * 60 * 60;

std::chrono::seconds zone_of(WallTime time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return std::chrono::seconds(local.tm_gmtoff);
}

std::int64_t day_of(std::int64_t seconds) {
  return seconds >= 0 ? seconds / day : (seconds - day + 1) / day;
}

bool counts(const store::MailboxInfo& mailbox) {
  return mailbox.special_use == store::SpecialUse::none ||
         mailbox.special_use == store::SpecialUse::archive;
}

}  // namespace

void count_days(const store::Snapshot& snapshot, WallTime today, std::chrono::seconds zone,
                Days& days) {
  const std::int64_t last = day_of(today.time_since_epoch().count() + zone.count());
  snapshot.for_each([&](SeqNum /*seq*/, const store::Entry& entry) {
    const std::int64_t age = last - day_of(entry.date.seconds + zone.count());
    if (age >= 0 && age < static_cast<std::int64_t>(days.size()))
      ++days[days.size() - 1 - static_cast<std::size_t>(age)];
  });
}

asio::awaitable<store::Outcome<Days>> arrivals(std::shared_ptr<store::Account> account,
                                               WallTime today) {
  auto days = std::make_shared<Days>();
  const std::chrono::seconds zone = zone_of(today);
  // The tree is another one once a mailbox is made or deleted meanwhile.
  const auto tree = account->tree();
  for (const store::MailboxInfo& mailbox : tree->mailboxes) {
    if (!counts(mailbox)) continue;
    const auto opened = co_await access::open_mailbox(account, mailbox.id);
    if (!opened) co_return std::unexpected(opened.error());
    if (!*opened) continue;
    const store::SnapshotPtr snapshot = (*opened)->latest();
    auto work = [days, snapshot, today, zone] { count_days(*snapshot, today, zone, *days); };
    const auto counted = co_await access::compute(account, std::move(work));
    if (!counted) co_return std::unexpected(counted.error());
  }
  co_return *days;
}

}  // namespace postern::daemon::page
