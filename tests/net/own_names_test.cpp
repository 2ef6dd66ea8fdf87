#include "sync/net/own_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/net/certificate_life.h"

namespace postern::net::test {
namespace {

using std::chrono::days;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

using Texts = std::vector<std::string>;

TEST(OwnScope, vouches_for_this_house_only) {  // RFC 5280 section 4.2.1.10
  struct Row {
    const char* host;
    Texts names;
  };
  for (const Row& row : {
           Row{"attic-pi", {"attic-pi", "local", "localhost"}},
           Row{"Attic-PI", {"attic-pi", "local", "localhost"}},
           Row{"pi4.fritz.box", {"pi4.fritz.box", "pi4", "local", "localhost"}},
           Row{"pi4.local", {"pi4", "local", "localhost"}},
           Row{"localhost", {"localhost", "local"}},
           // All of a top-level domain would be too much.
           Row{"dev", {"local", "localhost"}},
           Row{"cloud", {"local", "localhost"}},
           Row{"de", {"local", "localhost"}},
           Row{"xn--p1ai", {"local", "localhost"}},
           Row{"box.example.org", {"box.example.org", "local", "localhost"}},
           // What is no host name is none.
           Row{"", {"local", "localhost"}},
           Row{".", {"local", "localhost"}},
           Row{"a b", {"local", "localhost"}},
           Row{"*.example.org", {"local", "localhost"}},
           Row{"pi4..example", {"pi4", "local", "localhost"}},
           Row{"-host", {"local", "localhost"}},
           Row{"192.0.2.1", {"local", "localhost"}},
           Row{"h\xc3\xb6st", {"local", "localhost"}},
       }) {
    EXPECT_EQ(own_scope(row.host).names, row.names) << row.host;
  }
  EXPECT_THAT(own_scope("pi4").networks,
              ElementsAre("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
                          "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"));
}

TEST(ServerNames, are_what_the_authority_may_vouch_for) {
  struct Row {
    const char* name;
    HostFacts host;
    const char* made_for;  ///< the host when the authority was made
    Texts names;
    Texts left_out;
  };
  for (const Row& row : {
           Row{"one label", {"pi4", {}}, "pi4", {"pi4", "pi4.local", "localhost"}, {}},
           Row{"a domain",
               {"pi4.fritz.box", {}},
               "pi4.fritz.box",
               {"pi4.fritz.box", "pi4", "pi4.local", "localhost"},
               {}},
           Row{"it has another name since",
               {"nas7", {}},
               "pi4",
               {"nas7.local", "localhost"},
               {"nas7"}},
           Row{"a top-level domain",
               {"cloud", {}},
               "cloud",
               {"cloud.local", "localhost"},
               {"cloud"}},
           Row{"no name", {"", {}}, "", {"localhost"}, {}},
           Row{"nonsense", {"a/b", {}}, "a/b", {"localhost"}, {}},
       }) {
    const ServerNames names = server_names(row.host, own_scope(row.made_for));
    EXPECT_EQ(names.names, row.names) << row.name;
    EXPECT_EQ(names.left_out, row.left_out) << row.name;
  }
}

TEST(ServerNames, have_private_addresses_only) {
  struct Row {
    const char* address;
    enum { in, out, ignored } where;
  };
  for (const Row& row : {
           Row{"10.1.2.3", Row::in},
           Row{"172.16.0.1", Row::in},
           Row{"172.31.255.255", Row::in},
           Row{"172.32.0.1", Row::out},
           Row{"192.168.178.20", Row::in},
           Row{"192.169.0.1", Row::out},
           Row{"169.254.7.7", Row::in},
           Row{"203.0.113.5", Row::out},
           Row{"fd12::1", Row::in},
           Row{"fe80::1", Row::ignored},
           Row{"2001:db8::1", Row::out},
           Row{"no address", Row::ignored},
       }) {
    const ServerNames names = server_names({"pi4", {row.address}}, own_scope("pi4"));
    EXPECT_EQ(std::ranges::count(names.addresses, row.address), row.where == Row::in ? 1 : 0)
        << row.address;
    EXPECT_EQ(std::ranges::count(names.left_out, row.address), row.where == Row::out ? 1 : 0)
        << row.address;
    EXPECT_THAT(names.addresses, Contains("127.0.0.1"));
    EXPECT_THAT(names.addresses, Contains("::1"));
  }
}

TEST(CertificateLife, ends_in_time) {
  const WallTime now = wall_now();
  const CertificateLife authority = authority_life(now);
  const CertificateLife server = server_life(now, authority);
  EXPECT_LE(server.end - server.begin, days(398));
  EXPECT_GE(authority.end - now, days(3650));
  EXPECT_EQ(server_life(authority.end - days(100), authority).end, authority.end);
}

TEST(CertificateLife, is_renewed_before_its_last_third) {
  const WallTime begin = wall_now();
  const CertificateLife life{begin, begin + days(300)};
  struct Row {
    int day;
    bool server;
    bool authority;
    bool valid;
  };
  for (const Row& row : {
           Row{-1, true, false, false},
           Row{0, false, false, true},
           Row{199, false, false, true},
           Row{200, true, false, true},
           Row{269, true, false, true},
           Row{270, true, true, true},
           Row{299, true, true, true},
           Row{300, true, true, false},
       }) {
    const WallTime now = begin + days(row.day);
    EXPECT_EQ(server_is_due(life, now), row.server) << row.day;
    EXPECT_EQ(authority_is_due(life, now), row.authority) << row.day;
    EXPECT_EQ(is_valid(life, now), row.valid) << row.day;
  }
}

}  // namespace
}  // namespace postern::net::test
