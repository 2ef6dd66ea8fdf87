#include "sync/wire/oauth/decide.h"

#include <gtest/gtest.h>

namespace postern::wire::oauth {
namespace {

using std::chrono::seconds;

TEST(DeviceStep, FollowsTheAnswer) {
  struct Row {
    const char* name;
    ErrorKind error;
    seconds interval;
    seconds now;
    DeviceStep step;
    seconds interval_then;
  };
  const Row rows[] = {
      {"pending", ErrorKind::authorization_pending, seconds(5), seconds(10), DeviceStep::ask_again,
       seconds(5)},
      {"pending at the end", ErrorKind::authorization_pending, seconds(5), seconds(896),
       DeviceStep::expired, seconds(5)},
      {"slow down: five more", ErrorKind::slow_down, seconds(5), seconds(10), DeviceStep::ask_again,
       seconds(10)},
      {"slow down at the end", ErrorKind::slow_down, seconds(5), seconds(891), DeviceStep::expired,
       seconds(10)},
      {"server in trouble: twice", ErrorKind::temporary, seconds(5), seconds(10),
       DeviceStep::ask_again, seconds(10)},
      {"but not for ever", ErrorKind::temporary, seconds(40), seconds(10), DeviceStep::ask_again,
       seconds(60)},
      {"and never faster", ErrorKind::temporary, seconds(120), seconds(10), DeviceStep::ask_again,
       seconds(120)},
      {"denied", ErrorKind::access_denied, seconds(5), seconds(10), DeviceStep::denied, seconds(5)},
      {"expired", ErrorKind::expired_token, seconds(5), seconds(10), DeviceStep::expired,
       seconds(5)},
      {"invalid_grant", ErrorKind::invalid_grant, seconds(5), seconds(10), DeviceStep::failed,
       seconds(5)},
      {"refused", ErrorKind::refused, seconds(5), seconds(10), DeviceStep::failed, seconds(5)},
      {"redirect", ErrorKind::redirect, seconds(5), seconds(10), DeviceStep::failed, seconds(5)},
      {"nonsense", ErrorKind::nonsense, seconds(5), seconds(10), DeviceStep::failed, seconds(5)},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    DevicePoll poll{row.interval, seconds(900)};
    EXPECT_EQ(next_step(poll, row.error, row.now), row.step);
    EXPECT_EQ(poll.interval, row.interval_then);
  }
}

TEST(DeviceStep, AsksLessAfterALostConnection) {
  DevicePoll poll{seconds(5), seconds(900)};
  EXPECT_EQ(next_step_lost(poll, seconds(0)), DeviceStep::ask_again);
  EXPECT_EQ(poll.interval, seconds(10));
  EXPECT_EQ(next_step_lost(poll, seconds(890)), DeviceStep::expired);
}

TEST(Renewal, IsDueInTime) {
  struct Row {
    const char* name;
    int left;
    int lifetime;
    bool due;
  };
  const Row rows[] = {
      {"fresh", 3600, 3600, false},          {"five minutes", 300, 3600, true},
      {"a little more", 301, 3600, false},   {"over", -1, 3600, true},
      {"short-lived, fresh", 60, 60, false}, {"short-lived, half", 30, 60, true},
      {"no life at all", 0, 0, true},
  };
  for (const Row& row : rows)
    EXPECT_EQ(needs_renewal(seconds(row.left), seconds(row.lifetime)), row.due) << row.name;
}

TEST(Renewal, AsksForTheOwnerOnlyWhenTheGrantIsGone) {
  struct Row {
    ErrorKind error;
    RenewalEnd end;
  };
  const Row rows[] = {
      {ErrorKind::invalid_grant, RenewalEnd::sign_in},
      {ErrorKind::access_denied, RenewalEnd::sign_in},
      {ErrorKind::expired_token, RenewalEnd::sign_in},
      {ErrorKind::refused, RenewalEnd::configure},
      {ErrorKind::redirect, RenewalEnd::configure},
      {ErrorKind::temporary, RenewalEnd::later},
      {ErrorKind::slow_down, RenewalEnd::later},
      {ErrorKind::authorization_pending, RenewalEnd::later},
      {ErrorKind::nonsense, RenewalEnd::later},
  };
  for (const Row& row : rows)
    EXPECT_EQ(renewal_end(row.error), row.end) << static_cast<int>(row.error);
}

}  // namespace
}  // namespace postern::wire::oauth
