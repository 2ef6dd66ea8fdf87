#include "sync/net/surroundings.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "sync/net/task_group.h"
#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

using News = NetworkPicture::News;

template <class T>
std::string octets_of(const T& value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::string padded(std::string octets) {
  octets.resize(NLMSG_ALIGN(octets.size()));
  return octets;
}

std::string attribute(unsigned short type, const std::string& value) {
  const rtattr head{static_cast<unsigned short>(sizeof(rtattr) + value.size()), type};
  return padded(octets_of(head) + value);
}

std::string message(std::uint16_t type, const std::string& payload) {
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + payload.size());
  head.nlmsg_type = type;
  return padded(octets_of(head) + payload);
}

std::string v4(const char* address) {
  in_addr in{};
  inet_pton(AF_INET, address, &in);
  return octets_of(in);
}

std::string address(std::uint16_t type, const char* text, unsigned char scope = RT_SCOPE_UNIVERSE,
                    std::uint32_t flags = 0) {
  ifaddrmsg head{};
  head.ifa_family = AF_INET;
  head.ifa_scope = scope;
  head.ifa_index = 2;
  return message(type, octets_of(head) + attribute(IFA_ADDRESS, v4(text)) +
                           attribute(IFA_FLAGS, octets_of(flags)));
}

std::string route(std::uint16_t type, const char* gateway, unsigned char prefix = 0) {
  rtmsg head{};
  head.rtm_family = AF_INET;
  head.rtm_dst_len = prefix;
  head.rtm_table = RT_TABLE_MAIN;
  head.rtm_type = RTN_UNICAST;
  return message(type, octets_of(head) + attribute(RTA_GATEWAY, v4(gateway)) +
                           attribute(RTA_OIF, octets_of(2)));
}

TEST(NetworkPicture, TellsWhatMakesServersReachable) {
  struct Row {
    const char* name;
    std::string octets;
    News expected;
  };
  NetworkPicture picture;
  for (const Row& row : {
           Row{"an address", address(RTM_NEWADDR, "192.0.2.1"), News::connected},
           Row{"the same again", address(RTM_NEWADDR, "192.0.2.1"), News::none},
           Row{"it goes", address(RTM_DELADDR, "192.0.2.1"), News::none},
           Row{"it comes back", address(RTM_NEWADDR, "192.0.2.1"), News::connected},
           Row{"one of this machine", address(RTM_NEWADDR, "127.0.0.1", RT_SCOPE_HOST), News::none},
           Row{"one of the link", address(RTM_NEWADDR, "169.254.1.1", RT_SCOPE_LINK), News::none},
           Row{"a tentative one",
               address(RTM_NEWADDR, "192.0.2.2", RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE), News::none},
           Row{"not tentative any more", address(RTM_NEWADDR, "192.0.2.2"), News::connected},
           Row{"a default route", route(RTM_NEWROUTE, "192.0.2.254"), News::connected},
           Row{"the same route again", route(RTM_NEWROUTE, "192.0.2.254"), News::none},
           Row{"another router", route(RTM_NEWROUTE, "192.0.2.253"), News::connected},
           Row{"a route to one net", route(RTM_NEWROUTE, "192.0.2.252", 24), News::none},
           Row{"two at once",
               address(RTM_NEWADDR, "192.0.2.1") + route(RTM_NEWROUTE, "198.51.100.1"),
               News::connected},
           Row{"something else", message(RTM_NEWLINK, "1234567890123456"), News::none},
           Row{"nothing", "", News::none},
       }) {
    EXPECT_EQ(picture.take(row.octets), row.expected) << row.name;
  }
}

TEST(NetworkPicture, SurvivesWhatIsCutShortOrLies) {
  const std::string whole = address(RTM_NEWADDR, "192.0.2.1") + route(RTM_NEWROUTE, "192.0.2.254");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    NetworkPicture picture;
    (void)picture.take(std::string_view(whole).substr(0, size));
    for (const char lie : {'\0', '\1', '\xff'}) {
      std::string wrong = whole;
      wrong[size] = lie;
      (void)picture.take(wrong);
    }
  }
}

TEST(SleepGauge, TellsSleepFromTime) {
  SleepGauge gauge({100s, 90s});
  EXPECT_FALSE(gauge.slept({200s, 190s}));
  EXPECT_FALSE(gauge.slept({209s, 190s}));  // a moment
  EXPECT_TRUE(gauge.slept({3800s, 190s}));
  EXPECT_FALSE(gauge.slept({3900s, 290s}));
}

/// A kernel of our own at the other end of a pair of sockets.
class NetworkWatchTest : public testing::Test {
 protected:
  NetworkWatchTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    kernel = ends[0];
    watch.emplace(loop.io.get_executor(), ends[1], NetworkWatch::Patience{5ms, 100ms});
  }
  ~NetworkWatchTest() override { ::close(kernel); }

  void say(const std::string& octets) const {
    EXPECT_EQ(::send(kernel, octets.data(), octets.size(), 0), static_cast<ssize_t>(octets.size()));
  }
  asio::awaitable<void> count_changes() {
    while (true) {
      co_await watch->change();
      ++changes;
    }
  }
  asio::awaitable<void> tell_some() {
    TaskGroup group(loop.io.get_executor(), "test");
    group.spawn("watch", count_changes());
    say(address(RTM_NEWADDR, "127.0.0.1", RT_SCOPE_HOST));
    co_await pause(20ms);
    EXPECT_EQ(changes, 0);
    say(address(RTM_NEWADDR, "192.0.2.1"));
    say(address(RTM_NEWADDR, "192.0.2.2"));
    say(route(RTM_NEWROUTE, "192.0.2.254"));
    while (changes == 0) co_await pause(1ms);
    co_await pause(20ms);
    EXPECT_EQ(changes, 1);
    say(route(RTM_NEWROUTE, "192.0.2.253"));
    while (changes == 1) co_await pause(1ms);
    group.cancel();
    co_await group.join();
  }

  Loop loop;
  int kernel = -1;
  std::optional<NetworkWatch> watch;
  int changes = 0;
};

TEST_F(NetworkWatchTest, TellsABundleOfChangesOnce) {
  loop.run(tell_some());
}

asio::awaitable<void> watch_and_end(Loop& loop) {
  auto network = NetworkWatch::open(loop.io.get_executor());
  auto sleep = SleepWatch::open(loop.io.get_executor());
  EXPECT_TRUE(network && sleep);
  if (!network || !sleep) co_return;
  TaskGroup group(loop.io.get_executor(), "test");
  group.spawn("network", network->change());
  group.spawn("sleep", sleep->wake_up());
  co_await pause(1ms);
  EXPECT_EQ(group.running(), 2U);
  group.cancel();
  co_await group.join();
}

TEST(Surroundings, CanBeWatchedHereAndLeft) {
  Loop loop;
  loop.run(watch_and_end(loop));
}

}  // namespace
}  // namespace postern::net::test
